"""The log on SQLite and on PostgreSQL: order, idempotence, refusals, crashes, many writers."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from ledger import deployment, store
from ledger.body import pack
from ledger.envelope import parse_entry
from ledger.errors import Conflict, NotAuthorised, NotFound, Unacceptable, Unavailable
from ledger.log import Log, Recorded, Refused, Submission
from ledger.merkle import leaf_hash
from ledger.store import BodyRow, EntryRow
from tests.ledger.deployments import ORG, ORIGIN, Clock, Deployed, deploy, open_log


@pytest.fixture
def deployed(tmp_path: Path, database_url: str) -> Iterator[Deployed]:
    """A fresh deployment on each database."""
    made = deploy(tmp_path / "data", database_url)
    yield made
    made.log.close()


def check_chain(log: Log) -> int:
    """Every index there, each entry linked to the one before; how many there are."""
    prev, at, count = bytes(32), "", 0
    for record in log.records():
        entry = parse_entry(record.leaf)
        assert (record.index, entry.prev) == (count, prev.hex())
        assert leaf_hash(record.leaf) == record.leaf_hash
        assert entry.at >= at
        prev, at, count = record.leaf_hash, entry.at, count + 1
    assert (log.head().size, log.head().leaf_hash) == (count, prev)
    return count


def recorded(outcomes: list[Any]) -> list[int]:
    """The indices of outcomes that are all recorded."""
    assert all(isinstance(each, Recorded) for each in outcomes), outcomes
    return [each.index for each in outcomes]


def test_entries_are_chained_in_the_order_given(deployed: Deployed) -> None:
    """Indices follow each other, and bodies come back as the bytes that were given."""
    submissions = deployed.notes(300)
    assert recorded(deployed.log.append(submissions)) == list(range(2, 302))
    assert check_chain(deployed.log) == 302
    assert [r.body for r in deployed.log.read(2, 300)] == [s.body for s in submissions]


def test_same_publication_answers_the_first_index(deployed: Deployed) -> None:
    """A retry, even signed at another time, is the entry that is there."""
    first = deployed.note("once")
    deployed.log.append_one(first)
    about = deployed.log.record(0).leaf_hash.hex()
    again = deployment.compose(
        ORIGIN, "note", about, ORG, first.body, [deployed.officer], time="2020-01-01T00:00:00Z"
    )
    outcomes = deployed.log.append([first, again, first])
    assert recorded(outcomes) == [2, 2, 2]
    assert all(each.repeated for each in outcomes if isinstance(each, Recorded))
    assert deployed.log.size == 3


def test_same_publication_twice_in_one_group(deployed: Deployed) -> None:
    """Also when both wait for the same transaction."""
    note = deployed.note("twin")
    assert recorded(deployed.log.append([note, note])) == [2, 2]


def test_refused_submissions_leave_no_trace(deployed: Deployed) -> None:
    """One bad submission is named; the others of its group are recorded."""
    good, bad = deployed.notes(2), deployed.note("bad")
    altered = Submission(bad.statement, bad.signatures, bad.body + b" ")
    outcomes = deployed.log.append([good[0], altered, good[1]])
    assert isinstance(outcomes[1], Refused)
    assert isinstance(outcomes[1].error, Unacceptable)
    assert [outcomes[0], outcomes[2]] == [
        Recorded(2, deployed.log.record(2).leaf_hash),
        Recorded(3, deployed.log.record(3).leaf_hash),
    ]
    assert check_chain(deployed.log) == 4


def test_at_never_goes_back(deployed: Deployed) -> None:
    """A clock set back does not make `at` decrease."""
    deployed.log.append(deployed.notes(1))
    before = deployed.log.head().at
    deployed.clock.move(hours=-5)
    about = deployed.log.record(0).leaf_hash.hex()
    raw = deployment.body_bytes({"about": [about], "text": "later"})
    time_ = "2020-01-01T00:00:00Z"
    signed = deployment.compose(ORIGIN, "note", about, ORG, raw, [deployed.officer], time=time_)
    deployed.log.append_one(signed)
    assert deployed.log.head().at == before
    check_chain(deployed.log)


def test_revoked_key_is_refused_from_the_next_entry(deployed: Deployed) -> None:
    """Another process's revocation counts at once."""
    note = deployed.note("before")
    deployed.log.append_one(note)
    other = Log(deployed.log.engine, ORIGIN, deployed.log.kinds, deployed.clock)
    body = {"key": deployed.officer.id, "reason": "lost", "effective": "2020-01-01T00:00:00Z"}
    other.append_one(
        deployment.compose(
            ORIGIN,
            "registry/revocation",
            deployed.officer.id,
            "registrars",
            deployment.body_bytes(body),
            [deployed.registrar],
        )
    )
    with pytest.raises(NotAuthorised):
        deployed.log.append_one(deployed.note("after"))
    assert recorded(deployed.log.append([note])) == [2]


def test_correction_replaces_once(deployed: Deployed) -> None:
    """An entry is corrected by the same org about the same subject, once."""
    deployed.log.append_one(deployed.note("wrong"))
    wrong = deployed.log.record(2).leaf_hash.hex()
    deployed.log.append_one(deployed.note("right", replaces=wrong))
    with pytest.raises(Conflict):
        deployed.log.append_one(deployed.note("again", replaces=wrong))
    with pytest.raises(Unacceptable):
        deployed.log.append_one(deployed.note("nothing", replaces="ab" * 32))


