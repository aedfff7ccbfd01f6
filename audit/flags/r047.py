"""R047: a supplier that cannot be traced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from procurement.contracting import identifier, members, objects, text


@dataclass(frozen=True)
class R047(ProcessFlag):
    """A supplier of an active award has no identifier with a scheme, in the award or among parties.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R047"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when one has none; the value is how many. Raises NotComputable."""
        awards = [a for a in objects(process.record.get("awards")) if self._active(a, process)]
        suppliers = [each for award in awards for each in objects(award.get("suppliers"))]
        if not suppliers:
            raise NotComputable("no active award names a supplier")
        known = {
            identifier(party.get("id"))
            for party in objects(process.record.get("parties"))
            if _traceable(party)
        }
        lost = [s for s in suppliers if not _traceable(s) and identifier(s.get("id")) not in known]
        figures = (
            Figure("suppliers", str(len(suppliers))),
            Figure("without identifier", str(len(lost))),
        )
        return Judgement(bool(lost), Fraction(len(lost)), figures)

    def _active(self, award: Mapping[str, Any], process: Process) -> bool:
        return process.words.award(text(award.get("status"))) == "active"


def _traceable(party: Mapping[str, Any]) -> bool:
    named = [members(party.get("identifier")), *objects(party.get("additionalIdentifiers"))]
    return any(text(each.get("scheme")) and identifier(each.get("id")) for each in named)
