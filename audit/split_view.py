"""Whether others were shown another history than we were: witnesses, and nodes of the chain.

Two notes that the log signed, of one size and with different roots, are proof by themselves; of
different sizes, when no consistency proof leads from one to the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from audit.anchors import ChainReader
from audit.monitor_store import Raised
from audit.source import Server, Source
from audit.tree import Tree
from ledger.errors import BadProof, JejakError, Malformed, NotFound, Unavailable
from ledger.merkle import consistency_proof, verify_consistency
from ledger.note import MAX_NOTE, Checkpoint, open_checkpoint
from ledger.registry import Registry
from ledger.stateproof import log_id
from ledger.tiles import node_reader
from ledger.trust import Trust


@dataclass(frozen=True)
class Shown:
    """A checkpoint that somebody showed us, signed by the log's key, and the note itself."""

    by: str
    checkpoint: Checkpoint
    note: bytes


def shown_by_witness(url: str, trust: Trust) -> Shown:
    """What a witness shows of the log (C2SP tlog-witness, monitoring).

    Raises Unavailable, NotFound, Malformed, BadSignature.
    """
    name = hashlib.sha256(trust.origin.encode()).hexdigest()
    note = Server(url).read(f"{name}/checkpoint", MAX_NOTE)
    return Shown(url, open_checkpoint(note, trust.origin, trust.log_keys), note)


def agrees(source: Source, ours: Checkpoint, other: Checkpoint) -> bool:
    """Whether one of two trees extends the other, by the tiles that the source serves."""
    smaller, larger = sorted((ours, other), key=lambda each: each.size)
    if smaller.size in (larger.size, 0):
        return smaller.size == 0 or smaller.root == larger.root
    tree = Tree(source, larger.size)
    try:
        proof = consistency_proof(
            smaller.size, larger.size, node_reader(tree.read_tile, larger.size)
        )
        verify_consistency(smaller.size, larger.size, smaller.root, larger.root, proof)
    except (BadProof, NotFound, Malformed):
        return False
    return True


def node_names(urls: Sequence[str]) -> list[str]:
    """What nodes are called, no two alike: who sells access writes the customer's key into paths.

    `https://host/v3/KEY` is `https://host/…`, and two of them on one host are numbered.
    """
    parts = [urlsplit(url) for url in urls]
    shown = [
        f"{each.scheme}://{each.netloc.rpartition('@')[2]}"
        + ("/…" if each.path.strip("/") or each.query or "@" in each.netloc else "")
        for each in parts
    ]
    return [
        f"{name} ({shown[: at + 1].count(name)})" if shown.count(name) > 1 else name
        for at, name in enumerate(shown)
    ]


def silent_nodes(chains: Sequence[tuple[str, ChainReader]]) -> dict[str, str]:
    """The nodes that do not answer, and what they were asked in vain."""
    found = {}
    for url, chain in chains:
        try:
            chain.identity()
        except Unavailable as error:
            found[url] = error.message
    return found


def nodes_apart(
    chains: Sequence[tuple[str, ChainReader]], trust: Trust, registry: Registry
) -> Iterator[Raised]:
    """Nodes that tell different things of one contract, at the smallest size that all know."""
    place = registry.places[-1] if registry.places else None
    contract = trust.contract or (place.contract if place else None)
    if contract is None or len(chains) < 2:
        return
    identity = bytes.fromhex(place.log) if place else log_id(trust.origin)
    try:
        newest = {url: chain.latest(contract, identity) for url, chain in chains}
        smallest = min(each.size for each in newest.values())
        roots = {url: chain.root_at(contract, identity, smallest) for url, chain in chains}
    except JejakError as error:
        yield Raised("nodes-disagree", f"a node answers out of turn: {error.message}", "warning")
        return
    if len(set(roots.values())) > 1:
        said = "; ".join(f"{url} {root.hex()[:16]}" for url, root in sorted(roots.items()))
        yield Raised("nodes-disagree", f"nodes hold different roots of size {smallest}: {said}")
