"""The page of a contracting process: from plan to payment, each step with its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from procurement import queries
from procurement.index import ContractRow, EntrySummary, LineEvent, Payment, Process
from procurement.money import Money
from procurement.past_subjects import ProcessThen
from web.amending import ChangeView, as_announced, change_views, corrections, read_changes
from web.cases import CaseItem, cases_about
from web.mentions import EntryItem, Names, entry_items
from web.pages.findings import FindingView, finding_views
from web.past import as_known
from web.privacy import without_contacts
from web.reader import Reader, ReaderOf, page
from web.record import Bid, Event, Object, Timeline, member, objects, read_timeline, text
from web.releases import line_titles, releases_of, tags
from web.views import Amount, Organisation, View, amount

# Bounds of one page; the twin and the public tree have all of it.
CONTRACTS = 40
PAYMENTS = 200
ENTRIES = 60
BIDS = 60
DOCUMENTS = 40
# What has no date stands at the end of the timeline.
UNDATED = "9999-12-31"
STAGES = {
    "planning": "planning",
    "tender": "tender",
    "award": "award",
    "tenderAmendment": "tenderAmendment",
    "tenderUpdate": "tenderAmendment",
    "contract": "contract",
    "contractAmendment": "amendment",
    "contractUpdate": "amendment",
    "implementation": "payment",
}

router = APIRouter()


class StepView(View, frozen=True):
    """One step of the timeline; `entries` are the indices of the receipts that brought it."""

    stage: str
    title: str
    text: str
    date: str | None
    until: str | None
    amount: Amount | None
    status: str | None
    orgs: list[Organisation]
    entries: list[int]
    reverses: bool = False


class BidView(View, frozen=True):
    """A tenderer and its bid."""

    org: Organisation
    amount: Amount | None
    status: str | None
    winner: bool


class PaymentView(View, frozen=True):
    """A payment; `index` is its receipt."""

    id: str
    index: int
    date: str | None
    payee: Organisation
    amount: Amount | None
    reverses: str | None
    replaced_by: int | None
    source: str


class ContractView(View, frozen=True):
    """A contract with its payments."""

    id: str
    title: str
    status: str | None
    signed: str | None
    suppliers: list[Organisation]
    value: Amount | None
    paid: Amount | None
    unpaid: Amount | None
    excess: Amount | None
    index: int
    payments: list[PaymentView]


class LineShare(View, frozen=True):
    """What the process commits on a budget line, and what was paid from it for the process."""

    line: str
    title: str
    committed: Amount | None
    paid: Amount | None


class DocumentView(View, frozen=True):
    """A document that the record names, on somebody else's server."""

    title: str
    url: str | None
    stage: str


class ProcessView(View, frozen=True):
    """The page of a process; `record` (the compiled release) is in the twin only."""

    ocid: str
    title: str
    description: str
    buyer: Organisation
    owner: Organisation
    stage: str
    status: str | None
    method: str | None
    method_details: str
    fiscal_year: str | None
    tenderers: int | None
    copied: bool
    marks: list[str]
    planned: Amount | None
    tendered: Amount | None
    awarded: Amount | None
    contracted: Amount | None
    paid: Amount | None
    steps: list[StepView]
    changes: list[ChangeView]
    bids: list[BidView]
    contracts: list[ContractView]
    more_contracts: bool
    payments: list[PaymentView]
    lines: list[LineShare]
    findings: list[FindingView]
    cases: list[CaseItem]
    documents: list[DocumentView]
    entries: list[EntryItem]
    more_entries: bool
    record: Any = None


@page(router, "/process/{ocid:path}")
def process(reader: ReaderOf, ocid: str) -> Response:
    """The page of a process."""
    with as_known(reader, ProcessThen(ocid)) as then:
        return then.answer("process.html", process_view(then, ocid))


