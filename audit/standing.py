"""How far an audit has come that goes on another day: after which full group, and the tree there.

Kept as JSON with what else it remembers (audit.earlier), in one transaction. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from audit.groups import Groups
from audit.hashes import Fold, Links
from ledger.merkle import HASH_SIZE, format_edge, parse_edge


@dataclass
class Standing:
    """`groups` of 256 entries are judged; `rows` anchors compared, the last of size `row`.

    `note` is the newest checkpoint that held.
    """

    groups: int = 0
    rows: int = 0
    row: int = 0
    links: Links = field(default_factory=Links)
    fold: Fold = field(default_factory=Fold)
    note: str | None = None


def format_standing(standing: Standing) -> str:
    """The text of a standing."""
    fold, links = standing.fold, standing.links
    return json.dumps(
        {
            "groups": standing.groups,
            "rows": standing.rows,
            "row": standing.row,
            "last": links.last.hex() if links.last is not None else None,
            "time": links.time,
            "size": fold.edge.size,
            "edge": format_edge(fold.edge).hex(),
            "open": [[b"".join(one).hex(), b"".join(other).hex()] for one, other in fold.open],
            "note": standing.note,
        }
    )


def parse_standing(text: str) -> Standing:
    """A standing from the text that format_standing made."""
    told = json.loads(text)
    last = told["last"]
    return Standing(
        told["groups"],
        told["rows"],
        told["row"],
        Links(bytes.fromhex(last) if last is not None else None, told["time"]),
        Fold(
            parse_edge(told["size"], bytes.fromhex(told["edge"])),
            [(_split(one), _split(other)) for one, other in told["open"]],
        ),
        told["note"],
    )


def after(standing: Standing, groups: Groups, number: int) -> Standing:
    """The standing after `number` full groups in all, as a copy that nothing moves any more."""
    moved = Standing(
        number,
        standing.rows + groups.compared,
        groups.anchored[0] if groups.anchored else standing.row,
        groups.links,
        groups.fold,
        standing.note,
    )
    return parse_standing(format_standing(moved))


def _split(joined: str) -> list[bytes]:
    raw = bytes.fromhex(joined)
    return [raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE)]
