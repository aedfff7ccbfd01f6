"""`jejak recover`: a database lost or old is filled again with what was published, and no more."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from audit.source import Folder
from ledger import deployment, settings, store, tiles
from ledger.deployment import attach_log
from ledger.errors import Conflict
from ledger.refill import Refill
from ledger.settings import DATABASE_VARIABLE
from ledger.tick import Ticker
from procurement.index import IndexTable
from procurement.kinds import KINDS
from procurement.projections import open_index
from tests.audit.genuine import run
from tests.audit.test_mirror import files_of, step
from tests.audit.test_source import served
from tests.ledger.deployments import Deployed, deploy

MODELS = (store.EntryRow, store.BodyRow, store.ActRow, store.ClaimRow, store.CorrectionRow)


class Killed(BaseException):
    """Stands for kill -9."""


@dataclass
class Folders:
    """A data folder whose database can be lost."""

    folder: Path

    def log(self) -> Any:
        """Its log, as it is, to be closed."""
        return closing(attach_log(settings.load(self.folder), KINDS))

    def lose(self) -> None:
        """Throw its databases away."""
        with self.log() as log:
            if log.engine.dialect.name == "postgresql":
                with log.engine.begin() as connection:
                    connection.execute(text("DROP SCHEMA log CASCADE"))
        for path in [*self.folder.glob("log.db*"), *self.folder.glob("index.db*")]:
            path.unlink()

    def rows(self) -> dict[str, list[Any]]:
        """All that the tables of entries hold, and nodes; anchors without their state proofs."""
        with self.log() as log, log.engine.connect() as connection:
            found = {
                model.__name__: sorted(map(tuple, connection.execute(select(store.table(model)))))
                for model in (*MODELS, store.NodeRow, store.HeadRow)
            }
            anchor = store.table(store.AnchorTable)
            columns = [each for each in anchor.columns if each.name != "proof"]
            found["anchor"] = sorted(map(tuple, connection.execute(select(*columns))))
            return found

    def projections(self) -> dict[str, list[str]]:
        """The projections, made again."""
        assert self.run("reindex")[0] == 0
        index = open_index(settings.load(self.folder).index_url)
        with index.engine.connect() as connection:
            found = {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in IndexTable.metadata.sorted_tables
            }
        index.engine.dispose()
        return found

    def tick(self) -> int:
        """A tick without a chain; the size published."""
        with self.log() as log:
            return Ticker(log, settings.load(self.folder), None).tick().size

    def run(self, *arguments: Any) -> tuple[int, str, str]:
        """A command on this folder."""
        return run("--data", self.folder, *arguments)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A log of one full group and a bit, with erased and large bodies."""
    made = deploy(tmp_path_factory.mktemp("template") / "data")
    deployment.write_trust(made.settings, made.log)
    made.log.append([made.note("personal"), made.note("x" * 70_000), *made.notes(255)])
    made.log.append([made.note("y" * 70_000), made.note("late")])
    made.erase(2)
    made.erase(260)
    made.tick()
    made.log.close()
    return made


@pytest.fixture
def small(template: Deployed, tmp_path: Path) -> Iterator[Deployed]:
    """A copy of it."""
    shutil.copytree(template.settings.folder, tmp_path / "data")
    own = settings.load(tmp_path / "data")
    copy = replace(template, settings=own, log=attach_log(own, KINDS))
    yield copy
    copy.log.close()


@pytest.fixture
def lost(
    small: Deployed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Folders, dict[str, list[Any]]]:
    """A copy whose database is lost, to be filled on each kind of database; what it held."""
    data = Folders(small.settings.folder)
    rows = data.rows()
    small.log.close()
    data.lose()
    if database_url.startswith("postgresql"):
        monkeypatch.setenv(DATABASE_VARIABLE, database_url)
    return data, rows


