"""R010: a non-competitive method without a reason."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import method_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import method_named, tender_of
from procurement.contracting import text


@dataclass(frozen=True)
class R010(ProcessFlag):
    """The method is one of `methods` and no rationale is published. Source: OCP's list."""

    code: ClassVar[str] = "R010"
    version: ClassVar[int] = 1
    methods: tuple[str, ...] = ("direct", "limited")

    def judge(self, process: Process) -> Judgement:
        """Raised when there is none. Raises NotComputable."""
        method = method_of(process)
        if method not in self.methods:
            raise NotComputable(method_named(method))
        tender = tender_of(process)
        why = text(tender.get("procurementMethodRationale")) or text(tender.get("causeDescription"))
        figures = (Figure("method", method), Figure("rationale", "given" if why else "none"))
        return Judgement(not why.strip(), Fraction(bool(why.strip())), figures)
