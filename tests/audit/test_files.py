"""Bundles, bodies, rows and descriptions from strangers: read as far as they go, never a crash."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.anchors import parse_rows
from audit.basis import parse_description
from audit.files import Fault, Mark, read_bodies, read_leaves
from ledger import tiles
from ledger.errors import Malformed
from tests.audit import simulator

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(0, 25), st.integers(0, 900))
def test_leaves(leaves, width, cut):
    """The entries before a cut are read, the fault counts them; whole ones read as the ledger's."""
    raw = tiles.format_bundle(leaves)[:cut]
    found, fault = read_leaves(raw, width)
    assert found == leaves[: len(found)]
    assert (fault is None) == (len(found) == width)
    with suppress(Malformed):
        assert tiles.parse_bundle(raw, width) == found


def test_whole_group_of_bodies():
    """A group in form gives its bodies, erased and large ones marked, and no fault."""
    bodies = [b"x" * n for n in range(254)] + [None, b"y" * 70_000]
    found = list(read_bodies(tiles.format_body_group(bodies)))
    assert found == [*bodies[:254], Mark.ABSENT, Mark.LARGE]


@given(st.binary(max_size=300) | st.binary(max_size=300).map(gzip.compress))
def test_any_group_of_bodies(raw):
    """Whatever a group holds, 256 answers come, and a fault."""
    found = list(read_bodies(raw))
    assert len(found) in (256, 257)
    assert any(isinstance(each, Fault) for each in found)


@given(st.integers(0, 400), st.integers(1, 255))
def test_flipped_group(at, change):
    """A changed byte of a compressed group never passes for other bodies without a fault."""
    bodies = [b'{"n":%d}' % n for n in range(256)]
    raw = bytearray(tiles.format_body_group(bodies))
    raw[at % len(raw)] ^= change
    found = list(read_bodies(bytes(raw)))
    # The header's time and flags of gzip say nothing about what it holds.
    assert found == bodies or any(isinstance(each, Fault) for each in found)


def test_bomb():
    """A group that unpacks to gigabytes is given up at its bound."""
    bomb = gzip.compress(bytes(40_000_000))
    found = list(read_bodies(bomb))
    assert all(isinstance(each, Fault) for each in found)


@given(JSON)
def test_rows_only_malformed(value):
    """No JSON makes the rows' parser raise anything but Malformed."""
    with suppress(Malformed):
        parse_rows(json.dumps(value).encode())


@given(st.sampled_from(["size", "root", "transaction", "block", "blockHash", "time"]), JSON)
def test_row_members(name, value):
    """Nor any value of a member of a row."""
    (row,) = json.loads(simulator.anchor_rows({3: bytes(32)}))
    with suppress(Malformed):
        parse_rows(json.dumps([row | {name: value}]).encode())


@given(st.sampled_from(sorted(simulator.description())), JSON)
def test_description_members(name, value):
    """Nor any value of a member of log.json."""
    with suppress(Malformed):
        parse_description(json.dumps(simulator.description(**{name: value})).encode())


@given(st.binary(max_size=60))
def test_only_malformed(raw):
    """Nor any bytes."""
    for parse in (parse_rows, parse_description):
        with suppress(Malformed):
            parse(raw)


@pytest.mark.parametrize("sizes", [(3, 3), (4, 3)])
def test_rows_in_order(sizes):
    """Sizes of anchors strictly increase."""
    rows = [json.loads(simulator.anchor_rows({size: bytes(32)}))[0] for size in sizes]
    with pytest.raises(Malformed):
        parse_rows(json.dumps(rows).encode())
