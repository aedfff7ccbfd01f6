"""The reader's language: Bahasa Indonesia, the source of all interface strings, or English.

The English catalogue is a gettext `.po` read at start, so nothing has to be compiled.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "id"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
LOCALE = Path(__file__).parent / "locale"

_MAX_HEADER = 200
_ALIASES = {"in": "id"}  # ISO 639-1 before 1989; old phones still send it


def choose_language(asked: str | None, accepted: str | None) -> str:
    """The language of `?lang=`, else the best of Accept-Language, else Indonesian."""
    if asked in LANGUAGES:
        return str(asked)
    ranked = sorted(_ranges(accepted or ""), key=lambda each: -each[0])
    return next((name for weight, name in ranked if weight > 0 and name in LANGUAGES), SOURCE)


def _ranges(header: str) -> list[tuple[float, str]]:
    """(weight, primary subtag) of each range of an Accept-Language header (RFC 9110 12.5.4)."""
    found = []
    for each in header[:_MAX_HEADER].lower().split(","):
        tag, _, parameter = each.partition(";")
        primary = tag.strip().split("-")[0]
        found.append((_weight(parameter.strip()), _ALIASES.get(primary, primary)))
    return found


def _weight(parameter: str) -> float:
    digits = parameter.removeprefix("q=").strip()
    if not parameter:
        return 1.0
    return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 0.0


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; Indonesian needs none."""
    if language == SOURCE:
        return NullTranslations()
    compiled = io.BytesIO()
    with (LOCALE / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def mark(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message
