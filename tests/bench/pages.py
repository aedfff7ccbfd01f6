"""What pages cost when the log is a hundred times as long: p95 by kind of page, two logs in turns.

JEJAK_BENCH_GROWN names a folder with the data folders 10000 and 1000000, each with its projections
(CONTRIBUTING.md says how they are made); JEJAK_BENCH_POSTGRESQL a server, as
postgresql+psycopg://USER@HOST:PORT, that holds copies of both (`tests.bench.copies`).

Each page is asked for over HTTP, of a server process of its own for each log: first by readers
whom nobody came before (`first`), then once more (`again`). What is asked for is chosen by chance,
the same chance each time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy import func
from sqlmodel import col, select

from procurement.classes import CLASSIFICATIONS
from procurement.index import EntrySummary, Organisation, Payment, Process
from procurement.index_totals import YearTotal
from procurement.projections import Projections
from tests.bench.growing import SIZES
from tests.bench.serving import standing
from tests.waiting import free_port

ASKED = 120
WARMING = 15
SEED = 4
AIM = 1.5

Choose = Callable[[Projections, random.Random], str]


def bench_pages() -> None:
    """Both databases, or the one there is."""
    grown = Path(os.environ.get("JEJAK_BENCH_GROWN", ""))
    if not os.environ.get("JEJAK_BENCH_GROWN"):
        sys.exit("scripts/bench: name the folder of the grown logs in JEJAK_BENCH_GROWN")
    _bench("sqlite", grown, lambda _size: None)
    server = os.environ.get("JEJAK_BENCH_POSTGRESQL")
    if server:
        _bench("postgresql", grown, lambda size: database(server, size))


def database(server: str, size: int) -> str:
    """The database on a server that holds the log of this size."""
    return f"{server.rstrip('/')}/jejak_grown_{size}"


def _bench(name: str, grown: Path, url_of: Callable[[int], str | None]) -> None:
    with (
        serving(grown / str(SIZES[0]), url_of(SIZES[0])) as few,
        serving(grown / str(SIZES[1]), url_of(SIZES[1])) as many,
    ):
        for kind in KINDS:
            chosen = [_chosen(grown / str(size), url_of(size), kind) for size in SIZES]
            _report(name, kind, _ask((few, many), chosen))


@contextmanager
def serving(folder: Path, url: str | None) -> Iterator[httpx.Client]:
    """A reader of a server over one data folder; nothing is followed meanwhile."""
    port = free_port()
    named = {"JEJAK_DATABASE_URL": url} if url else {}
    command = [sys.executable, "-m", "tests.bench.serving", str(folder), str(port)]
    process = subprocess.Popen(command, env={**os.environ, **named})
    try:
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, timeout=120, verify=False) as client:
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            sys.exit("scripts/bench: the server of a grown log has ended")
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit("scripts/bench: the server of a grown log does not answer")


def _chosen(folder: Path, url: str | None, kind: str) -> list[str]:
    """The pages of a kind that are asked for, and before them some to warm up with."""
    dice = random.Random(f"{SEED} {kind}")
    with closing(standing(url or f"sqlite:///{folder / 'index.db'}")) as index:
        return [KINDS[kind](index, dice) for _ in range(WARMING + ASKED)]


Times = Mapping[str, tuple[list[float], list[float]]]


def _ask(clients: Sequence[httpx.Client], chosen: Sequence[Sequence[str]]) -> Times:
    """Seconds of each answer, the servers in turns; none for the pages to warm up with."""
    times: dict[str, tuple[list[float], list[float]]] = {}
    for turn in ("first", "again"):
        times[turn] = ([], [])
        for number, pages in enumerate(zip(*chosen, strict=True)):
            for client, path, taken in zip(clients, pages, times[turn], strict=True):
                start = time.perf_counter()
                answer = client.get(path)
                seconds = time.perf_counter() - start
                assert answer.status_code in (200, 303), (path, answer.status_code)
                if number >= WARMING:
                    taken.append(seconds)
    return times


def _report(database_: str, kind: str, times: Times) -> None:
    for turn, (few, many) in times.items():
        ratio = p95(many) / p95(few)
        print(
            f"pages  {database_:10} {kind:13} {turn:5}  p50 {_ms(median(few))} {_ms(median(many))}"
            f"  p95 {_ms(p95(few))} {_ms(p95(many))}  {ratio:.2f} (aim {AIM} or less)",
            flush=True,
        )


def p95(times: Sequence[float]) -> float:
    """The time that 19 of 20 do not exceed."""
    return quantiles(times, n=20, method="inclusive")[-1]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:6.1f} ms"


def _near(index: Projections, dice: random.Random, wanted: Any, place: Any, *also: Any) -> Any:
    """A value of the row that is next to a random place of a column."""
    with index.session() as session:
        most = session.exec(select(func.max(place)).where(*also)).one()
        query = select(wanted).where(*also, col(place) <= dice.randrange(most + 1))
        found = session.exec(query.order_by(col(place).desc()).limit(1)).first()
        return found if found is not None else session.exec(select(wanted).where(*also)).first()


def _any(index: Projections, dice: random.Random, column: Any) -> Any:
    """A value of a column of a small table."""
    with index.session() as session:
        return dice.choice(sorted(session.exec(select(column).distinct()).all()))


def _start(_index: Projections, _dice: random.Random) -> str:
    return "/"


def _entry(index: Projections, dice: random.Random) -> str:
    return f"/e/{_near(index, dice, EntrySummary.index, EntrySummary.index)}"


def _process(index: Projections, dice: random.Random) -> str:
    return f"/process/{quote(_near(index, dice, Process.ocid, Process.first_index))}"


def _line(index: Projections, dice: random.Random) -> str:
    appropriated = EntrySummary.kind == "budget/appropriation"
    return f"/line/{quote(_near(index, dice, EntrySummary.line, EntrySummary.index, appropriated))}"


def _budget(index: Projections, dice: random.Random) -> str:
    year = _any(index, dice, YearTotal.fiscal_year)
    if dice.random() < 0.5:
        return f"/budgets/{year}"
    org = _line(index, dice).split("/")[2]
    return f"/budgets/{year}?org={org}"


def _class(index: Projections, dice: random.Random) -> str:
    return f"/budgets/{_any(index, dice, YearTotal.fiscal_year)}/{dice.choice(CLASSIFICATIONS)}"


def _organisation(index: Projections, dice: random.Random) -> str:
    return f"/orgs/{quote(_near(index, dice, Organisation.id, Organisation.first_index))}"


def _words(index: Projections, dice: random.Random) -> str:
    """Words of a title: one, two that follow each other, or all of them."""
    title = _near(index, dice, Process.title, Process.first_index)
    said = title.split()[: dice.choice((1, 2, 20))]
    return f"/search?q={quote(' '.join(said))}"


def _name(index: Projections, dice: random.Random) -> str:
    """The name of a payee, or the number of a payment."""
    wanted = dice.choice((Payment.payee_name, Payment.id))
    return f"/search?q={quote(_near(index, dice, wanted, Payment.index))}"


def _list(_index: Projections, dice: random.Random) -> str:
    return dice.choice(("/entries", "/processes", "/orgs", "/budgets", "/tenders", "/findings"))


KINDS: Mapping[str, Choose] = {
    "process": _process,
    "budget": _budget,
    "line": _line,
    "class": _class,
    "organisation": _organisation,
    "search words": _words,
    "search names": _name,
    "entry": _entry,
    "list": _list,
    "start": _start,
}
