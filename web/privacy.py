"""What pages never show, whatever a record holds: contact points and personal identity numbers.

The bytes an institution has published stay what they are, below `/log/`; pages and their JSON
twins are made for reading and leave these out.

An Indonesian identity number (NIK) has sixteen digits and does not begin with 0: two each for
province, regency and district, six for a birthday (to a woman's day 40 is added), four for an
order. It is looked for

- as sixteen digits that stand alone, whatever they say. A firm's tax number of that width begins
  with 0; what belongs to a word, a hash or a decimal number is none;
- in groups, as people write it (`3273 0112 0390 0001`, `32.73.01.120390.0001`, digit by digit),
  where place and birthday are possible ones. A number grouped by thousands is an amount, and two
  dates side by side are dates;
- after the word NIK or KTP in any form, also without a blank between.

Digits of every script count, and signs that nobody sees do not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

WITHHELD = "••••••"
CONTACT_MEMBERS = frozenset(
    {"contactPoint", "contactPoints", "persons", "email", "telephone", "faxNumber"}
)

# Codes of provinces (Kemendagri).
_PROVINCES = frozenset(
    code
    for first, last in (
        (11, 19),
        (21, 21),
        (31, 36),
        (51, 53),
        (61, 65),
        (71, 76),
        (81, 82),
        (91, 97),
    )
    for code in range(first, last + 1)
)
# Lengths of the groups of two dates: 01-02-2026 03-04-2026, and the like.
_DATES = frozenset(
    [(2, 2, 4, 2, 2, 4), (4, 2, 2, 4, 2, 2), (2, 2, 4, 4, 2, 2), (8, 8), (2, 2, 4, 8), (8, 2, 2, 4)]
)

_UNSEEN = "\x00"
_BETWEEN = r"[ .\-\x00]{1,3}"
_ALONE = re.compile(r"(?<![0-9A-Za-z])(?<![0-9][.,])[1-9][0-9]{15}(?![0-9A-Za-z]|[.,][0-9])")
# By twos, which is what 4-4-4-4, 6-6-4 and 2-2-2-6-4 have in common; by threes; by ones.
_GROUPED = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,\-])(?=("
    rf"[0-9]{{2}}(?:(?:{_BETWEEN})?[0-9]{{2}}){{7}}"
    rf"|(?:[0-9]{{3}}{_BETWEEN}){{4}}[0-9]{{4}}"
    rf"|[0-9](?:{_BETWEEN}[0-9]){{15}}"
    r")(?![0-9A-Za-z]|[.,\-][0-9]))"
)
_NAMED = re.compile(
    r"(?<![A-Za-z])(?:NIK|KTP)[^0-9A-Za-z]{0,4}(?:NO|NOMOR)?[^0-9A-Za-z]{0,4}"
    rf"([1-9](?:(?:{_BETWEEN})?[0-9]){{15}})(?![0-9])",
    re.IGNORECASE,
)
_SIXTEEN = re.compile(r"\d(?:\D{0,3}\d){15}")


def is_personal(identifier: str) -> bool:
    """Whether an id holds what looks like a personal identity number."""
    return any(_found(identifier))


def withhold(text: str) -> str:
    """The text with personal identity numbers taken out."""
    kept, at = [], 0
    for start, end in sorted(_found(text)):
        if end > at:
            kept += [text[at:start], WITHHELD] if start >= at else []
            at = end
    return "".join([*kept, text[at:]]) if at else text


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Where identity numbers begin and end; they may overlap."""
    # Pages are made of short texts: nearly all of them go no further than this.
    if len(text) < 16 or _count(text) < 16 or not _SIXTEEN.search(text):
        return
    plain = text if text.isascii() else "".join(map(_plain, text))
    yield from (each.span() for each in _ALONE.finditer(plain))
    yield from (each.span(1) for each in _NAMED.finditer(plain))
    yield from (each.span(1) for each in _GROUPED.finditer(plain) if _is_possible(each[1]))


def _count(text: str) -> int:
    """How many digits there are."""
    if text.isascii():
        return len(text) - len(text.encode().translate(None, b"0123456789"))
    return sum(map(str.isdecimal, text))


def _plain(sign: str) -> str:
    """One sign for one: the digit that it is, a hyphen for a dash, a blank for any blank."""
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    return {"Pd": "-", "Zs": " ", "Cf": _UNSEEN}.get(category, sign)


def _is_possible(written: str) -> bool:
    """Whether what is written in groups has a place and a birthday, and is not two dates."""
    groups = re.findall("[0-9]+", written)
    if tuple(map(len, groups)) in _DATES:
        return False
    province, regency, district, day, month = (
        int("".join(groups)[at : at + 2]) for at in range(0, 10, 2)
    )
    return (
        province in _PROVINCES
        and min(regency, district) > 0
        and (1 <= day <= 31 or 41 <= day <= 71)
        and 1 <= month <= 12
        and groups[-1][-4:] != "0000"
    )


def without_contacts(value: Any) -> Any:
    """A parsed JSON value without contact points and identity numbers, at any depth."""
    if isinstance(value, dict):
        return {
            withhold(key): without_contacts(member)
            for key, member in value.items()
            if key not in CONTACT_MEMBERS
        }
    if isinstance(value, list):
        return [without_contacts(each) for each in value]
    return withhold(value) if isinstance(value, str) else value
