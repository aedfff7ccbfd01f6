"""index.db: tables derived from the log for browsing. They can be dropped and built again.

PostgreSQL keeps them in the schema `index`. Every amount is an integer of minor units beside the
ISO 4217 code it is in; None means that it is not known, never zero. Rows are read through
`procurement.queries` and `procurement.sums`, written by `procurement.follower`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from procurement.records import decode_record

_KEY = {"autoincrement": False}
_SERIAL = BigInteger().with_variant(Integer, "sqlite")


class IndexTable(SQLModel):
    """Base of the tables of this module."""

    metadata = MetaData()


class Cursor(IndexTable, table=True):
    """One row: entries below `position` are in the tables; `at` is the log's time of the last.

    `version` is that of the tables (procurement.projections).
    """

    __tablename__ = "cursor"
    id: int = Field(primary_key=True, sa_column_kwargs=_KEY)
    position: int = Field(sa_type=BigInteger)
    at: str = ""
    version: str = ""


class EntrySummary(IndexTable, table=True):
    """One entry in a line: what it says, about what, and how it was taken.

    `place` is the index of the first entry of its chain of corrections, `owner` whose the process
    of a release was at this place; `marks` are `schema`, `other-owner`, `same-id-other-content`,
    `duplicate`, `earlier-date`, `late`, and those of `procurement.ocds` on reading and merging.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_of_process", "ocid", "index"),
        Index("entry_of_org", "org", "index"),
        Index("entry_of_kind", "kind", "index"),
    )
    index: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    leaf_hash: str = Field(index=True)
    body: str
    at: str
    time: str
    kind: str
    org: str
    owner: str | None = None
    subject: str
    title: str = ""
    amount: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    ocid: str | None = None
    line: str | None = None
    contract: str | None = None
    release_id: str | None = None
    date: str | None = None
    role: str = ""
    copied: bool = False
    erased: bool = False
    merged: bool = True
    marks: list[str] = Field(default_factory=list, sa_type=JSON)
    place: int = Field(sa_type=BigInteger)
    replaces: int | None = Field(default=None, sa_type=BigInteger)
    replaced_by: int | None = Field(default=None, sa_type=BigInteger)


class Process(IndexTable, table=True):
    """A contracting process as its merged releases leave it.

    `stage` is one of planning, tender, award, contract, implementation; amounts are in `currency`,
    None where the record does not allow a sum. `record` is the compiled release.
    """

    __tablename__ = "process"
    __table_args__ = (
        Index("process_of_owner", "owner", "first_index"),
        Index("process_of_year", "fiscal_year", "first_index"),
        Index("process_of_status", "status", "first_index"),
        Index("process_of_buyer", "buyer_id", "status", "first_index"),
    )
    ocid: str = Field(primary_key=True)
    title: str = ""
    description: str = ""
    owner: str = Field(default="")
    buyer_id: str | None = None
    buyer_name: str | None = None
    status: str | None = None
    stage: str = "planning"
    method: str | None = None
    fiscal_year: str | None = None
    date: str | None = None
    currency: str | None = None
    planned: int | None = Field(default=None, sa_type=BigInteger)
    tendered: int | None = Field(default=None, sa_type=BigInteger)
    awarded: int | None = Field(default=None, sa_type=BigInteger)
    contracted: int | None = Field(default=None, sa_type=BigInteger)
    committed: int | None = Field(default=None, sa_type=BigInteger)
    paid: int | None = Field(default=None, sa_type=BigInteger)
    releases: int = 0
    copied: bool = False
    marks: list[str] = Field(default_factory=list, sa_type=JSON)
    first_index: int = Field(index=True, sa_type=BigInteger)
    last_index: int = Field(sa_type=BigInteger)
    record: str = "{}"

    def compiled(self) -> dict[str, Any]:
        """The compiled release; numbers with a fraction are Decimal."""
        return decode_record(self.record)


class ContractRow(IndexTable, table=True):
    """A contract of a process; `suppliers` is a list of {"id", "name"}, `unpaid` value - paid."""

    __tablename__ = "contract"
    __table_args__ = (Index("contract_of_supplier", "supplier_id", "index"),)
    ocid: str = Field(primary_key=True)
    contract_id: str = Field(primary_key=True)
    award_id: str | None = None
    title: str = ""
    status: str | None = None
    signed: str | None = None
    fiscal_year: str | None = None
    buyer_id: str | None = None
    supplier_id: str | None = None
    supplier_name: str | None = None
    suppliers: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    currency: str | None = None
    value: int | None = Field(default=None, sa_type=BigInteger)
    awarded: int | None = Field(default=None, sa_type=BigInteger)
    paid: int | None = Field(default=None, sa_type=BigInteger)
    unpaid: int | None = Field(default=None, sa_type=BigInteger)
    index: int = Field(sa_type=BigInteger)


