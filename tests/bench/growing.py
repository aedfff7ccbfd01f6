"""Long logs for the benches: genuine entries, admitted and published as any other.

    python -m tests.bench.growing FOLDER N…    makes FOLDER/N for each

FOLDER/N is a data folder whose log has N entries and AFTER more, in steps of STEP with a checkpoint
each, so that a follower can be timed on what is new. What comes after N is the same in each: the
year of towns that join late. The keys are derived from the towns' numbers and protect nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger import deployment, store
from ledger import settings as settings_
from ledger.deployment import REGISTRARS, body_bytes, compose, public_member
from ledger.envelope import parse_time, percent_encode
from ledger.keys import SigningKey
from ledger.log import Log, Recorded, Submission
from ledger.settings import Settings
from ledger.tick import Ticker
from procurement.example import INSTITUTIONS, OFFICES
from procurement.example.district import SCHEME
from procurement.kinds import KINDS
from tests.bench.towns import FIRST_YEAR, TownAct, in_town, office_key, year_of

SIZES = (10_000, 1_000_000)
STEP = 1000
AFTER = 5 * STEP
ENTRIES_OF_A_TOWN = 2500
LATE_TOWNS = 9
LATE_YEAR = FIRST_YEAR + 6
CHECKPOINTS = 20
GROUP = 1000
ORIGIN = "grown.jejak.example"
OPENED = "2017-12-01T08:00:00Z"
BASIS = "SK No. 900/12/2017 (fiktif)"


@dataclass
class Grown:
    """A log that grows: a clock that it moves, and the names of acts that others correct."""

    settings: Settings
    log: Log
    now: datetime
    named: dict[str, str] = field(default_factory=dict)

    def append(self, at: str, signed: Sequence[tuple[TownAct | None, Submission]]) -> None:
        """Append at a time; nothing may be refused."""
        self.now = parse_time(at)
        outcomes = self.log.append([submission for _, submission in signed])
        for (act, _), outcome in zip(signed, outcomes, strict=True):
            assert isinstance(outcome, Recorded), outcome
            if act is not None and act.name:
                self.named[act.name] = outcome.leaf_hash.hex()

    def tick(self) -> None:
        """Sign a checkpoint and write the public files."""
        Ticker(self.log, self.settings, None, lambda: self.now).tick()


def grow(folder: Path, entries: int, after: int = AFTER) -> None:
    """Make a data folder with a log of `entries`, and `after` more of towns that join late."""
    towns = max(1, entries // ENTRIES_OF_A_TOWN)
    late = range(towns, towns + LATE_TOWNS)
    grown = _found(folder)
    registrar = office_key(0, "registrar")
    _append_all(grown, _acts_of_registrars(range(towns + LATE_TOWNS), registrar))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        signed = _signed_years(pool, range(towns))
        _fill(grown, signed, entries, max(STEP, entries // CHECKPOINTS))
        _fill(grown, iter(_signed_year(late, LATE_YEAR)), entries + after, STEP)
    deployment.write_trust(grown.settings, grown.log)
    grown.log.close()


def _found(folder: Path) -> Grown:
    """A folder with an empty log, its keys and its settings."""
    settings = Settings(folder, ORIGIN, demonstration=True)
    settings_.make_folder(folder)
    for name in ("log.key", "publisher.key", "keys/registrar.key"):
        settings_.write_secret(folder / name, office_key(0, Path(name).stem).seed)
    settings_.save(settings)
    engine = store.open_engine(settings.database_url, store.SCHEMA)
    deployment.create_log(engine)
    log = Log(engine, ORIGIN, KINDS, lambda: grown.now)
    grown = Grown(settings, log, parse_time(OPENED))
    return grown


def _acts_of_registrars(towns: Sequence[int], registrar: SigningKey) -> Iterator[Submission]:
    """The root, then the institutions and offices of the towns."""
    root = {"keys": [public_member(registrar)], "threshold": 1, "predecessor": None}
    yield _act("registry/root", "root", root, registrar)
    for town in towns:
        for institution in INSTITUTIONS:
            body = {
                "id": in_town(institution.id, town),
                "names": {
                    "id": f"{institution.name_id} {town}",
                    "en": f"{institution.name_en} {town}",
                },
                "parent": None if institution.code == "PEMKAB" else in_town(_PARENT, town),
                "ocids": [in_town(institution.prefix, town)] if institution.procures else [],
                "validFrom": OPENED,
            }
            yield _act("registry/institution", str(body["id"]), body, registrar)
        for office in OFFICES:
            key = office_key(town, office.name)
            body = deployment.enrolment_body(
                public_member(key),
                org=in_town(f"{SCHEME}-{office.code}", town),
                office=f"{office.title} {town}",
                roles=office.roles,
                covers=[in_town(f"{SCHEME}-{code}", town) for code in office.covers],
                valid_from=OPENED,
                legal_basis=BASIS,
            )
            yield _act("registry/key", key.id, body, registrar)


_PARENT = f"{SCHEME}-PEMKAB"


def _act(kind: str, subject: str, body: dict[str, object], registrar: SigningKey) -> Submission:
    return compose(ORIGIN, kind, subject, REGISTRARS, body_bytes(body), [registrar], time=OPENED)


def _append_all(grown: Grown, submissions: Iterator[Submission]) -> None:
    # The root first: who else signs is known from then on.
    grown.append(OPENED, [(None, next(submissions))])
    while group := list(islice(submissions, GROUP)):
        grown.append(OPENED, [(None, each) for each in group])


Signed = tuple[TownAct, Submission | None]


def _signed_years(pool: ProcessPoolExecutor, towns: Sequence[int]) -> Iterator[Signed]:
    """Year after year, the next one made and signed beside while one is appended."""
    year = FIRST_YEAR
    waiting = pool.submit(_signed_year, towns, year)
    while True:
        signed = waiting.result()
        year += 1
        waiting = pool.submit(_signed_year, towns, year)
        yield from signed


def _signed_year(towns: Sequence[int], year: int) -> list[Signed]:
    """The year of all towns in order of day; a correction is signed when its target is known."""
    told = [list(_signed_acts(town, year)) for town in towns]
    return list(merge(*told, key=lambda each: each[0].time))


def _signed_acts(town: int, year: int) -> Iterator[Signed]:
    for act in year_of(town, year):
        yield act, None if act.corrects else _sign(act)


def _sign(act: TownAct, replaces: str | None = None) -> Submission:
    code = next(office.code for office in OFFICES if office.name == act.office)
    return compose(
        ORIGIN,
        act.kind,
        percent_encode(act.subject),
        in_town(f"{SCHEME}-{code}", act.town),
        act.body,
        [office_key(act.town, act.office)],
        replaces=replaces,
        time=act.time,
    )


def _fill(grown: Grown, signed: Iterator[Signed], size: int, step: int) -> None:
    """Append day after day until the log has `size` entries, with a checkpoint every `step`."""
    for at, day in groupby(signed, key=lambda each: each[0].time):
        while group := list(islice(day, min(GROUP, size - grown.log.size, _left(grown, step)))):
            grown.append(at, [(act, _signed(grown, act, said)) for act, said in group])
            if grown.log.size % step == 0:
                grown.tick()
            if grown.log.size == size:
                return
    raise AssertionError(f"the towns have told all, and the log has {grown.log.size} entries")


def _left(grown: Grown, step: int) -> int:
    return step - grown.log.size % step


def _signed(grown: Grown, act: TownAct, submission: Submission | None) -> Submission:
    return submission or _sign(act, grown.named[act.corrects])


@contextmanager
def grown_logs(sizes: Sequence[int] = SIZES) -> Iterator[list[Path]]:
    """The data folders of logs of these sizes: those below JEJAK_BENCH_GROWN, or made now."""
    named = os.environ.get("JEJAK_BENCH_GROWN")
    with TemporaryDirectory() as made:
        folder = Path(named or made)
        main([str(folder), *(str(each) for each in sizes if not (folder / str(each)).exists())])
        yield [folder / str(each) for each in sizes]


def main(arguments: Sequence[str]) -> None:
    """Make the logs of the sizes named."""
    folder = Path(arguments[0])
    for entries in map(int, arguments[1:]):
        start, part = time.perf_counter(), folder / f"{entries}.part"
        grow(part, entries)
        part.rename(folder / str(entries))
        taken = time.perf_counter() - start
        print(f"{entries:,} entries and {AFTER:,} more in {taken:,.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
