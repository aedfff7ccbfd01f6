"""What pages never show, whatever a record holds: contact points and personal identity numbers.

The bytes an institution has published stay what they are, below `/log/`; pages and their JSON
twins are made for reading and leave these out.
"""

from __future__ import annotations

import re
from typing import Any

WITHHELD = "••••••"
CONTACT_MEMBERS = frozenset(
    {"contactPoint", "contactPoints", "persons", "email", "telephone", "faxNumber"}
)

# An Indonesian identity number (NIK): sixteen digits, the first not 0; a firm's tax number in the
# same width begins with 0. Not inside a longer word, a hash or a decimal number.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z.,])[1-9][0-9]{15}(?![0-9A-Za-z]|[.,][0-9])")


def is_personal(identifier: str) -> bool:
    """Whether an id holds what looks like a personal identity number."""
    return _IDENTITY.search(identifier) is not None


def withhold(text: str) -> str:
    """The text with personal identity numbers taken out."""
    return _IDENTITY.sub(WITHHELD, text) if len(text) >= 16 else text


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
