"""The job that makes the files: only what has changed since the last time.

`bulk/manifest.json` in the data folder says what there is. It is replaced last, so whoever reads
it finds every file it names; files that it no longer names go afterwards.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlmodel import col, select

from ledger.durable import write_file
from ledger.errors import Malformed, Unavailable
from ledger.log import Log
from procurement import listing, queries, sums
from procurement.index import ContractRow, Payment
from procurement.projections import Projections
from procurement.publisher import Publisher
from web import columns
from web.bulk.fiscal import package_of
from web.bulk.releases import Part, Source, write_part, write_parts
from web.bulk.writing import FULL, CsvZip, Draft, Written
from web.named import named

MANIFEST = "manifest.json"
ERASURE = "registry/erasure"
STEP = 500
# Texts that publishers call a year; others stand together.
OTHER = "other"

_YEAR = re.compile("(?:19|20)[0-9]{2}")


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Files of budgets, contracts or payments of a year."""

    name: str
    year: str
    files: tuple[Written, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All files, made of the entries below `position`; `at` is the log's time of the last one."""

    position: int = 0
    at: str = ""
    releases: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()

    def files(self) -> Iterator[Written]:
        """Every file."""
        for part in self.releases:
            yield from part.files
        for table in self.tables:
            yield from table.files


def read_manifest(folder: Path) -> Manifest:
    """What the last job has made; an empty manifest before the first. Raises Malformed."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return Manifest()
    except msgspec.MsgspecError as error:
        raise Malformed(
            f"{folder / MANIFEST} is no manifest", "delete the folder and run jejak bulk"
        ) from error


def run(log: Log, index: Projections, folder: Path, origin: str, publisher: Publisher) -> Manifest:
    """Make what has changed. Raises Unavailable while another job runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        known, reached = read_manifest(folder), queries.position(index)
        if reached.position == known.position and _all_there(folder, known):
            return known
        parts = _releases(Source(log, index, folder), known, folder)
        tables = [
            *_budgets(index, folder, origin, publisher, reached.at),
            *_by_year(folder, "contracts", columns.CONTRACTS, _contracts(index), reached.at),
            *_by_year(folder, "payments", columns.PAYMENTS, _payments(index), reached.at),
        ]
        made = Manifest(
            position=reached.position,
            at=reached.at,
            releases=tuple(parts),
            tables=tuple(_dated(tables, known)),
        )
        write_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(made), indent=1))
        _clear(folder, made)
        return made


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable("another job makes these files", "wait for it") from error
        yield


def _all_there(folder: Path, known: Manifest) -> bool:
    return all((folder / each.name).exists() for each in known.files())


def _clear(folder: Path, made: Manifest) -> None:
    named = {each.name for each in made.files()} | {MANIFEST, ".lock"}
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()


def _releases(source: Source, known: Manifest, folder: Path) -> list[Part]:
    """Full parts stay as they are, but for those in which a body was erased since."""
    erased = _erased_since(source, known.position)
    kept: list[Part] = []
    for part in known.releases:
        if not part.full:
            break
        there = all((folder / each.name).exists() for each in part.files)
        if there and not any(part.first <= each <= part.last for each in erased):
            kept.append(part)
        else:
            before = kept[-1] if kept else None
            again = write_part(source, part.first, part.last, before)
            kept += [again] if again else []
    return kept + write_parts(source, kept)


def _erased_since(source: Source, position: int) -> set[int]:
    """Indices of the entries whose bodies have been erased by entries from `position` on."""
    found: set[int] = set()
    rows = listing.walk(
        lambda limit, before: queries.latest(source.index, limit, before, kind=ERASURE),
        lambda row: row.index,
    )
    for row in rows:
        if row.index < position:
            break
        found.update(source.log.find_body(bytes.fromhex(row.subject)))
    return found


