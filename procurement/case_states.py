"""How a case stands: a fold over what was said in it, in the order of the log. Pure.

Who may do what is decided by the registry at the place of each note: it is opened, resolved and
rejected by an auditor's key, the last two by one of the same organisation; only an organisation
whose entries it concerns answers. Whatever else is said stays where it was said, with a remark
why it changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ledger.errors import Conflict, NotAuthorised
from procurement.case_notes import Act

State = Literal["opened", "answered", "resolved", "rejected"]

STATES: tuple[State, ...] = ("opened", "answered", "resolved", "rejected")
OPEN_STATES: tuple[State, ...] = ("opened", "answered")

# Why something said in a case changes nothing.
NOT_CONCERNED = "not-concerned"
NOT_AUDITOR = "not-auditor"
CLOSED = "closed"
CORRECTION = "correction"
# Why a note that would open or continue a case does not.
MALFORMED = "malformed"
WRONG_ENTRY = "wrong-entry"
NO_CASE = "no-case"

REMARKS = (NOT_CONCERNED, NOT_AUDITOR, CLOSED, CORRECTION, MALFORMED, WRONG_ENTRY, NO_CASE)

_ENDS: dict[Act, State] = {"resolve": "resolved", "reject": "rejected"}


@dataclass(frozen=True)
class Said:
    """Something said in a case: by which organisation, and whether by an auditor's key.

    `corrects`: its entry replaces an earlier one.
    """

    index: int
    act: Act
    org: str
    auditor: bool
    corrects: bool = False


@dataclass(frozen=True)
class CaseStanding:
    """The state of a case since the entry `since`, and a remark or "" on all that was said."""

    state: State
    since: int
    remarks: tuple[str, ...]


def stand(opened: Said, parties: frozenset[str], said: Iterable[Said]) -> CaseStanding:
    """The state after all that was said, which comes in the order of the log."""
    found = CaseStanding("opened", opened.index, ())
    remarks: list[str] = []
    for each in said:
        found = go_on(opened, parties, found, each)
        remarks += found.remarks
    return CaseStanding(found.state, found.since, tuple(remarks))


def go_on(opened: Said, parties: frozenset[str], stood: CaseStanding, said: Said) -> CaseStanding:
    """The state after one thing more was said, and the remark on that alone.

    What was said before matters by the state that it led to and by nothing else.
    """
    remark = _remark(opened, parties, stood.state, said)
    if remark:
        return CaseStanding(stood.state, stood.since, (remark,))
    return CaseStanding(_after(said), said.index, (remark,))


def check_opening(said: Said) -> None:
    """A finding would open a case. Raises NotAuthorised."""
    if not said.auditor:
        raise NotAuthorised(
            "only a key with the role auditor opens a case",
            "ask the registrars to enrol one; a note without a case is open to every key",
        )


def check_said(opened: Said, parties: frozenset[str], state: State, said: Said) -> None:
    """What is to be said would count in a case that stands so. Raises NotAuthorised, Conflict."""
    remark = _remark(opened, parties, state, said)
    if remark == CLOSED:
        raise Conflict(f"the case is {state} already", "open another case to take it up again")
    if remark == NOT_CONCERNED:
        concerned = ", ".join(sorted(parties)) or "nobody"
        raise NotAuthorised(
            f"the finding does not concern {said.org!r}", f"whom it concerns answers: {concerned}"
        )
    if remark == NOT_AUDITOR:
        raise NotAuthorised(
            "only an auditor's key of the organisation that opened a case ends it",
            f"that is {opened.org!r}",
        )


def _after(said: Said) -> State:
    return _ENDS.get(said.act, "answered")


def _remark(opened: Said, parties: frozenset[str], state: State, said: Said) -> str:
    """Why it changes nothing; "" where it does."""
    if said.corrects or said.act == "open":
        return CORRECTION
    if said.act == "answer" and said.org not in parties:
        return NOT_CONCERNED
    if said.act in _ENDS and not (said.auditor and said.org == opened.org):
        return NOT_AUDITOR
    return "" if state in OPEN_STATES else CLOSED
