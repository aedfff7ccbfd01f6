"""A thousand new entries followed, of a log of 10,000 and of one of 1,000,000.

A monitor has followed each from its first checkpoint; another begins where there are N entries.
Both must come to the same state, and what they remember lies beside the log for the next time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.following import Following
from audit.source import Folder
from ledger import deployment
from ledger.settings import load
from ledger.tick import checkpoints
from procurement.kinds import KINDS
from tests.bench.growing import AFTER, SIZES, STEP, grown_logs
from tests.bench.ratio import Ratio

PROCESSORS = os.cpu_count() or 1


class AsOf(Folder):
    """A public tree as it was at a checkpoint."""

    def __init__(self, root: Path, note: bytes) -> None:
        super().__init__(root)
        self._note = note

    def read(self, path: str, limit: int) -> bytes:
        """See Source."""
        return self._note if path == "checkpoint" else super().read(path, limit)


class Watched:
    """A grown log of `entries` and what monitors remember of it."""

    def __init__(self, folder: Path, entries: int) -> None:
        self.folder, self.entries = folder, entries
        self._trust = deployment.read_trust(folder / "trust.json")
        log = deployment.attach_log(load(folder), KINDS)
        self._notes = {row.size: row.note for row in checkpoints(log, limit=1000)}
        log.close()

    @property
    def sizes(self) -> list[int]:
        """The sizes of the checkpoints up to `entries`."""
        return sorted(size for size in self._notes if size <= self.entries)

    def remembered(self, name: str, sizes: Sequence[int]) -> Path:
        """The file of a monitor that saw these checkpoints."""
        path = self.folder.with_name(f"{self.entries}.{name}.db")
        if not path.exists():
            start, part = time.perf_counter(), path.with_suffix(".part")
            part.unlink(missing_ok=True)
            for size in sizes:
                self.follow(part, size, PROCESSORS)
            part.rename(path)
            told = f"{name} at {self.entries:,}: {time.perf_counter() - start:,.0f} s"
            print(f"follow  {told}, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        return path

    def follow(self, path: Path, size: int, workers: int = 1) -> None:
        """One pass of a monitor with this file, to a checkpoint."""
        with closing(Following(path, KINDS, self._trust)) as following:
            self.advance(following, size, workers)

    def advance(self, following: Following, size: int, workers: int = 1) -> None:
        """One pass to a checkpoint."""
        source = AsOf(self.folder / "log", self._notes[size])
        advance = following.advance(source, workers=workers)
        assert advance.report.holds, advance.report.settle()
        assert advance.size == size

    def open(self, path: Path) -> Following:
        """A monitor that goes on with a file, warm: it has looked once."""
        following = Following(path, KINDS, self._trust)
        self.advance(following, self.entries)
        return following


def same_state(one: Path, other: Path) -> bool:
    """Whether two monitors remember the same, table by table and row by row."""
    with closing(sqlite3.connect(one)) as left, closing(sqlite3.connect(other)) as right:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = left.execute(tables).fetchall()
        return names == right.execute(tables).fetchall() and all(
            row == another
            for (name,) in names
            for row, another in zip_longest(*(_rows(each, name) for each in (left, right)))
        )


def _rows(database: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    return database.execute(f"SELECT * FROM {table}")  # in order of the primary key


def bench_follow() -> None:
    """A few passes of each log in turns. At 0.77 the long one takes 1.3 times as long."""
    ratio = Ratio("follow", 0.77)
    with grown_logs() as folders, TemporaryDirectory() as name:
        watched = [Watched(*each) for each in zip(folders, SIZES, strict=True)]
        following: list[Following] = []
        for each in watched:
            begun = each.remembered("begun", [each.entries])
            followed = each.remembered("followed", each.sizes)
            same = "yes" if same_state(begun, followed) else "NO"
            print(f"follow  same state at {each.entries:,}: {same}", flush=True)
            copy = shutil.copy(followed, Path(name) / f"{each.entries}.db")
            following.append(each.open(Path(copy)))
        for step in range(STEP, AFTER + 1, STEP):
            short, long = (
                partial(each.advance, one, each.entries + step)
                for each, one in zip(watched, following, strict=True)
            )
            ratio.turn(STEP, short, long)
        for one in following:
            one.close()
    ratio.report("entries")
