"""Whoever changes a published file is caught, by the true check and at the true entry.

The files are those of a genuine deployment, tampered with as they lie; nothing else is made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import tiles
from tests.audit.alterations import ALTERED, LAST_GROUP, VICTIM
from tests.audit.genuine import Genuine, Row, run
from tests.audit.simulator import Files
from tests.audit.verdicts import Verdict


class FilesCopy(Files):
    """A copy of the tree in memory; `tree` is the folder it is written to."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The folder, written."""
        for path, raw in self.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(raw)
        return self.folder

    def named(self, start: str) -> str:
        """The path that begins so: a partial tile's width is left open."""
        return next(path for path in self if path.startswith(start))


@pytest.fixture
def files(exported: Path, tmp_path: Path) -> FilesCopy:
    """The genuine files, to be changed."""
    found = (path for path in exported.rglob("*") if path.is_file())
    copied = FilesCopy({str(path.relative_to(exported)): path.read_bytes() for path in found})
    copied.folder = tmp_path / "tree"
    return copied


Check = Callable[..., Verdict]


def test_untouched(files: FilesCopy, verified: Check) -> None:
    """The genuine files hold."""
    assert verified(files).code == 0


@pytest.mark.parametrize(
    ("what", "index"),
    [
        ("statement-subject", VICTIM),
        ("signature", VICTIM),
        ("prev", VICTIM),
        ("at", VICTIM),
        ("signature", LAST_GROUP),
    ],
)
def test_altered_entry(files: FilesCopy, verified: Check, what: str, index: int) -> None:
    """An entry altered in its bundle."""
    check, change = ALTERED[what]
    files.put_leaf(index, change(Row(files.leaf_at(index), None)))
    verdict = verified(files)
    assert (verdict.code, verdict.index) == (1, index)
    assert verdict.failed[check] == verdict.failed["tree"] == index


def test_body_in_a_group(files: FilesCopy, verified: Check) -> None:
    """A byte of a body in a full group, packed again."""
    bodies = tiles.parse_body_group(files["bodies/001"])
    body = bodies[VICTIM - 256]
    assert isinstance(body, bytes)
    bodies[VICTIM - 256] = body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]
    files["bodies/001"] = tiles.format_body_group(bodies)
    verdict = verified(files)
    assert (verdict.code, verdict.index, verdict.failed) == (1, VICTIM, {"bodies": VICTIM})


def test_body_by_itself(files: FilesCopy, verified: Check) -> None:
    """A byte of a body in a file of its own."""
    files.flip(f"body/{LAST_GROUP}", 30)
    verdict = verified(files)
    assert (verdict.code, verdict.index, verdict.failed) == (1, LAST_GROUP, {"bodies": LAST_GROUP})


def test_packed_byte(files: FilesCopy, verified: Check) -> None:
    """A byte of the packed group: an entry of that group is named."""
    files.flip("bodies/001", len(files["bodies/001"]) // 2)
    verdict = verified(files)
    assert (verdict.code, set(verdict.failed)) == (1, {"bodies"})
    assert verdict.index is not None
    assert 256 <= verdict.index < 512


def test_deleted(files: FilesCopy, verified: Check) -> None:
    """An entry taken out of its bundle, the rest of the bundle moved up."""
    leaves = tiles.parse_bundle(files["tile/entries/001"], 256)
    del leaves[VICTIM - 256]
    files["tile/entries/001"] = tiles.format_bundle(leaves)
    verdict = verified(files)
    assert (verdict.code, verdict.index, verdict.failed["chain"]) == (1, VICTIM, VICTIM)


def test_swapped(files: FilesCopy, verified: Check) -> None:
    """Two entries in each other's places, in different groups."""
    one, other = files.leaf_at(VICTIM), files.leaf_at(VICTIM + 300)
    files.put_leaf(VICTIM, other)
    files.put_leaf(VICTIM + 300, one)
    verdict = verified(files)
    assert (verdict.code, verdict.index, verdict.failed["chain"]) == (1, VICTIM, VICTIM)


@pytest.mark.parametrize("at", [0, 5_000, -1])
def test_bundle_byte(files: FilesCopy, verified: Check, at: int) -> None:
    """A byte of a bundle, wherever it falls, is found at the entry it falls into."""
    path = "tile/entries/001"
    ends, total = [], 0
    for leaf in tiles.parse_bundle(files[path], 256):
        total += len(leaf) + 2
        ends.append(total)
    place = at % total
    files.flip(path, place)
    verdict = verified(files)
    assert verdict.code == 1
    assert verdict.index == 256 + next(n for n, end in enumerate(ends) if end > place)


@pytest.mark.parametrize(
    ("path", "at", "index"),
    [
        ("tile/0/001", (VICTIM - 256) * 32 + 7, VICTIM),
        ("tile/0/003.p/", 3, 768),
        ("tile/1/000.p/", 40, 256),
    ],
)
def test_tile_byte(files: FilesCopy, verified: Check, path: str, at: int, index: int) -> None:
    """A byte of a tile at each level: the first entry it stands for is named."""
    files.flip(files.named(path), at)
    verdict = verified(files)
    assert (verdict.code, verdict.index, verdict.failed) == (1, index, {"tree": index})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("root", "0x" + "ab" * 32),
        ("size", 240),
        ("block", 1),
    ],
)
def test_anchor_row(
    files: FilesCopy, genuine: Genuine, verified: Check, member: str, value: object
) -> None:
    """A row of anchors with another member."""
    rows = json.loads(files["anchors/latest"])
    rows[0][member] = value
    files["anchors/latest"] = json.dumps(rows).encode()
    verdict = verified(files)
    place = value if member == "size" else genuine.anchored[0]
    assert (verdict.code, verdict.failed) == (1, {"anchors": place})
    assert verdict.line.startswith(f"verify: FAILS at the anchor of size {place}")


def test_checkpoint_byte(files: FilesCopy, verified: Check) -> None:
    """A byte of the root, or of the signature, in the checkpoint."""
    genuine = files["checkpoint"]
    for line in (2, 4):
        at = sum(len(each) + 1 for each in genuine.split(b"\n")[:line]) + 50
        files["checkpoint"] = genuine[:at] + bytes([genuine[at] ^ 1]) + genuine[at + 1 :]
        verdict = verified(files)
        assert (verdict.code, set(verdict.failed)) == (1, {"checkpoint"})


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("tile/entries/001", "form"),
        ("bodies/001", "bodies"),
        (f"body/{LAST_GROUP}", "bodies"),
        ("tile/1/000.p/", "tree"),
        ("anchors/latest", "anchors"),
    ],
)
def test_missing(files: FilesCopy, verified: Check, path: str, check: str) -> None:
    """A file taken away."""
    del files[files.named(path)]
    verdict = verified(files)
    assert verdict.code == 1
    assert check in verdict.failed


def test_no_checkpoint(files: FilesCopy, genuine: Genuine) -> None:
    """Without a checkpoint the folder is no log's tree, and nothing holds."""
    del files["checkpoint"]
    code, output, errors = run("verify", files.tree, "--trust", genuine.trust)
    assert code != 0
    assert "holds" not in output
    assert "there is no log's public tree" in errors
