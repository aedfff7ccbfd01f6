"""What registrars do together: thresholds, revocations, erasures."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import Conflict, NotAuthorised, Unacceptable
from tests.ledger import offices
from tests.ledger.offices import (
    LATER,
    NOON,
    OFFICER,
    SECOND,
    STRANGER,
    A,
    B,
    Book,
    C,
    D,
    event,
    opened,
    refused,
    staffed,
)

# Thresholds


@pytest.mark.parametrize("signers", [(A,), (A, STRANGER), (A, B, STRANGER), (A, OFFICER)])
def test_registry_act_needs_the_threshold_and_registrars_only(signers: tuple[Any, ...]):
    """Fewer registrars than the threshold, or anybody else among them, is refused."""
    said = offices.enrolment(SECOND)
    assert isinstance(refused(staffed(), "registry/key", said, *signers), NotAuthorised)


def test_more_registrars_than_the_threshold_may_sign():
    """The threshold is a minimum."""
    assert opened().publish("registry/key", offices.enrolment(OFFICER), A, B, C)


def test_entry_zero_needs_its_own_threshold():
    """The first root is signed by the threshold it sets, and by nobody else."""
    said = offices.root(2, A, B, C)
    assert isinstance(refused(Book(), "registry/root", said, A), NotAuthorised)
    assert isinstance(refused(Book(), "registry/root", said, A, STRANGER), NotAuthorised)
    assert Book().publish("registry/root", said, B, C)


@pytest.mark.parametrize("signers", [(A, B), (C, D), (A, C), (A, B, C), (A, C, D), (A, B, D)])
def test_new_root_needs_the_threshold_of_both(signers: tuple[Any, ...]):
    """Neither the old registrars alone nor the new ones alone pass the power on."""
    assert isinstance(
        refused(opened(2, A, B), "registry/root", offices.root(2, C, D), *signers), NotAuthorised
    )


def test_new_root_signed_by_both_takes_over():
    """With both thresholds the new registrars are in force and the old are not."""
    book = opened(2, A, B)
    book.publish("registry/root", offices.root(2, C, D), A, B, C, D)
    assert isinstance(
        refused(book, "registry/key", offices.enrolment(OFFICER), A, B), NotAuthorised
    )
    assert book.publish("registry/key", offices.enrolment(OFFICER), C, D)


def test_registrar_of_both_roots_counts_in_both():
    """One signature serves both thresholds where the key is in both roots."""
    book = opened(2, A, B)
    assert book.publish("registry/root", offices.root(2, A, B, C), A, B)


def test_signer_of_neither_root_spoils_a_new_root():
    """A new root is signed by registrars only."""
    for other in (STRANGER, OFFICER):
        error = refused(staffed(), "registry/root", offices.root(2, A, B), A, B, other)
        assert isinstance(error, NotAuthorised)


def test_revoked_registrar_counts_in_no_threshold():
    """Revoked, a registrar's signature does not count, nor may it be there."""
    book = opened()
    book.publish("registry/revocation", offices.revocation(C), A, B)
    assert isinstance(
        refused(book, "registry/key", offices.enrolment(OFFICER), A, C), NotAuthorised
    )
    assert book.publish("registry/key", offices.enrolment(OFFICER), A, B)


def test_revoked_registrar_does_not_return_in_a_new_root():
    """A revocation is for ever: listed again, the key still counts in no threshold."""
    book = opened()
    book.publish("registry/revocation", offices.revocation(C), A, B)
    assert isinstance(
        refused(book, "registry/root", offices.root(3, A, B, C), A, B, C), NotAuthorised
    )
    assert isinstance(refused(book, "registry/root", offices.root(3, A, B, C), A, B), NotAuthorised)
    assert book.publish("registry/root", offices.root(2, A, B, C), A, B)
    assert set(book.registry.registrars()) == {A.id, B.id}


# Revocation


def test_revoked_key_is_refused_from_the_next_entry_on_for_ever():
    """Not even a new enrolment brings a revoked key back."""
    book = staffed()
    book.publish("budget/event", event("1"), OFFICER)
    book.publish("registry/revocation", offices.revocation(OFFICER, LATER), A, B)
    assert isinstance(refused(book, "budget/event", event("2"), OFFICER), NotAuthorised)
    book.publish("registry/key", offices.enrolment(OFFICER, office="lagi"), A, B)
    assert isinstance(refused(book, "budget/event", event("2"), OFFICER), NotAuthorised)


def test_key_revokes_itself_alone():
    """An officer who lost the key does not wait for the registrars."""
    book = staffed()
    book.publish("registry/revocation", offices.revocation(OFFICER), OFFICER)
    assert OFFICER.id in book.registry.revoked


