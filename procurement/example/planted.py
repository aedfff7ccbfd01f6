"""The irregularities planted in the story: which rule each breaks, and where."""

from __future__ import annotations

from dataclasses import dataclass

from procurement.example.district import (
    ADVICE,
    MICROSCOPES,
    PREFIX,
    TRAVEL,
    WORKS,
    YEAR,
    line_of,
)

BROKEN, UNKNOWN = "broken", "not-computable"


@dataclass(frozen=True)
class Planted:
    """A rule's code, the subject of its finding, and whether it is broken or not computable."""

    code: str
    subject: str
    status: str = BROKEN


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


BRIDGE_OCID = f"{PREFIX}-PUPR-2024-101"
UNIFORMS_OCID = f"{PREFIX}-DIKBUD-{YEAR}-101"
SUPPLIES_OCID = f"{PREFIX}-DINKES-{YEAR}-101"
CALLOFF_OCIDS = tuple(f"{PREFIX}-DINKES-{YEAR}-{number}" for number in (102, 103, 104))
MICROSCOPES_OCID = f"{PREFIX}-DINKES-{YEAR}-105"
SOFTWARE_OCID = f"{PREFIX}-SETDA-{YEAR}-101"
FIBRE_OCID = f"{PREFIX}-SETDA-{YEAR}-102"
ADVICE_OCID = f"{PREFIX}-SETDA-{YEAR}-103"
DOUBLE_BILL = f"SP2D-{YEAR}-70001"
UNIFORMS_PAID = f"SP2D-{YEAR}-70002"


def _contract(ocid: str, number: int = 1) -> str:
    return f"{ocid}#{ocid}-K{number}"


PLANTED = (
    Planted("award-above-tender", ocid_of(ABOVE_TENDER)),
    Planted("contract-above-award", _contract(ocid_of(ABOVE_AWARD))),
    Planted("payments-above-contract", _contract(ocid_of(OVERPAID))),
    Planted("payment-before-signature", _contract(ocid_of(BEFORE_SIGNATURE))),
    Planted("payee-not-supplier", _contract(ocid_of(WRONG_PAYEE))),
    # The revision cuts below what is contracted, and then the contracts are paid all the same.
    Planted("line-overcommitted", line_of(CUT_LINE).id),
    Planted("line-overpaid", line_of(CUT_LINE).id),
    Planted("line-overpaid", line_of(OVERPAID_LINE).id),
    # A transfer in December takes away what has been paid already.
    Planted("line-overpaid", TRAVEL.id),
    # One contract of two lots takes what the other lot leaves; their award is not exceeded.
    Planted("contract-above-lots", f"{UNIFORMS_OCID}#L1"),
    Planted("calloffs-above-framework", SUPPLIES_OCID),
    # A year of rent from July, all of it charged to the year in which it begins.
    Planted("contract-beyond-years", _contract(FIBRE_OCID)),
    Planted("payments-above-contract", _contract(SOFTWARE_OCID)),
    Planted("reversal-above-payment", DOUBLE_BILL),
    Planted("reversal-of-other-contract", UNIFORMS_PAID),
    # A contract without its tax, paid with it: nobody can say whether that is too much.
    Planted("payments-above-contract", _contract(ADVICE_OCID), UNKNOWN),
    Planted("line-overcommitted", ADVICE.id, UNKNOWN),
    # Won in rupiah, signed in dollars, paid in rupiah.
    Planted("contract-above-award", _contract(MICROSCOPES_OCID), UNKNOWN),
    Planted("payments-above-contract", _contract(MICROSCOPES_OCID), UNKNOWN),
    Planted("line-overcommitted", MICROSCOPES.id, UNKNOWN),
)
