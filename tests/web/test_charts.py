"""Charts are SVG that says what it shows and needs neither script nor style."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from web.charts import WIDTH, Part, bar, share, stacked

AMOUNTS = st.integers(-(10**20), 10**20)


@given(AMOUNTS, AMOUNTS)
def test_a_share_stays_inside(amount, whole):
    """A part is drawn within the whole whatever the figures are."""
    assert 0 <= share(amount, whole) <= WIDTH


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_stack_never_leaves_its_frame(paid, due, whole):
    """All parts lie inside the picture, in order, none with a negative width."""
    drawn = stacked([Part("paid", paid), Part("due", due)], whole, title="x")
    for rect in ET.fromstring(drawn):
        if rect.tag == "rect":
            left, width = int(rect.get("x", "0")), int(rect.get("width", "0"))
            assert left >= 0
            assert width > 0
            assert left + width <= WIDTH


def test_what_exceeds_the_whole_is_marked():
    """Beyond the limit the bar has another tone and a line at the limit."""
    drawn = ET.fromstring(stacked([Part("paid", 150)], 100, title="x"))
    assert [each.get("class") for each in drawn] == ["track", "paid", "over", "limit"]


def test_a_chart_has_a_name_and_escapes_it():
    """The title is for those who do not see the picture, and is only text."""
    drawn = bar(1, 2, tone="paid", title='"><script>')
    root = ET.fromstring(drawn)
    assert root.get("role") == "img"
    assert root.get("aria-label") == '"><script>'
    assert "style" not in drawn
