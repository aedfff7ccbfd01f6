"""The log of a public tree copied into tables of one's own, to be read as often as wanted.

What is copied is hashed here: the root of the copy is that of the bytes it holds, and no body goes
in that is not the one its entry names. Whether entries may stand is for `jejak verify` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import update

from audit.files import Body, Fault, Mark, read_leaves
from audit.source import Source
from audit.tree import Group, Tree
from ledger import store
from ledger.body import digest
from ledger.envelope import Entry, parse_entry
from ledger.errors import BrokenChain, InvalidInput, Malformed, VerificationError
from ledger.log import Log
from ledger.merkle import Edge
from ledger.note import MAX_NOTE, parse_checkpoint, parse_note
from ledger.refill import Verified, insert_entries
from ledger.tiles import WIDTH

_HEAD = store.table(store.HeadRow)


def copy_log(source: Source, log: Log, stop: int | None = None) -> bytes:
    """Copy the first `stop` entries of a tree (all of its checkpoint) into an empty log.

    Returns the root of what was copied.

    Raises:
        InvalidInput: the tree has no `stop` entries.
        VerificationError: something is missing, out of form, or not what it is named by.
        Unavailable: the source does not answer.
    """
    size = parse_checkpoint(parse_note(source.read("checkpoint", MAX_NOTE)).text).size
    if stop is not None and stop > size:
        raise InvalidInput(f"the log has no {stop} entries", "leave --at out for all of them")
    wanted = size if stop is None else stop
    edge, prev = Edge(), bytes(32).hex()
    for group in Tree(source, size).groups():
        first = group.number * WIDTH
        if first >= wanted:
            break
        rows = list(_rows(group, min(WIDTH, wanted - first), size))
        hashes = []
        for entry, row in rows:
            if entry.prev != prev:
                raise BrokenChain(f"entry {row.index} does not follow the one before it")
            hashes.append(row.leaf_hash)
            prev = hashes[-1].hex()
        edge.extend(hashes)
        _write(log, [row for _, row in rows], hashes[-1], rows[-1][0].at)
    return edge.root()


def _rows(group: Group, wanted: int, size: int) -> Iterator[tuple[Entry, Verified]]:
    first = group.number * WIDTH
    leaves, fault = read_leaves(group.bundle or b"", min(WIDTH, size - first))
    if fault is not None:
        raise VerificationError(f"entries from {first} on cannot be read: {fault}")
    for at, (leaf, body) in enumerate(zip(leaves[:wanted], group.bodies, strict=False)):
        try:
            entry = parse_entry(leaf)
        except Malformed as error:
            raise VerificationError(f"entry {first + at}: {error.message}") from error
        known = _known(first + at, entry, body)
        # Nothing is appended to a copy: what its entries claim is not asked.
        yield entry, Verified(first + at, leaf, entry.statement, known, ())


def _known(index: int, entry: Entry, body: Body) -> bytes | None:
    """The body that an entry names, or None where it is absent."""
    if body is Mark.ABSENT:
        return None
    if isinstance(body, Fault | Mark) or digest(body) != entry.statement.body:
        raise VerificationError(f"the body of entry {index} is not the one that the entry names")
    return body


def _write(log: Log, rows: Sequence[Verified], last: bytes, at: str) -> None:
    head = {"size": rows[-1].index + 1, "leaf_hash": last, "at": at}
    with store.transaction(log.engine) as connection:
        insert_entries(connection, rows)
        connection.execute(update(_HEAD).values(**head))
