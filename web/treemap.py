"""Parts of a whole as areas, drawn on the server: the largest first, halved again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 1000, 420
_SVG = Markup(
    '<svg class="treemap" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">'
    '{tiles}<g aria-hidden="true">{labels}</g></svg>'
)
_TILE = Markup('<rect class="t{tone}" x="{x}" y="{y}" width="{width}" height="{height}"/>')
_TEXT = Markup('<text x="{x}" y="{y}">{text}</text>')


@dataclass(frozen=True)
class Tile:
    """A part: what it is called and its amount."""

    label: str
    amount: int


@dataclass(frozen=True)
class _Area:
    x: int
    y: int
    width: int
    height: int


def treemap(tiles: Sequence[Tile], title: str) -> Markup:
    """The drawing; what is not positive has no area."""
    drawn = list(_placed([t for t in tiles if t.amount > 0], _Area(0, 0, WIDTH, HEIGHT)))
    rects = (
        _TILE.format(tone=at % 4, x=a.x, y=a.y, width=a.width, height=a.height)
        for at, (_, a) in enumerate(drawn)
    )
    labels = (
        _TEXT.format(x=area.x + 8, y=area.y + 24, text=_fitting(tile.label, area))
        for tile, area in drawn
        if area.width > 60 and area.height > 30
    )
    return _SVG.format(
        width=WIDTH,
        height=HEIGHT,
        title=title,
        tiles=Markup("").join(rects),
        labels=Markup("").join(labels),
    )


def _fitting(label: str, area: _Area) -> str:
    room = max(3, (area.width - 16) // 10)
    return label if len(label) <= room else label[: room - 1] + "…"


def _placed(tiles: Sequence[Tile], area: _Area) -> Iterator[tuple[Tile, _Area]]:
    """Two halves of about the same sum side by side, or below each other, until one is left."""
    if len(tiles) <= 1:
        yield from ((tile, area) for tile in tiles)
        return
    whole, first, at = sum(tile.amount for tile in tiles), tiles[0].amount, 1
    while at < len(tiles) - 1 and 2 * (first + tiles[at].amount) <= whole:
        first, at = first + tiles[at].amount, at + 1
    if area.width >= area.height:
        cut = area.width * first // whole
        one = _Area(area.x, area.y, cut, area.height)
        two = _Area(area.x + cut, area.y, area.width - cut, area.height)
    else:
        cut = area.height * first // whole
        one = _Area(area.x, area.y, area.width, cut)
        two = _Area(area.x, area.y + cut, area.width, area.height - cut)
    yield from _placed(tiles[:at], one)
    yield from _placed(tiles[at:], two)
