"""Cases: who can open, answer and end one, and that nobody else can change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import store
from ledger.errors import NotAuthorised, NotFound
from procurement.case_notes import EntryRef, Finding, note_body
from procurement.cases import Case, case, cases, counts, note
from tests.procurement.auditing import BOARD, found_audited_town, open_case, place, reply, say
from tests.procurement.town import ORG, Town, key

OCID = "ocds-town00-0001"
LINE = f"{ORG}/2026/1.03/5.2"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with auditors, an appropriation and a release."""
    yield from founded(tmp_path, None)


@pytest.fixture
def any_town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The same on either database."""
    yield from founded(tmp_path, database_url)


def founded(folder: Path, url: str | None) -> Iterator[Town]:
    """A town in which a line and a process are published."""
    town = found_audited_town(folder, url)
    town.appropriate(LINE, "100.00")
    town.release(
        {
            "ocid": OCID,
            "id": "1",
            "date": "2026-02-01T00:00:00Z",
            "tag": ["planning"],
            "initiationType": "tender",
            "planning": {"budget": {"id": LINE}},
        }
    )
    yield town
    town.close()


def release_of(town: Town) -> int:
    """The index of the release."""
    return town.log.size - 1


def listed(town: Town, **asked: Any) -> list[Case]:
    """What the list of cases says."""
    with store.reading(town.index.engine) as connection:
        return cases(connection, **asked)


def told(town: Town, number: int, at: int | None = None) -> tuple[str, int, list[tuple[str, str]]]:
    """State, since when, and each act with its remark."""
    found = case(town.index, number, at)
    return found.state, found.since, [(each.act, each.remark) for each in found.said]


def test_a_case_is_opened_answered_and_resolved(any_town: Town) -> None:
    """The course of a case, and how it stood after each step, also when built again."""
    town = any_town
    about = release_of(town)
    opened = open_case(town, about, about - 1)
    answered = reply(town, "budget", "answer", opened, "Sudah disetor.")
    resolved = reply(town, "second auditor", "resolve", opened)
    town.follow(1)
    course = [("open", ""), ("answer", ""), ("resolve", "")]
    for _ in range(2):
        assert told(town, opened) == ("resolved", resolved, course)
        assert told(town, opened, opened) == ("opened", opened, course[:1])
        assert told(town, opened, answered) == ("answered", answered, course[:2])
        with pytest.raises(NotFound):
            case(town.index, opened, opened - 1)
        town.again()
    found = case(town.index, opened)
    assert (found.org, found.parties, found.said[1].text) == (
        BOARD,
        (ORG,),
        {"id": "Sudah disetor."},
    )
    for concern in (("process", OCID), ("line", LINE), ("org", ORG), ("entry", str(about))):
        assert [each.index for each in listed(town, concerns=concern)] == [opened]
        assert listed(town, concerns=concern, at=opened - 1) == []
    assert listed(town, states=["answered"]) == []
    assert [e.state for e in listed(town, states=["answered"], at=answered)] == ["answered"]
    with store.reading(town.index.engine) as connection:
        assert counts(connection) == {"opened": 0, "answered": 0, "resolved": 1, "rejected": 0}


def test_nobody_else_changes_a_case(town: Town) -> None:
    """Strangers, other auditors and the publisher end no case; only whom it concerns answers."""
    opened = open_case(town, release_of(town))
    tries = [
        ("stranger", "answer", "not-concerned"),
        ("auditor", "answer", "not-concerned"),
        ("stranger", "resolve", "not-auditor"),
        ("procurement", "resolve", "not-auditor"),
        ("procurement", "reject", "not-auditor"),
        ("other auditor", "reject", "not-auditor"),
        ("clerk of the board", "resolve", "not-auditor"),
    ]
    for office, act, _ in tries:
        reply(town, office, act, opened)
    town.follow()
    assert told(town, opened) == (
        "opened",
        opened,
        [("open", ""), *((act, remark) for _, act, remark in tries)],
    )


def test_a_stranger_buries_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much he writes below a case, what both sides said stays on its page."""
    monkeypatch.setattr("procurement.cases.MOST", 2)
    opened = open_case(town, release_of(town))
    answered = reply(town, "procurement", "answer", opened)
    noise = [reply(town, "stranger", "resolve", opened, f"Selesai {n}.") for n in range(4)]
    town.follow(2)
    found = case(town.index, opened)
    assert [each.index for each in found.said] == [opened, answered, *noise[-2:]]
    assert (found.more, found.state) == (True, "answered")


