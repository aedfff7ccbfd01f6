"""Public files tampered with, nothing else made again: the right check at the right entry."""

from __future__ import annotations

import base64
import json

import pytest

from ledger import tiles
from ledger.envelope import Ed25519Signature, parse_entry
from ledger.merkle import leaf_hash
from tests.audit import simulator
from tests.audit.simulator import (
    SIGNER,
    THIEF,
    Operator,
    altered,
    audited,
    clock,
    failures,
)
from tests.audit.verify.setting import SIZE, VICTIM, last_line


def test_body_byte(genuine, files):
    """A byte of a body in a group."""
    bodies = [draft.body for draft in genuine.drafts[256:512]]
    bodies[VICTIM - 256] = bodies[VICTIM - 256].replace(b"10.00", b"19.00")
    files["bodies/001"] = tiles.format_body_group(bodies)
    assert failures(audited(genuine, files)) == {"bodies": VICTIM}


def test_body_by_itself(genuine, files):
    """A byte of a body of the last group."""
    files.flip("body/550", 30)
    assert failures(audited(genuine, files)) == {"bodies": 550}


def test_packed_body_byte(genuine, files):
    """A byte of a group as it is compressed: the group is named, and the others still checked."""
    files.flip("bodies/001", len(files["bodies/001"]) // 2)
    report = audited(genuine, files)
    found = failures(report)
    assert set(found) == {"bodies"}
    assert 256 <= found["bodies"] < 512
    assert report.first.index == found["bodies"]


@pytest.mark.parametrize("part", [b"", b"\x1f\x8b", b"not gzip"])
def test_group_of_bodies_out_of_form(genuine, files, part):
    """A group that cannot be read fails from its first entry, not the entries after it."""
    files["bodies/001"] = part
    assert failures(audited(genuine, files)) == {"bodies": 256}


def test_missing_bodies(genuine, files):
    """A body that no erasure names may not be absent."""
    del files["body/555"]
    assert failures(audited(genuine, files)) == {"bodies": 555}
    del files["bodies/001"]
    assert failures(audited(genuine, files)) == {"bodies": 256}


def test_statement_field(genuine, files):
    """The signature no longer fits, nor the tile, nor the next entry's link."""
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), time=clock(3)))
    report = audited(genuine, files)
    assert failures(report) == {
        "signatures": VICTIM,
        "chain": VICTIM,
        "tree": VICTIM,
        "checkpoint": None,
        "anchors": 300,
    }
    assert last_line(report).startswith(f"verify: FAILS at entry {VICTIM}: signature of key")


def test_statement_field_of_last_entry(genuine, files):
    """The same where no next entry names it."""
    files.put_leaf(SIZE - 1, altered(files.leaf_at(SIZE - 1), time=clock(3)))
    found = failures(audited(genuine, files))
    assert found["signatures"] == found["tree"] == SIZE - 1


def test_signature(genuine, files):
    """A signature with one other byte."""
    entry = parse_entry(files.leaf_at(VICTIM))
    raw = bytearray(base64.b64decode(entry.signatures[0].sig))
    raw[5] ^= 1
    forged = Ed25519Signature(key=entry.signatures[0].key, sig=base64.b64encode(raw).decode())
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), signatures=(forged,)))
    report = audited(genuine, files)
    assert failures(report)["signatures"] == VICTIM
    assert report.first.index == VICTIM


def test_short_signature(genuine, files):
    """A signature of the wrong length is a bad one, not a crash."""
    entry = parse_entry(files.leaf_at(VICTIM))
    short = Ed25519Signature(key=entry.signatures[0].key, sig="AAAA")
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), signatures=(short,)))
    assert failures(audited(genuine, files))["signatures"] == VICTIM


@pytest.mark.parametrize("index", [VICTIM, 256, 0, SIZE - 1])
def test_prev(genuine, files, index):
    """A link that names another entry: the entry that bears it is named."""
    files.put_leaf(index, altered(files.leaf_at(index), prev="ab" * 32))
    report = audited(genuine, files)
    assert failures(report)["chain"] == index
    assert report.first.index == index


@pytest.mark.parametrize("index", [VICTIM, 256])
def test_at_going_back(genuine, files, index):
    """The log's clock does not go back."""
    files.put_leaf(index, altered(files.leaf_at(index), at=clock(0)))
    report = audited(genuine, files)
    assert failures(report)["at"] == index
    assert report.first.index == index


def test_not_canonical(genuine, files):
    """Bytes out of form are named, and hide nothing else."""
    files.put_leaf(VICTIM, files.leaf_at(VICTIM).replace(b'{"at"', b'{ "at"'))
    files.flip("body/550", 30)
    found = failures(audited(genuine, files))
    assert (found["form"], found["tree"], found["bodies"]) == (VICTIM, VICTIM, 550)


def test_deleted(genuine, files):
    """An entry taken out, all after it moved up."""
    leaves = genuine.leaves()
    del leaves[VICTIM]
    for number in range(3):
        group = leaves[number * 256 :][:256]
        files[tiles.bundle_path(number, min(256, SIZE - number * 256))] = tiles.format_bundle(group)
    report = audited(genuine, files)
    found = failures(report)
    assert found["chain"] == found["tree"] == VICTIM
    assert found["form"] == SIZE - 1
    assert report.first.index == VICTIM


def test_swapped(genuine, files):
    """Two entries in each other's places."""
    one, other = files.leaf_at(VICTIM), files.leaf_at(VICTIM + 30)
    files.put_leaf(VICTIM, other)
    files.put_leaf(VICTIM + 30, one)
    report = audited(genuine, files)
    assert failures(report)["chain"] == failures(report)["tree"] == VICTIM
    assert report.first.index == VICTIM