class Line(IndexTable, table=True):
    """A budget line. available = approved + change = committed + direct + unexplained.

    `direct` are payments charged to it that no commitment covers: without a contract, or above
    or beside what their process commits. `paid` are all payments charged to it. `approved` is None
    as long as nobody has appropriated it.
    """

    __tablename__ = "line"
    __table_args__ = (
        Index("line_of_year", "fiscal_year", "id"),
        Index("line_of_org", "org", "fiscal_year", "id"),
    )
    id: str = Field(primary_key=True)
    org: str
    fiscal_year: str
    code: str
    title: str = ""
    classifications: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    currency: str | None = None
    approved: int | None = Field(default=None, sa_type=BigInteger)
    change: int = Field(default=0, sa_type=BigInteger)
    available: int | None = Field(default=None, sa_type=BigInteger)
    committed: int = Field(default=0, sa_type=BigInteger)
    direct: int = Field(default=0, sa_type=BigInteger)
    paid: int = Field(default=0, sa_type=BigInteger)
    unexplained: int | None = Field(default=None, sa_type=BigInteger)
    first_index: int = Field(sa_type=BigInteger)
    last_index: int = Field(sa_type=BigInteger)


class LineEvent(IndexTable, table=True):
    """What moved a line, signed minor units.

    `kind`: appropriation, revision, transfer-in, transfer-out, commitment (change of what the
    process `ocid` commits) or payment. `place` orders them; a row with `replaced_by` counts
    nowhere. `known` is False where the process may commit more from here on. `ref` is the id of the
    revision, transfer or payment, `other` the other line of a transfer.
    """

    __tablename__ = "line_event"
    __table_args__ = (
        Index("event_of_line", "line", "index"),
        Index("event_of_process", "ocid"),
        Index("event_of_entry", "index"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    line: str
    index: int = Field(sa_type=BigInteger)
    place: int = Field(sa_type=BigInteger)
    kind: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    known: bool = True
    ocid: str | None = None
    contract: str | None = None
    ref: str | None = None
    other: str | None = None
    date: str | None = None
    replaced_by: int | None = Field(default=None, sa_type=BigInteger)


class Payment(IndexTable, table=True):
    """Money paid: a `budget/payment`, or an OCDS transaction that is not one (`source`).

    `key` is `payment:<id>`, `replaced:<index>` once corrected, or `transaction:<ocid>#<n>.<m>` by
    the positions of the contract and of the transaction in it. `gross` is the sum of the items,
    `charged` the part charged to lines; `items` is a list of {"line": id or null, "amount": minor
    units}. `linked`: the contract is known only by an OCDS transaction with the payment's id.
    """

    __tablename__ = "payment"
    __table_args__ = (
        Index("payment_of_contract", "ocid", "contract_id"),
        Index("payment_of_payee", "payee_id", "index"),
        Index("payment_of_org", "org", "index"),
        Index("payment_by_id", "id"),
        Index("payment_by_reversed", "reverses"),
    )
    key: str = Field(primary_key=True)
    id: str
    source: str
    index: int = Field(index=True, sa_type=BigInteger)
    place: int = Field(sa_type=BigInteger)
    org: str
    date: str | None = None
    method: str | None = None
    payee_id: str | None = None
    payee_name: str | None = None
    currency: str | None = None
    gross: int | None = Field(default=None, sa_type=BigInteger)
    net: int | None = Field(default=None, sa_type=BigInteger)
    charged: int = Field(default=0, sa_type=BigInteger)
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    ocid: str | None = None
    contract_id: str | None = None
    linked: bool = False
    reverses: str | None = None
    replaced_by: int | None = Field(default=None, sa_type=BigInteger)


class Organisation(IndexTable, table=True):
    """An organisation met in the registry, in a budget, a release or a payment.

    `names` by language where an institution has enrolled them; `roles` as OCDS names them, and
    `institution`. `met`: {"name", "named", "roles"}, from which entry on it had a name and roles.
    """

    __tablename__ = "organisation"
    id: str = Field(primary_key=True)
    name: str = ""
    names: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    parent: str | None = None
    institution: bool = False
    roles: list[str] = Field(default_factory=list, sa_type=JSON)
    met: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    first_index: int = Field(index=True, sa_type=BigInteger)


class Involvement(IndexTable, table=True):
    """An organisation has a role (as OCDS names it) in a process."""

    __tablename__ = "involvement"
    __table_args__ = (
        Index("involvement_of_process", "ocid"),
        Index("involvement_newest", "org", "first_index", "role"),
    )
    org: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    first_index: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    ocid: str = Field(primary_key=True)


class FlowRow(IndexTable, table=True):
    """Money from an organisation, by a budget line where one is named, to a supplier or payee.

    `origin` is `contract:<ocid>#<position>` or `payment:<id>`, for a payment whose contract is not
    known; `line` is "" where no line is named. `supplier` is "" when several share the contract:
    it cannot be split between them.
    """

    __tablename__ = "flow"
    __table_args__ = (
        Index("flow_of_year", "fiscal_year", "org"),
        Index("flow_of_supplier", "supplier"),
        Index("flow_of_process", "ocid"),
    )
    origin: str = Field(primary_key=True)
    line: str = Field(primary_key=True)
    ocid: str | None = None
    fiscal_year: str
    org: str
    supplier: str
    supplier_name: str
    currency: str
    committed: int = Field(sa_type=BigInteger)
    paid: int = Field(sa_type=BigInteger)


class BudgetTotal(IndexTable, table=True):
    """Sums over the lines of an organisation in a year and a currency; `available` ranks it."""

    __tablename__ = "budget_total"
    __table_args__ = (
        Index("budget_total_ranked", "fiscal_year", "available", "org", "currency"),
        Index("budget_total_of_org", "org"),
    )
    fiscal_year: str = Field(primary_key=True)
    org: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    lines: int = 0
    approved: int = Field(default=0, sa_type=BigInteger)
    change: int = Field(default=0, sa_type=BigInteger)
    committed: int = Field(default=0, sa_type=BigInteger)
    direct: int = Field(default=0, sa_type=BigInteger)
    paid: int = Field(default=0, sa_type=BigInteger)
    available: int = Field(default=0, sa_type=BigInteger)


class ContractTotal(IndexTable, table=True):
    """Sums over the contracts of an organisation as `buyer` or `supplier` in a year, currency."""

    __tablename__ = "contract_total"
    org: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    fiscal_year: str = Field(primary_key=True, index=True)
    currency: str = Field(primary_key=True)
    contracts: int = 0
    value: int = Field(default=0, sa_type=BigInteger)
    paid: int = Field(default=0, sa_type=BigInteger)


class FindingRow(IndexTable, table=True):
    """A money rule that is `broken`, or `not-computable`, with what was compared.

    `figures` is a list of {"name", "amount", "currency"} (minor units) or {"name", "text"};
    `entries` the log indices read; `index` the entry at which it broke.
    """

    __tablename__ = "finding"
    __table_args__ = (
        Index("finding_of_code", "code", "status", "id"),
        Index("finding_of_process", "ocid"),
        Index("finding_of_line", "line"),
        Index("finding_of_org", "org", "id"),
        Index("finding_of_subject", "subject"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    code: str
    status: str
    subject: str
    index: int = Field(index=True, sa_type=BigInteger)
    org: str | None = None
    ocid: str | None = None
    line: str | None = None
    contract: str | None = None
    reason: str = ""
    figures: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    entries: list[int] = Field(default_factory=list, sa_type=JSON)


class FindingTotal(IndexTable, table=True):
    """How many findings there are of a code and status."""

    __tablename__ = "finding_total"
    code: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    count: int = Field(default=0, sa_type=BigInteger)


class Found(IndexTable, table=True):
    """Something that can be searched for: `type` process, line, organisation, payment or entry."""

    __tablename__ = "found"
    __table_args__ = (Index("found_ref", "type", "ref", unique=True),)
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    type: str
    ref: str
    title: str
    detail: str = ""
    index: int = Field(sa_type=BigInteger)


SEARCH_TABLES = MetaData()
SEARCH = Table(
    "search",
    SEARCH_TABLES,
    Column("rowid", BigInteger, primary_key=True, autoincrement=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)
Index("search_words", SEARCH.c.words, postgresql_using="gin")
