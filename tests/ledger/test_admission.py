"""Which statement, so signed, may stand at which place in the log."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.envelope import Statement
from ledger.errors import BadSignature, Conflict, NotAuthorised, Unacceptable
from tests.ledger import offices
from tests.ledger.offices import (
    LATER,
    NOON,
    OFFICER,
    ORG,
    SECOND,
    STRANGER,
    A,
    B,
    Book,
    event,
    opened,
    refused,
    staffed,
)

# The statement itself


def test_statement_for_another_log_is_refused():
    """What is signed for one log cannot be replayed in another."""
    error = refused(staffed(), "budget/event", event(), OFFICER, log="jejak.other.go.id")
    assert isinstance(error, Unacceptable)


@pytest.mark.parametrize("time", ["2026-03-02T12:05:00Z", "2026-03-01T00:00:00Z", NOON])
def test_statement_up_to_five_minutes_ahead_is_admitted(time: str):
    """Five minutes after the log's clock is still in time, and any earlier time is."""
    assert staffed().publish("budget/event", event(), OFFICER, time=time)


@pytest.mark.parametrize("time", ["2026-03-02T12:05:01Z", "9999-12-31T23:59:59Z"])
def test_statement_more_than_five_minutes_ahead_is_refused(time: str):
    """A statement from the future is not recorded."""
    assert isinstance(refused(staffed(), "budget/event", event(), OFFICER, time=time), Unacceptable)


def test_log_clock_at_the_end_of_time_is_compared_without_overflow():
    """A verifier meets any `at` a forger wrote."""
    book = staffed()
    book.at = "9999-12-31T23:59:59Z"
    assert book.publish("budget/event", event(), OFFICER)


def test_unknown_kind_is_refused():
    """Only kinds that somebody gave a meaning are recorded."""
    error = refused(staffed(), "budget/wish", event(), OFFICER)
    assert isinstance(error, Unacceptable)


def test_subject_must_be_the_id_found_in_the_body():
    """Nobody files a body below another subject."""
    error = refused(staffed(), "budget/event", event("1"), OFFICER, subject="2")
    assert isinstance(error, Unacceptable)


def test_signature_over_another_statement_is_refused():
    """Who signed one statement has not signed another."""
    book = staffed()

    class Forger:
        def sign(self, statement: Statement) -> Any:
            changed = {name: getattr(statement, name) for name in statement.__struct_fields__}
            return OFFICER.sign(Statement(**(changed | {"time": LATER})))

    assert isinstance(refused(book, "budget/event", event(), Forger()), BadSignature)


# Authority of offices


def test_entry_zero_must_be_a_root():
    """A log begins with its registrars."""
    assert isinstance(refused(Book(), "registry/key", offices.enrolment(OFFICER), A), Conflict)
    assert isinstance(refused(Book(), "budget/event", event(), OFFICER), NotAuthorised)


def test_key_nobody_enrolled_is_refused():
    """A stranger publishes nothing."""
    assert isinstance(refused(opened(), "budget/event", event(), STRANGER), NotAuthorised)


@pytest.mark.parametrize(
    ("at", "admitted"),
    [
        ("2026-02-28T23:59:59Z", False),
        ("2026-03-01T00:00:00Z", True),
        ("2026-03-31T23:59:59Z", True),
        ("2026-04-01T00:00:00Z", False),
    ],
)
def test_key_is_valid_from_inclusive_until_exclusive(at: str, admitted: bool):
    """`validFrom <= at < validUntil`, by the log's clock."""
    book = staffed(validFrom="2026-03-01T00:00:00Z", validUntil="2026-04-01T00:00:00Z")
    book.at = at
    if admitted:
        assert book.publish("budget/event", event(), OFFICER)
    else:
        assert isinstance(refused(book, "budget/event", event(), OFFICER), NotAuthorised)


def test_validity_is_by_the_log_clock_not_by_the_statement():
    """A statement cannot date itself back into its key's validity."""
    book = staffed(validUntil="2026-03-01T00:00:00Z")
    error = refused(book, "budget/event", event(), OFFICER, time="2026-02-01T00:00:00Z")
    assert isinstance(error, NotAuthorised)


