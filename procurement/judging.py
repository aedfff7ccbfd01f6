"""How often each money rule was asked and held: what findings alone do not tell.

Everything is judged again, from the entries and tables as they stand, by the functions that the
follower calls; what it then calls broken or not computable are the findings of the tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from ledger.log import Log
from procurement.charging import Row, Story
from procurement.comparing import Verdict
from procurement.framework_writing import judge_agreement
from procurement.index import EntrySummary, Line, LineEvent, Payment, Process
from procurement.index_frameworks import Agreement, CallOff
from procurement.ocds import RELEASE, Published
from procurement.projecting_budget import Named, project_line
from procurement.projecting_process import project_process
from procurement.projections import Projections
from procurement.reversal_writing import judge_reversals
from procurement.row_reading import paid_of
from procurement.taking import read_body

PAGE = 200


def held(index: Projections, log: Log) -> Counter[str]:
    """How many subjects each rule holds for; `log` is what the tables were made from."""
    found = (*_of_processes(index, log), *_of_lines(index), *_apart(index))
    return Counter(each.code for each in found if each.outcome == "holds")


def _of_processes(index: Projections, log: Log) -> Iterator[Verdict]:
    after = ""
    while True:
        query = select(Process.ocid).where(col(Process.ocid) > after).order_by(col(Process.ocid))
        with index.session() as session:
            ocids = session.exec(query.limit(PAGE)).all()
            releases, payments = _releases(session, ocids), _payments(session, ocids)
        for ocid in ocids:
            published = [_published(log, row) for row in releases[ocid]]
            paid = [paid_of(row) for row in payments[ocid]]
            yield from project_process(Story(ocid, "", 0, 0, published, paid)).verdicts
        if len(ocids) < PAGE:
            return
        after = ocids[-1]


def _published(log: Log, row: Row) -> Published:
    raw = log.record(row["index"]).body
    return Published(row["place"], read_body(raw or b"{}"), row["role"] == "treasury")


def _releases(session: Session, ocids: Sequence[str]) -> Mapping[str, list[Row]]:
    query = (
        select(EntrySummary)
        .where(col(EntrySummary.ocid).in_(ocids), EntrySummary.kind == RELEASE)
        .where(col(EntrySummary.merged), ~col(EntrySummary.erased))
        .where(col(EntrySummary.replaced_by).is_(None))
        .order_by(col(EntrySummary.place))
    )
    return _grouped(session.exec(query).all(), "ocid")


def _payments(session: Session, ocids: Sequence[str]) -> Mapping[str, list[Row]]:
    query = (
        select(Payment)
        .where(col(Payment.ocid).in_(ocids), Payment.source == "payment")
        .where(col(Payment.replaced_by).is_(None))
    )
    return _grouped(session.exec(query).all(), "ocid")


def _of_lines(index: Projections) -> Iterator[Verdict]:
    after = ""
    while True:
        query = select(Line.id).where(col(Line.id) > after).order_by(col(Line.id)).limit(PAGE)
        with index.session() as session:
            lines = session.exec(query).all()
            asked = select(LineEvent).where(col(LineEvent.line).in_(lines))
            events = _grouped(session.exec(asked).all(), "line")
        for line in lines:
            yield from project_line(line, events[line], Named())[1]
        if len(lines) < PAGE:
            return
        after = lines[-1]


def _apart(index: Projections) -> Iterator[Verdict]:
    """The rules about several processes or payments together: few rows even in a large log."""
    in_force = (Payment.source == "payment", col(Payment.replaced_by).is_(None))
    with index.session() as session:
        agreements = session.exec(select(Agreement)).all()
        calloffs = _grouped(session.exec(select(CallOff)).all(), "framework")
        back = select(Payment).where(col(Payment.reverses).is_not(None), *in_force)
        reversals = _grouped(session.exec(back).all(), "reverses")
        paid = {number: _payment(session, number) for number in reversals}
    for each in agreements:
        verdict = judge_agreement(each.model_dump(), calloffs[each.ocid])
        yield from [] if verdict is None else [verdict]
    for number, rows in reversals.items():
        yield from judge_reversals(number, paid[number], rows)


def _payment(session: Session, number: str) -> Row | None:
    query = select(Payment).where(Payment.id == number, Payment.source == "payment")
    row = session.exec(query.where(col(Payment.replaced_by).is_(None))).first()
    return None if row is None else row.model_dump()


def _grouped(rows: Sequence[SQLModel], name: str) -> Mapping[str, list[Row]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row.model_dump())
    return found