def process_view(reader: Reader, ocid: str) -> ProcessView:
    """What the page of a process shows. Raises NotFound."""
    index = reader.site.index
    row = queries.process(index, ocid)
    record = row.compiled()
    timeline = read_timeline(record)
    contracts = queries.contracts(index, ocid=ocid, limit=CONTRACTS + 1)
    payments = queries.payments(index, ocid=ocid, limit=PAYMENTS)[::-1]
    entries = queries.process_entries(index, ocid, ENTRIES + 1)
    names = Names(reader, _mentioned(row, timeline, contracts, payments))
    releases = releases_of(reader.site.log, entries[:ENTRIES])
    receipts = _receipts(releases, entries[:ENTRIES])
    amended = read_changes(sorted(releases.items()), corrections(entries))
    paid = [_payment(names, each) for each in payments]
    of_contract = _by_contract(payments, paid)
    return ProcessView(
        ocid=row.ocid,
        title=row.title,
        description=row.description,
        buyer=names.mention(row.buyer_id, row.buyer_name),
        owner=names.mention(row.owner),
        stage=row.stage,
        status=row.status,
        method=row.method,
        method_details=timeline.method,
        fiscal_year=row.fiscal_year,
        tenderers=timeline.tenderers,
        copied=row.copied,
        marks=list(row.marks),
        planned=amount(row.planned, row.currency),
        tendered=amount(row.tendered, row.currency),
        awarded=amount(row.awarded, row.currency),
        contracted=amount(row.contracted, row.currency),
        paid=amount(row.paid, row.currency),
        steps=_steps(names, as_announced(timeline.events, amended), receipts, paid),
        changes=change_views(amended, record, releases)[-ENTRIES:],
        bids=[_bid(names, each) for each in timeline.bids[:BIDS]],
        contracts=_contracts(names, contracts, of_contract, _stated(releases, entries)),
        more_contracts=len(contracts) > CONTRACTS,
        payments=of_contract.get(None, []),
        lines=_lines(reader, queries.process_lines(index, ocid)),
        findings=finding_views(reader, queries.subject_findings(index, ocid=ocid)),
        cases=cases_about(reader, "process", ocid),
        documents=[
            DocumentView(title=each.title, url=each.url, stage=each.stage)
            for each in timeline.documents[:DOCUMENTS]
        ],
        entries=entry_items(reader, entries[:ENTRIES], {ocid: row.title}),
        more_entries=len(entries) > ENTRIES,
        record=without_contacts(record) if reader.twin else None,
    )


def _mentioned(
    row: Process, timeline: Timeline, contracts: Sequence[ContractRow], payments: Sequence[Payment]
) -> Iterable[str | None]:
    yield from (row.buyer_id, row.owner)
    yield from (each.id for event in timeline.events for each in event.parties)
    yield from (each.party.id for each in timeline.bids[:BIDS])
    yield from (each.get("id") for contract in contracts for each in contract.suppliers)
    yield from (each.payee_id for each in payments)


def _payment(names: Names, row: Payment) -> PaymentView:
    sum_paid = row.net if row.gross is None else row.gross
    return PaymentView(
        id=row.id,
        index=row.index,
        date=row.date,
        payee=names.mention(row.payee_id, row.payee_name),
        amount=amount(sum_paid, row.currency),
        reverses=row.reverses,
        replaced_by=row.replaced_by,
        source=row.source,
    )


def _by_contract(
    rows: Sequence[Payment], views: Sequence[PaymentView]
) -> dict[str | None, list[PaymentView]]:
    found: dict[str | None, list[PaymentView]] = {}
    for row, view in zip(rows, views, strict=True):
        found.setdefault(row.contract_id, []).append(view)
    return found


def _stated(releases: Mapping[int, Object], entries: Sequence[EntrySummary]) -> dict[str, int]:
    """The newest entry in force that states the value of each contract."""
    standing = sorted(each.index for each in entries if each.replaced_by is None)
    return {
        text(contract, "id"): index
        for index in standing
        for contract in objects(releases.get(index, {}), "contracts")
        if member(contract, "value")
    }


def _contracts(
    names: Names,
    rows: Sequence[ContractRow],
    payments: dict[str | None, list[PaymentView]],
    stated: Mapping[str, int],
) -> list[ContractView]:
    return [_contract(names, each, payments, stated) for each in rows[:CONTRACTS][::-1]]