def test_role_must_allow_the_kind():
    """A treasurer does not appropriate."""
    book = staffed(roles=["treasury", "oversight"])
    assert isinstance(refused(book, "budget/event", event(), OFFICER), NotAuthorised)


def test_statement_org_must_be_the_key_org():
    """An officer speaks in the name of the own institution only."""
    book = staffed(**{"for": ["*"]})
    error = refused(book, "budget/event", event(), OFFICER, org="ID-KAB-7301")
    assert isinstance(error, NotAuthorised)


def test_owner_of_the_subject_must_be_in_the_scope():
    """`for` must cover the owner of a budget subject, and every owner where there are several."""
    book = staffed(**{"for": [ORG, "ID-OPD-1"]})
    assert book.publish("budget/event", event("1", owners=["ID-OPD-1", ORG]), OFFICER)
    error = refused(book, "budget/event", event("2", owners=["ID-OPD-1", "ID-OPD-2"]), OFFICER)
    assert isinstance(error, NotAuthorised)


def test_star_covers_every_owner():
    """`*` in `for` is every organisation."""
    book = staffed(**{"for": ["*"]})
    assert book.publish("budget/event", event(owners=["ID-OPD-9"]), OFFICER)


def test_subject_without_owner_belongs_to_the_statement_org():
    """An advance, which charges no line, needs the own organisation in `for`."""
    assert staffed().publish("budget/event", event(), OFFICER)
    book = staffed(**{"for": ["ID-OPD-1"]})
    assert isinstance(refused(book, "budget/event", event(), OFFICER), NotAuthorised)


def test_release_about_another_owner_is_recorded():
    """Scope binds budget kinds; a release about another's process is shown, not refused."""
    book = staffed(roles=["importer"], **{"for": []})
    assert book.publish("ocds/event", event(owners=["ID-OPD-1"]), OFFICER)


def test_every_signature_must_be_authorised():
    """Four eyes: one signer without authority spoils the others."""
    book = staffed()
    assert isinstance(refused(book, "budget/event", event(), OFFICER, STRANGER), NotAuthorised)
    book.publish("registry/key", offices.enrolment(SECOND, **{"for": ["ID-OPD-1"]}), A, B)
    assert isinstance(refused(book, "budget/event", event(), OFFICER, SECOND), NotAuthorised)
    book.publish("registry/key", offices.enrolment(SECOND), A, B)
    assert book.publish("budget/event", event(), OFFICER, SECOND)


def test_registrar_signs_no_budget():
    """Registrars have no org, role or scope of their own."""
    assert isinstance(refused(staffed(), "budget/event", event(), A), NotAuthorised)


def test_re_enrolment_replaces_every_field():
    """A later registry/key with the same id holds from its place on, whole."""
    book = staffed(roles=["budget"], validUntil="2026-12-31T00:00:00Z")
    book.publish("registry/key", offices.enrolment(OFFICER, roles=["treasury"], office="Kas"), A, B)
    assert isinstance(refused(book, "budget/event", event(), OFFICER), NotAuthorised)
    assert book.registry.enrolments[OFFICER.id].office == "Kas"
    assert book.registry.enrolments[OFFICER.id].valid_until is None


# Corrections


def test_correction_takes_the_place_of_an_entry_once():
    """The corrected entry is not corrected again; the correction is."""
    book = staffed()
    first = book.publish("budget/event", event(change="1"), OFFICER)
    second = book.publish("budget/event", event(change="2"), OFFICER, replaces=first)
    error = refused(book, "budget/event", event(change="3"), OFFICER, replaces=first)
    assert isinstance(error, Conflict)
    assert book.publish("budget/event", event(change="3"), OFFICER, replaces=second)


def test_correction_names_an_earlier_entry():
    """A correction of nothing is refused."""
    error = refused(staffed(), "budget/event", event(), OFFICER, replaces="cd" * 32)
    assert isinstance(error, Unacceptable)


def test_correction_keeps_kind_and_subject():
    """Nothing leaves the sums by a correction of something else."""
    book = staffed(roles=["budget", "procurement"])
    first = book.publish("budget/event", event("1"), OFFICER)
    for kind, said in (("budget/event", event("2")), ("ocds/event", event("1"))):
        assert isinstance(refused(book, kind, said, OFFICER, replaces=first), Unacceptable)


