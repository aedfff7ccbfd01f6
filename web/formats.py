"""Numbers, money, dates and sizes as a reader of one language writes them.

Amounts are integers of minor units. Times of the log are UTC; they are shown in the zone of the
deployment with its name, dates without a zone as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_currency_symbol

from ledger.envelope import parse_time
from ledger.errors import Malformed
from procurement.money import minor_digits

ZONES = {"WIB": 7, "WITA": 8, "WIT": 9, "UTC": 0}

_NO_BREAK = "\u00a0"
_SYMBOLS = {"IDR": "Rp"}
_SCALES = {
    "id": (("triliun", 12), ("miliar", 9), ("juta", 6)),
    "en": (("trillion", 12), ("billion", 9), ("million", 6)),
}
_THOUSAND = {"id": ("ribu", 3), "en": ("thousand", 3)}


@dataclass(frozen=True)
class Formats:
    """How one language writes values; `zone` is a name of ZONES."""

    language: str
    zone: str = "WIB"

    def number(self, value: int) -> str:
        """An integer with groups."""
        return format_decimal(value, locale=self.language)

    def decimal(self, value: Decimal, places: int) -> str:
        """A decimal rounded to at most `places` places."""
        pattern = "#,##0." + "#" * places if places else "#,##0"
        return format_decimal(value, pattern, locale=self.language)

    def amount(self, minor: int | None, currency: str) -> str:
        """The full amount with its currency; cents are left out where there are none."""
        if minor is None:
            return "–"
        digits = minor_digits(currency)
        whole, rest = divmod(abs(minor), 10**digits)
        text = self.number(whole)
        if rest:
            text += ("," if self.language == "id" else ".") + str(rest).zfill(digits)
        return ("−" if minor < 0 else "") + self._symbol(currency) + text

    def short(self, minor: int | None, currency: str) -> str:
        """The amount in words of scale, `Rp1,25 miliar`; small amounts in full."""
        if minor is None:
            return "–"
        major = Decimal(abs(minor)).scaleb(-minor_digits(currency))
        for word, power in _SCALES[self.language]:
            if major >= Decimal(10) ** power:
                text = self.decimal(major.scaleb(-power), 2)
                sign = "−" if minor < 0 else ""
                return f"{sign}{self._symbol(currency)}{text}{_NO_BREAK}{word}"
        return self.amount(minor, currency)

    def spelled(self, minor: int, currency: str) -> str:
        """The whole amount in groups of words, `1 miliar 250 juta`: nothing is rounded."""
        digits = minor_digits(currency)
        left, rest = divmod(abs(minor), 10**digits)
        parts = []
        for word, power in (*_SCALES[self.language], _THOUSAND[self.language]):
            count, left = divmod(left, 10**power)
            if count:
                parts.append(f"{self.number(count)}{_NO_BREAK}{word}")
        if left or not parts:
            parts.append(str(left))
        if rest:
            parts.append(f"{str(rest).zfill(digits)}/{10**digits}")
        return ("minus " if minor < 0 else "") + " ".join(parts)

    def percent(self, part: int, whole: int) -> str:
        """`part` of `whole` in percent with one place; an en dash when there is no whole."""
        if whole <= 0:
            return "–"
        share = self.decimal(Decimal(abs(part)) * 100 / Decimal(whole), 1)
        text = f"−{share}" if part < 0 else share
        return f"{text}{_NO_BREAK}%" if self.language == "id" else f"{text}%"

    def size(self, octets: int) -> str:
        """A number of bytes, in units of 1,024 above that."""
        for power, unit in ((2, "MiB"), (1, "KiB")):
            if octets >= 1024**power:
                return self.decimal(Decimal(octets) / 1024**power, 1) + _NO_BREAK + unit
        return self.number(octets) + _NO_BREAK + "B"

    def day(self, text: str) -> str:
        """The date of an ISO 8601 text, `24 November 2026`; anything else as it is."""
        try:
            return format_date(date.fromisoformat(text[:10]), "d MMMM y", locale=self.language)
        except ValueError:
            return text

    def moment(self, text: str) -> str:
        """A UTC time of the log in the zone of the deployment, `24 November 2026 13.05.09 WIB`."""
        try:
            moment = parse_time(text)
        except Malformed:
            return text
        local = moment.astimezone(timezone(timedelta(hours=ZONES[self.zone])))
        clock = format_time(datetime.time(local), self._clock, locale=self.language)
        return f"{self._date(local)} {clock}{_NO_BREAK}{self.zone}"

    @property
    def _clock(self) -> str:
        return "HH.mm.ss" if self.language == "id" else "HH:mm:ss"

    def _date(self, moment: datetime) -> str:
        return format_date(moment.date(), "d MMMM y", locale=self.language)

    def _symbol(self, currency: str) -> str:
        symbol = _SYMBOLS.get(currency) or get_currency_symbol(currency, locale=self.language)
        return symbol + (_NO_BREAK if symbol[-1:].isalpha() and symbol != "Rp" else "")