@pytest.mark.parametrize(
    ("path", "at", "index"),
    [
        ("tile/0/001", (VICTIM - 256) * 32, VICTIM),
        ("tile/0/002.p/88", 31, 512),
        ("tile/1/000.p/2", 40, 256),
    ],
)
def test_tile_byte(genuine, files, path, at, index):
    """A byte of a tile: only the tile is wrong, and the entry it stands for is named."""
    files.flip(path, at)
    report = audited(genuine, files)
    assert failures(report) == {"tree": index}
    assert report.checks[6].failed == 1


@pytest.mark.parametrize(
    ("path", "index"), [("tile/0/001", 256), ("tile/1/000.p/2", 0), ("tile/0/002.p/88", 512)]
)
def test_missing_tile(genuine, files, path, index):
    """A tile that is missing or too short."""
    del files[path]
    assert failures(audited(genuine, files)) == {"tree": index}
    files[path] = bytes(33)
    assert failures(audited(genuine, files)) == {"tree": index}


def test_full_tile_stands_for_partial(genuine, published):
    """A live tree may have grown past the checkpoint that was read."""
    size = 520
    log = Operator(genuine.drafts[:size])
    files = log.tree()
    for path in [path for path in files if ".p/" in path or path.startswith("body/")]:
        del files[path]
    longer = genuine.copy()
    simulator.add_payments(longer, 200)
    for path, raw in longer.tree().items():
        files.setdefault(path, raw)
    files["tile/1/000"] = published["tile/1/000.p/2"] + bytes(32 * 254)
    assert last_line(audited(log, files)) == "verify: holds"


def test_statement_field_and_the_tiles_made_to_fit(genuine, files):
    """Where the tile of the leaves fits what was altered, the tile above does not accuse others."""
    leaf = altered(files.leaf_at(VICTIM), time=clock(3))
    files.put_leaf(VICTIM, leaf)
    tile = bytearray(files["tile/0/001"])
    tile[(VICTIM - 256) * 32 : (VICTIM - 255) * 32] = leaf_hash(leaf)
    files["tile/0/001"] = bytes(tile)
    report = audited(genuine, files)
    found = failures(report)
    assert (found["signatures"], found["tree"], report.first.index) == (VICTIM, VICTIM, VICTIM)


def test_tile_above_an_anchor(genuine, files, chain):
    """A wrong tile is not laid to the chain's charge."""
    files.flip("tile/1/000.p/2", 40)
    assert failures(audited(genuine, files, chain)) == {"tree": 256}


def fallen_into(lengths: list[int], at: int) -> int:
    """Which of these lengths a position lies in."""
    return next(n for n in range(len(lengths)) if sum(lengths[: n + 1]) > at)


def test_bundle_byte(genuine, files):
    """A byte of a bundle, wherever it falls, is found at the entry it falls into."""
    files.flip("tile/entries/001", 20_000)
    report = audited(genuine, files)
    whole = tiles.parse_bundle(genuine.tree()["tile/entries/001"], 256)
    assert report.first.index == 256 + fallen_into([len(leaf) + 2 for leaf in whole], 20_000)


def test_missing_bundle(genuine, files):
    """Missing entries fail once; the groups after them are still checked."""
    del files["tile/entries/001"]
    files.flip("body/550", 30)
    found = failures(audited(genuine, files))
    assert (found["form"], found["bodies"]) == (256, 550)
    assert "chain" not in found


def test_huge_checkpoint(genuine, files):
    """A checkpoint of 2^62 entries that are not there fails at once."""
    files["checkpoint"] = simulator.note(SIGNER, 2**62, bytes(32))
    report = audited(genuine, files)
    assert failures(report)["form"] == 512
    assert any("too much is missing" in each for each in report.unchecked)


def test_checkpoint_by_another_key(genuine, files):
    """A checkpoint that no trusted key has signed; the rest is checked all the same."""
    files["checkpoint"] = simulator.note(THIEF, SIZE, genuine.roots(SIZE)[SIZE])
    report = audited(genuine, files)
    assert failures(report) == {"checkpoint": None}
    assert last_line(report) == "verify: FAILS: no trusted key has signed the note"
    assert report.checks[3].checked == SIZE


@pytest.mark.parametrize("raw", [None, b"", b"\xff", b"x\n\n", b"a" * 100_000])
def test_checkpoint_out_of_form(genuine, files, raw):
    """Without a checkpoint there is nothing to stand on."""
    del files["checkpoint"]
    if raw is not None:
        files["checkpoint"] = raw
    assert audited(genuine, files).exit == 1


def test_checkpoint_of_another_root(genuine, files):
    """A signed root that is not that of the entries."""
    files["checkpoint"] = simulator.note(SIGNER, SIZE, bytes(32))
    assert failures(audited(genuine, files)) == {"checkpoint": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "other"},
        {"chainId": 1},
        {"contract": None},
        {"logId": "0x" + "00" * 32},
        {"x": 1},
    ],
)
def test_description(genuine, files, changes):
    """`log.json` unlike the trust file, or out of form, is a failed check."""
    files["log.json"] = json.dumps(simulator.description(**changes)).encode()
    assert failures(audited(genuine, files)) == {"log.json": None}


def test_missing_description(genuine, files):
    """`log.json` must be there."""
    del files["log.json"]
    assert failures(audited(genuine, files)) == {"log.json": None}
