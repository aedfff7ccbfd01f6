"""Rows of the tables read back as the values that the rules take. Pure."""

from __future__ import annotations

from procurement.charging import Paid, Row
from procurement.contracting import Party
from procurement.money import Money
from procurement.standing import OTHER_OWNER, Appearance


def appearance_of(row: Row) -> Appearance:
    """A release, from its row of `entry`."""
    return Appearance(
        row["index"],
        row["place"],
        row["release_id"] or "",
        row["date"] or "",
        row["body"],
        OTHER_OWNER in row["marks"],
        row["erased"] or row["replaced_by"] is not None,
    )


def paid_of(row: Row) -> Paid:
    """A payment in force, from its row of `payment`."""
    return Paid(
        key=row["key"],
        id=row["id"],
        index=row["index"],
        place=row["place"],
        date=row["date"] or "",
        money=Money(row["gross"], row["currency"]),
        payee=Party((row["payee_id"],) if row["payee_id"] else (), row["payee_name"] or ""),
        ocid=None if row["linked"] else row["ocid"],
        contract=None if row["linked"] else row["contract_id"],
        items=tuple((item["line"], item["amount"]) for item in row["items"]),
    )