def test_what_is_said_after_the_end_changes_nothing(town: Town) -> None:
    """An ended case stays ended; what is said later is shown with a remark."""
    opened = open_case(town, release_of(town))
    rejected = reply(town, "auditor", "reject", opened)
    for office, act in (("procurement", "answer"), ("auditor", "resolve"), ("auditor", "reject")):
        reply(town, office, act, opened, "Lagi.")
    town.follow()
    state, since, said = told(town, opened)
    assert (state, since) == ("rejected", rejected)
    assert [remark for _, remark in said] == ["", "", "closed", "closed", "closed"]


def test_what_opens_no_case_is_told(town: Town) -> None:
    """No auditor's key, an entry said to stand elsewhere, another form, another note."""
    about = release_of(town)
    unsigned = open_case(town, about, office="procurement")
    moved = Finding((EntryRef(about - 1, place(town, about).leaf),), {"id": "Mengapa?"})
    wrong = say(town, "auditor", note_body(moved))
    body = note_body(Finding((place(town, about),), {"id": "Mengapa?"}))
    malformed = say(town, "auditor", {**body, "case": {**body["case"], "state": "resolved"}})
    astray = reply(town, "auditor", "resolve", about)
    plain = say(town, "auditor", {"about": [place(town, about).leaf], "text": "Catatan."})
    town.follow()
    found = {each: note(town.index, each) for each in (unsigned, wrong, malformed, astray)}
    assert listed(town) == []
    assert [row.remark if row else None for row in found.values()] == [
        "not-auditor",
        "wrong-entry",
        "malformed",
        "no-case",
    ]
    assert note(town.index, plain) is None


def test_a_correction_changes_words_and_no_state(town: Town) -> None:
    """Who corrects an act is shown; a case is neither opened twice nor moved by it."""
    opened = open_case(town, release_of(town))
    again = open_case(town, release_of(town) - 1, replaces=opened)
    ended = reply(town, "auditor", "resolve", opened)
    reply(town, "auditor", "reject", opened, replaces=ended)
    town.follow()
    assert told(town, opened)[0::2] == (
        "resolved",
        [("open", ""), ("open", "correction"), ("resolve", ""), ("reject", "correction")],
    )
    assert case(town.index, opened).said[0].corrected_by == again
    assert len(listed(town)) == 1


def test_a_revoked_key_ends_nothing_and_undoes_nothing(town: Town) -> None:
    """What a key has said stands; from its revocation on others of the office go on."""
    opened = open_case(town, release_of(town))
    town.follow()
    told_why = {"key": key("auditor").id, "reason": "hilang", "effective": "2020-01-01T00:00:00Z"}
    town.registrar("registry/revocation", key("auditor").id, told_why)
    with pytest.raises(NotAuthorised):
        reply(town, "auditor", "reject", opened)
    reply(town, "procurement", "answer", opened)
    town.follow()
    assert told(town, opened)[0] == "answered"
    reply(town, "second auditor", "resolve", opened)
    town.follow()
    assert told(town, opened)[0] == "resolved"


def test_what_is_erased_was_not_said(any_town: Town) -> None:
    """Erased words move a case no more, and it is the same when built again."""
    town = any_town
    opened = open_case(town, release_of(town))
    reply(town, "procurement", "answer", opened)
    named = reply(town, "procurement", "answer", opened, "Budi, NIK ...")
    ended = reply(town, "auditor", "resolve", opened)
    town.follow()
    seen = []
    for gone in (named, ended, opened):
        town.erase(gone)
        town.follow()
        found = [(each.index, each.state, each.since) for each in listed(town)]
        marks = [note(town.index, each) for each in range(opened, ended + 1)]
        seen.append(found)
        town.again()
        assert [(each.index, each.state, each.since) for each in listed(town)] == found
        assert [note(town.index, each) for each in range(opened, ended + 1)] == marks
    assert [state for each in seen for _, state, _ in each] == ["resolved", "answered"]


def test_an_owner_answers_for_what_others_copied(town: Town) -> None:
    """Whose process it is may answer, and so may whoever published the copy."""
    town.registrar(
        "registry/institution",
        ORG,
        {
            "id": ORG,
            "names": {"id": "Kota", "en": "Town"},
            "parent": None,
            "ocids": ["ocds-copied"],
            "validFrom": "2020-01-01T00:00:00Z",
        },
    )
    copied = {"ocid": "ocds-copied-1", "id": "1", "date": "2026-02-01T00:00:00Z", "tag": ["tender"]}
    about = town.release({**copied, "initiationType": "tender"}, "importer")
    opened = open_case(town, about)
    town.follow()
    assert case(town.index, opened).parties == (ORG, "XX-COPY")
