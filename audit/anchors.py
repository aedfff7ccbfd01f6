"""Anchor rows against the recomputed roots, and against what the contract on a chain holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Protocol

from audit.basis import Basis
from audit.report import Check
from ledger.acts import AnchorPlace
from ledger.body import parse_body
from ledger.envelope import format_time, parse_time
from ledger.errors import BadProof, Malformed, NotFound, Unavailable
from ledger.note import MAX_SIZE
from ledger.registry import Registry
from ledger.stateproof import log_id
from ledger.tiles import WIDTH, format_number

MAX_ROWS = 512 * WIDTH
"""Bytes of a group of anchors; a row has about 350."""

DEVELOPMENT = "jejak devchain"

_MEMBERS = {"size", "root", "transaction", "block", "blockHash", "time"}
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class AnchorRow:
    """A row of `anchors/`: what the operator says he has anchored."""

    size: int
    root: bytes
    transaction: str
    block: int
    block_hash: str
    time: str


class Identity(Protocol):
    """What tells one chain from another."""

    @property
    def chain_id(self) -> int:
        """The chain's id."""

    @property
    def genesis(self) -> str:
        """Hash (0x) of its first block."""


class Newest(Protocol):
    """The newest anchor a contract holds."""

    @property
    def size(self) -> int:
        """Size; 0 when there is none."""

    @property
    def root(self) -> bytes:
        """Root."""

    @property
    def at(self) -> int:
        """Time of its block in seconds."""


class Mined(Protocol):
    """Where and when an anchor was made, as the chain tells it; hashes 0x-hex in lower case."""

    @property
    def transaction(self) -> str:
        """Hash of the transaction."""

    @property
    def block_hash(self) -> str:
        """Hash of the block."""

    @property
    def time(self) -> str:
        """Time of the block."""


class ChainReader(Protocol):
    """The part of ledger.anchor.Chain that an audit asks; each raises Unavailable."""

    def identity(self) -> Identity:
        """Chain id and genesis hash."""

    def client_version(self) -> str:
        """What the node calls itself."""

    def latest(self, contract: str, log_id: bytes) -> Newest:
        """The newest anchor of a log."""

    def is_closed(self, contract: str, log_id: bytes) -> bool:
        """Whether the log id was closed by the contract's admin."""

    def root_at(self, contract: str, log_id: bytes, size: int) -> bytes:
        """The root anchored at a size, zeros if there is none."""

    def anchored_in(self, contract: str, log_id: bytes, size: int, block: int) -> Mined | None:
        """The anchor of a size that was made in this block, or None."""


def parse_rows(raw: bytes) -> list[AnchorRow]:
    """A group of anchor rows, sizes strictly increasing. Raises Malformed."""
    found = parse_body(raw)
    if not isinstance(found, list) or len(found) > WIDTH:
        raise Malformed(f"a group of anchors is an array of at most {WIDTH}")
    rows = [_row(each) for each in found]
    if any(one.size >= other.size for one, other in pairwise(rows)):
        raise Malformed("the sizes of anchors do not increase")
    return rows


def _row(value: Any) -> AnchorRow:
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise Malformed("an anchor has exactly the members " + ", ".join(sorted(_MEMBERS)))
    for name in ("size", "block"):
        if type(value[name]) is not int or not 0 <= value[name] <= MAX_SIZE:
            raise Malformed(f"{name} of an anchor is not a whole number")
    for name in ("root", "transaction", "blockHash"):
        if not isinstance(value[name], str) or not _HASH.fullmatch(value[name]):
            raise Malformed(f"{name} of an anchor is not 0x and 64 hexadecimal digits")
    if not isinstance(value["time"], str):
        raise Malformed("time of an anchor is not a text")
    parse_time(value["time"])
    return AnchorRow(
        value["size"],
        bytes.fromhex(value["root"][2:]),
        value["transaction"].lower(),
        value["block"],
        value["blockHash"].lower(),
        value["time"],
    )


def rows_in(
    check: Check, read: Callable[[str], bytes], size: int, first: int = 0
) -> Iterator[AnchorRow]:
    """The rows up to a size, in order, from group `first`; what is out of form fails, once.

    `read` gives a resource or raises NotFound or Malformed (when it is too large).
    """
    last, number = 0, first
    while True:
        path = f"anchors/{format_number(number)}"
        group = _group(check, read, path, full=True)
        if group is None:
            path = "anchors/latest"
            group = _group(check, read, path, full=False) or []
        for row in group:
            if row.size <= last:
                if path == "anchors/latest":
                    continue  # A full newest group stands there too.
                check.fail(f"{path}: the sizes of anchors do not increase", size=row.size)
                return
            if row.size > size:
                return  # A live tree runs ahead of the checkpoint that was read.
            last = row.size
            yield row
        if path == "anchors/latest":
            return
        number += 1


def _group(
    check: Check, read: Callable[[str], bytes], path: str, *, full: bool
) -> list[AnchorRow] | None:
    """The rows at a path; None where a full group may be missing."""
    try:
        rows = parse_rows(read(path))
        if full and len(rows) != WIDTH:
            raise Malformed(f"the group has {len(rows)} anchors, not {WIDTH}")
    except NotFound:
        if not full:
            check.fail(f"{path} is missing")
        return None
    except Malformed as error:
        check.fail(f"{path}: {error.message}")
        return []
    return rows


