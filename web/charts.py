"""Charts drawn on the server as SVG: no script, no style attribute, no third party.

A chart never stands alone: the page puts the figures in a table beside it, and the SVG carries a
title for those who cannot see it. Colours come from the stylesheet's classes; neighbours differ by
pattern or outline too, so that print in black and white keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 1000
_SVG = Markup(
    '<svg class="{shape}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
    'role="img" aria-label="{title}">{content}</svg>'
)
_RECT = Markup('<rect class="{tone}" x="{x}" y="{y}" width="{width}" height="{height}"/>')
_LINE = Markup('<line class="{tone}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>')


@dataclass(frozen=True)
class Part:
    """One part of a whole: a tone of the stylesheet (`paid`, `due`, `free` …) and its amount."""

    tone: str
    amount: int


def share(amount: int, whole: int, width: int = WIDTH) -> int:
    """The part of `width` that `amount` is of `whole`, in whole units, within 0..width."""
    if whole <= 0 or amount <= 0:
        return 0
    return min(width, (2 * amount * width + whole) // (2 * whole))


def bar(amount: int, whole: int, *, tone: str, title: str) -> Markup:
    """One horizontal bar of `amount` against `whole`, starting at zero."""
    length = share(amount, whole)
    return _svg("bar", 10, _rect("track", 0, WIDTH, 10) + _rect(tone, 0, length, 10), title)


def stacked(parts: Sequence[Part], whole: int, *, title: str, shape: str = "stacked") -> Markup:
    """Parts side by side against `whole`; what exceeds the whole runs past a marked limit."""
    total = sum(max(part.amount, 0) for part in parts)
    scale = max(whole, total, 1)
    drawn, start = Markup(""), 0
    for part in parts:
        stop = start + max(part.amount, 0)
        left = share(start, scale)
        drawn += _rect(part.tone, left, share(stop, scale) - left, 28)
        start = stop
    if total > whole:
        limit = share(whole, scale)
        drawn += _rect("over", limit, WIDTH - limit, 28)
        drawn += _LINE.format(tone="limit", x=limit, top=0, bottom=28)
    return _svg(shape, 28, _rect("track", 0, WIDTH, 28) + drawn, title)


def _rect(tone: str, x: int, width: int, height: int) -> Markup:
    if width <= 0:
        return Markup("")
    return _RECT.format(tone=escape(tone), x=x, y=0, width=width, height=height)


def _svg(shape: str, height: int, content: Markup, title: str) -> Markup:
    return _SVG.format(shape=shape, width=WIDTH, height=height, content=content, title=title)
