"""The tree, tiles and notes against what others have published."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle, note, tiles
from ledger.errors import BadProof, BadSignature, Malformed

# Its two roots are twelve bytes long, which no SHA-256 is: we refuse them, its authors do not look.
PLACEHOLDER = "sizes-are-equal-one-and-proof-is-empty"


def raw(text: str | None) -> bytes:
    """Base64 of a vector, null being nothing."""
    return base64.b64decode(text or "")


def cases(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The cases of one kind."""
    return json.loads((folder / "rfc6962-merkle-json" / f"{kind}.json").read_bytes())


def refused(verify: Any, *arguments: Any) -> bool:
    """Whether a verifier refuses; it may raise nothing but BadProof."""
    try:
        verify(*arguments)
    except BadProof:
        return True
    return False


def test_published_inclusion_cases(shared_vectors: Path):
    """The verdict of transparency-dev/merkle on each of its 98 cases."""
    listed = cases(shared_vectors, "inclusion")
    for case in listed:
        proof = [raw(each) for each in case["proof"] or ()]
        arguments = (case["leafIdx"], case["treeSize"], raw(case["leafHash"]), proof)
        assert (
            refused(merkle.verify_inclusion, *arguments, raw(case["root"])) == (case["wantErr"])
        ), case["file"]
    assert len(listed) == 98


def test_published_consistency_cases(shared_vectors: Path):
    """The verdict of transparency-dev/merkle on 97 of its 98 cases, one left out by name."""
    listed = [
        case for case in cases(shared_vectors, "consistency") if PLACEHOLDER not in case["file"]
    ]
    for case in listed:
        proof = [raw(each) for each in case["proof"] or ()]
        arguments = (case["size1"], case["size2"], raw(case["root1"]), raw(case["root2"]), proof)
        assert refused(merkle.verify_consistency, *arguments) == case["wantErr"], case["file"]
    assert len(listed) == 97


TESSERA = "tlog-tiles-tessera-testlog"
WORDS = (
    b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()
)


@pytest.mark.parametrize("size", range(16))
def test_tessera_log(shared_vectors: Path, size: int):
    """Checkpoint, tiles, bundles, root, proofs and our own writing of the same log agree."""
    folder = shared_vectors / TESSERA
    verifier = note.parse_vkey((folder / "vkey.txt").read_text().strip())
    signed = (folder / f"checkpoint.{size}").read_bytes()
    checkpoint = note.open_checkpoint(signed, "example.com/log/testdata", [verifier])
    leaves = [merkle.leaf_hash(word) for word in WORDS[:size]]
    assert checkpoint == note.Checkpoint("example.com/log/testdata", size, merkle.root(leaves))
    assert note.format_note(note.parse_note(signed)) == signed
    if size == 0:
        return
    bundle = (folder / tiles.bundle_path(0, size)).read_bytes()
    assert tiles.parse_bundle(bundle, size) == list(WORDS[:size])
    assert tiles.format_bundle(WORDS[:size]) == bundle
    assert [(folder / tiles.tile_path(*each)).read_bytes() for each in tiles.tiles_of(size)] == [
        b"".join(leaves)
    ]
    _check_proofs(folder, size, leaves, checkpoint.root)


def _check_proofs(folder: Path, size: int, leaves: list[bytes], root: bytes) -> None:
    node = tiles.node_reader(lambda *tile: (folder / tiles.tile_path(*tile)).read_bytes(), size)
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        merkle.verify_inclusion(index, size, leaves[index], proof, root)
        older, proof = index + 1, merkle.consistency_proof(index + 1, size, node)
        merkle.verify_consistency(older, size, merkle.root(leaves[:older]), root, proof)


SUNLIGHT = "tlog-tiles-sunlight-witness-mirror"
ROME = hashlib.sha256(b"rome2026h1.example.org").hexdigest()
MILAN = hashlib.sha256(b"milan2026h1.example.org").hexdigest()


def test_sunlight_cosigned_checkpoints_are_read_and_trusted_by_nobody_here(shared_vectors: Path):
    """Cosignature lines are of other types: read, kept in order, and passed over."""
    folder = shared_vectors / SUNLIGHT
    for path, origin, lines in (
        (folder / "witness" / ROME / "checkpoint", "rome2026h1.example.org", 2),
        (folder / "witness2" / MILAN / "checkpoint", "milan2026h1.example.org", 1),
        (folder / "witness/mirror" / ROME / "checkpoint", "rome2026h1.example.org", 1),
    ):
        signed = note.parse_note(path.read_bytes())
        assert note.format_note(signed) == path.read_bytes()
        checkpoint = note.parse_checkpoint(signed.text)
        assert (checkpoint.origin, checkpoint.size) == (origin, 300)
        assert len(signed.signatures) == lines
        with pytest.raises(BadSignature):
            note.verify_note(signed, [note.Signer(origin, b"\x01" * 32).verifier()])


def test_sunlight_decoy_is_no_note(shared_vectors: Path):
    """A file in the checkpoint's place that is none is refused in form."""
    for path in ("witness/checkpoint", "witness/mirror/checkpoint"):
        with pytest.raises(Malformed):
            note.parse_note((shared_vectors / SUNLIGHT / path).read_bytes())


