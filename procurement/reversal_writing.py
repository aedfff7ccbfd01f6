"""Reversals written: each payment that one of them names is judged with all that reverse it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from procurement.charging import Row
from procurement.comparing import Verdict
from procurement.finding_writing import FindingWriter, finding
from procurement.index import FindingRow, Payment
from procurement.money import Money
from procurement.reversal_rules import (
    PaidOut,
    reversal_above_payment,
    reversal_of_other_contract,
)
from procurement.rules import REVERSAL_ABOVE_PAYMENT, REVERSAL_OF_OTHER_CONTRACT
from procurement.writing import core, fetch

_PAYMENT = core(Payment)
_FINDING = core(FindingRow)
_IN_FORCE = (_PAYMENT.c.source == "payment", _PAYMENT.c.replaced_by.is_(None))
_CODES = (REVERSAL_ABOVE_PAYMENT, REVERSAL_OF_OTHER_CONTRACT)


class ReversalWriter:
    """Collects the payments of a group, and those withdrawn, then judges what is reversed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.findings = FindingWriter(connection)
        self._touched: dict[str, None] = {}

    def touch(self, row: Mapping[str, Any]) -> None:
        """A payment that comes, or goes: it may be reversed, and may reverse another."""
        numbers = (row["id"], row["reverses"])
        self._touched.update((number, None) for number in numbers if number is not None)

    def write(self, linked: Sequence[str]) -> None:
        """The findings about all touched, and about payments whose contract has become known."""
        self._touched.update(dict.fromkeys(linked))
        reversals: dict[str, list[Row]] = {}
        for row in fetch(self.connection, _PAYMENT, _PAYMENT.c.reverses, self._touched, *_IN_FORCE):
            reversals.setdefault(row["reverses"], []).append(row)
        own = _FINDING.c.code.in_(_CODES)
        standing = fetch(self.connection, _FINDING, _FINDING.c.subject, self._touched, own)
        paid = {
            row["id"]: row
            for row in fetch(self.connection, _PAYMENT, _PAYMENT.c.id, reversals, *_IN_FORCE)
        }
        after = [
            each
            for number, rows in reversals.items()
            for each in _findings(number, paid.get(number), rows)
        ]
        self.findings.replace(standing, after)
        self.findings.write()


def judge_reversals(number: str, payment: Row | None, rows: Sequence[Row]) -> list[Verdict]:
    """What the two rules say of a payment, from its row and those of what reverses it."""
    ordered = [_paid_out(row) for row in sorted(rows, key=lambda row: row["index"])]
    paid = _paid_out(payment) if payment else None
    found = (
        rule(number, paid, ordered) for rule in (reversal_above_payment, reversal_of_other_contract)
    )
    return [verdict for verdict in found if verdict is not None]


def _findings(number: str, payment: Row | None, rows: Sequence[Row]) -> list[Row]:
    newest = max(rows, key=lambda row: row["index"])
    named = payment or newest
    return [
        finding(verdict, newest["index"], newest["org"], named["ocid"], None)
        for verdict in judge_reversals(number, payment, rows)
        if verdict.outcome != "holds"
    ]


def _paid_out(row: Row) -> PaidOut:
    named = (row["ocid"], row["contract_id"])
    contract = None if None in named else (str(named[0]), str(named[1]))
    return PaidOut(Money(row["gross"], row["currency"]), contract, row["index"])