def test_a_lost_database_is_filled_again(
    small: Deployed, lost: tuple[Folders, dict[str, list[Any]]], tmp_path: Path
) -> None:
    """From the own files, and from a mirror's URL without them: every row is as it was."""
    data, before = lost
    step(tmp_path / "mirror", Folder(small.settings.public), None)
    for alone in (False, True):
        with served(files_of(tmp_path / "mirror" / "log")) as url:
            code, said, errors = data.run("--json", "recover", *([url] if alone else []))
        assert (code, errors) == (0, "")
        assert json.loads(said)["entries"] == len(before["EntryRow"])
        assert json.loads(said)["bodies"] == sum(row[1] is not None for row in before["BodyRow"])
        assert data.rows() == before
        assert data.tick() == len(before["EntryRow"])
        assert data.run("verify")[0] == 0
        if not alone:
            assert json.loads(data.run("--json", "recover")[1])["checkpoints"] == 0
            shutil.rmtree(small.settings.public)
            data.lose()


def test_after_a_recovery_the_log_goes_on(small: Deployed) -> None:
    """What is published next extends the tree, and what was erased stays erased."""
    data, before = Folders(small.settings.folder), files_of(small.settings.public)
    data.lose()
    assert data.run("recover")[0] == 0
    with data.log() as log:
        assert log.record(2).body is None
        log.append(small.notes(3, 900))
        size = Ticker(log, small.settings, None, small.clock).tick().size
    (small.settings.folder / "before").write_bytes(before["checkpoint"])
    named = ["--trust", small.settings.trust, "--since", small.settings.folder / "before"]
    code, said, _ = run("verify", small.settings.public, *named, "--json")
    assert (code, json.loads(said)["size"]) == (0, size)


