"""Groups that are placed while their signatures are verified end as if each had come by itself."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import admission, deployment, store, submission
from ledger.acts import ROLES
from ledger.envelope import Ed25519Signature, format_base64, format_statement
from ledger.errors import BadSignature, Conflict, NotAuthorised, Unacceptable, Unavailable
from ledger.keys import SigningKey
from ledger.kinds import KINDS, Kind, Meaning
from ledger.log import MAX_WAITING, Log, Outcome, Recorded, Refused, Submission, create_log
from tests.ledger.deployments import ORG, ORIGIN, Deployed, deploy
from tests.ledger.test_log import check_chain, recorded

MANY = 100


@pytest.fixture
def deployed(tmp_path: Path, database_url: str) -> Iterator[Deployed]:
    """A fresh deployment on each database."""
    made = deploy(tmp_path / "data", database_url)
    yield made
    made.log.close()


def forged(submission: Submission) -> Submission:
    """The same with a signature that does not verify."""
    (signature,) = submission.signatures
    sig = format_base64(secrets.token_bytes(64))
    return replace(submission, signatures=(Ed25519Signature(key=signature.key, sig=sig),))


def told(outcomes: list[Outcome]) -> list[str]:
    """What is said of each, without the entries' hashes."""
    return [
        f"{type(each.error).__name__}: {each.error}"
        if isinstance(each, Refused)
        else f"{each.index} {each.repeated}"
        for each in outcomes
    ]


def twin(deployed: Deployed, folder: Path) -> Log:
    """Another log with the same first entries."""
    engine = store.open_engine(store.sqlite_url(folder / "twin.db"), store.SCHEMA)
    create_log(engine)
    log = Log(engine, ORIGIN, KINDS, deployed.clock)
    for record in deployed.log.records():
        assert record.body is not None
        entry = record.entry
        log.append_one(Submission(format_statement(entry.statement), entry.signatures, record.body))
    return log


def revocation(deployed: Deployed) -> Submission:
    """The registrar revokes the officer's key."""
    body = {"key": deployed.officer.id, "reason": "lost", "effective": "2020-01-01T00:00:00Z"}
    raw = deployment.body_bytes(body)
    named = (ORIGIN, "registry/revocation", deployed.officer.id, deployment.REGISTRARS)
    return deployment.compose(*named, raw, [deployed.registrar])


def once(deployed: Deployed, act: Callable[[], object]) -> Callable[[], datetime]:
    """A clock that does something after it is first asked: while a group is placed ahead."""
    asked: list[datetime] = []

    def clock() -> datetime:
        asked.append(deployed.clock.at)
        if len(asked) == 1:
            act()
        return asked[-1]

    return clock


def mixture(deployed: Deployed, chance: random.Random) -> list[Submission]:
    """Good notes, and every way to be refused or repeated, in any order."""
    notes = deployed.notes(MANY)
    about = deployed.log.record(0).leaf_hash.hex()
    stranger = SigningKey(secrets.token_bytes(32))
    raw = deployment.body_bytes({"about": [about], "text": "of a stranger"})
    made: list[Callable[[Submission], Submission]] = [
        lambda note: note,
        forged,
        lambda _note: chance.choice(notes),
        lambda _note: forged(chance.choice(notes)),
        lambda note: replace(note, body=note.body + b" "),
        lambda note: replace(note, statement=note.statement + b" "),
        lambda note: replace(note, signatures=()),
        lambda _note: deployment.compose(ORIGIN, "note", about, ORG, raw, [stranger]),
    ]
    weights = [20] + [1] * (len(made) - 1)
    return [chance.choices(made, weights)[0](note) for note in notes]