def test_correction_keeps_the_org():
    """A key that covers everybody does not take another institution's entry out of the sums."""
    book = staffed()
    first = book.publish("budget/event", event(owners=[ORG]), OFFICER)
    importer = offices.enrolment(SECOND, org="ID-LSM", **{"for": ["*"]})
    book.publish("registry/key", importer, A, B)
    said = event(owners=[ORG], change="0")
    error = refused(book, "budget/event", said, SECOND, org="ID-LSM", replaces=first)
    assert isinstance(error, Unacceptable)


def test_registry_entries_are_not_corrected():
    """A later registry entry takes the place of the earlier by itself."""
    book = opened()
    said = offices.enrolment(OFFICER)
    first = book.publish("registry/key", said, A, B)
    error = refused(book, "registry/key", said | {"office": "x"}, A, B, replaces=first)
    assert isinstance(error, Unacceptable)


# Claims and needs


def test_claim_is_held_once():
    """A second appropriation of a line, or a second payment with one id, is refused."""
    book = staffed()
    book.publish("budget/event", event(claims=["payment:1"], change="1"), OFFICER)
    error = refused(book, "budget/event", event(claims=["payment:1"], change="2"), OFFICER)
    assert isinstance(error, Conflict)
    assert book.publish("budget/event", event(claims=["payment:2"]), OFFICER)


def test_correction_may_use_the_claim_of_what_it_corrects():
    """And from then on the correction holds it."""
    book = staffed()
    first = book.publish("budget/event", event(claims=["payment:1"], change="1"), OFFICER)
    second = event(claims=["payment:1"], change="2")
    held = book.publish("budget/event", second, OFFICER, replaces=first)
    third = event(claims=["payment:1"], change="3")
    assert isinstance(refused(book, "budget/event", third, OFFICER), Conflict)
    assert book.publish("budget/event", third, OFFICER, replaces=held)


def test_correction_may_not_take_the_claim_of_another_entry():
    """A correction frees only what its own original held."""
    book = staffed()
    book.publish("budget/event", event("1", claims=["payment:1"]), OFFICER)
    first = book.publish("budget/event", event("2", claims=["payment:2"]), OFFICER)
    said = event("2", claims=["payment:1"])
    assert isinstance(refused(book, "budget/event", said, OFFICER, replaces=first), Conflict)


def test_reversal_needs_the_payment_it_reverses():
    """`reverses` names an earlier payment."""
    book = staffed()
    reversal = event("2", claims=["payment:2"], needs=["payment:1"])
    assert isinstance(refused(book, "budget/event", reversal, OFFICER), Unacceptable)
    book.publish("budget/event", event("1", claims=["payment:1"]), OFFICER)
    assert book.publish("budget/event", reversal, OFFICER)


def test_payment_does_not_reverse_itself():
    """What an entry claims it cannot also need: the payment reversed is an earlier one."""
    said = event("1", claims=["payment:1"], needs=["payment:1"])
    assert isinstance(refused(staffed(), "budget/event", said, OFFICER), Unacceptable)


# Notes


def test_note_is_about_earlier_entries():
    """Each leaf hash named must be in the log already."""
    book = staffed(roles=["auditor"])
    entries = list(book.known)
    assert book.publish("note", offices.remark(*entries), OFFICER)
    error = refused(book, "note", offices.remark(entries[0], "ef" * 32), OFFICER)
    assert isinstance(error, Unacceptable)
    error = refused(book, "note", offices.remark("ef" * 32), OFFICER)
    assert isinstance(error, Unacceptable)


@pytest.mark.parametrize("roles", [["procurement"], ["oversight", "importer"], []])
def test_any_enrolled_key_may_leave_a_note(roles: list[str]):
    """A note needs no role."""
    book = staffed(roles=roles)
    assert book.publish("note", offices.remark(next(iter(book.known))), OFFICER)


def test_registrar_leaves_no_note():
    """Registrars sign registry kinds only."""
    book = staffed()
    said = offices.remark(next(iter(book.known)))
    assert isinstance(refused(book, "note", said, A), NotAuthorised)
