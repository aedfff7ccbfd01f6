"""What an attacker hands to a log, whichever way leads there: refused, and nothing is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ledger import store
from ledger.body import digest
from ledger.deployment import REGISTRARS, create_log
from ledger.envelope import Signature, Statement, format_statement, signed_bytes
from ledger.errors import (
    BadSignature,
    JejakError,
    Malformed,
    NotAuthorised,
    Unacceptable,
)
from ledger.keys import SigningKey
from ledger.log import Log, Submission
from ledger.publicfile import key_members
from tests.ledger import offices
from tests.ledger.offices import EVENT_KINDS, NOON, ORG, ORIGIN, SALT, event, key
from tests.ledger.test_keys import ENROLLED, ORDER_8, Assertion, challenge_of, spki

REGISTRAR, OFFICER, OTHER = key("registrar"), key("anggaran"), key("asing")
THIEF = "https://jejak.example.go.id.evil.example"


@dataclass
class Target:
    """A log of one registrar with a budget officer and the passkey of another office."""

    log: Log

    def act(self, kind: str, said: dict[str, Any], *signers: SigningKey) -> int:
        """An act of the registrar, or of whoever signs in its place."""
        subject = said["key"] if "key" in said else said.get("id", "root")
        return self.publish(kind, said, *(signers or (REGISTRAR,)), org=REGISTRARS, subject=subject)

    def publish(self, kind: str, said: Any, *signers: SigningKey, **changes: Any) -> int:
        """Sign and hand in; the index."""
        statement, raw = stated(kind, said, **changes)
        return self.hand_in(statement, raw, *(each.sign(statement) for each in signers))

    def hand_in(self, statement: Statement, raw: bytes, *signatures: Signature) -> int:
        """Hand in what was signed by whatever means."""
        ordered = tuple(sorted(signatures, key=lambda each: each.key))
        return self.log.append_one(Submission(format_statement(statement), ordered, raw)).index

    def refuses(self, attack: Callable[[], Any]) -> JejakError:
        """The error that an attack meets; the log is what it was before."""
        before = self.log.head()
        with pytest.raises(JejakError) as met:
            attack()
        assert self.log.head() == before
        return met.value


def stated(kind: str, said: Any, **changes: Any) -> tuple[Statement, bytes]:
    """A statement of this office about a body, and the body's bytes."""
    raw = said if isinstance(said, bytes) else offices.encode(said)
    plain = {
        "body": digest(raw),
        "kind": kind,
        "log": ORIGIN,
        "org": ORG,
        "subject": said["id"] if isinstance(said, dict) and "id" in said else "1",
        "time": NOON,
        "v": "jejak/1",
    }
    return Statement(**(plain | changes)), raw


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    """The log that is attacked; its clock stands at noon."""
    engine = store.open_engine(store.sqlite_url(tmp_path / "log.db"), store.SCHEMA)
    create_log(engine)
    log = Log(engine, ORIGIN, EVENT_KINDS, lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
    made = Target(log)
    made.act("registry/root", offices.root(1, REGISTRAR))
    made.act("registry/key", offices.enrolment(OFFICER))
    passkey = offices.enrolment(OFFICER, office="PPK", roles=["budget"]) | key_members(ENROLLED)
    made.act("registry/key", passkey)
    yield made
    log.close()


# Keys


def test_revoked_key(target: Target) -> None:
    """A key that was lost publishes nothing any more, whatever time it writes."""
    target.publish("budget/event", event("1"), OFFICER)
    target.act("registry/revocation", offices.revocation(OFFICER))
    early = "2026-01-15T00:00:00Z"
    for time in (NOON, early):
        error = target.refuses(
            lambda time=time: target.publish("budget/event", event("2"), OFFICER, time=time)
        )
        assert isinstance(error, NotAuthorised)


@pytest.mark.parametrize(
    "validity",
    [
        {"validUntil": NOON},
        {"validFrom": "2026-03-02T12:00:01Z"},
    ],
    ids=["expired", "not yet valid"],
)
def test_key_outside_its_mandate(target: Target, validity: dict[str, str]) -> None:
    """A mandate that has ended, or has not begun, is none."""
    target.act("registry/key", offices.enrolment(OFFICER, **validity))
    error = target.refuses(
        lambda: target.publish("budget/event", event(), OFFICER, time="2026-02-01T00:00:00Z")
    )
    assert isinstance(error, NotAuthorised)


def test_key_of_another_organisation(target: Target) -> None:
    """Nobody speaks in the name of an institution that is not their own."""
    target.act("registry/key", offices.enrolment(OTHER, org="ID-LAIN", **{"for": ["*"]}))
    error = target.refuses(lambda: target.publish("budget/event", event(), OTHER))
    assert isinstance(error, NotAuthorised)


def test_key_without_the_role(target: Target) -> None:
    """A treasurer does not budget."""
    target.act("registry/key", offices.enrolment(OFFICER, roles=["treasury"]))
    error = target.refuses(lambda: target.publish("budget/event", event(), OFFICER))
    assert isinstance(error, NotAuthorised)


def test_key_of_small_order(target: Target) -> None:
    """Not even a registrar enrols a key whose signatures fit many messages."""
    der = spki(ORDER_8.to_bytes(32, "little"))
    weak = key_members(replace(OFFICER.public, id=hashlib.sha256(der).hexdigest(), der=der))
    error = target.refuses(lambda: target.act("registry/key", offices.enrolment(OFFICER) | weak))
    assert "small order" in error.message


def test_officer_enrols_a_friend(target: Target) -> None:
    """Whoever holds an officer's key, as a script in a stolen session, is no registrar."""
    for signers in ((OFFICER,), (OTHER,), (OFFICER, REGISTRAR)):
        error = target.refuses(
            lambda signers=signers: target.act("registry/key", offices.enrolment(OTHER), *signers)
        )
        assert isinstance(error, NotAuthorised)


def test_revoked_key_enrolled_again(target: Target) -> None:
    """An old enrolment, played again or signed anew, gives a revoked key nothing back."""
    again = offices.enrolment(OFFICER)
    target.act("registry/revocation", offices.revocation(OFFICER))
    size = target.log.size
    assert target.act("registry/key", again) == 1
    assert target.log.size == size
    target.act("registry/key", offices.enrolment(OFFICER, office="lagi"))
    error = target.refuses(lambda: target.publish("budget/event", event(), OFFICER))
    assert isinstance(error, NotAuthorised)


# Statements and bodies


def test_statement_for_another_log(target: Target) -> None:
    """What was signed for a training log, or another district, is nothing here."""
    error = target.refuses(
        lambda: target.publish("budget/event", event(), OFFICER, log="latihan.example.go.id")
    )
    assert isinstance(error, Unacceptable)


def test_signature_taken_from_a_statement_for_another_log(target: Target) -> None:
    """Nor does its signature serve under a statement for this one."""
    elsewhere, raw = stated("budget/event", event(), log="latihan.example.go.id")
    here, _ = stated("budget/event", event())
    signature = OFFICER.sign(elsewhere)
    assert isinstance(target.refuses(lambda: target.hand_in(here, raw, signature)), BadSignature)


def test_replay(target: Target) -> None:
    """Sent ten times, with other times and signatures too, it is one entry at one index."""
    first = target.publish("budget/event", event(), OFFICER)
    before = target.log.head()
    for minute in range(10):
        time = f"2026-03-02T11:{minute:02}:00Z"
        assert target.publish("budget/event", event(), OFFICER, time=time) == first
    assert target.log.head() == before


def test_body_that_does_not_match(target: Target) -> None:
    """The bytes that were signed, not others that say nearly the same."""
    statement, raw = stated("budget/event", event("1", amount="1"))
    signature = OFFICER.sign(statement)
    for other in (raw + b"\n", offices.encode(event("1", amount="2")), b""):
        error = target.refuses(lambda other=other: target.hand_in(statement, other, signature))
        assert isinstance(error, Unacceptable | Malformed)


def test_statement_changed_after_it_was_signed(target: Target) -> None:
    """Another body, subject, time or correction under the same signature."""
    first = target.log.record(0).leaf_hash.hex()
    statement, _ = stated("budget/event", event("1"))
    signature = OFFICER.sign(statement)
    other, raw = stated("budget/event", event("2"))
    assert isinstance(target.refuses(lambda: target.hand_in(other, raw, signature)), BadSignature)
    for change in ({"time": "2026-03-02T11:59:59Z"}, {"replaces": first}):
        changed, raw = stated("budget/event", event("1"), **change)
        error = target.refuses(lambda s=changed, r=raw: target.hand_in(s, r, signature))
        assert isinstance(error, BadSignature)


# Two signatures


def test_one_key_twice(target: Target) -> None:
    """One key's signature does not count as two people's, however often it is handed in."""
    statement, raw = stated("budget/event", event())
    one, again = OFFICER.sign(statement), OFFICER.sign(statement)
    error = target.refuses(lambda: target.hand_in(statement, raw, one, again))
    assert isinstance(error, Malformed)


def test_one_key_posing_as_another(target: Target) -> None:
    """An own signature under the second officer's key id is no second signature."""
    target.act("registry/key", offices.enrolment(OTHER, office="Verifikator"))
    statement, raw = stated("budget/event", event())
    own = OFFICER.sign(statement)
    posing = type(own)(key=OTHER.id, sig=own.sig)
    error = target.refuses(lambda: target.hand_in(statement, raw, own, posing))
    assert isinstance(error, BadSignature)


def test_signature_added_to_a_published_entry(target: Target) -> None:
    """An entry never gains a signature: the second one comes before it is recorded."""
    target.act("registry/key", offices.enrolment(OTHER, office="Verifikator"))
    index = target.publish("budget/event", event(), OFFICER)
    assert target.publish("budget/event", event(), OFFICER, OTHER) == index
    assert [each.key for each in target.log.record(index).entry.signatures] == [OFFICER.id]


# Passkeys


def asserted(target: Target, change: Callable[[Assertion], Assertion]) -> Callable[[], int]:
    """An attack by an assertion that is wrong in one way."""
    statement, raw = stated("budget/event", {"id": "1", "salt": SALT})
    right = Assertion(challenge=challenge_of(signed_bytes(statement)))
    return lambda: target.hand_in(statement, raw, change(right).signature())


def test_passkey_publishes(target: Target) -> None:
    """An assertion that is right in every way is recorded; each attack below misses one thing."""
    assert asserted(target, lambda right: right)() == target.log.size - 1


ATTACKS: dict[str, dict[str, Any]] = {
    "another challenge": {"challenge": challenge_of(b"another statement")},
    "registration instead of assertion": {"kind": "webauthn.create"},
    "another origin": {"origin": THIEF},
    "origin without TLS": {"origin": "http://jejak.example.go.id"},
    "another relying party": {"rp": "evil.example"},
    "user not verified": {"flags": 0x01},
    "user not present": {"flags": 0x04},
    "neither present nor verified": {"flags": 0x00},
}


@pytest.mark.parametrize("change", ATTACKS.values(), ids=ATTACKS.keys())
def test_assertion_with(target: Target, change: dict[str, Any]) -> None:
    """Made for something else, somewhere else, or without the officer."""
    error = target.refuses(asserted(target, lambda right: replace(right, **change)))
    assert isinstance(error, BadSignature)


def test_assertion_by_another_passkey(target: Target) -> None:
    """A passkey that was never enrolled, under the name of one that was."""
    stranger = ec.derive_private_key(0x7654321, ec.SECP256R1())
    error = target.refuses(asserted(target, lambda right: replace(right, key=stranger)))
    assert isinstance(error, BadSignature)


def test_assertion_for_one_draft_under_another(target: Target) -> None:
    """A body changed between preview and signature is not the one that was signed."""
    statement, _ = stated("budget/event", event("1", amount="1"))
    signature = Assertion(challenge=challenge_of(signed_bytes(statement))).signature()
    changed, raw = stated("budget/event", event("1", amount="1000000"))
    error = target.refuses(lambda: target.hand_in(changed, raw, signature))
    assert isinstance(error, BadSignature)
    error = target.refuses(lambda: target.hand_in(statement, raw, signature))
    assert isinstance(error, Unacceptable)