def _budgets(
    index: Projections, folder: Path, origin: str, publisher: Publisher, at: str
) -> Iterator[Table]:
    """The lines of each year as a Fiscal Data Package in a zip, one for each currency."""
    for year in sums.years(index):
        totals = sums.totals(index, year)
        for total in totals:
            code = total.currency
            draft = Draft(folder, f"budget-{_safe(year)}-{code}.fdp.zip", "fdp")
            package = package_of(origin, year, [code], "lines-{currency}.csv", publisher)
            described = msgspec.json.format(msgspec.json.encode(package), indent=1)
            with ExitStack() as stack:
                others = {"datapackage.json": described}
                name = f"lines-{code}.csv"
                written = CsvZip(draft.path, name, columns.LINES, others)
                stack.callback(written.close)
                rows = listing.all_lines(index, year, None)
                for row, name in named(index, rows, lambda line: line.org):
                    if row.currency == code:
                        written.write(columns.line(row, name))
                        draft.rows += 1
            yield Table(name="budget", year=year, files=(draft.finish(at),))


def _by_year(
    folder: Path,
    name: str,
    header: Sequence[str],
    rows: Iterable[tuple[str, Sequence[Any]]],
    at: str,
) -> Iterator[Table]:
    """A table by the year, in parts that are small enough; `rows` come with their years."""
    open_now: dict[str, tuple[Draft, CsvZip]] = {}
    done: dict[str, list[Written]] = {}
    with ExitStack() as stack:
        for year, row in rows:
            if year in open_now and open_now[year][1].size >= FULL:
                draft, written = open_now.pop(year)
                written.close()
                done[year].append(draft.finish(at))
            if year not in open_now:
                stem = f"{name}-{_safe(year)}-{len(done.setdefault(year, [])) + 1:03d}"
                draft = Draft(folder, f"{stem}.csv.zip", "csv")
                open_now[year] = (draft, CsvZip(draft.path, f"{stem}.csv", header))
                stack.callback(open_now[year][1].close)
            open_now[year][1].write(row)
            open_now[year][0].rows += 1
    for year, (draft, _) in open_now.items():
        done[year].append(draft.finish(at))
    for year in sorted(done):
        yield Table(name=name, year=year, files=tuple(done[year]))


def _contracts(index: Projections) -> Iterator[tuple[str, Sequence[Any]]]:
    """All contracts with their fiscal years, in order of ocid."""
    after = ("", "")
    while True:
        ocid, number = col(ContractRow.ocid), col(ContractRow.contract_id)
        query = select(ContractRow).where(
            (ocid > after[0]) | ((ocid == after[0]) & (number > after[1]))
        )
        with index.session() as session:
            rows = session.exec(query.order_by(ocid, number).limit(STEP)).all()
        for row, name in named(index, rows, lambda contract: contract.buyer_id):
            yield year_of(row.fiscal_year), columns.contract("", row, name)
        if not rows:
            return
        after = (rows[-1].ocid, rows[-1].contract_id)


def _payments(index: Projections) -> Iterator[tuple[str, Sequence[Any]]]:
    """All payments with the years of their dates, in order of their keys."""
    after = ""
    while True:
        query = select(Payment).where(col(Payment.key) > after).order_by(col(Payment.key))
        with index.session() as session:
            rows = session.exec(query.limit(STEP)).all()
        for row, name in named(index, rows, lambda payment: payment.org):
            yield year_of((row.date or "")[:4]), columns.payment(row, name)
        if not rows:
            return
        after = rows[-1].key


def year_of(text: str | None) -> str:
    """A year of four digits; OTHER for what is none."""
    return text if text and _YEAR.fullmatch(text) else OTHER


def _safe(year: str) -> str:
    """A year as part of a file's name."""
    return year if _YEAR.fullmatch(year) else "x" + year.encode().hex()[:60]


def _dated(tables: Iterable[Table], known: Manifest) -> Iterator[Table]:
    """Files whose bytes are as they were keep the time they had."""
    before = {(each.name, each.sha256): each for each in known.files()}
    for table in tables:
        files = (before.get((each.name, each.sha256), each) for each in table.files)
        yield Table(name=table.name, year=table.year, files=tuple(files))