def test_killed_half_way_nothing_is_signed(
    small: Deployed,
    lost: tuple[Folders, dict[str, list[Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database half filled signs nothing and takes nothing, even where no files say so."""
    (data, before), append = lost, Refill.append
    copy = small.settings.folder / "copy"
    shutil.copytree(small.settings.public, copy)
    shutil.rmtree(small.settings.public)

    def dies(self: Refill, entries: Any) -> None:
        if entries[0].index:
            raise Killed
        append(self, entries)

    with monkeypatch.context() as patch:
        patch.setattr(Refill, "append", dies)
        with pytest.raises(Killed):
            data.run("recover", copy)
    with data.log() as log:
        assert log.size == 256
    with pytest.raises(Conflict, match="is signed, the database holds only 256") as refused:
        data.tick()
    assert "jejak recover" in refused.value.remedy
    with data.log() as log, pytest.raises(Conflict, match="read-only"):
        log.append(replace(small, log=log).notes(1))
    assert not (small.settings.public / "checkpoint").exists()
    assert data.run("recover", copy)[0] == 0
    assert data.rows() == before
    assert data.tick() == len(before["EntryRow"])


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("bodies/000", tiles.format_body_group([b"{}"] * 256), "at entry 0"),
        ("body/258", b"{}", "at entry 258"),
        ("tile/entries/001.p/7", None, "at entry 260"),
        ("checkpoint", None, "note has no signature lines"),
    ],
)
def test_a_tree_that_lies_is_refused(
    small: Deployed, tmp_path: Path, path: str, content: bytes | None, said: str
) -> None:
    """The first bad entry is named, and nothing is written."""
    data = Folders(small.settings.folder)
    shutil.copytree(small.settings.public, tmp_path / "lie")
    (tmp_path / "lie" / path).write_bytes(content or (tmp_path / "lie" / path).read_bytes()[:-40])
    data.lose()
    code, _, errors = data.run("recover", tmp_path / "lie")
    assert (code, said in errors, "nothing was written" in errors) == (1, True, True), errors
    with data.log() as log:
        assert (log.size, log.head().halted) == (0, None)


def test_nothing_that_differs_is_overwritten(small: Deployed, tmp_path: Path) -> None:
    """The first entry that the database holds otherwise is named, and all stays as it is."""
    data = Folders(small.settings.folder)
    shutil.copytree(small.settings.public, tmp_path / "tree")
    entry = store.table(store.EntryRow)
    with store.transaction(small.log.engine) as connection:
        changed = entry.update().where(entry.c.index == 257)
        connection.execute(changed.values(leaf=small.log.record(256).leaf))
    before = data.rows()
    code, _, errors = data.run("recover", tmp_path / "tree")
    assert (code, "holds another entry 257 than the tree" in errors) == (2, True)
    assert "move log.db away" in errors
    assert data.rows() == before


def test_bodies_that_lack_are_filled(small: Deployed, tmp_path: Path) -> None:
    """Only those that no order has erased; entries above the checkpoint stay."""
    data = Folders(small.settings.folder)
    before = data.rows()
    body = store.table(store.BodyRow)
    with store.transaction(small.log.engine) as connection:
        connection.execute(body.update().where(body.c.index.in_([3, 9])).values(packed=None))
        connection.execute(body.delete().where(body.c.index == 258))
    code, said, _ = data.run("--json", "recover")
    assert (code, json.loads(said)["bodies"]) == (0, 3)
    assert data.rows() == before
    small.log.append(small.notes(2, 700))
    code, said, _ = data.run("--json", "recover")
    assert (code, json.loads(said)["above"]) == (0, 2)
    assert small.log.size == len(before["EntryRow"]) + 2


def test_another_history_than_the_own_files_is_refused(tmp_path: Path) -> None:
    """A mirror that an impostor feeds brings nothing into the log, though the log's key signed."""
    made = deploy(tmp_path / "data")
    deployment.write_trust(made.settings, made.log)
    made.grow(3)
    shutil.copytree(made.settings.folder, tmp_path / "old")
    shutil.copytree(made.settings.public, tmp_path / "older")
    made.grow(3)
    forked = Folders(tmp_path / "old")
    with forked.log() as log:
        log.append(made.notes(7, 400))
        shutil.rmtree(tmp_path / "old" / "log")
        Ticker(log, settings.load(tmp_path / "old"), None, made.clock).tick()
    data = Folders(made.settings.folder)
    made.log.close()
    data.lose()
    code, _, errors = data.run("recover", tmp_path / "old" / "log")
    assert (code, "saved checkpoint of 8" in errors) == (1, True), errors
    # An older copy of the true history fills what it has; the rest is asked for.
    shutil.copytree(tmp_path / "older", tmp_path / "old" / "true")
    code, said, errors = data.run("recover", tmp_path / "old" / "true")
    assert (code, "the own files show 8 entries, this tree 5" in said) == (0, True), errors
    assert data.run("tick")[0] == 2
    assert data.run("recover")[0] == 0
    assert data.run("tick")[0] == 0


def test_old_backup_then_recover_tick_and_anchors(district: Path, tmp_path: Path) -> None:
    """The whole district from its files: claims, corrections, anchors, projections, receipts."""
    data = Folders(tmp_path / "copy")
    shutil.copytree(district, data.folder)
    with data.log() as log:
        size = log.size
    rows, projections = data.rows(), data.projections()
    receipt = data.run("receipt", 20)[1]
    cut = size // 2
    data.lose()
    assert data.run("recover", "--without-chain")[0] == 0
    assert data.rows() == rows
    assert data.projections() == projections
    # A backup of half of it is put back.
    with closing(sqlite3.connect(data.folder / "log.db")) as database, database:
        for table in ("entry", "body", "act", "claim", "correction"):
            database.execute(f'DELETE FROM {table} WHERE "index" >= ?', (cut,))
        for table in ("checkpoint", "anchor"):
            database.execute(f"DELETE FROM {table} WHERE size > ?", (cut,))
        last = database.execute(
            'SELECT leaf_hash FROM entry WHERE "index" = ?', (cut - 1,)
        ).fetchone()
        database.execute("UPDATE head SET size = ?, leaf_hash = ?", (cut, last[0]))
    code, _, errors = data.run("tick")
    assert (code, "jejak recover" in errors) == (2, True)
    code, said, errors = data.run("--json", "recover")
    assert (code, json.loads(said)["entries"]) == (0, size - cut), errors
    assert data.rows() == rows
    told = json.loads(data.run("--json", "tick")[1])
    assert (told["checkpoint"], told["anchored"]) == (size, size)
    assert data.run("verify")[0] == 0
    again = json.loads(data.run("receipt", 20)[1])
    assert again["entry"] == json.loads(receipt)["entry"]
    (tmp_path / "receipt.json").write_text(json.dumps(again))
    assert (
        run("check-receipt", tmp_path / "receipt.json", "--trust", data.folder / "trust.json")[0]
        == 0
    )
