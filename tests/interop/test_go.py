"""Our log read by code we did not write: Go's golang.org/x/mod, sumdb/note and sumdb/tlog."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.witness_folder import found_witness, know_log
from ledger import files, merkle, note, tiles
from ledger.add_checkpoint import format_add_checkpoint
from ledger.cosignature import format_cosigner
from ledger.proving import make_receipt
from ledger.receipt import parse_proof
from ledger.tick import Ticker, checkpoint_at
from tests.ledger.deployments import deploy

SOURCE = Path(__file__).parent / "go"
SIGNER = note.Signer("jejak.example.go.id", bytes(range(32)))
OLD, NEW, INDEX = 300, 70_003, 65_700

Check = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Tree:
    """A public tree of files, the proofs to check against it, and the log's key."""

    folder: Path
    proofs: dict[str, Any]
    key: note.Verifier


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """The Go program, built without the network."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    program = tmp_path_factory.mktemp("go") / "jejakcheck"
    environment = os.environ | {
        "GOFLAGS": "-mod=readonly",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    built = subprocess.run(
        [go, "build", "-o", program, "."],
        cwd=SOURCE, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "module lookup disabled" in built.stderr:
        pytest.skip("golang.org/x/mod is missing: run `go mod download` in tests/interop/go")
    assert built.returncode == 0, built.stderr

    def run(tree: Tree) -> subprocess.CompletedProcess[str]:
        proofs = tree.folder / "proofs.json"
        proofs.write_text(json.dumps(tree.proofs))
        command = [program, note.format_vkey(tree.key), tree.folder, proofs]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def signed(size: int, root: bytes) -> bytes:
    """A checkpoint note."""
    text = note.format_checkpoint(note.Checkpoint(SIGNER.name, size, root))
    return note.format_note(note.sign_note(text, SIGNER))


def encoded(hashes: Sequence[bytes]) -> list[str]:
    """Hashes as Go reads them from JSON."""
    return [base64.b64encode(each).decode() for each in hashes]


def write_tree(folder: Path, leaves: Sequence[bytes]) -> merkle.NodeReader:
    """Tiles and bundles of the leaves; returns the reader of the tree's nodes."""
    levels = [[merkle.leaf_hash(leaf) for leaf in leaves]]
    while len(levels[-1]) > 1:
        levels.append(merkle.parents(levels[-1][: len(levels[-1]) & ~1]))
    for level, number, width in tiles.tiles_of(len(leaves)):
        first = number * tiles.WIDTH
        write(folder / tiles.tile_path(level, number, width),
              b"".join(levels[level * tiles.TILE_BITS][first : first + width]))  # fmt: skip
        if level == 0:
            bundle = tiles.format_bundle(leaves[first : first + width])
            write(folder / tiles.bundle_path(number, width), bundle)
    return lambda level, index: levels[level][index]


def write(path: Path, content: bytes) -> None:
    """A file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A log with full and partial tiles on three levels."""
    leaves = [b'{"entry":"%d"}' % index for index in range(NEW)]
    node = write_tree(tmp_path, leaves)
    write(tmp_path / "checkpoint", signed(NEW, merkle.subtree_root(0, NEW, node)))
    return Tree(tmp_path, {
        "older": signed(OLD, merkle.subtree_root(0, OLD, node)).decode(),
        "consistency": encoded(merkle.consistency_proof(OLD, NEW, node)),
        "index": INDEX,
        "leaf": base64.b64encode(leaves[INDEX]).decode(),
        "inclusion": encoded(merkle.inclusion_proof(INDEX, NEW, node)),
    }, SIGNER.verifier())  # fmt: skip


def test_go_accepts_our_log(check: Check, tree: Tree) -> None:
    """Go verifies our checkpoint, both proofs, and every entry against its tile."""
    done = check(tree)
    assert done.stdout.splitlines() == [
        f"checkpoint {NEW}",
        f"consistency {OLD} to {NEW}",
        f"inclusion {INDEX}",
        f"tiles {NEW}",
    ], done.stderr


