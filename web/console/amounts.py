"""Amounts as people type them, in Indonesian or in English writing, and never by a guess.

`1.250.000.000`, `1.250.000,50`, `1,250,000.50` and `1250000.5` are one thing each. Where a currency
has three decimals or more `1.250` might be either of two amounts, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger.errors import InvalidInput
from procurement.money import format_amount, minor_digits, parse_money
from web.language import mark as _

FALLBACK = "IDR"

_GROUPED = re.compile(
    r"-?[1-9][0-9]{0,2}(?:([.,])[0-9]{3}(?:\1[0-9]{3})*)(?:(?!\1)[.,][0-9]{1,4})?"
)
_PLAIN = re.compile(r"-?[0-9]{1,18}(?:[.,][0-9]{1,4})?")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
_SIGNS = str.maketrans({"−": "-", "\u2013": "-", " ": None, "\u00a0": None, "\u202f": None})


class Wrong(Exception):
    """A value that cannot be taken: a message of the catalogue, and what stands in it."""

    def __init__(self, message: str, said: Mapping[str, str | int] | None = None) -> None:
        super().__init__(message)
        self.said = said or {}


def read_amount(typed: str, currency: str = "") -> str:
    """An amount as typed, as a decimal string with all decimals of its currency. Raises Wrong."""
    currency = currency if re.fullmatch(r"[A-Z]{3}", currency) else FALLBACK
    compact = _bare(typed, currency)
    digits = minor_digits(currency)
    if digits > 2 and _AMBIGUOUS.fullmatch(compact):
        raise Wrong(_("Jumlah ini dapat dibaca dengan dua cara. Tulislah juga desimalnya."))
    grouped = _GROUPED.fullmatch(compact)
    if grouped:
        compact = compact.replace(grouped[1], "")
    if not _PLAIN.fullmatch(compact):
        raise Wrong(_("Tulislah jumlah dengan angka, misalnya 1.250.000.000 atau 1.250.000,50."))
    plain = compact.replace(",", ".")
    decimals = plain.partition(".")[2]
    if len(decimals) > (digits + 1 if digits > 2 else 2) or len(decimals.rstrip("0")) > digits:
        said: dict[str, str | int] = {"currency": currency, "digits": digits}
        raise Wrong(_("Terlalu banyak desimal: %(currency)s memakai %(digits)s."), said)
    try:
        return format_amount(parse_money(plain, currency))
    except InvalidInput as error:
        raise Wrong(_("Jumlah ini terlalu besar.")) from error


def _bare(typed: str, currency: str) -> str:
    """The figures, without blanks and without the currency before them."""
    compact = typed.translate(_SIGNS)
    for sign in ("Rp.", "Rp", currency):
        for minus in ("", "-"):
            if compact.startswith(minus + sign):
                return minus + compact.removeprefix(minus + sign)
    return compact


def format_typed(amount: str, currency: str, language: str) -> str:
    """A decimal string with all decimals, as people of a language type it; other text as it is.

    `read_amount` reads it back.
    """
    digits = minor_digits(currency or FALLBACK)
    form = rf"-?[0-9]{{1,18}}\.[0-9]{{{digits}}}" if digits else "-?[0-9]{1,18}"
    if not re.fullmatch(form, amount):
        return amount
    whole, _point, decimals = amount.partition(".")
    group, point = (".", ",") if language == "id" else (",", ".")
    grouped = f"{int(whole):,}".replace(",", group)
    sign = "-" if whole.startswith("-") and grouped == "0" else ""
    written = sign + grouped + (f"{point}{decimals}" if decimals.strip("0") or digits > 2 else "")
    # One nought more tells decimals from a group.
    return f"{written}0" if digits > 2 and _AMBIGUOUS.fullmatch(written) else written
