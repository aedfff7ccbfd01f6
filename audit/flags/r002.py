"""R002: a value just below a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import amount_of, tender_of
from procurement.money import Money, format_money, minor_digits


@dataclass(frozen=True)
class R002(ProcessFlag):
    """The tender's value is below a legal limit by at most `margin` percent of it.

    `limits`: whole units of each currency. The one given is that of Indonesia up to which goods
    may be bought without a tender; where another holds, set it. Source: OCP's list.
    """

    code: ClassVar[str] = "R002"
    version: ClassVar[int] = 1
    limits: Mapping[str, int] = field(default_factory=lambda: {"IDR": 200_000_000})
    margin: int = 5

    def judge(self, process: Process) -> Judgement:
        """Raised when it is. Raises NotComputable."""
        value = amount_of(tender_of(process).get("value"), "the tender")
        if value.currency not in self.limits:
            raise NotComputable(f"no limit is set for {value.currency}")
        limit = self.limits[value.currency] * 10 ** minor_digits(value.currency)
        share = Fraction(value.amount, limit)
        figures = (
            Figure("tendered", format_money(value)),
            Figure("limit", format_money(Money(limit, value.currency))),
        )
        return Judgement(1 - Fraction(self.margin, 100) <= share < 1, share, figures)