@pytest.fixture
def cosigned(tmp_path: Path) -> Tree:
    """A checkpoint with the line that our witness has answered, and the witness's key."""
    witness = know_log(
        found_witness(tmp_path / "witness", "witness.example.org"),
        SIGNER.name,
        (SIGNER.verifier(),),
    )
    plain = signed(3, b"\x03" * 32)
    line = witness.server().add_checkpoint(format_add_checkpoint(0, (), plain))
    write(tmp_path / "checkpoint", plain + note.format_line(line).encode())
    return Tree(tmp_path, {"witness": format_cosigner(witness.verifier())}, SIGNER.verifier())


def test_go_reads_what_a_witness_has_cosigned(check: Check, cosigned: Tree) -> None:
    """Go opens the note: by itself it passes the witness's line over, given its key it verifies."""
    line = note.parse_note((cosigned.folder / "checkpoint").read_bytes()).signatures[-1]
    checkpoint, without, both = check(cosigned).stdout.splitlines()
    assert checkpoint == "checkpoint 3"
    assert without == "without the witness's key: 1 verified, 1 not"
    seconds = int.from_bytes(line.signature[:8], "big")
    assert both == f"with it: 2 verified, 0 not, at {seconds}"


def test_go_refuses_a_cosignature_of_another_time(check: Check, cosigned: Tree) -> None:
    """The time stands under the witness's signature."""
    path = cosigned.folder / "checkpoint"
    head, name, encoded = path.read_text().rstrip("\n").rpartition(" witness.example.org ")
    raw = bytearray(base64.b64decode(encoded))
    raw[11] ^= 1  # the last byte of the seconds, after the key's hash
    path.write_text(f"{head}{name}{base64.b64encode(raw).decode()}\n")
    refused = check(cosigned)
    assert refused.returncode == 1
    assert "invalid signature for key witness.example.org" in refused.stderr


def test_go_refuses_a_forged_checkpoint(check: Check, tree: Tree) -> None:
    """A size changed under the signature is refused."""
    checkpoint = tree.folder / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"70003", b"70004"))
    assert check(tree).returncode == 1


@pytest.mark.parametrize("name", ["consistency", "inclusion"])
def test_go_refuses_a_bent_proof(check: Check, tree: Tree, name: str) -> None:
    """A proof with one hash out of place is refused."""
    tree.proofs[name][1:3] = reversed(tree.proofs[name][1:3])
    assert name in check(tree).stderr


def test_go_refuses_a_changed_entry(check: Check, tree: Tree) -> None:
    """An entry that is not the one in the tile is refused."""
    bundle = tree.folder / tiles.bundle_path(1)
    bundle.write_bytes(bundle.read_bytes().replace(b'"300"', b'"301"'))
    assert "entry 300 " in check(tree).stderr


def test_go_reads_what_a_tick_has_published(
    check: Check, tmp_path: Path, database_url: str
) -> None:
    """Files, receipt and consistency proof of a real log stand before Go's code."""
    deployed = deploy(tmp_path, database_url)
    ticker = Ticker(deployed.log, deployed.settings, None)
    ticker.tick()
    older = checkpoint_at(deployed.log, 2)
    deployed.log.append(deployed.notes(300))
    ticker.tick()
    receipt, nodes = make_receipt(deployed.log, 17), files.node_reader(deployed.log, 302)
    tree = Tree(deployed.settings.public, {
        "older": older.note.decode(),
        "consistency": encoded(merkle.consistency_proof(2, 302, nodes)),
        "index": 17,
        "leaf": base64.b64encode(receipt.entry).decode(),
        "inclusion": encoded(parse_proof(receipt.proof).hashes),
    }, deployed.settings.log_signers()[0].verifier())  # fmt: skip
    assert "tiles 302" in check(tree).stdout
    deployed.log.close()
