"""Whoever changes what has been published is caught, by the true check and at the true entry.

Every case starts from a copy of one genuine deployment: real releases imported, the fictional
district, the development chain. The databases are tampered with by SQL and exported as an operator
would; the files are tampered with as they lie. Then the command line verifies.
"""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.deployment import body_bytes, compose
from ledger.envelope import format_entry, parse_statement
from tests.audit.alterations import ALTERED, LAST_GROUP, VICTIM, missigned
from tests.audit.genuine import COPIER, ORIGIN, Copy, Genuine, Row, chained, copier_key, run
from tests.audit.verdicts import Verdict, program

# Nothing is tampered with.


def test_genuine(genuine: Genuine, chain: str) -> None:
    """What was published holds, with every check made and the chain asked."""
    code, said = program("verify", genuine.public, "--trust", genuine.trust, "--chain", chain)
    assert (code, said["holds"], said["pinned"], said["size"]) == (0, True, True, genuine.size)
    assert all(check["checked"] and not check["failed"] for check in said["checks"])
    assert said["unchecked"] == []


def test_genuine_export(copy: Copy, verified: Callable[..., Verdict]) -> None:
    """So does the tree that an untouched copy of the database is exported to."""
    assert copy.export()[0] == 0
    assert verified(copy).code == 0


# The database is tampered with, and exported.


@pytest.mark.parametrize("index", [VICTIM, LAST_GROUP])
def test_body_byte(copy: Copy, verified: Callable[..., Verdict], index: int) -> None:
    """A byte of a body in the database."""
    rows = copy.rows()
    body = rows[index].body
    assert body is not None
    copy.set_body(index, body[:-2] + bytes([body[-2] ^ 1]) + body[-1:])
    assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.index, verdict.failed) == (1, index, {"bodies": index})


ALTERATIONS = [
    *((what, True, VICTIM) for what in ALTERED),
    ("signature", False, VICTIM),
    ("at", False, VICTIM),
    ("statement-org", True, LAST_GROUP),
]


@pytest.mark.parametrize(("what", "hashed", "index"), ALTERATIONS)
def test_altered_entry(
    copy: Copy, verified: Callable[..., Verdict], what: str, hashed: bool, index: int
) -> None:
    """An entry altered in the database, with its stored hash as it was or made to fit."""
    check, change = ALTERED[what]
    copy.set_leaf(index, change(copy.rows()[index]), hashed=hashed)
    assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.index) == (1, index)
    assert verdict.failed[check] == index
    assert "anchors" in verdict.failed


def test_altered_entry_in_a_process_of_its_own(genuine: Genuine, chain: str, copy: Copy) -> None:
    """The program itself exits with 1, and its JSON names the entry."""
    copy.set_leaf(VICTIM, missigned(copy.rows()[VICTIM]), hashed=False)
    copy.export()
    code, said = program("verify", copy.tree, "--trust", genuine.trust, "--chain", chain)
    checks = {check["name"]: check for check in said["checks"]}
    assert (code, said["holds"]) == (1, False)
    assert checks["signatures"]["findings"][0]["index"] == VICTIM
    found = [each.get("index") for check in said["checks"] for each in check["findings"]]
    assert min(index for index in found if index is not None) == VICTIM


def test_deleted_row(copy: Copy) -> None:
    """A database that lacks an entry cannot be exported, and says which."""
    copy.sql('DELETE FROM entry WHERE "index" = ?', VICTIM)
    code, errors = copy.export()
    assert code != 0
    assert "lacks an entry" in errors


def test_deleted(copy: Copy, verified: Callable[..., Verdict]) -> None:
    """An entry deleted, all after it moved up, the checkpoint signed with the stolen key."""
    rows = copy.rows()
    del rows[VICTIM]
    copy.set_rows(rows)
    copy.sign_again()
    verdict = verified(copy)
    assert (verdict.code, verdict.index, verdict.failed["chain"]) == (1, VICTIM, VICTIM)


def test_deleted_from_the_end(copy: Copy, genuine: Genuine, tmp_path: Path) -> None:
    """The newest entries, not anchored yet, taken back: a checkpoint that was kept says so."""
    kept = tmp_path / "kept"
    kept.write_bytes((genuine.public / "checkpoint").read_bytes())
    copy.set_rows(copy.rows()[:-3])
    copy.sign_again()
    code, output, _ = run("verify", copy.tree, "--trust", genuine.trust, "--since", kept)
    assert code == 1
    assert f"the log has {genuine.size - 3} entries" in output


def test_anchored_entries_deleted_from_the_end(copy: Copy, genuine: Genuine, chain: str) -> None:
    """Anchored entries taken back: it looks as an old mirror does, and the reader is told."""
    newest = genuine.anchored[-1]
    copy.set_rows(copy.rows()[: newest - 3])
    copy.sign_again()
    _, output, _ = run("verify", copy.tree, "--trust", genuine.trust, "--chain", chain)
    assert f"at the anchor of size {newest}: the tree of {newest - 3} is behind the chain" in output