def test_sunlight_tiles(shared_vectors: Path):
    """A full tile, a partial one and the level above have the paths and hashes we give them."""
    folder = shared_vectors / SUNLIGHT / "witness/mirror" / ROME

    def read(*tile: int) -> bytes:
        return (folder / tiles.tile_path(*tile)).read_bytes()

    assert list(tiles.tiles_of(300)) == [(0, 0, 256), (0, 1, 44), (1, 0, 1)]
    full = tiles.split_tile(read(0, 0, 256), 256)
    above = tiles.split_tile(read(1, 0, 1), 1)
    assert [merkle.root(full)] == above
    node = tiles.node_reader(read, 300)
    edge = merkle.Edge()
    edge.extend(full + tiles.split_tile(read(0, 1, 44), 44))
    assert merkle.subtree_root(0, 300, node) == edge.root()


def test_sunlight_gzip_bundle(shared_vectors: Path):
    """Bundles may come as gzip without asking; these hold a text that is no bundle."""
    folder = shared_vectors / SUNLIGHT / "witness/mirror" / ROME
    for number, width in ((0, 256), (1, 44)):
        packed = (folder / tiles.bundle_path(number, width)).read_bytes()
        plain = tiles.gunzip(packed)
        assert plain.startswith(b"fake mirrored ")
        for raw_bundle in (plain, packed):
            with pytest.raises(Malformed):
                tiles.parse_bundle(raw_bundle, width)


def test_c2sp_signed_note_example(shared_vectors: Path):
    """The example of the specification verifies with its key, and no other text does."""
    folder = shared_vectors / "c2sp-spec-examples"
    verifier = note.parse_vkey((folder / "signed-note-example.vkey").read_text().strip())
    signed = note.parse_note((folder / "signed-note-example.txt").read_bytes())
    assert signed.text == "This is an example message.\n"
    assert note.verify_note(signed, [verifier]) == [verifier]
    with pytest.raises(BadSignature):
        note.verify_note(note.Note(signed.text + "\n", signed.signatures), [verifier])


@pytest.mark.parametrize(
    ("name", "lines"), [("checkpoint-example.txt", 1), ("cosigned-checkpoint-example.txt", 2)]
)
def test_c2sp_checkpoint_examples(shared_vectors: Path, name: str, lines: int):
    """The examples of the specification are read as written."""
    text = (shared_vectors / "c2sp-spec-examples" / name).read_bytes()
    signed = note.parse_note(text)
    assert note.format_note(signed) == text
    checkpoint = note.parse_checkpoint(signed.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert note.format_checkpoint(checkpoint) == signed.text
    assert len(signed.signatures) == lines


def test_c2sp_note_with_blank_lines_in_its_text(shared_vectors: Path):
    """The last blank line separates text and signatures."""
    path = shared_vectors / "c2sp-spec-examples" / "signed-note-multiline-example.txt"
    signed = note.parse_note(path.read_bytes())
    assert signed.text.endswith("raggio di sole:\n\ned è subito sera.\n")
    assert note.format_note(signed) == path.read_bytes()


def test_c2sp_add_checkpoint_request_ends_in_a_note(shared_vectors: Path):
    """The note in a request is one, the request around it is not a checkpoint."""
    path = shared_vectors / "c2sp-spec-examples" / "add-checkpoint-request-example.txt"
    _, _, tail = path.read_bytes().partition(b"\n\n")
    assert note.parse_checkpoint(note.parse_note(tail).text).size == 20_852_163
    with pytest.raises(Malformed):
        note.parse_checkpoint(note.parse_note(path.read_bytes()).text)


def test_note_signed_with_an_unknown_type_has_no_known_key(shared_vectors: Path):
    """An RFC 6962 tree head (type 5) is read, its key is no key of ours, its line is ignored."""
    vector = json.loads((shared_vectors / "note-rfc6962-alg5" / "rome.json").read_bytes())
    signed = note.parse_note(vector["checkpoint"].encode())
    assert note.parse_checkpoint(signed.text).size == 115_474_666
    with pytest.raises(Malformed):
        note.parse_vkey(vector["vkey"])
    ours = note.Signer("rome.ct.filippo.io/2024h1", b"\x01" * 32)
    with pytest.raises(BadSignature):
        note.verify_note(signed, [ours.verifier()])
    both = note.Note(signed.text, signed.signatures + note.sign_note(signed.text, ours).signatures)
    assert note.verify_note(both, [ours.verifier()]) == [ours.verifier()]


def test_rekor_proof(shared_vectors: Path):
    """A proof of a public log that is not ours: leaf, index, path, root, signature."""
    vector = json.loads((shared_vectors / "rekor-v2-real-proof" / "proof.json").read_bytes())
    verifier = note.parse_vkey(vector["vkey"])
    checkpoint = note.open_checkpoint(vector["checkpoint"].encode(), verifier.name, [verifier])
    leaf = merkle.leaf_hash(raw(vector["leaf_b64"]))
    proof = [raw(each) for each in vector["hashes_b64"]]
    assert (checkpoint.size, checkpoint.root) == (vector["tree_size"], raw(vector["root_b64"]))
    merkle.verify_inclusion(vector["index"], checkpoint.size, leaf, proof, checkpoint.root)
    for index in (vector["index"] - 1, vector["index"] + 1):
        with pytest.raises(BadProof):
            merkle.verify_inclusion(index, checkpoint.size, leaf, proof, checkpoint.root)
