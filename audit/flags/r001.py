"""R001: no planning documents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from procurement.contracting import members, objects


@dataclass(frozen=True)
class R001(ProcessFlag):
    """The process has a planning section, and no document in it. Source: OCP's list."""

    code: ClassVar[str] = "R001"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when there is none. Raises NotComputable."""
        planning = members(process.record.get("planning"))
        if not planning:
            raise NotComputable("no planning is published")
        count = len(objects(planning.get("documents")))
        return Judgement(not count, Fraction(count), (Figure("documents", str(count)),))