@pytest.mark.parametrize("signed", [False, True], ids=["as-it-was", "signed-again"])
def test_swapped(copy: Copy, verified: Callable[..., Verdict], signed: bool) -> None:
    """Two entries in each other's places, bodies and all."""
    rows = copy.rows()
    rows[VICTIM], rows[VICTIM + 30] = rows[VICTIM + 30], rows[VICTIM]
    if signed:
        copy.set_rows(rows)
        copy.sign_again()
    else:
        for index in (VICTIM, VICTIM + 30):
            copy.set_leaf(index, rows[index].leaf, hashed=True)
            copy.set_body(index, rows[index].body or b"")
        assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.index, verdict.failed["chain"]) == (1, VICTIM, VICTIM)


def test_node(copy: Copy, verified: Callable[..., Verdict]) -> None:
    """A hash of the tree in the database."""
    copy.sql('UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND "index" = 1')
    assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.index, verdict.failed) == (1, 256, {"tree": 256})


def test_stored_leaf_hash(copy: Copy, verified: Callable[..., Verdict]) -> None:
    """The stored hash of an entry, which is a byte of a tile at level 0."""
    copy.sql('UPDATE entry SET leaf_hash = zeroblob(32) WHERE "index" = ?', VICTIM)
    assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.index, verdict.failed["tree"]) == (1, VICTIM, VICTIM)


def test_checkpoint_of_another_key(copy: Copy, verified: Callable[..., Verdict]) -> None:
    """A checkpoint signed by a key that the trust file does not name."""
    (copy.folder / "log.key").write_bytes(b64encode(b"t" * 32) + b"\n")
    copy.sql("DELETE FROM checkpoint")
    copy.sign_again()
    verdict = verified(copy)
    assert (verdict.code, set(verdict.failed)) == (1, {"checkpoint", "log.json"})


@pytest.mark.parametrize(
    ("column", "value"), [("root", "0x" + "ab" * 32), ("size", 300)], ids=["root", "size"]
)
def test_anchor_in_the_database(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict], column: str, value: Any
) -> None:
    """Root or size of an anchor: the entries contradict it, and so does the chain."""
    size = genuine.anchored[0]
    copy.sql(f"UPDATE anchor SET {column} = ? WHERE size = ?", value, size)
    assert copy.export()[0] == 0
    place = value if column == "size" else size
    for asking in (False, True):
        verdict = verified(copy, asking=asking)
        assert (verdict.code, verdict.failed) == (1, {"anchors": place})
        assert verdict.line.startswith(f"verify: FAILS at the anchor of size {place}")


def test_anchor_that_was_never_made(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]
) -> None:
    """A row with the true root of a size that nobody anchored: only the chain can tell."""
    root = "0x" + copy.root_of(850).hex()
    copy.sql("UPDATE anchor SET size = 850, root = ? WHERE size = ?", root, genuine.anchored[0])
    assert copy.export()[0] == 0
    assert verified(copy, asking=False).code == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.failed) == (1, {"anchors": 850})


def test_block_of_an_anchor(copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]) -> None:
    """The block an anchor is said to be in: the chain says otherwise."""
    size = genuine.anchored[1]
    copy.sql("UPDATE anchor SET block = 1 WHERE size = ?", size)
    assert copy.export()[0] == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.failed) == (1, {"anchors": size})


# The history is rewritten: everything is hashed again, and signed with the stolen log key.


def inserted(rows: list[Row], at: int) -> list[Row]:
    """The rows with a note of a real office in the middle, everything after it hashed again."""
    about = rows[5].leaf_hash.hex()
    raw = body_bytes({"about": [about], "text": "this was always here"})
    time = rows[at].entry.at
    said = compose(ORIGIN, "note", about, COPIER, raw, [copier_key()], time=time)
    entry = msgspec.structs.replace(
        rows[at].entry, statement=parse_statement(said.statement), signatures=said.signatures
    )
    return chained([*rows[:at], Row(format_entry(entry), raw), *rows[at:]], at)


def test_inserted_and_signed_again(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]
) -> None:
    """Nothing but the chain tells a history rewritten with the stolen log key, and it does."""
    copy.set_rows(inserted(copy.rows(), genuine.tail + 3))
    copy.fit_anchors()
    copy.sign_again()
    assert verified(copy, asking=False).code == 0
    verdict, size = verified(copy), genuine.anchored[-1]
    assert (verdict.code, verdict.failed) == (1, {"anchors": size})
    assert verdict.line.startswith(f"verify: FAILS at the anchor of size {size}: the chain holds")