class ChainCheck:
    """The rows and the newest anchor against one chain."""

    def __init__(self, check: Check, chain: ChainReader, basis: Basis, registry: Registry) -> None:
        self._check, self._chain = check, chain
        self._basis, self._registry = basis, registry
        self._newest = registry.places[-1] if registry.places else None
        self.contract = basis.contract or (self._newest.contract if self._newest else None)

    def check_identity(self) -> bool:
        """The chain is the one that is trusted, or else that the log names."""
        identity, basis, place = self._chain.identity(), self._basis, self._newest
        genesis = basis.genesis or (place.genesis if place else None)
        chain_id = basis.chain_id if basis.genesis or not place else place.chain_id
        if genesis is not None and identity.genesis.lower() != genesis:
            self._check.fail(f"the chain's genesis block is {identity.genesis}, not {genesis}")
            return False
        if chain_id is not None and identity.chain_id != chain_id:
            self._check.fail(f"the chain's id is {identity.chain_id}, not {chain_id}")
            return False
        self._check.hold()
        if place is not None and not self._here(place):
            self._check.fail(f"the log is anchored in {place.contract}, not in {self.contract}")
        return True

    def check_row(self, row: AnchorRow) -> None:
        """The contract holds the row's root at its size."""
        assert self.contract is not None
        place = self._registry.place_of(row.size)
        if place is not None and not self._here(place):
            self._check.remark("anchored on another chain or contract", size=row.size)
            return
        log = self._log_id(place)
        held = self._chain.root_at(self.contract, log, row.size)
        if held == row.root:
            self._check.hold()
            self._check_mined(row, log)
        elif any(held):
            self._check.fail(f"the chain holds root {held.hex()} at this size", size=row.size)
        else:
            self._check.fail("the chain holds no anchor of this size", size=row.size)

    def _check_mined(self, row: AnchorRow, log: bytes) -> None:
        """Block, transaction and time are those of the chain."""
        assert self.contract is not None
        try:
            mined = self._chain.anchored_in(self.contract, log, row.size, row.block)
        except Unavailable:
            # Nodes may forget old events; the root they hold for ever.
            self._check.remark("the node does not tell where this was anchored", size=row.size)
            return
        if mined is None:
            what = f"the chain shows no anchor of this size in block {row.block}"
            self._check.fail(what, size=row.size)
            return
        for name in ("transaction", "block_hash", "time"):
            there = getattr(mined, name)
            if there != getattr(row, name):
                what = f"the chain says {name.replace('_', ' ')} {there}"
                self._check.fail(what, size=row.size)
                return
        self._check.hold()

    def check_latest(self, size: int, consistent: Callable[[int, bytes], None]) -> str | None:
        """The newest anchor is a prefix of the tree; its time.

        `consistent(size, root)` raises BadProof unless the recomputed tree extends that one.
        """
        assert self.contract is not None
        latest = self._chain.latest(self.contract, self._log_id(self._newest))
        if latest.size == 0:
            self._check.remark("the chain holds no anchor of this log yet")
            return None
        if latest.size > size:
            self._check.remark(f"the tree of {size} is behind the chain", size=latest.size)
            return None
        if not _holds(consistent, latest.size, latest.root):
            self._check.fail(
                "the chain's newest root is not that of these entries", size=latest.size
            )
            return None
        self._check.hold()
        if self._chain.client_version().startswith(DEVELOPMENT):
            self._check.remark("a development chain: no independent validators stand behind it")
            return None
        return format_time(datetime.fromtimestamp(latest.at, UTC))

    def check_earlier(self, size: int, consistent: Callable[[int, bytes], None]) -> None:
        """What the log's earlier ids hold: anchors of this tree, or a future that was disowned.

        An id that holds more than the log has taken over must have been closed: else somebody may
        have left behind there what really was the log.
        """
        for place, following in pairwise(self._places()):
            one, other = (place.contract, place.log), (following.contract, following.log)
            if one != other and self._here(place):
                self._check_left(place, following, size, consistent)

    def _places(self) -> list[AnchorPlace]:
        """The places in order; before the first, where it is not from the start, epoch 0."""
        places = list(self._registry.places)
        if places and places[0].from_size > 0:
            identity = log_id(self._basis.origin).hex()
            places.insert(0, replace(places[0], log=identity, from_size=0))
        return places

    def _check_left(
        self,
        place: AnchorPlace,
        following: AnchorPlace,
        size: int,
        consistent: Callable[[int, bytes], None],
    ) -> None:
        latest = self._chain.latest(place.contract, bytes.fromhex(place.log))
        ours = latest.size <= size and _holds(consistent, latest.size, latest.root)
        if ours and latest.size < following.from_size:
            self._check.hold()
            return
        what = f"log id {place.log[:16]} holds size {latest.size}, "
        what += "which these entries agree with" if ours else "with a root not of these entries"
        if not self._chain.is_closed(place.contract, bytes.fromhex(place.log)):
            self._check.fail(f"{what}, and it was never closed", size=latest.size)
            return
        self._check.hold()
        what += f"; it was closed, and the log goes on from size {following.from_size} under "
        what += f"{following.log[:16]}: its registrars and the contract's admin disown what was "
        what += "anchored above; compare with checkpoints and receipts that others have kept"
        self._check.remark(what, size=latest.size)

    def _here(self, place: AnchorPlace) -> bool:
        basis = self._basis
        same = basis.genesis is None or place.genesis == basis.genesis
        return same and place.contract == self.contract

    def _log_id(self, place: AnchorPlace | None) -> bytes:
        return bytes.fromhex(place.log) if place else log_id(self._basis.origin)


def _holds(consistent: Callable[[int, bytes], None], size: int, root: bytes) -> bool:
    """Whether the tree extends one of this size and root."""
    try:
        if size:
            consistent(size, root)
    except BadProof:
        return False
    return True
