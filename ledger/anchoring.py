"""Step 3 of a tick: what the contract holds, what it is sent, and the rows that are kept of it.

`latest()` is the truth about what is anchored; a row lost between a transaction and our database
is found again by its event.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import func, insert, select, update

from ledger import files, store
from ledger.envelope import parse_time
from ledger.errors import AnchorMismatch, Conflict, JejakError, Unavailable
from ledger.log import Log
from ledger.merkle import NodeReader, consistency_proof, subtree_root
from ledger.settings import Settings
from ledger.stateproof import log_id

if TYPE_CHECKING:
    from ledger.anchor import AnchorRow, ChainIdentity, Latest

_ANCHOR = store.table(store.AnchorTable)
_CHECKPOINT = store.table(store.CheckpointRow)


class ChainReader(Protocol):
    """The part of ledger.anchor.Chain that a tick needs."""

    def identity(self) -> ChainIdentity:
        """Chain id and genesis hash."""

    def latest(self, contract: str, log_id: bytes) -> Latest:
        """Size and root anchored last."""

    def anchored(self, contract: str, log_id: bytes, size: int) -> AnchorRow | None:
        """The row of a size that the contract has accepted, or None."""

    def anchor(
        self,
        contract: str,
        log_id: bytes,
        size: int,
        root: bytes,
        proof: Sequence[bytes],
        *,
        since: int | None = None,
    ) -> AnchorRow:
        """Send an anchor and wait for its block; the proof starts from the size `since`."""

    def proof(self, contract: str, log_id: bytes, size: int) -> dict[str, Any]:
        """State proof of `rootAt` at the anchor's own block, as a receipt carries it."""


