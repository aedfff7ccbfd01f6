"""Cases in notes: an auditor's finding, the publisher's answer, and how the case ended.

Each is a `note` whose member `case` says which (docs/findings.md). To the log it is a note like
any other; what is made of it is in procurement.case_states. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ledger.errors import Malformed

Act = Literal["open", "answer", "resolve", "reject"]

ACTS: tuple[Act, ...] = ("open", "answer", "resolve", "reject")
LANGUAGES = ("id", "en")
MAX_ENTRIES = 100
MAX_TEXT = 4000
MAX_FIGURES = 40
MAX_NAME, MAX_LINE = 100, 500

_HASH = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
# Line feeds part paragraphs; other control characters and those that turn a line around do not
# belong into what a stranger is to read.
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class EntryRef:
    """An entry by its index and its leaf hash (hex): what stands there can be no other."""

    index: int
    leaf: str


@dataclass(frozen=True)
class Ground:
    """The rule or flag that a finding rests on, with what it computed.

    `version` is None for money rules, which have none; `value` and `figures` are as the command
    prints them; `command` prints them again.
    """

    code: str
    version: int | None
    subject: str
    outcome: str
    value: str | None
    reason: str
    figures: Mapping[str, str] = field(default_factory=dict)
    command: str = ""


@dataclass(frozen=True)
class Finding:
    """An auditor's finding about entries, in order; `text` by language."""

    entries: tuple[EntryRef, ...]
    text: Mapping[str, str]
    raised: Ground | None = None


@dataclass(frozen=True)
class Reply:
    """What is said in a case: an answer, or that it is resolved or rejected, and why."""

    act: Act
    finding: EntryRef
    text: Mapping[str, str]


CaseNote = Finding | Reply


def parse_case_note(body: Any) -> CaseNote | None:
    """The case in the parsed body of a note; None for a note that is about none.

    Raises Malformed where the member `case` is out of form, or `about` and `text` do not say the
    same as it does.
    """
    if not isinstance(body, dict) or body.get("case") is None:
        return None
    found = _parse(body["case"])
    if format_case(found) != body["case"]:
        raise Malformed("member 'case' has members that belong to no case")
    for name, value in _told(found).items():
        if body.get(name) != value:
            raise Malformed(f"member {name!r} does not say what 'case' does")
    return found


def note_body(note: CaseNote, documents: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The body of the note, but for its salt; parse_case_note is its inverse."""
    told = _told(note)
    return {**told, "source": None, "documents": documents or [], "case": format_case(note)}


def format_case(note: CaseNote) -> dict[str, Any]:
    """The member `case`."""
    text = dict(note.text)
    if isinstance(note, Reply):
        return {"act": note.act, "finding": _format_place(note.finding), "text": text}
    entries = [_format_place(each) for each in note.entries]
    raised = None if note.raised is None else _format_raised(note.raised)
    return {"act": "open", "entries": entries, "flag": raised, "text": text}


def _told(note: CaseNote) -> dict[str, Any]:
    """What every reader of notes is told: which entries it is about, and in words."""
    places = (note.finding,) if isinstance(note, Reply) else note.entries
    first = next(note.text[code] for code in LANGUAGES if code in note.text)
    return {"about": [each.leaf for each in places], "text": first}


def _format_place(place: EntryRef) -> dict[str, Any]:
    return {"index": place.index, "leaf": place.leaf}


def _format_raised(raised: Ground) -> dict[str, Any]:
    return {
        "code": raised.code,
        "version": raised.version,
        "subject": raised.subject,
        "outcome": raised.outcome,
        "value": raised.value,
        "reason": raised.reason,
        "figures": dict(raised.figures),
        "command": raised.command,
    }


def _parse(value: Any) -> CaseNote:
    case = _members(value, "case")
    act, text = case.get("act"), _texts(case.get("text"))
    if act == "open":
        return Finding(_places(case.get("entries")), text, _raised(case.get("flag")))
    if act not in ACTS:
        raise Malformed(f"member 'act' is none of {', '.join(ACTS)}")
    return Reply(act, _place(case.get("finding")), text)


def _places(value: Any) -> tuple[EntryRef, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
        raise Malformed(f"a finding is about 1 to {MAX_ENTRIES} entries")
    places = tuple(_place(each) for each in value)
    if len({each.index for each in places}) != len(places):
        raise Malformed("a finding names an entry twice")
    return places


def _place(value: Any) -> EntryRef:
    place = _members(value, "an entry")
    index, leaf = place.get("index"), place.get("leaf")
    if type(index) is not int or not 0 <= index < 2**63:
        raise Malformed("member 'index' is not the index of an entry")
    if not isinstance(leaf, str) or not _HASH.fullmatch(leaf):
        raise Malformed("member 'leaf' is not 64 lower-case hexadecimal digits")
    return EntryRef(index, leaf)


def _raised(value: Any) -> Ground | None:
    if value is None:
        return None
    flag = _members(value, "flag")
    code, version = flag.get("code"), flag.get("version")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise Malformed("member 'code' is not the code of a flag or a rule")
    if version is not None and (type(version) is not int or not 1 <= version < 2**31):
        raise Malformed("member 'version' is not the version of a flag")
    computed = flag.get("value")
    return Ground(
        code,
        version,
        _line(flag, "subject"),
        _line(flag, "outcome"),
        None if computed is None else _line(flag, "value"),
        _line(flag, "reason"),
        _figures(flag.get("figures")),
        _line(flag, "command"),
    )


def _figures(value: Any) -> dict[str, str]:
    figures = _members(value, "figures")
    if len(figures) > MAX_FIGURES:
        raise Malformed(f"a finding has at most {MAX_FIGURES} figures")
    for name in figures:
        _fit(name, "figures", MAX_NAME)
    return {name: _line(figures, name) for name in figures}


def _texts(value: Any) -> dict[str, str]:
    texts = _members(value, "text")
    if not texts or not set(texts) <= set(LANGUAGES):
        raise Malformed(f"member 'text' is not by one or two of {', '.join(LANGUAGES)}")
    for each in texts.values():
        _fit(each, "text", MAX_TEXT)
        if not each.strip():
            raise Malformed("member 'text' is blank")
    return dict(texts)


def _line(members: Mapping[str, Any], name: str) -> str:
    """A required string of one line, which may be empty."""
    value = _fit(members.get(name), name, MAX_LINE)
    if "\n" in value:
        raise Malformed(f"member {name[:40]!r} has more than one line")
    return value


def _fit(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or _UNFIT.search(value):
        told = f"member {name[:40]!r} is not a text of at most {most} characters"
        raise Malformed(f"{told}, without control characters")
    return value


def _members(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{name!r} is not a JSON object")
    return value
