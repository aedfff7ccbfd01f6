"""What the log holds before a place, asked once for a whole group of submissions.

The database is asked with one query for each question; entries placed earlier in the same group
are kept beside the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, delete, insert, select

from ledger import store
from ledger.admission import Known
from ledger.envelope import Statement, parse_entry
from ledger.kinds import Meaning

CHUNK = 500

_ENTRY = store.table(store.EntryRow)
_CLAIM = store.table(store.ClaimRow)
_CORRECTION = store.table(store.CorrectionRow)

Publication = tuple[str, str, str, str, str | None]


class Waiting(Protocol):
    """The part of a prepared submission that is read here."""

    @property
    def statement(self) -> Statement:
        """The statement."""

    @property
    def meaning(self) -> Meaning:
        """What its body means."""


class BatchFacts:
    """The Facts of ledger.admission for a group about to be placed."""

    def __init__(self, connection: Connection, waiting: Sequence[Waiting]) -> None:
        self._connection = connection
        self._entries: dict[str, Known] = {}
        self._placed: dict[str, tuple[int, Statement]] = {}
        self._holders: dict[str, str] = {}
        self._publications: dict[Publication, tuple[int, bytes]] = {}
        self._new_claims: dict[str, int] = {}
        self._new_corrections: list[dict[str, int]] = []
        self._load_publications(waiting)
        self._load_claims(waiting)
        self._load_entries(waiting)

    def publication(self, statement: Statement) -> tuple[int, bytes] | None:
        """Index and leaf hash under which the same thing has been published, or None."""
        return self._publications.get(_publication(statement))

    def entry(self, leaf_hash: str) -> Known | None:
        """The earlier entry with this leaf hash (hex)."""
        if leaf_hash in self._placed and leaf_hash not in self._entries:
            self._entries[leaf_hash] = _known(*self._placed[leaf_hash])
        return self._entries.get(leaf_hash)

    def holder(self, claim: str) -> str | None:
        """Leaf hash (hex) of the earlier entry that holds a claim."""
        return self._holders.get(claim)

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """Kinds of the earlier entries with this body."""
        placed = [said for _, said in self._placed.values() if said.body == digest]
        earlier = [said for said, _, _ in self._with_bodies([digest])]
        return frozenset(each.kind for each in (*placed, *earlier))

    def add(self, index: int, hashed: bytes, each: Waiting) -> None:
        """Take in an entry just placed."""
        statement, name = each.statement, hashed.hex()
        self._placed[name] = index, statement
        self._publications[_publication(statement)] = index, hashed
        for claim in each.meaning.claims:
            self._holders[claim], self._new_claims[claim] = name, index
        if statement.replaced is not None:
            self._correct(statement.replaced, index)

    def _correct(self, name: str, index: int) -> None:
        earlier = self.entry(name)
        assert earlier is not None
        self._entries[name] = Known(
            earlier.index, earlier.kind, earlier.org, earlier.subject, replaced=True
        )
        self._new_corrections.append({"replaced": earlier.index, "index": index})

    def write(self, connection: Connection) -> None:
        """Claims and corrections of the entries placed."""
        if self._new_claims:
            for chunk in _chunks(sorted(self._new_claims)):
                connection.execute(delete(_CLAIM).where(_CLAIM.c.claim.in_(chunk)))
            rows = [{"claim": claim, "index": at} for claim, at in self._new_claims.items()]
            connection.execute(insert(_CLAIM), rows)
        if self._new_corrections:
            connection.execute(insert(_CORRECTION), self._new_corrections)

    def _load_publications(self, waiting: Sequence[Waiting]) -> None:
        digests = sorted({each.statement.body for each in waiting})
        for statement, index, hashed in self._with_bodies(digests):
            self._publications.setdefault(_publication(statement), (index, hashed))

    def _with_bodies(self, digests: Sequence[str]) -> Iterator[tuple[Statement, int, bytes]]:
        wanted = set(digests)
        keys = [store.key_of(bytes.fromhex(each)) for each in digests]
        found = store.rows_of(self._connection, _ENTRY, _ENTRY.c.body_key, keys)
        for index, leaf, hashed, _, _ in found:
            statement = parse_entry(leaf).statement
            if statement.body in wanted:
                yield statement, index, hashed

    def _load_claims(self, waiting: Sequence[Waiting]) -> None:
        wanted = {
            claim for each in waiting for claim in (*each.meaning.claims, *each.meaning.needs)
        }
        claims = sorted(claim for claim in wanted if not claim.startswith("entry:"))
        for chunk in _chunks(claims):
            query = (
                select(_CLAIM.c.claim, _ENTRY.c.leaf_hash)
                .join(_ENTRY, _ENTRY.c.index == _CLAIM.c.index)
                .where(_CLAIM.c.claim.in_(chunk))
            )
            for claim, hashed in self._connection.execute(query):
                self._holders[claim] = hashed.hex()

    def _load_entries(self, waiting: Sequence[Waiting]) -> None:
        wanted = {
            need.removeprefix("entry:")
            for each in waiting
            for need in each.meaning.needs
            if need.startswith("entry:")
        } | {each.statement.replaced for each in waiting if each.statement.replaced}
        query = select(
            _ENTRY.c.index, _ENTRY.c.leaf, _ENTRY.c.leaf_hash, _CORRECTION.c.index
        ).outerjoin(_CORRECTION, _CORRECTION.c.replaced == _ENTRY.c.index)
        for chunk in _chunks([store.key_of(bytes.fromhex(each)) for each in wanted]):
            found = query.where(_ENTRY.c.leaf_key.in_(chunk))
            for index, leaf, hashed, corrected in self._connection.execute(found):
                if hashed.hex() in wanted:
                    known = _known(index, parse_entry(leaf).statement, corrected is not None)
                    self._entries[hashed.hex()] = known


def _known(index: int, statement: Statement, replaced: bool = False) -> Known:
    return Known(index, statement.kind, statement.org, statement.subject, replaced)


def _publication(statement: Statement) -> Publication:
    return (
        statement.org,
        statement.kind,
        statement.subject,
        statement.body,
        statement.replaced,
    )


def _chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    ordered = list(values)
    for at in range(0, len(ordered), CHUNK):
        yield ordered[at : at + CHUNK]