def _contract(
    names: Names,
    row: ContractRow,
    payments: dict[str | None, list[PaymentView]],
    stated: Mapping[str, int],
) -> ContractView:
    return ContractView(
        id=row.contract_id,
        title=row.title,
        status=row.status,
        signed=row.signed,
        suppliers=[names.mention(each.get("id"), each.get("name")) for each in row.suppliers],
        value=amount(row.value, row.currency),
        paid=amount(row.paid, row.currency),
        unpaid=amount(row.unpaid, row.currency),
        excess=amount(-row.unpaid, row.currency) if row.unpaid and row.unpaid < 0 else None,
        index=stated.get(row.contract_id, row.index),
        payments=payments.get(row.contract_id, []),
    )


def _bid(names: Names, bid: Bid) -> BidView:
    return BidView(
        org=names.mention(bid.party.id, bid.party.name),
        amount=_written(bid.amount),
        status=bid.status,
        winner=bid.winner,
    )


def _written(value: Money | None) -> Amount | None:
    return None if value is None else amount(value.amount, value.currency)


def _lines(reader: Reader, events: Sequence[LineEvent]) -> list[LineShare]:
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for each in events:
        if each.replaced_by is None:
            of_line = sums.setdefault((each.line, each.currency), {})
            of_line[each.kind] = of_line.get(each.kind, 0) + each.amount
    titles = line_titles(reader.site.index, (line for line, _currency in sums))
    return [
        LineShare(
            line=line,
            title=titles.get(line) or line,
            committed=amount(kinds.get("commitment", 0), currency),
            paid=amount(kinds.get("payment", 0), currency),
        )
        for (line, currency), kinds in sorted(sums.items())
    ]


def _steps(
    names: Names,
    events: Sequence[Event],
    receipts: dict[str, list[EntrySummary]],
    payments: Sequence[PaymentView],
) -> list[StepView]:
    """The timeline: plan, tender and awards, then contracts, changes and payments by date."""
    late = [each for each in events if each.stage in ("contract", "amendment")]
    early = [each for each in events if each not in late]
    steps = [_step(names, each, receipts) for each in early]
    changes = [_step(names, each, receipts) for each in late[: 2 * CONTRACTS]]
    changes += [_payment_step(each) for each in payments if each.replaced_by is None]
    order = {"contract": 0, "amendment": 1, "payment": 2}
    return steps + sorted(
        changes, key=lambda each: ((each.date or UNDATED)[:10], order[each.stage])
    )


def _receipts(
    releases: Mapping[int, Object], entries: Sequence[EntrySummary]
) -> dict[str, list[EntrySummary]]:
    """The entries, oldest first, by the stage their tags speak of."""
    found: dict[str, list[EntrySummary]] = {}
    for entry in reversed(entries):
        if entry.replaced_by is not None:
            continue
        said = tags(releases.get(entry.index, {}))
        for stage in dict.fromkeys(STAGES.get(tag, "") for tag in said):
            found.setdefault(stage, []).append(entry)
    return found


def _step(names: Names, event: Event, receipts: dict[str, list[EntrySummary]]) -> StepView:
    brought = receipts.get(event.stage, [])
    if event.stage in ("amendment", "tenderAmendment") and event.date:
        same_day = [each for each in brought if (each.date or "")[:10] == event.date[:10]]
        brought = same_day or brought
    elif event.stage in ("planning", "tender"):
        event_date = event.date or (brought[0].date if brought else None)
        return _written_step(names, event, event_date, brought)
    return _written_step(names, event, event.date, brought)


def _written_step(
    names: Names, event: Event, date: str | None, brought: Sequence[EntrySummary]
) -> StepView:
    return StepView(
        stage=event.stage,
        title=event.title,
        text=event.text,
        date=date,
        until=event.until,
        amount=_written(event.amount),
        status=event.status,
        orgs=[names.mention(each.id, each.name) for each in event.parties],
        entries=[each.index for each in brought[:6]],
    )


def _payment_step(payment: PaymentView) -> StepView:
    return StepView(
        stage="payment",
        title="",
        text="",
        date=payment.date,
        until=None,
        amount=payment.amount,
        status=None,
        orgs=[payment.payee],
        entries=[payment.index],
        reverses=payment.reverses is not None,
    )
