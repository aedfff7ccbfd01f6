"""The money of a fiscal year from its source to whom it goes, and what nothing explains.

Three layers of links, each in one currency: from a source of funds to an organisation, on to a
programme, on to a supplier. What enters an organisation or a programme also leaves it, to the last
minor unit: what is bound by no contract, paid without one, or not bound at all, goes to an end of
its own; what is bound beyond the budget comes from a source of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FUND, BEYOND, UNKNOWN = "fund", "beyond", "unknown"
ORG, PROGRAMME = "org", "programme"
SUPPLIER, UNDIVIDED, UNCONTRACTED = "supplier", "undivided", "uncontracted"
DIRECT, FREE, OTHERS = "direct", "free", "others"


@dataclass(frozen=True, slots=True)
class Node:
    """A source, an organisation, a programme or an end; `name` is "" where none is said."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Money in one layer (0, 1, 2) from one node to another, minor units."""

    layer: int
    source: Node
    target: Node
    currency: str
    amount: int


def largest(links: Sequence[Link], shown: int = 12) -> list[Link]:
    """Links of one currency with the largest nodes of each kind; the rest of a kind is `others`."""
    sizes: dict[Node, int] = {}
    for link in links:
        for node in (link.source, link.target):
            sizes[node] = sizes.get(node, 0) + abs(link.amount)
    kept = set()
    for kind in {node.kind for node in sizes}:
        ranked = sorted((n for n in sizes if n.kind == kind), key=lambda n: (-sizes[n], n.name))
        kept |= set(ranked if len(ranked) <= shown + 1 else ranked[:shown])
    sums: dict[tuple[int, Node, Node, str], int] = {}
    for link in links:
        ends = [node if node in kept else Node(OTHERS, node.kind) for node in _nodes(link)]
        at = (link.layer, ends[0], ends[1], link.currency)
        sums[at] = sums.get(at, 0) + link.amount
    return [Link(*at, amount) for at, amount in sums.items() if amount]


def _nodes(link: Link) -> tuple[Node, Node]:
    return link.source, link.target