def test_key_revokes_no_other():
    """Its own revocation only."""
    book = staffed()
    book.publish("registry/key", offices.enrolment(SECOND), A, B)
    for signers in ((OFFICER,), (OFFICER, SECOND), (OFFICER, A)):
        error = refused(book, "registry/revocation", offices.revocation(SECOND), *signers)
        assert isinstance(error, NotAuthorised)


def test_registrar_revokes_itself_alone_while_enough_are_left():
    """A registrar's key is a key too."""
    book = opened()
    book.publish("registry/revocation", offices.revocation(C), C)
    assert set(book.registry.registrars()) == {A.id, B.id}
    assert isinstance(refused(book, "registry/revocation", offices.revocation(B), B), Conflict)


def test_revocation_that_leaves_fewer_than_the_threshold_is_refused():
    """The registrars cannot lock themselves out."""
    book = opened(2, A, B)
    assert isinstance(refused(book, "registry/revocation", offices.revocation(B), A, B), Conflict)


def test_key_is_revoked_once():
    """The first revocation stands, with its effective time."""
    book = staffed()
    book.publish("registry/revocation", offices.revocation(OFFICER, LATER), A, B)
    error = refused(book, "registry/revocation", offices.revocation(OFFICER, NOON), A, B)
    assert isinstance(error, Conflict)
    assert book.registry.revoked[OFFICER.id] == LATER


def test_unknown_key_is_not_revoked():
    """A revocation names a key of the registry."""
    error = refused(opened(), "registry/revocation", offices.revocation(STRANGER), A, B)
    assert isinstance(error, NotAuthorised)


# Erasure


def test_erased_body_is_refused_afterwards():
    """What was erased does not come back under a new entry."""
    book = staffed()
    book.publish("budget/event", event("1"), OFFICER)
    digest = next(iter(reversed(book.bodies)))
    book.publish("registry/erasure", offices.erasure(digest), A, B)
    assert isinstance(refused(book, "budget/event", event("1"), OFFICER), Unacceptable)
    assert book.publish("budget/event", event("2"), OFFICER)


def test_erasure_needs_two_registrars_where_there_are_two():
    """One person alone erases nothing, whatever the threshold."""
    book = opened(1, A, B)
    book.publish("registry/key", offices.enrolment(OFFICER), A)
    book.publish("budget/event", event("1"), OFFICER)
    digest = next(iter(reversed(book.bodies)))
    assert isinstance(refused(book, "registry/erasure", offices.erasure(digest), A), NotAuthorised)
    assert book.publish("registry/erasure", offices.erasure(digest), A, B)


def test_lone_registrar_may_erase():
    """Where there is one registrar, or one is left, that one suffices."""
    book = opened(1, A, B)
    book.publish("registry/key", offices.enrolment(OFFICER), A)
    book.publish("budget/event", event("1"), OFFICER)
    digest = next(iter(reversed(book.bodies)))
    book.publish("registry/revocation", offices.revocation(B), A)
    assert book.publish("registry/erasure", offices.erasure(digest), A)


def test_registry_body_cannot_be_erased():
    """The registry must be foldable for ever, also when a budget event shares its bytes."""
    book = opened()
    digest = next(iter(book.bodies))
    assert isinstance(
        refused(book, "registry/erasure", offices.erasure(digest), A, B), Unacceptable
    )


def test_body_shared_with_a_registry_entry_cannot_be_erased():
    """An erasure covers every entry with the digest, so none of them may be of the registry."""
    book = staffed()
    book.publish("budget/event", event("1"), OFFICER)
    digest = next(iter(reversed(book.bodies)))
    book.bodies[digest] |= {"registry/institution"}
    assert isinstance(
        refused(book, "registry/erasure", offices.erasure(digest), A, B), Unacceptable
    )


def test_erasure_names_bodies_that_are_there():
    """Both the body and its replacement were published earlier."""
    book = staffed()
    unknown = "ab" * 32
    assert isinstance(
        refused(book, "registry/erasure", offices.erasure(unknown), A, B), Unacceptable
    )
    book.publish("budget/event", event("1"), OFFICER)
    digest = next(iter(reversed(book.bodies)))
    error = refused(book, "registry/erasure", offices.erasure(digest, unknown), A, B)
    assert isinstance(error, Unacceptable)
    book.publish("budget/event", event("redacted"), OFFICER)
    redacted = next(iter(reversed(book.bodies)))
    assert book.publish("registry/erasure", offices.erasure(digest, redacted), A, B)