@pytest.mark.parametrize("seed", range(4))
def test_outcomes_are_those_of_one_by_one(deployed: Deployed, tmp_path: Path, seed: int) -> None:
    """Whatever is refused in a group, the rest stands where it would stand without it."""
    submissions = mixture(deployed, random.Random(seed))
    submissions.insert(60, revocation(deployed)) if seed == 3 else None
    other = twin(deployed, tmp_path)
    together = deployed.log.append(submissions)
    assert told(together) == told([other.append([each])[0] for each in submissions])
    assert [r.leaf for r in deployed.log.records()] == [r.leaf for r in other.records()]
    assert [each for each in told(together) if "BadSignature" in each]
    check_chain(deployed.log)
    other.close()


def test_nothing_is_recorded_whose_signature_is_bad(deployed: Deployed) -> None:
    """Not one of a group, also where the same thing has been published before."""
    deployed.log.append(deployed.notes(5))
    outcomes = deployed.log.append([forged(each) for each in deployed.notes(MANY)])
    assert all(isinstance(e, Refused) and isinstance(e.error, BadSignature) for e in outcomes)
    assert check_chain(deployed.log) == 7


def test_bodies_of_any_size_come_back(deployed: Deployed) -> None:
    """What is deflated to be stored, on whichever thread, is read as the bytes that were given."""
    notes = [deployed.note(secrets.token_hex(3) * at**2) for at in range(MANY)]
    recorded(deployed.log.append(notes))
    assert [record.body for record in deployed.log.records(2)] == [each.body for each in notes]


def test_only_the_last_signature_is_bad(deployed: Deployed) -> None:
    """The group is written already when the last signature turns out bad: it is taken back."""
    notes = deployed.notes(MANY)
    outcomes = deployed.log.append([*notes[:-1], forged(notes[-1])])
    assert recorded(outcomes[:-1]) == list(range(2, MANY + 1))
    assert isinstance(outcomes[-1], Refused)
    assert check_chain(deployed.log) == MANY + 1


def test_revoked_meanwhile(deployed: Deployed) -> None:
    """What another process records while a group is placed ahead counts for the whole group."""
    other = Log(deployed.log.engine, ORIGIN, KINDS, deployed.clock)
    notes, end = deployed.notes(MANY), revocation(deployed)
    log = Log(deployed.log.engine, ORIGIN, KINDS, once(deployed, lambda: other.append_one(end)))
    outcomes = log.append(notes)
    assert all(isinstance(e, Refused) and isinstance(e.error, NotAuthorised) for e in outcomes)
    assert check_chain(log) == 3


def test_appended_meanwhile(deployed: Deployed) -> None:
    """The group follows the entries of another process, and repeats none of them."""
    other = Log(deployed.log.engine, ORIGIN, KINDS, deployed.clock)
    notes = deployed.notes(MANY)
    same = notes[40:43]
    log = Log(deployed.log.engine, ORIGIN, KINDS, once(deployed, lambda: other.append(same)))
    outcomes = log.append(notes)
    assert recorded(outcomes[40:43]) == [2, 3, 4]
    assert recorded(outcomes[:40] + outcomes[43:]) == list(range(5, MANY + 2))
    assert check_chain(log) == MANY + 2


def test_halted_meanwhile(deployed: Deployed) -> None:
    """A log that is halted while a group is placed ahead records nothing of it."""
    halt = once(deployed, lambda: deployed.log.halt("an old backup"))
    log = Log(deployed.log.engine, ORIGIN, KINDS, halt)
    with pytest.raises(Conflict, match="old backup"):
        log.append(deployed.notes(MANY))
    assert check_chain(log) == 2


