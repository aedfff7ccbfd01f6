"""Values that many views hold; a view is what a page shows, the same for template and JSON twin."""

from __future__ import annotations

import msgspec

from procurement.money import Money, format_amount


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of all views; its JSON members are camelCase."""


class Amount(View, frozen=True):
    """Money as the twins write it: a decimal string and an ISO 4217 code."""

    amount: str
    currency: str

    @property
    def minor(self) -> int:
        """The amount in minor units: all decimals of the currency are always written."""
        return int(self.amount.replace(".", ""))


def money(minor: int, currency: str) -> Amount:
    """Minor units and a currency as an Amount."""
    return Amount(amount=format_amount(Money(minor, currency)), currency=currency)


def amount(minor: int | None, currency: str | None) -> Amount | None:
    """Minor units and a currency as an Amount; None when either is not known."""
    return None if minor is None or currency is None else money(minor, currency)


class Organisation(View, frozen=True):
    """An organisation as others mention it; `page` is None where it has none to link to."""

    id: str | None
    name: str
    page: str | None = None