def test_halted_log_refuses_and_resumes(deployed: Deployed) -> None:
    """Nothing is appended while the database is known to be behind."""
    deployed.log.halt("an old backup")
    with pytest.raises(Conflict, match="old backup"):
        deployed.log.append(deployed.notes(1))
    deployed.log.halt(None)
    assert recorded(deployed.log.append(deployed.notes(1))) == [2]


def test_reading_begins_where_it_was_asked_to(deployed: Deployed) -> None:
    """However the database joins: no table is walked through up to the entry that is asked for."""
    engine = deployed.log.engine
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    deployed.log.read(2, 1)
    statement, values = next(each for each in asked if "packed" in each[0])
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for way in ("seqscan", "bitmapscan", "hashjoin", "nestloop"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
            assert sum("Index Cond: (index >=" in row[0] for row in rows) == 2
        else:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            assert not [row for row in rows if row[3].startswith("SCAN")]


def test_unknown_entries(deployed: Deployed) -> None:
    """What is not there is NotFound, whatever number is asked for."""
    for index in (2, -1, 2**63 - 1, 2**64):
        with pytest.raises(NotFound):
            deployed.log.record(index)


def test_altered_rows_are_not_read(deployed: Deployed) -> None:
    """An entry or a body that somebody with access to the database edits is answered from never."""
    assert recorded(deployed.log.append(deployed.notes(3))) == [2, 3, 4]
    kept = deployed.log.record(2)
    body, entry = store.table(BodyRow), store.table(EntryRow)
    edited = kept.leaf.replace(kept.entry.prev.encode(), b"0" * 64)
    with store.transaction(deployed.log.engine) as connection:
        connection.execute(
            update(body).where(body.c.index == 3).values(packed=pack(kept.body or b""))
        )
        connection.execute(update(entry).where(entry.c.index == 4).values(leaf=edited))
    for index in (3, 4):
        with pytest.raises(Unavailable, match=f"entry {index} .* not what was recorded") as told:
            deployed.log.record(index)
        assert "jejak recover" in told.value.remedy
    assert deployed.log.record(2) == kept


def test_many_threads_lose_nothing(deployed: Deployed) -> None:
    """Threads of one process share transactions; every index is answered once."""
    parts = [deployed.notes(25, start=25 * part) for part in range(8)]
    indices: list[int] = []

    def publish(part: list[Submission]) -> None:
        indices.extend(deployed.log.append_one(each).index for each in part)

    threads = [threading.Thread(target=publish, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(indices) == list(range(2, 202))
    assert check_chain(deployed.log) == 202


def _append_in_process(
    folder: Path, url: str | None, submissions: list[Submission], answers: Any
) -> None:
    log = open_log(folder, url, Clock())
    for at in range(0, len(submissions), 5):
        for outcome in log.append(submissions[at : at + 5]):
            assert isinstance(outcome, Recorded), outcome
            answers.put((outcome.index, outcome.leaf_hash))
    log.close()


def test_four_processes_append_at_once(deployed: Deployed, database_url: str) -> None:
    """No gap and no double in the indices of four processes."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    writers = [
        context.Process(
            target=_append_in_process,
            args=(
                deployed.settings.folder,
                database_url,
                deployed.notes(60, start=60 * part),
                answers,
            ),
        )
        for part in range(4)
    ]
    for writer in writers:
        writer.start()
    found = [answers.get(timeout=120) for _ in range(240)]
    for writer in writers:
        writer.join(timeout=60)
        assert writer.exitcode == 0
    assert sorted(index for index, _ in found) == list(range(2, 242))
    assert all(deployed.log.record(index).leaf_hash == leaf for index, leaf in found)
    assert check_chain(deployed.log) == 242


def _append_for_ever(folder: Path, url: str, seed: list[Submission], pipe: Any) -> None:
    log = open_log(folder, url, Clock())
    for at in range(0, len(seed), 3):
        outcomes = log.append(seed[at : at + 3])
        for outcome in outcomes:
            assert isinstance(outcome, Recorded)
            os.write(pipe, b"%d %s\n" % (outcome.index, outcome.leaf_hash.hex().encode()))


@pytest.mark.parametrize("rounds", [int(os.environ.get("JEJAK_KILL_ROUNDS", "5"))])
def test_killed_while_appending(deployed: Deployed, database_url: str, rounds: int) -> None:
    """After kill -9 every acknowledged entry is there, and the log goes on."""
    chance = random.Random(7)
    for round_ in range(rounds):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover
            deployed.log.engine.dispose(close=False)
            notes = deployed.notes(2000, start=100_000 * (round_ + 1))
            _append_for_ever(deployed.settings.folder, database_url, notes, writer)
            os._exit(0)
        os.close(writer)
        first = os.read(reader, 4096)
        time.sleep(chance.random() * 0.05)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        answered = first
        while more := os.read(reader, 65536):
            answered += more
        os.close(reader)
        for line in answered.decode().splitlines():
            index, leaf = line.split(" ")
            if len(leaf) == 64:
                assert deployed.log.record(int(index)).leaf_hash.hex() == leaf
        check_chain(deployed.log)
    deployed.log.append(deployed.notes(3))
    check_chain(deployed.log)
