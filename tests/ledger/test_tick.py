"""Ticks: what they publish, what they refuse to sign, and that they may be killed anywhere."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ledger import tiles
from ledger.anchor import AnchorRow, ChainIdentity, Latest
from ledger.anchoring import anchors
from ledger.commands import write_export
from ledger.durable import write_file
from ledger.envelope import format_time
from ledger.errors import AnchorMismatch, BadProof, Conflict, Unavailable
from ledger.files import node_reader
from ledger.merkle import root, verify_consistency
from ledger.note import open_checkpoint
from ledger.tick import Ticker, newest_checkpoint
from tests.ledger.deployments import ORIGIN, Deployed, deploy


@dataclass
class ContractInMemory:
    """The contract's rules without a chain; `answers` False: the node is down."""

    rows: list[AnchorRow] = field(default_factory=list)
    answers: bool = True
    mined_silently: bool = False

    def identity(self) -> ChainIdentity:
        """Chain id and genesis."""
        self._ask()
        return ChainIdentity(1, "0x" + "11" * 32)

    def latest(self, contract: str, log_id: bytes) -> Latest:
        """What is anchored last."""
        self._ask()
        if not self.rows:
            return Latest(0, bytes(32), 0)
        return Latest(self.rows[-1].size, bytes.fromhex(self.rows[-1].root[2:]), 0)

    def anchored(self, contract: str, log_id: bytes, size: int) -> AnchorRow | None:
        """The row of a size."""
        return next((row for row in self.rows if row.size == size), None)

    def anchor(
        self,
        contract: str,
        log_id: bytes,
        size: int,
        root: bytes,
        proof: list[bytes],
        *,
        since: int | None = None,
    ) -> AnchorRow:
        """Accept extensions only."""
        held = self.latest(contract, log_id)
        assert since == held.size
        if held.size:
            try:
                verify_consistency(held.size, size, held.root, root, proof)
            except BadProof as error:
                raise AnchorMismatch("InconsistentCheckpoint") from error
        block = len(self.rows) + 1
        row = AnchorRow(
            size,
            "0x" + root.hex(),
            f"0x{block:064x}",
            block,
            f"0x{block:064x}",
            "2026-01-01T00:00:00Z",
        )
        self.rows.append(row)
        if self.mined_silently:
            self.mined_silently = False
            raise Unavailable("the answer was lost")
        return row

    def proof(self, contract: str, log_id: bytes, size: int) -> dict[str, Any]:
        """No state proof here."""
        raise BadProof("no state")

    def _ask(self) -> None:
        if not self.answers:
            raise Unavailable("the node does not answer")


@pytest.fixture
def deployed(tmp_path: Path, database_url: str) -> Iterator[Deployed]:
    """A deployment that names a contract, on each database."""
    made = deploy(tmp_path / "data", database_url)
    object.__setattr__(made.settings, "contract", "0x" + "22" * 20)
    yield made
    made.log.close()


def ticker(deployed: Deployed, chain: ContractInMemory | None = None) -> Ticker:
    """A ticker that uses the test's clock."""
    return Ticker(deployed.log, deployed.settings, chain, deployed.clock)


