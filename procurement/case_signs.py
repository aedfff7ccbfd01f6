"""Signs that nobody sees, or that turn a text around: refused when written, shown when read.

What is in the log stays as it was signed; a reader sees U+FFFD in their place, as in all words
that come from others (audit.printable). Pure.
"""

from __future__ import annotations

import unicodedata

from ledger.errors import Unacceptable

UNSHOWN = "\ufffd"

_SHOWN = {"\n", "\u00a0"}
# Letters and marks that are blank by themselves: Default_Ignorable_Code_Point of Unicode, and the
# blank of Braille. Selectors of a variant form stay, since they follow what they change.
_BLANK = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}
_KINDS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def unseen(text: str) -> str | None:
    """The first sign that nobody sees, as `U+200B`; None where everything is seen."""
    return next((f"U+{ord(each):04X}" for each in text if _is_unseen(each)), None)


def check_seen(text: str) -> None:
    """Everything in the text can be seen. Raises Unacceptable."""
    sign = unseen(text)
    if sign is not None:
        raise Unacceptable(
            f"the text has a sign that nobody sees ({sign})", "leave it out, or type the text anew"
        )


def seen(text: str) -> str:
    """The text with U+FFFD for each sign that nobody sees."""
    return "".join(UNSHOWN if _is_unseen(each) else each for each in text)


def _is_unseen(sign: str) -> bool:
    if sign in _SHOWN:
        return False
    return sign in _BLANK or unicodedata.category(sign) in _KINDS
