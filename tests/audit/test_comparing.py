"""Checkpoints that somebody kept, held to the newest."""

from __future__ import annotations

import pytest

from audit.comparing import MAX_KEPT, compare, split_notes
from audit.split_view import node_names
from ledger.errors import Unacceptable
from ledger.note import parse_checkpoint, parse_note
from tests.audit import simulator
from tests.audit.simulator import SIGNER, THIEF, Operator, add_payments, founded

SIZES = (8, 20, 300, 600)


@pytest.fixture(scope="module")
def log() -> Operator:
    """A log of 600 entries."""
    found = founded()
    add_payments(found, 600 - len(found.drafts))
    return found


def held(log: Operator, *notes: bytes) -> list[tuple[str, int | None]]:
    """Verdict and size of each note."""
    return [(each.verdict, each.size) for each in comparison(log, *notes).kept]


def comparison(log: Operator, *notes: bytes):
    """What comes of notes at the log's newest checkpoint."""
    files = log.tree()
    newest = parse_checkpoint(parse_note(files["checkpoint"]).text)
    return compare(notes, newest, files, log.trust().log_keys)


def test_kept_checkpoints_of_an_honest_log_agree(log):
    """From each of them the log goes on; the newest is the same."""
    notes = [simulator.note(SIGNER, size, root) for size, root in log.roots(*SIZES).items()]
    assert held(log, *notes) == [
        ("extended", 8),
        ("extended", 20),
        ("extended", 300),
        ("same", 600),
    ]
    found = comparison(log, *notes)
    assert (found.rewritten, found.agreed) == (None, 600)


def test_a_rewritten_log_is_told_between_which_entries(log):
    """The largest that agrees and the smallest that does not bound where it was rewritten."""
    notes = [simulator.note(SIGNER, size, root) for size, root in log.roots(*SIZES).items()]
    bent = log.copy()
    bent.drafts[200] = bent.draft(
        "budget/payment", simulator.payment("SP2D-x"), simulator.TREASURY,
        subject="SP2D-x", at=bent.drafts[200].at,
    )  # fmt: skip
    assert [verdict for verdict, _ in held(bent, *notes)] == [
        "extended", "extended", "rewritten", "rewritten",
    ]  # fmt: skip
    found = comparison(bent, *notes)
    assert (found.agreed, found.rewritten) == (20, 300)


def test_what_proves_nothing_is_not_called_evidence(log):
    """A stranger's signature, another log, no note, a larger tree: each has its own word."""
    stranger = simulator.note(THIEF, 20, b"\x07" * 32)
    larger = simulator.note(SIGNER, 601, b"\x07" * 32)
    other = larger.replace(log.trust().origin.encode(), b"other.example", 1)
    assert held(log, stranger, larger, other, b"nothing\n") == [
        ("unsigned", 20), ("ahead", 601), ("other-log", 601), ("unreadable", None),
    ]  # fmt: skip


def test_notes_are_split_as_they_are_pasted(log):
    """One after the other, with or without blank lines between, with a browser's line ends."""
    notes = [simulator.note(SIGNER, size, root) for size, root in log.roots(8, 20).items()]
    for between in (b"", b"\n\n"):
        text = between.join(notes).decode()
        assert split_notes(text) == notes
        assert split_notes("\r\n" + text.replace("\n", "\r\n")) == notes


@pytest.mark.parametrize("text", ["", " \n\n", "— a b", "x\n\n— a b\n" * (MAX_KEPT + 1)])
def test_texts_without_notes_or_with_too_many_are_refused(text):
    """Nothing is read of what is none, or too much."""
    with pytest.raises(Unacceptable):
        split_notes(text)


def test_a_customers_key_is_not_in_the_name_of_a_node():
    """Pages, feeds and evidence name a node by its host; two of one host are told apart."""
    names = node_names(
        ["https://a.example/v3/SECRET", "https://a.example/v3/OTHER", "http://u:p@b.example",
         "http://127.0.0.1:8545", "https://c.example?key=SECRET"]
    )  # fmt: skip
    assert names == [
        "https://a.example/… (1)", "https://a.example/… (2)", "http://b.example/…",
        "http://127.0.0.1:8545", "https://c.example/…",
    ]  # fmt: skip