class Anchoring:
    """Anchors the checkpoints of one log."""

    def __init__(
        self, log: Log, settings: Settings, chain: ChainReader, tree: files.PublicTree
    ) -> None:
        self.log, self.settings, self.chain, self.tree = log, settings, chain, tree

    def place(self, size: int) -> tuple[str, bytes]:
        """Contract and log id for a checkpoint of this size. Raises Conflict without a contract."""
        place = self.log.registry().place_of(size)
        if place is not None:
            return place.contract, bytes.fromhex(place.log)
        if self.settings.contract is None:
            raise Conflict("no contract is known", "deploy one with jejak anchor deploy")
        return self.settings.contract, log_id(self.settings.origin, 0)

    def has_place(self) -> bool:
        """Whether a contract is known at all."""
        return self.settings.contract is not None or bool(self.log.registry().places)

    def check_prefix(self, root_at: Callable[[int], bytes]) -> None:
        """The chain is the one we know and holds a prefix. Raises AnchorMismatch, Conflict."""
        try:
            self._check_identity()
            contract, log = self.place(self.log.size)
            latest = self.chain.latest(contract, log)
        except Unavailable:
            # The chain cannot be asked: sign on, an anchor is impossible anyhow.
            return
        if latest.size and root_at(latest.size) != latest.root:
            raise AnchorMismatch(f"the chain holds another root at size {latest.size}")

    def _check_identity(self) -> None:
        identity = self.chain.identity()
        expected = self.settings.genesis
        if expected is not None and identity.genesis.lower() != expected.lower():
            raise AnchorMismatch(
                "the chain's genesis block is not the one of the settings",
                "point the settings at the right chain",
            )

    def anchor(
        self, checkpoint: store.CheckpointRow, node: NodeReader, now: datetime, force: bool
    ) -> None:
        """Anchor a checkpoint when it is due. Raises Unavailable, Conflict, AnchorMismatch."""
        newest = self.newest()
        wait = timedelta(seconds=self.settings.anchor_seconds)
        if newest and newest.size >= checkpoint.size:
            return
        if newest and not force and now - parse_time(newest.time) < wait:
            return
        contract, log = self.place(checkpoint.size)
        latest = self.chain.latest(contract, log)
        if latest.size and (newest is None or newest.size < latest.size):
            self._check_held(latest, checkpoint.size, node)
            self._recover(contract, log, latest.size)
        if latest.size < checkpoint.size:
            proof = consistency_proof(latest.size, checkpoint.size, node) if latest.size else []
            row = self.chain.anchor(
                contract, log, checkpoint.size, checkpoint.root, proof, since=latest.size
            )
            self._record(contract, log, row)

    def _check_held(self, latest: Latest, size: int, node: NodeReader) -> None:
        """What the chain holds may have come since the tick began: junk is never recorded."""
        if latest.size > size:
            raise Unavailable(f"the chain holds {latest.size} entries by now", "tick again")
        if subtree_root(0, latest.size, node) != latest.root:
            raise AnchorMismatch(f"the chain holds another root at size {latest.size}")

    def _recover(self, contract: str, log: bytes, size: int) -> None:
        row = self.chain.anchored(contract, log, size)
        if row is None:
            raise Unavailable(f"the chain does not show the anchor of size {size} yet")
        self._record(contract, log, row)

    def _record(self, contract: str, log: bytes, row: AnchorRow) -> None:
        try:
            proof = self.chain.proof(contract, log, row.size)
        except JejakError:
            # The anchor stands without it; the next one's proof covers every older entry.
            proof = None
        values = {
            "size": row.size,
            "root": row.root,
            "transaction": row.transaction,
            "block": row.block,
            "block_hash": row.block_hash,
            "time": row.time,
            "proof": json.dumps(proof) if proof else None,
        }
        with store.transaction(self.log.engine) as connection:
            known = select(_ANCHOR.c.size).where(_ANCHOR.c.size == row.size)
            if connection.execute(known).first() is None:
                connection.execute(insert(_ANCHOR), [values])
            self._prune(connection, row)
        self.write_rows()

    def _prune(self, connection: Any, row: AnchorRow) -> None:
        """Keep the proof of the newest anchor and of the first in each hour."""
        hour = row.time[:13]
        kept = (
            select(_ANCHOR.c.size)
            .where(_ANCHOR.c.proof.is_not(None), _ANCHOR.c.time.startswith(hour))
            .order_by(_ANCHOR.c.size)
        )
        for (size,) in connection.execute(kept).all()[1:]:
            if size != row.size:
                connection.execute(update(_ANCHOR).where(_ANCHOR.c.size == size).values(proof=None))

    def newest(self) -> store.AnchorTable | None:
        """The newest anchor that is recorded, or None."""
        rows = anchors(self.log, limit=1)
        return rows[0] if rows else None

    def write_rows(self) -> None:
        """Write the newest groups of `anchors/`, not above the published checkpoint's size."""
        with store.reading(self.log.engine) as connection:
            total = connection.execute(select(func.count()).select_from(_ANCHOR)).scalar_one()
            # The group before is written again: it may have been filled by the last anchor.
            first = max(0, (max(0, total - 1) // files.GROUP) - 1)
            query = select(_ANCHOR).order_by(_ANCHOR.c.size).offset(first * files.GROUP)
            rows = [store.AnchorTable(**row._mapping) for row in connection.execute(query)]
        self.tree.write_anchors([public_row(row) for row in rows], first)

    def evidence(self) -> dict[str, Any] | None:
        """What the chain says now, for the evidence file."""
        try:
            contract, log = self.place(self.log.size)
            latest = self.chain.latest(contract, log)
        except JejakError as error:
            return {"error": str(error)}
        return {"contract": contract, "size": latest.size, "root": latest.root.hex()}


def public_row(row: store.AnchorTable) -> dict[str, Any]:
    """A row of `anchors/` as design and docs/format.md define it."""
    return {
        "size": row.size,
        "root": row.root,
        "transaction": row.transaction,
        "block": row.block,
        "blockHash": row.block_hash,
        "time": row.time,
    }


def anchors(log: Log, before: int | None = None, limit: int = 50) -> list[store.AnchorTable]:
    """Anchors, newest first, below the size `before`."""
    query = select(_ANCHOR).order_by(_ANCHOR.c.size.desc()).limit(limit)
    if before is not None:
        query = query.where(_ANCHOR.c.size < before)
    with store.reading(log.engine) as connection:
        return [store.AnchorTable(**row._mapping) for row in connection.execute(query)]


def covering_anchor(log: Log, index: int) -> store.AnchorTable | None:
    """The first anchor whose tree holds entry `index`, or None."""
    query = select(_ANCHOR).where(_ANCHOR.c.size > index).order_by(_ANCHOR.c.size).limit(1)
    return _one(log, query)


def proven_anchor(log: Log, index: int) -> store.AnchorTable | None:
    """The first anchor with a state proof whose tree holds entry `index`, or None.

    Its checkpoint has to be there too: one found on the chain after a recovery may be without.
    """
    query = (
        select(_ANCHOR)
        .where(_ANCHOR.c.size > index, _ANCHOR.c.proof.is_not(None))
        .where(_ANCHOR.c.size.in_(select(_CHECKPOINT.c.size)))
        .order_by(_ANCHOR.c.size)
        .limit(1)
    )
    return _one(log, query)


def _one(log: Log, query: Any) -> store.AnchorTable | None:
    with store.reading(log.engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else store.AnchorTable(**row._mapping)
