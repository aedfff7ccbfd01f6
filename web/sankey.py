"""Money through layers, drawn on the server: bars for those it passes, bands for what passes.

Two layers of a column are as high as the same money. What is drawn is in the table beside it;
negative amounts cannot be drawn and stand only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, BAR, GAP, SCALE, LEAST = 1000, 14, 20, 420, 2
LABEL = 19
_SVG = Markup(
    '<svg class="sankey" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">'
    '{bands}{bars}<g aria-hidden="true">{labels}</g></svg>'
)
_BAND = Markup(
    '<path class="{tone}" d="M{x0} {a0}C{m} {a0} {m} {b0} {x1} {b0}'
    'V{b1}C{m} {b1} {m} {a1} {x0} {a1}Z"/>'
)
_BAR = Markup('<rect class="{tone}" x="{x}" y="{y}" width="{width}" height="{height}"/>')
_TEXT = Markup('<text x="{x}" y="{y}"{anchor}>{text}</text>')


@dataclass(frozen=True)
class Band:
    """Money from one node to another in the next column; nodes are named by their keys."""

    layer: int
    source: str
    target: str
    amount: int


@dataclass(frozen=True)
class Place:
    """What a node is called, and its tone of the stylesheet."""

    label: str
    tone: str


@dataclass
class _Box:
    column: int
    top: int = 0
    height: int = 0
    left: int = 0
    right: int = 0


def sankey(bands: Sequence[Band], places: dict[tuple[int, str], Place], title: str) -> Markup:
    """The drawing; `places` by column and key, in the order in which they stand."""
    rank = {at: number for number, at in enumerate(places)}
    drawn = sorted(
        (band for band in bands if band.amount > 0),
        key=lambda each: (rank[each.layer, each.source], rank[each.layer + 1, each.target]),
    )
    boxes, height = _boxes(drawn, list(places))
    content = Markup("").join(
        _band(band, boxes, places[band.layer + 1, band.target].tone, height[1]) for band in drawn
    )
    bars = Markup("").join(
        _BAR.format(tone=places[at].tone, x=_x(box.column), y=box.top, width=BAR, height=box.height)
        for at, box in boxes.items()
    )
    labels = Markup("").join(_label(box, places[at].label) for at, box in boxes.items())
    return _SVG.format(
        width=WIDTH, height=height[0], title=title, bands=content, bars=bars, labels=labels
    )


def _boxes(
    bands: Sequence[Band], order: Sequence[tuple[int, str]]
) -> tuple[dict[tuple[int, str], _Box], tuple[int, int]]:
    """Where each node stands; how high the drawing is, and how much money it is high."""
    sums: dict[tuple[int, str], list[int]] = {}
    for band in bands:
        sums.setdefault((band.layer, band.source), [0, 0])[1] += band.amount
        sums.setdefault((band.layer + 1, band.target), [0, 0])[0] += band.amount
    whole = max((sum(b.amount for b in bands if b.layer == layer) for layer in range(3)), default=1)
    boxes: dict[tuple[int, str], _Box] = {}
    bottoms = dict.fromkeys(range(4), GAP)
    for at in order:
        if at in sums:
            size = _size(max(sums[at]), whole)
            boxes[at] = _Box(at[0], bottoms[at[0]], size)
            bottoms[at[0]] += size + GAP
    return boxes, (max(bottoms.values()), whole)


def _size(amount: int, whole: int) -> int:
    return max(LEAST, (2 * amount * SCALE + whole) // (2 * whole))


def _band(band: Band, boxes: dict[tuple[int, str], _Box], tone: str, whole: int) -> Markup:
    source, target = boxes[band.layer, band.source], boxes[band.layer + 1, band.target]
    size = (2 * band.amount * SCALE + whole) // (2 * whole) or 1
    a0, b0 = source.top + source.right, target.top + target.left
    source.right += size
    target.left += size
    x0, x1 = _x(source.column) + BAR, _x(target.column)
    middle = (x0 + x1) // 2
    return _BAND.format(
        tone=f"band {tone}", x0=x0, x1=x1, m=middle, a0=a0, a1=a0 + size, b0=b0, b1=b0 + size
    )


def _x(column: int) -> int:
    return column * (WIDTH - BAR) // 3


def _label(box: _Box, label: str) -> Markup:
    text = label if len(label) <= LABEL else label[: LABEL - 1] + "…"
    last = box.column == 3
    x = _x(box.column) - 6 if last else _x(box.column) + BAR + 6
    y = box.top + max(box.height, 4) // 2 + 5
    return _TEXT.format(x=x, y=y, anchor=Markup(' class="end"') if last else "", text=text)
