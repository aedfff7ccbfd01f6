"""R018: a single bid in a competitive procedure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import COMPETITIVE, method_named, organisation, tender_of
from procurement.contracting import objects, text


@dataclass(frozen=True)
class R018(ProcessFlag):
    """One tenderer, where the method is one of `methods`. Source: Cardinal, R018."""

    code: ClassVar[str] = "R018"
    version: ClassVar[int] = 1
    methods: tuple[str, ...] = COMPETITIVE

    def judge(self, process: Process) -> Judgement:
        """Raised when there is one. Raises NotComputable."""
        tender = tender_of(process)
        method = text(tender.get("procurementMethod"))
        if method not in self.methods:
            raise NotComputable(method_named(method))
        count = count_tenderers(tender)
        figures = (Figure("method", method), Figure("tenderers", str(count)))
        return Judgement(count == 1, Fraction(count), figures)


def count_tenderers(tender: Mapping[str, Any]) -> int:
    """The number of tenderers, as given or as listed. Raises NotComputable."""
    count = tender.get("numberOfTenderers")
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        return count
    listed = {organisation(each) for each in objects(tender.get("tenderers"))} - {""}
    if not listed:
        raise NotComputable("the number of tenderers is not known")
    return len(listed)
