"""Logs to practise on: named so that every byte they sign says what they are.

A log whose name begins with `training.` is for practice, and no other log has such a name. The
name stands in each statement, entry, checkpoint and receipt, so that nobody needs to be told by the
operator, and nothing that is signed for the one kind of log is valid in the other.
"""

from __future__ import annotations

from ledger.errors import Unacceptable

LABEL = "training."
NOTICE = "LATIHAN, bukan catatan resmi. TRAINING, not an official record."


def is_training(origin: str) -> bool:
    """Whether the log of this name is for practice."""
    return origin.startswith(LABEL)


def training_origin(origin: str) -> str:
    """The name of the log on which the officers of this one practise."""
    return origin if is_training(origin) else LABEL + origin


def check_real(origin: str) -> None:
    """A log that is not for practice bears no name of one. Raises Unacceptable."""
    if is_training(origin):
        raise Unacceptable(
            f"a log named {LABEL}… is for practice only",
            "name the real log without it; jejak training makes the one to practise on",
        )


def marked(origin: str, line: str) -> str:
    """A line about a log, behind the notice where the log is for practice."""
    return f"{NOTICE} {line}" if is_training(origin) else line