def check_tree(deployed: Deployed) -> int:
    """Every tile, bundle and body of the published size is there and right; that size."""
    tree = deployed.settings.public
    known = deployed.settings.log_key().verifier()
    checkpoint = open_checkpoint((tree / "checkpoint").read_bytes(), ORIGIN, [known])
    records = deployed.log.read(0, max(1, checkpoint.size))[: checkpoint.size]
    hashes = [record.leaf_hash for record in records]
    assert root(hashes) == checkpoint.root
    level = hashes
    for height in range(3):
        for number in range((len(level) + 255) // 256):
            part = level[number * 256 : number * 256 + 256]
            path = tree / tiles.tile_path(height, number, len(part))
            assert path.read_bytes() == b"".join(part)
        level = [root(level[at : at + 256]) for at in range(0, len(level) - 255, 256)]
    for number in range((len(records) + 255) // 256):
        part_ = records[number * 256 : number * 256 + 256]
        bundle = (tree / tiles.bundle_path(number, len(part_))).read_bytes()
        assert tiles.parse_bundle(bundle, len(part_)) == [each.leaf for each in part_]
        if len(part_) == 256:
            group = (tree / tiles.body_group_path(number)).read_bytes()
            assert tiles.parse_body_group(group) == [each.body for each in part_]
        else:
            for each in part_:
                assert (tree / tiles.body_path(each.index)).read_bytes() == each.body
    return checkpoint.size


def test_tick_publishes_what_the_log_holds(deployed: Deployed) -> None:
    """Sizes on both sides of a full tile, ticked one after the other."""
    ticking, total = ticker(deployed), 2
    for grow in (1, 250, 3, 1, 255, 1):
        deployed.log.append(deployed.notes(grow, start=total))
        total += grow
        report = ticking.tick()
        assert (report.size, report.signed) == (total, True)
        assert check_tree(deployed) == total
    assert not ticking.tick().signed


def test_export_equals_the_published_tree(deployed: Deployed, tmp_path: Path) -> None:
    """The tree made from the database alone is the one that was published, less old partials."""
    deployed.log.append(deployed.notes(300))
    ticker(deployed, ContractInMemory()).tick()
    row = newest_checkpoint(deployed.log)
    assert row is not None
    write_export(deployed.settings, deployed.log, row, tmp_path / "export")
    published, exported = (
        {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}
        for top in (deployed.settings.public, tmp_path / "export")
    )
    assert exported == published


def test_partial_files_go_an_hour_after_the_full_one(deployed: Deployed) -> None:
    """They stay for readers of an older checkpoint, then they are deleted."""
    ticking = ticker(deployed)
    ticking.tick()
    partial = deployed.settings.public / tiles.bundle_path(0, 2)
    deployed.log.append(deployed.notes(300))
    ticking.tick()
    deployed.clock.move(minutes=59)
    ticking.tick()
    assert partial.exists()
    deployed.clock.move(minutes=2)
    ticking.tick()
    assert not partial.exists()
    assert not (deployed.settings.public / "body/1").exists()
    assert check_tree(deployed) == 302


def test_anchor_when_due(deployed: Deployed) -> None:
    """The first at once, later ones when a minute has passed or when asked for."""
    chain = ContractInMemory()
    ticking = ticker(deployed, chain)
    assert ticking.tick().anchored == 2
    chain.rows[-1] = replace(chain.rows[-1], time=format_time(deployed.clock()))
    deployed.log.append(deployed.notes(3))
    assert ticking.tick(anchor=True).anchored == 5
    latest = json.loads((deployed.settings.public / "anchors/latest").read_bytes())
    assert [row["size"] for row in latest] == [2, 5]
    assert [row.size for row in anchors(deployed.log)] == [5, 2]


def test_anchor_whose_answer_was_lost_is_found_again(deployed: Deployed) -> None:
    """A transaction mined while we did not hear of it is recorded by the next tick."""
    chain = ContractInMemory(mined_silently=True)
    ticking = ticker(deployed, chain)
    assert ticking.tick().anchored is None
    assert ticking.tick().anchored == 2
    assert len(chain.rows) == 1


def test_node_that_is_down_delays_only_the_anchor(deployed: Deployed) -> None:
    """Checkpoints go on, and the report says what waits."""
    report = ticker(deployed, ContractInMemory(answers=False)).tick()
    assert (report.size, report.anchored) == (2, None)
    assert "does not answer" in str(report.delayed)


def test_old_backup_stops_signing(deployed: Deployed, tmp_path: Path) -> None:
    """A database that knows less than the files is not signed, and takes no entries."""
    if deployed.log.engine.dialect.name != "sqlite":
        pytest.skip("a backup here is a copy of the SQLite file; the check is the same code")
    path = Path(str(deployed.log.engine.url.database))
    deployed.log.engine.dispose()
    shutil.copy(path, tmp_path / "backup.db")
    deployed.log.append(deployed.notes(5))
    ticker(deployed).tick()
    deployed.log.engine.dispose()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", path)
    with pytest.raises(Conflict, match="will not sign"):
        ticker(deployed).tick()
    with pytest.raises(Conflict, match="read-only"):
        deployed.log.append(deployed.notes(1))
    assert list((deployed.settings.folder / "evidence").iterdir())


def test_chain_that_knows_more_stops_signing(deployed: Deployed) -> None:
    """Files and database may both be old: the chain is asked too."""
    chain = ContractInMemory()
    deployed.log.append(deployed.notes(2))
    ticker(deployed, chain).tick()
    chain.rows.append(AnchorRow(9, "0x" + "33" * 32, "0x0", 2, "0x0", "2026-01-01T00:00:00Z"))
    with pytest.raises(Conflict, match="will not sign"):
        ticker(deployed, chain).tick()
    chain.rows.pop()
    assert ticker(deployed, chain).tick().size == 4
    deployed.log.append(deployed.notes(1, start=9))


@pytest.mark.parametrize("size", [3, 9])
def test_junk_that_comes_during_a_tick_is_not_recorded(deployed: Deployed, size: int) -> None:
    """A thief who anchors between our look at the chain and our anchor gets into no row of ours."""
    chain = ContractInMemory()
    deployed.log.append(deployed.notes(2))
    ticking = ticker(deployed, chain)
    assert ticking.anchoring is not None
    ticking.sign()
    ticking.publish()
    junk = AnchorRow(size, "0x" + "33" * 32, "0x0", 1, "0x0", "2026-01-01T00:00:00Z")
    chain.rows.append(junk)
    node = node_reader(deployed.log, 4)
    with pytest.raises((AnchorMismatch, Unavailable)):
        ticking.anchoring.anchor(ticking.checkpoint(4), node, deployed.clock(), force=True)
    assert anchors(deployed.log) == []


def test_other_root_on_the_chain_stops_signing(deployed: Deployed) -> None:
    """Another root at a size we know is saved as evidence."""
    chain = ContractInMemory()
    ticker(deployed, chain).tick()
    chain.rows[-1] = replace(chain.rows[-1], root="0x" + "44" * 32)
    with pytest.raises(Conflict, match="another root"):
        ticker(deployed, chain).tick()


def test_another_chain_is_refused(deployed: Deployed) -> None:
    """The genesis hash is checked at start."""
    object.__setattr__(deployed.settings, "genesis", "0x" + "99" * 32)
    with pytest.raises(Conflict, match="genesis"):
        ticker(deployed, ContractInMemory()).tick()


def test_changed_entry_is_not_signed(deployed: Deployed) -> None:
    """Published entries that the database tells differently now stop the ticker."""
    from sqlalchemy import update

    from ledger import store

    ticking = ticker(deployed)
    ticking.tick()
    entry = store.table(store.EntryRow)
    with store.transaction(deployed.log.engine) as connection:
        connection.execute(update(entry).where(entry.c.index == 1).values(leaf_hash=bytes(32)))
    with pytest.raises(Conflict, match="another root"):
        ticking.tick()


def test_onlyone_ticker(deployed: Deployed) -> None:
    """A second one is told to wait."""
    from ledger.tick import one_ticker

    with one_ticker(deployed.settings.folder), pytest.raises(Unavailable):
        ticker(deployed).tick()


def test_erased_body_leaves_the_files(deployed: Deployed) -> None:
    """Once a checkpoint covers the erasure, database and files hold the body no more."""
    deployed.log.append([deployed.note("personal"), *deployed.notes(300)])
    ticking = ticker(deployed)
    ticking.tick()
    deployed.erase(2)
    ticking.tick()
    assert deployed.log.record(2).body is None
    group = (deployed.settings.public / tiles.body_group_path(0)).read_bytes()
    assert tiles.parse_body_group(group)[2] is None
    assert not (deployed.settings.public / "body/2").exists()


@pytest.mark.parametrize("rounds", [int(os.environ.get("JEJAK_KILL_ROUNDS", "5"))])
def test_killed_while_ticking(deployed: Deployed, rounds: int) -> None:
    """After kill -9 at any moment the next tick succeeds and the tree is whole."""
    chance = random.Random(11)
    for round_ in range(rounds):
        deployed.log.append(deployed.notes(90, start=1000 * (round_ + 1)))
        child = os.fork()
        if child == 0:  # pragma: no cover
            deployed.log.engine.dispose(close=False)
            ticker(deployed).tick()
            os._exit(0)
        time.sleep(chance.random() * 0.15)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    size = ticker(deployed).tick().size
    assert check_tree(deployed) == size == 2 + 90 * rounds


def test_files_are_never_half_written(tmp_path: Path) -> None:
    """A file is replaced as a whole."""
    path = tmp_path / "a" / "b"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["b"]
