"""Money: integers of minor units with an ISO 4217 code; never a float, never rounded.

Sources: ISO 4217 (minor units by code); docs/format.md (decimal strings of our own bodies); OCDS
`Value` (JSON numbers). An amount with more decimals than its currency has is not representable,
and neither is one of 2^63 minor units or more: it is refused in our own bodies and unknown (None)
in those of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from ledger.errors import Malformed

LIMIT = 2**63

_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DEFAULT_DIGITS = 2
_DIGITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


class Money(msgspec.Struct, frozen=True, gc=False):
    """`amount` minor units of `currency`."""

    amount: int
    currency: str

    def __neg__(self) -> Money:
        """The same sum the other way."""
        return Money(-self.amount, self.currency)


def minor_digits(currency: str) -> int:
    """How many decimals a currency has (ISO 4217); two for codes that say nothing else."""
    return _DIGITS.get(currency, _DEFAULT_DIGITS)


@lru_cache(1024)
def parse_currency(text: str) -> str:
    """Three capital letters. Raises Malformed."""
    if not _CURRENCY.fullmatch(text):
        raise Malformed(f"not an ISO 4217 code: {text[:20]!r}")
    return text


def parse_money(amount: str, currency: str) -> Money:
    r"""A decimal string `-?[0-9]{1,18}(\.[0-9]{1,4})?` in a currency. Raises Malformed."""
    parse_currency(currency)
    if not _AMOUNT.fullmatch(amount):
        raise Malformed(f"not a decimal amount: {amount[:40]!r}")
    whole, _, fraction = amount.partition(".")
    digits = minor_digits(currency)
    exact = fraction if len(fraction) <= digits else fraction.rstrip("0")
    minor = int(whole + exact.ljust(digits, "0"))
    if len(exact) > digits or not -LIMIT < minor < LIMIT:
        raise Malformed(f"{amount} {currency} is not a whole number of minor units below 2^63")
    return Money(minor, currency)


def format_amount(money: Money) -> str:
    """The decimal string of an amount, with all decimals of its currency: `-1250.00`."""
    digits = minor_digits(money.currency)
    sign = "-" if money.amount < 0 else ""
    text = str(abs(money.amount)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def format_money(money: Money) -> str:
    """`1250.00 IDR`: for lines of text."""
    return f"{format_amount(money)} {money.currency}"


def read_number(number: Any, currency: str) -> Money | None:
    """A JSON number (int or Decimal), or one written as a string, in a currency; None if unknown.

    None too when it has more decimals than the currency, or is 2^63 minor units or more.
    """
    digits = minor_digits(currency)
    if isinstance(number, str):
        if not _NUMBER.fullmatch(number):
            return None
        number = Decimal(number)
    if type(number) is not int and not isinstance(number, Decimal):
        return None
    minor = _minor_units(number, digits)
    return None if minor is None else Money(minor, currency)


def read_value(value: Any, default: str | None = None) -> Money | None:
    """An OCDS `Value`; `default` is the currency where it names none. None if unknown.

    Codes are read without regard to case: real files hold `mdl`.
    """
    if not isinstance(value, dict):
        return None
    currency = value.get("currency") or default
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency.upper()):
        return None
    return read_number(value.get("amount"), currency.upper())


def add_up(amounts: Iterable[Money]) -> dict[str, int]:
    """Sums by currency."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount
    return sums


def spread(amount: int, weights: list[int]) -> list[int]:
    """An amount in proportion to weights (not negative, not all zero), to the last minor unit.

    What division leaves goes, one unit each, to the largest remainders, the first of equals first.
    """
    total = sum(weights)
    shares = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    left = amount - sum(shares)
    for at in sorted(range(len(weights)), key=lambda each: -remainders[each])[:left]:
        shares[at] += 1
    return shares


def _minor_units(number: int | Decimal, digits: int) -> int | None:
    if isinstance(number, int):
        minor = number * 10**digits
        return minor if -LIMIT < minor < LIMIT else None
    if not number:
        return 0
    # What has its first figure elsewhere is no whole number of minor units, or too many of them;
    # and no exponent makes the integers below long.
    if not number.is_finite() or not 0 <= number.adjusted() + digits <= 19:
        return None
    # No context arithmetic: it would round at 28 digits.
    numerator, denominator = number.as_integer_ratio()
    minor, rest = divmod(numerator * 10**digits, denominator)
    return None if rest or not -LIMIT < minor < LIMIT else minor
