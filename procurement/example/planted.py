"""The irregularities planted in the story: which rule each breaks, and where."""

from __future__ import annotations

from dataclasses import dataclass

from procurement.example.district import PREFIX, WORKS, YEAR, line_of


@dataclass(frozen=True)
class Planted:
    """A rule's code and the work or line (`subject`: ocid or line id) where it must be broken."""

    code: str
    subject: str


def ocid_of(number: int) -> str:
    """The ocid of the work with this number (position in WORKS)."""
    org = line_of(WORKS[number].line).org
    return f"{PREFIX}-{org}-{YEAR}-{number + 1:03}"


def _number(title: str) -> int:
    return next(at for at, work in enumerate(WORKS) if work.title == title)


ABOVE_TENDER = _number("Rehabilitasi Jembatan Gantung Lebak")
ABOVE_AWARD = _number("Drainase Permukiman Nelayan")
OVERPAID = _number("Rehabilitasi SDN Girijaya")
BEFORE_SIGNATURE = _number("Alat Laboratorium Puskesmas")
WRONG_PAYEE = _number("SPAM Desa Karangmukti")
CUT_LINE = "4.01.01.2.07.05"
OVERPAID_LINE = "3.27.01.2.08.02"

PLANTED = (
    Planted("award-above-tender", ocid_of(ABOVE_TENDER)),
    Planted("contract-above-award", ocid_of(ABOVE_AWARD)),
    Planted("payments-above-contract", ocid_of(OVERPAID)),
    Planted("payment-before-signature", ocid_of(BEFORE_SIGNATURE)),
    Planted("payee-not-supplier", ocid_of(WRONG_PAYEE)),
    # The revision cuts below what is contracted, and then the contracts are paid all the same.
    Planted("line-overcommitted", line_of(CUT_LINE).id),
    Planted("line-overpaid", line_of(CUT_LINE).id),
    Planted("line-overpaid", line_of(OVERPAID_LINE).id),
)
