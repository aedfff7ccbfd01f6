"""What contradicts a contract, by values alone."""

from __future__ import annotations

import pytest

from audit.contradictions import Paid, contradictions_of
from audit.flags.flag import Process
from procurement.money import Money

RECORD = {
    "ocid": "ocds-x-1",
    "awards": [
        {
            "id": "A",
            "status": "active",
            "suppliers": [{"id": "ID-NPWP-01.234.567.8", "name": "CV A"}],
        }
    ],
    "contracts": [{"id": "K", "awardID": "A", "status": "active"}],
}


@pytest.mark.parametrize(
    ("payee", "amount", "other"),
    [
        ("ID-NPWP-01.234.567.8", 5, False),
        ("id-npwp 012345678", 5, False),
        ("ID-NPWP-012345679", 5, True),
        ("ID-NPWP-012345679", 0, False),
        ("ID-NPWP-012345679", -5, True),
        ("ID-NPWP-012345679", None, True),
    ],
)
def test_who_is_plainly_another_contradicts(payee: str, amount: int | None, other: bool) -> None:
    """Not one number in another spelling, and not a payment of zero, which nobody got."""
    value = None if amount is None else Money(amount, "IDR")
    paid = [Paid("P", "K", payee, "2026-05-01", value, 7, "PT Lain")]
    codes = [each.code for each in contradictions_of(Process("ocds-x-1", RECORD), paid)]
    assert ("contract-payment-payee" in codes) is other