def test_inserted_and_signed_again_by_the_program(genuine: Genuine, chain: str, copy: Copy) -> None:
    """The same in a process of its own: exit code 1, and the JSON names the anchor's size."""
    copy.set_rows(inserted(copy.rows(), genuine.tail + 3))
    copy.fit_anchors()
    copy.sign_again()
    code, said = program("verify", copy.tree, "--trust", genuine.trust, "--chain", chain)
    failed = [check for check in said["checks"] if check["failed"]]
    assert (code, [check["name"] for check in failed]) == (1, ["anchors"])
    assert failed[0]["findings"][0]["size"] == genuine.anchored[-1]
    assert program("verify", copy.tree, "--trust", genuine.trust)[0] == 0


def test_inserted_and_the_anchors_hidden(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]
) -> None:
    """Hiding the rows that contradict does not help: the contract says what is anchored."""
    at = genuine.tail + 3
    copy.set_rows(inserted(copy.rows(), at))
    copy.sql("DELETE FROM anchor WHERE size > ?", at)
    copy.sign_again()
    assert verified(copy, asking=False).code == 0
    verdict = verified(copy)
    assert (verdict.code, verdict.failed) == (1, {"anchors": genuine.anchored[-1]})


def test_inserted_and_the_anchors_kept(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]
) -> None:
    """The rows as they were contradict the entries even where no chain is asked."""
    copy.set_rows(inserted(copy.rows(), genuine.tail + 3))
    copy.sign_again()
    verdict = verified(copy, asking=False)
    assert (verdict.code, verdict.failed) == (1, {"anchors": genuine.anchored[-1]})


def test_inserted_among_what_a_note_is_about(
    copy: Copy, genuine: Genuine, verified: Callable[..., Verdict]
) -> None:
    """The copier's signed note names the entries it copied: they cannot be hashed again."""
    rows = copy.rows()
    note = next(at for at, row in enumerate(rows) if row.entry.statement.kind == "note")
    copy.set_rows(inserted(rows, note - 100))
    copy.fit_anchors()
    copy.sign_again()
    verdict = verified(copy, asking=False)
    assert (verdict.code, verdict.index) == (1, note + 1)
    assert verdict.failed["authority"] == note + 1
    assert verified(copy).failed["anchors"] == genuine.anchored[0]


def test_rewritten_history_is_not_signed_by_a_tick(
    copy: Copy, genuine: Genuine, chain: str
) -> None:
    """A tick asks the chain before it signs: with the files gone too, it refuses."""
    copy.set_rows(inserted(copy.rows(), genuine.tail + 3))
    shutil.rmtree(copy.folder / "log")
    copy.ask(chain)
    code, _, errors = run("--data", copy.folder, "tick")
    assert code != 0
    assert "will not sign: the chain holds another root" in errors
    assert not (copy.folder / "log").exists()


# An old backup is put back.


def published(copy: Copy) -> dict[str, bytes]:
    """Every file of the copy's public tree."""
    tree = copy.folder / "log"
    return {str(path): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_old_backup(copy: Copy, genuine: Genuine) -> None:
    """The database knows less than its files: nothing is signed, nothing is taken in."""
    before = published(copy)
    copy.put_back(genuine.folder / "backup-2.db")
    code, said = program("--data", copy.folder, "tick", "--anchor", fails=True)
    assert code != 0
    assert f"will not sign: the published checkpoint has {genuine.size} en" in said["message"]
    assert said["remedy"].startswith("put back a database that holds every published entry")
    assert published(copy) == before
    assert list((copy.folder / "evidence").iterdir())
    revoke = ("key", "revoke", copier_key().id, "--reason", "theft")
    code, _, errors = run("--data", copy.folder, *revoke)
    assert code != 0
    assert "the log is read-only" in errors
    assert copy.sql("SELECT size FROM head") == [(genuine.anchored[1],)]


def test_old_backup_of_database_and_files(copy: Copy, genuine: Genuine, chain: str) -> None:
    """Where the files are as old as the database, the chain knows more: nothing is signed."""
    copy.put_back(genuine.folder / "backup-2.db")
    copy.sql("DELETE FROM anchor WHERE size > ?", genuine.anchored[0])
    shutil.rmtree(copy.folder / "log")
    assert copy.export()[0] == 0
    copy.tree.rename(copy.folder / "log")
    copy.ask(chain)
    before = published(copy)
    code, _, errors = run("--data", copy.folder, "tick", "--anchor")
    assert code != 0
    newest = genuine.anchored[-1]
    assert f"will not sign: the chain holds {newest} entries, the database only" in errors
    assert published(copy) == before


def test_newest_backup(copy: Copy, chain: str) -> None:
    """A halted log goes on once a database that holds everything published is put back."""
    copy.ask(chain)
    copy.sql("UPDATE head SET halted = 'an old backup was put back'")
    assert run("--data", copy.folder, "tick")[0] == 0
    assert copy.sql("SELECT halted FROM head") == [(None,)]
