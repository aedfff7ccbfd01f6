"""The page of an organisation: its budgets, what it bought, what it was paid, what it published."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledger.errors import NotFound
from procurement import queries, sums
from procurement.index import ContractRow, Process
from procurement.index import Organisation as OrganisationRow
from procurement.past_subjects import OrganisationThen
from web.cases import CaseItem, cases_about
from web.cursors import Before
from web.mentions import EntryItem, Names, entry_items, name_of
from web.past import as_known
from web.privacy import is_personal
from web.reader import Reader, ReaderOf, page
from web.sums import BudgetView, ContractSumView, budget_view, contract_sum
from web.views import Amount, Organisation, View, amount

SHOWN = 40
FEW = 8

router = APIRouter()


class BudgetOfYear(View, frozen=True):
    """The budgets of one year."""

    year: str
    sums: list[BudgetView]


class ContractsOfYear(View, frozen=True):
    """The contracts of one year."""

    year: str
    sums: list[ContractSumView]


class ProcessItem(View, frozen=True):
    """A process in one line of a list, with the parts the organisation plays in it."""

    ocid: str
    title: str
    stage: str
    status: str | None
    roles: list[str]
    amount: Amount | None
    paid: Amount | None
    index: int


class ContractItem(View, frozen=True):
    """A contract of a supplier in one line of a list."""

    ocid: str
    id: str
    title: str
    signed: str | None
    buyer: Organisation
    value: Amount | None
    paid: Amount | None


class PaymentItem(View, frozen=True):
    """A payment received."""

    index: int
    id: str
    date: str | None
    amount: Amount | None
    ocid: str | None
    payer: Organisation
    replaced_by: int | None


class OrganisationView(View, frozen=True):
    """The page of an organisation; `next` is the cursor of the processes after."""

    id: str
    name: str
    names: dict[str, str]
    roles: list[str]
    institution: bool
    parent: Organisation | None
    budgets: list[BudgetOfYear]
    bought: list[ContractsOfYear]
    supplied: list[ContractsOfYear]
    processes: list[ProcessItem]
    next: int | None
    contracts: list[ContractItem]
    payments: list[PaymentItem]
    entries: list[EntryItem]
    findings: list[str]
    cases: list[CaseItem]


@page(router, "/orgs/{org:path}")
def organisation(reader: ReaderOf, org: str, before: Before = None) -> Response:
    """The page of an organisation."""
    with as_known(reader, OrganisationThen(org, before, SHOWN, FEW)) as then:
        return then.answer("organisation.html", organisation_view(then, org, before))


def organisation_view(reader: Reader, org: str, before: int | None) -> OrganisationView:
    """What the page of an organisation shows. Raises NotFound, for a person's number too."""
    if is_personal(org):
        raise NotFound("there is no page of persons", "search for the payment or the contract")
    index = reader.site.index
    row = queries.organisation(index, org)
    processes, cursor = _processes(reader, org, before)
    contracts = queries.contracts(index, supplier=org, limit=SHOWN)
    payments = queries.payments(index, payee=org, limit=FEW)
    names = Names(
        reader, [row.parent, *(e.buyer_id for e in contracts), *(e.org for e in payments)]
    )
    return OrganisationView(
        id=row.id,
        name=name_of(row, reader.language) or row.id,
        names=dict(row.names),
        roles=_roles(row),
        institution=row.institution,
        parent=names.mention(row.parent) if row.parent else None,
        budgets=[
            BudgetOfYear(year=year, sums=[budget_view(each) for each in found])
            for year, found in sums.org_budgets(index, org).items()
        ],
        bought=_contract_years(reader, org, "buyer"),
        supplied=_contract_years(reader, org, "supplier"),
        processes=processes,
        next=cursor,
        contracts=[_contract(names, each) for each in contracts],
        payments=[
            PaymentItem(
                index=each.index,
                id=each.id,
                date=each.date,
                amount=amount(each.net if each.gross is None else each.gross, each.currency),
                ocid=each.ocid,
                payer=names.mention(each.org),
                replaced_by=each.replaced_by,
            )
            for each in payments
        ],
        entries=entry_items(reader, queries.latest(index, FEW, org=org)),
        findings=sums.org_finding_codes(index, org),
        cases=cases_about(reader, "org", org),
    )


def _roles(row: OrganisationRow) -> list[str]:
    return sorted({*row.roles, *(["institution"] if row.institution else [])})


def _contract_years(reader: Reader, org: str, role: str) -> list[ContractsOfYear]:
    found = sums.org_contracts(reader.site.index, org, role)
    return [
        ContractsOfYear(year=year, sums=[contract_sum(each) for each in of_year])
        for year, of_year in found.items()
    ]


def _processes(
    reader: Reader, org: str, before: int | None
) -> tuple[list[ProcessItem], int | None]:
    rows = queries.involvements(reader.site.index, org, None, SHOWN, before)
    found: dict[str, tuple[Process, list[str]]] = {}
    for involvement, process in rows:
        found.setdefault(process.ocid, (process, []))[1].append(involvement.role)
    items = [_process(process, sorted(roles)) for process, roles in found.values()]
    return items, rows[-1][0].first_index if len(rows) == SHOWN else None


def _process(row: Process, roles: list[str]) -> ProcessItem:
    known = (row.contracted, row.awarded, row.tendered, row.planned)
    value = next((each for each in known if each is not None), None)
    return ProcessItem(
        ocid=row.ocid,
        title=row.title or row.ocid,
        stage=row.stage,
        status=row.status,
        roles=roles,
        amount=amount(value, row.currency),
        paid=amount(row.paid, row.currency),
        index=row.first_index,
    )


def _contract(names: Names, row: ContractRow) -> ContractItem:
    return ContractItem(
        ocid=row.ocid,
        id=row.contract_id,
        title=row.title or row.contract_id,
        signed=row.signed,
        buyer=names.mention(row.buyer_id),
        value=amount(row.value, row.currency),
        paid=amount(row.paid, row.currency),
    )
