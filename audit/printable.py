"""Words that came from a log one does not trust, for terminals, feeds and pages. Pure."""

from __future__ import annotations

UNSHOWN = "\ufffd"


def printable(text: str) -> str:
    """The text without characters that steer what shows it: controls, overrides of direction."""
    return "".join(each if each.isprintable() else UNSHOWN for each in text)
