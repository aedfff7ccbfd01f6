"""What an audit remembers answers alike whether it was sorted in, came lately, or was undone."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import lookup
from audit.earlier import Since
from audit.lasting import LastingEntries
from audit.lookup import Lookup
from ledger.errors import Unavailable


@dataclass(frozen=True)
class Told:
    """An entry: few hashes begin alike, and few bodies and keys are the same."""

    hashed: bytes
    digest: bytes
    name: bytes
    key: str
    at: str
    served: bool


def hashes(count: int) -> st.SearchStrategy[bytes]:
    """A few hashes, some of which differ only behind the part that tables are sorted by."""
    numbers = st.tuples(st.integers(0, count), st.booleans())
    return numbers.map(
        lambda each: hashlib.sha256(bytes([each[0]])).digest()[:31] + bytes([each[1]])
    )


TOLD = st.builds(
    Told,
    hashes(5),
    hashes(2),
    hashes(4),
    st.sampled_from(["aa" * 32, "bb" * 32]),
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    st.booleans(),
)


class Model:
    """A lookup in a file of its own, and all that was told it."""

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        for name, columns in lookup.TABLES.items():
            self.database.execute(f"CREATE TABLE {name} ({columns})")
        self.lookup = Lookup(self.database)
        self.told: list[Told] = []

    def add(self, told: Told) -> None:
        """One more entry."""
        index, run = len(self.told), self.database.execute
        row = (index, told.hashed, "note", "org", "s", 0, told.digest, told.served, told.name)
        run("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        run("INSERT INTO signing VALUES (?, ?, ?)", (index, bytes.fromhex(told.key), told.at))
        self.lookup.add(index, told.hashed, told.digest, told.name)
        self.told.append(told)

    def check(self) -> None:
        """Every question has the answer of a walk over all that was told."""
        assert self.lookup.size == len(self.told)
        listed = list(enumerate(self.told))
        for _, each in listed:
            first = next(index for index, other in listed if other.hashed == each.hashed)
            assert self.lookup.find(each.hashed) == first
            bodies = [
                (i, "note", other.served) for i, other in listed if other.digest == each.digest
            ]
            assert sorted(self.lookup.with_body(each.digest.hex())) == bodies
            signed = [i for i, o in listed if (o.key, True) == (each.key, o.at >= each.at)]
            assert self.lookup.signed_since(each.key, each.at) == Since(len(signed), signed[0])


@given(st.lists(TOLD, max_size=30), st.lists(TOLD, max_size=4), st.integers(1, 7))
def test_answers_do_not_depend_on_what_is_sorted_in(
    listed: list[Told], passing: list[Told], chunk: int
) -> None:
    """Sorted in by chunks, added and undone: each question is answered as by a walk over all."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lookup, "CHUNK", chunk)
        model = Model()
        for at, told in enumerate(listed, 1):
            model.add(told)
            if at % 3 == 0:
                model.lookup.sort(len(model.told))
        model.check()
        kept = list(model.told)
        model.database.execute("BEGIN")
        for told in passing:
            model.add(told)
        model.check()
        model.database.execute("ROLLBACK")
        model.told = kept
        model.lookup.cut(len(kept))
        model.check()
        model.lookup.load()
        model.check()


@given(st.lists(st.tuples(hashes(2), hashes(3)), max_size=20), st.integers(1, 7))
def test_the_first_publication_is_found(said: list[tuple[bytes, bytes]], chunk: int) -> None:
    """By name and body; a name that only begins like another is another."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lookup, "CHUNK", chunk)
        model = Model()
        # The same thing has the same body.
        said = [(hashlib.sha256(name[:1]).digest(), name) for _, name in said]
        for at, (digest, name) in enumerate(said):
            model.add(Told(bytes([at]) * 32, digest, name, "aa" * 32, "2026", True))
            model.lookup.sort(at)
        firsts = {name: at for at, (_, name) in reversed(list(enumerate(said)))}
        unknown = (bytes(32), b"\xff" * 32)
        assert model.lookup.published([*said, unknown]) == firsts


def test_a_file_of_another_version_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing that somebody remembers is lost for being old: whoever reads it says what to do."""
    path = tmp_path / "earlier.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE entry (hash BLOB PRIMARY KEY)")
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="another version"):
        LastingEntries(path)
    assert path.read_bytes() == before


def test_no_question_walks_through_a_table() -> None:
    """Each seeks what it asks for: a longer log costs a new entry nothing more."""
    model = Model()
    for told in (
        Told(bytes([at]) * 32, bytes(32), bytes(32), "aa" * 32, "2026", True) for at in range(9)
    ):
        model.add(told)
    asked: list[str] = []
    model.database.set_trace_callback(asked.append)
    model.lookup._sorted = 1  # as if some were
    model.check()
    model.lookup.published([(bytes(32), bytes(32)), (b"\x01" * 32, b"\x02" * 32)])
    model.database.set_trace_callback(None)
    for statement in set(asked):
        plan = [row[3] for row in model.database.execute(f"EXPLAIN QUERY PLAN {statement}")]
        # The last entry is at one end; what waits to be sorted in is no more than a chunk.
        short = "max(" in statement or "FROM signing" in statement
        assert short or not set(plan) & {f"SCAN {table}" for table in lookup.TABLES}, statement
