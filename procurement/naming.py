"""Whether two organisations, named by different systems, are the same. Pure.

Systems spell names differently and lose accents on the way. Only what is plainly another
organisation is called another; names that are merely similar leave it open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from procurement.contracting import Party

# What stands in real files where a letter was lost.
LOST = ("?", "\ufffd")

_WORD = re.compile(r"[^\W_]{3,}")


def folded(name: str) -> str:
    """A name without case, accents, punctuation and blanks; "" if letters were lost."""
    if any(mark in name for mark in LOST):
        return ""
    return "".join(char for char in _plain(name) if char.isalnum())


def is_same(one: Party, other: Party) -> bool | None:
    """True by an id or the name; False by ids of one scheme or by names; None: left open.

    An id is the same in any spelling: case, blanks and punctuation tell no two numbers apart.
    """
    if _numbers(one) & _numbers(other):
        return True
    name = folded(one.name)
    if name and name == folded(other.name):
        return True
    if _schemes(one) & _schemes(other):
        return False
    if not one.name or not other.name or _are_similar(one.name, other.name):
        return None
    return False


def is_one_of(party: Party | None, others: Sequence[Party]) -> bool | None:
    """Whether a party is one of several: False only if it is plainly none of them."""
    if party is None or not others:
        return None
    found = [is_same(party, other) for other in others]
    if True in found:
        return True
    return None if None in found else False


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in spread if not unicodedata.combining(char))


def _numbers(party: Party) -> set[str]:
    """The ids without case, blanks and punctuation; one with lost letters only as it stands."""
    return {folded(each) or each for each in party.ids if each}


def _schemes(party: Party) -> set[str]:
    """The schemes of ids of the form `<scheme>-<number>`, in any case."""
    return {scheme for each in party.ids if (scheme := folded(each.rpartition("-")[0]))}


def _are_similar(one: str, other: str) -> bool:
    """Half of the words of the shorter name, or more, stand in the longer one."""
    words, others = _words(one), _words(other)
    return len(words & others) * 2 >= min(len(words), len(others))


def _words(name: str) -> set[str]:
    """The words of three letters or more that have lost none."""
    whole = [word for word in name.split() if not any(mark in word for mark in LOST)]
    return set(_WORD.findall(_plain(" ".join(whole))))
