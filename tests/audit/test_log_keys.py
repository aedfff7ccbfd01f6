"""The key that signs checkpoints is rotated in peace, lost, or stolen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import deployment, settings
from ledger.anchoring import anchors
from ledger.devchain import serve_devchain
from ledger.kinds import KINDS
from ledger.note import format_note, parse_checkpoint, parse_note, sign_note
from tests.ledger.commands import ORIGIN, Town, run


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Town]:
    """A log with an anchor, of which a verifier keeps the trust file."""
    with serve_devchain(tmp_path / "chain.db") as served:
        made = Town(tmp_path, capsys, tmp_path / "data")
        signed = made.signed(made.root("root.json", 1, "a"), "a")
        made.does("init", "--origin", ORIGIN, "--root", signed, "--chain", served.url)
        made.does("anchor", "deploy", "--registrar", made.key("a"))
        grow(made)
        shutil.copy(made.data / "trust.json", tmp_path / "old.json")
        yield made


def grow(town: Town) -> None:
    """One more entry, signed and anchored."""
    number = town.does("status")["size"]
    made = ("institution", "add", f"ID-{number}", "--name-id", "Dinas")
    town.does(*made, "--registrar", town.key("a"))
    town.does("tick", "--anchor")


def holds(town: Town, trust: Path) -> bool:
    """Whether the log, and a receipt of its entry 0, verify by a trust file."""
    receipt = town.folder / "receipt.json"
    town.does("receipt", 0, "-o", receipt)
    pinned = ("--trust", trust)
    codes = run("verify", town.data / "log", *pinned), run("check-receipt", receipt, *pinned)
    assert codes in ((0, 0), (1, 1))
    return codes == (0, 0)


def test_rotation_in_peace_leaves_nobody_out(town: Town) -> None:
    """While both keys sign, verifiers with either trust file go on; afterwards the new one does."""
    old, new = town.folder / "old.json", town.data / "trust.json"
    town.does("log-key", "new")
    assert "no published checkpoint" in town.refused("log-key", "switch")
    grow(town)
    assert holds(town, old)
    assert holds(town, new)
    before = (town.data / "log.key").read_bytes()
    town.does("log-key", "switch")
    assert (town.data / "log.key").read_bytes() != before
    assert not (town.data / "log.next.key").exists()
    grow(town)
    assert holds(town, new)
    assert run("verify", town.data / "log", "--trust", old) == 1


def test_old_receipts_hold_after_a_rotation(town: Town) -> None:
    """The retired key stays trusted for the checkpoints it has signed."""
    receipt = town.folder / "kept.json"
    town.does("receipt", 1, "-o", receipt)
    town.does("log-key", "new")
    grow(town)
    town.does("log-key", "switch")
    assert run("check-receipt", receipt, "--trust", town.data / "trust.json") == 0


def test_next_key_is_made_once(town: Town) -> None:
    """A second one would throw away a key that verifiers have been told of."""
    town.does("log-key", "new")
    kept = (town.data / "log.next.key").read_bytes()
    town.refused("log-key", "new")
    assert (town.data / "log.next.key").read_bytes() == kept
    assert (town.data / "log.next.key").stat().st_mode & 0o777 == 0o600


def test_lost_key_is_replaced(town: Town) -> None:
    """Without the file nothing is signed; a new key goes on, and the old one's word still holds."""
    receipt = town.folder / "kept.json"
    town.does("receipt", 1, "-o", receipt)
    (town.data / "log.key").unlink()
    assert "log.key" in town.refused("tick")
    town.does("log-key", "switch", "--lost")
    grow(town)
    assert holds(town, town.data / "trust.json")
    assert run("check-receipt", receipt, "--trust", town.data / "trust.json") == 0


def test_stolen_key_is_trusted_no_more(town: Town) -> None:
    """What the thief signs is refused by the new trust file; what was anchored is signed again."""
    thief = settings.load(town.data).log_key()
    town.does("log-key", "switch", "--stolen")
    trust = town.data / "trust.json"
    assert holds(town, trust)
    grow(town)
    assert holds(town, trust)
    checkpoint = town.data / "log" / "checkpoint"
    text = parse_note(checkpoint.read_bytes()).text
    checkpoint.write_bytes(format_note(sign_note(text, thief)))
    assert run("verify", town.data / "log", "--trust", trust) == 1


def test_every_anchored_checkpoint_is_signed_again(town: Town) -> None:
    """Receipts of any age verify by the new trust file, and their trees are the same."""
    grow(town)
    own = settings.load(town.data)
    log = deployment.open_log(own, KINDS)
    rows = anchors(log)
    before = {row.size: row.root for row in rows}
    log.close()
    town.does("log-key", "switch", "--stolen")
    for index in range(rows[0].size):
        receipt = town.folder / "receipt.json"
        town.does("receipt", index, "-o", receipt)
        assert run("check-receipt", receipt, "--trust", town.data / "trust.json") == 0
        proof = json.loads(receipt.read_bytes())["proof"]
        checkpoint = parse_checkpoint(parse_note(proof.split("\n\n", 1)[1].encode()).text)
        assert "0x" + checkpoint.root.hex() == before[checkpoint.size]