def test_at_is_when_the_group_is_written(deployed: Deployed) -> None:
    """The log's time of an entry is read under the lock, however long verifying took."""
    log = Log(
        deployed.log.engine, ORIGIN, KINDS, once(deployed, lambda: deployed.clock.move(seconds=1))
    )
    start = deployed.clock.at
    recorded(log.append(deployed.notes(MANY)))
    later = (start + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert {record.entry.at for record in log.records(2)} == {later}


def test_fault_while_verifying(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that could not be verified at all lets nothing of its group be recorded."""
    verify, calls = admission.verify_signatures, iter(range(10**6))

    def fail_one(*arguments: object) -> None:
        if next(calls) == 50:
            raise MemoryError("no more")
        verify(*arguments)  # type: ignore[arg-type]

    notes = deployed.notes(MANY)
    with monkeypatch.context() as patch:
        patch.setattr(submission, "verify_signatures", fail_one)
        with pytest.raises(MemoryError):
            deployed.log.append(notes)
    assert check_chain(deployed.log) == 2
    assert recorded(deployed.log.append(notes)) == list(range(2, MANY + 2))


def test_threads_append_groups_atonce(deployed: Deployed) -> None:
    """Groups of several threads, some with bad signatures, lose nothing and mix nothing up."""
    parts = [deployed.notes(MANY, start=MANY * part) for part in range(4)]
    bad = {part: 17 * (part + 1) for part in range(0, 4, 2)}
    for part, at in bad.items():
        parts[part][at] = forged(parts[part][at])
    found: dict[int, list[Outcome]] = {}

    def publish(part: int) -> None:
        found[part] = deployed.log.append(parts[part])

    threads = [threading.Thread(target=publish, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part, outcomes in found.items():
        refused = [at for at, each in enumerate(outcomes) if isinstance(each, Refused)]
        assert refused == ([bad[part]] if part in bad else [])
        for outcome, each in zip(outcomes, parts[part], strict=True):
            if isinstance(outcome, Recorded):
                assert deployed.log.record(outcome.index).body == each.body
    assert check_chain(deployed.log) == 2 + 4 * MANY - len(bad)


def test_too_many_wait(deployed: Deployed) -> None:
    """More than may wait is refused at once, as worth trying again; nothing else is disturbed."""
    first, second = deployed.notes(MANY), deployed.notes(MAX_WAITING, start=MANY)
    waiting = threading.Thread(target=deployed.log.append, args=(first,))
    with deployed.log._commit_lock:
        waiting.start()
        while not deployed.log._waiting:
            pass
        with pytest.raises(Unavailable, match="too many"):
            deployed.log.append(second)
    waiting.join()
    assert check_chain(deployed.log) == MANY + 2


def test_unacceptable_in_a_large_group(deployed: Deployed) -> None:
    """What depends on the place is refused there, with its reason, and takes no place."""
    notes = deployed.notes(MANY)
    notes[7] = deployed.note("nothing", replaces="ab" * 32)
    outcomes = deployed.log.append(notes)
    assert isinstance(outcomes[7], Refused)
    assert isinstance(outcomes[7].error, Unacceptable)
    assert recorded(outcomes[:7] + outcomes[8:]) == list(range(2, MANY + 1))
    check_chain(deployed.log)


def test_each_owner_in_a_group_is_asked_for(deployed: Deployed) -> None:
    """That a key may speak for one organisation lets it say nothing of another in its group."""

    def read(body: Any) -> Meaning:
        return Meaning(body["id"], owners=(body["of"],))

    kinds = {**KINDS, "thing": Kind(ROLES, read, owned=True)}
    log = Log(deployed.log.engine, ORIGIN, kinds, deployed.clock)
    owners = [ORG, ORG, "ID-OTHER", ORG]
    things = [
        deployment.compose(
            ORIGIN,
            "thing",
            str(at),
            ORG,
            deployment.body_bytes({"id": str(at), "of": owner}),
            [deployed.officer],
        )
        for at, owner in enumerate(owners)
    ]
    outcomes = log.append(things)
    assert isinstance(outcomes[2], Refused)
    assert isinstance(outcomes[2].error, NotAuthorised)
    assert recorded(outcomes[:2] + outcomes[3:]) == [2, 3, 4]


def test_revoked_in_the_same_group(deployed: Deployed) -> None:
    """A key that could sign before its revocation in a group cannot after it."""
    notes = deployed.notes(4)
    outcomes = deployed.log.append([*notes[:2], revocation(deployed), *notes[2:]])
    assert recorded(outcomes[:3]) == [2, 3, 4]
    for outcome in outcomes[3:]:
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, NotAuthorised)
