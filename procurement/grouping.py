"""A group of entries written into the projections, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from msgspec.structs import replace
from sqlalchemy import Connection, select, update

from ledger.log import Log
from ledger.registry import Registry
from procurement.bodies import Bodies
from procurement.budget import Appropriation, PaymentMade, Revision, Transfer
from procurement.case_writing import CaseWriter
from procurement.charging import Row
from procurement.contracting import storable_id
from procurement.finding_writing import FindingWriter
from procurement.history_writing import remember
from procurement.index import (
    EntrySummary,
    Found,
    LineEvent,
    Payment,
)
from procurement.line_writing import LineWriter
from procurement.mentioning import LINE
from procurement.naming_writing import NamingWriter
from procurement.ocds import RELEASE
from procurement.organisation_writing import Organisations
from procurement.process_writing import ProcessWriter
from procurement.projecting_budget import line_events, payment_row
from procurement.purging import ERASURE, mark_due
from procurement.reversal_writing import ReversalWriter
from procurement.rules import Tolerances
from procurement.standing import OTHER_OWNER
from procurement.taking import Taken, is_foreign, release_identity
from procurement.writing import SearchDocuments, add, core, fetch, remove

_ENTRY = core(EntrySummary)
_EVENT = core(LineEvent)
_PAYMENT = core(Payment)


class Group:
    """Writes what a group of taken entries says."""

    def __init__(
        self,
        connection: Connection,
        log: Log,
        bodies: Bodies,
        registry: Registry,
        tolerances: Tolerances,
        start: int,
    ) -> None:
        self.connection, self.log, self.registry = connection, log, registry
        self.search = SearchDocuments(core(Found))
        self.organisations = Organisations(connection, self.search)
        self.lines = LineWriter(connection, self.search, self.organisations)
        self.naming = NamingWriter(connection)
        self.processes = ProcessWriter(
            connection,
            self.search,
            self.organisations,
            self.lines,
            self.naming,
            bodies,
            tolerances,
            start,
        )
        self.reversals = ReversalWriter(connection)
        self.cases = CaseWriter(connection)
        self.rows: dict[int, Row] = {}
        self.payments: dict[str, Row] = {}
        self._first: dict[str, tuple[int, str]] = {}

    def write(self, taken: Sequence[Taken]) -> None:
        """All tables but the cursor."""
        self._summarise(taken)
        self._correct()
        self._erase(taken)
        for each in taken:
            row = self.rows[each.index]
            self._name(each)
            if each.event is not None and not row["erased"]:
                self._take_event(each, row)
            elif each.kind == RELEASE:
                self.processes.take(each, row)
        remove(self.connection, _PAYMENT, _PAYMENT.c.key, self.payments)
        add(self.connection, _PAYMENT, list(self.payments.values()))
        self.lines.write_events()
        self.processes.write()
        self.reversals.write(self.processes.linked)
        self.lines.write()
        self.naming.write()
        self.organisations.write()
        self.search.write(self.connection)
        add(self.connection, _ENTRY, list(self.rows.values()))
        self.cases.write()
        if taken:
            by_org = (each.by_org for each in self.finding_writers())
            counters = (self.lines.totals, self.processes.totals, *by_org)
            remember(self.connection, counters, taken[-1].index + 1)

    def finding_writers(self) -> tuple[FindingWriter, ...]:
        """Those who have written what was found."""
        apart = (self.processes.frameworks.findings, self.reversals.findings)
        return (self.processes.findings, self.lines.findings, *apart)

    def _summarise(self, taken: Sequence[Taken]) -> None:
        by_hash = {each.leaf_hash: each.index for each in taken}
        replaced = [each.entry.statement.replaced for each in taken]
        asked = {hashed for hashed in replaced if hashed and hashed not in by_hash}
        earlier = {
            row["leaf_hash"]: row
            for row in fetch(self.connection, _ENTRY, _ENTRY.c.leaf_hash, asked)
        }
        for each in taken:
            row = summary(each)
            hashed = each.entry.statement.replaced
            if hashed is not None:
                before = earlier.get(hashed) or self.rows.get(by_hash.get(hashed, -1))
                if before is not None:
                    row["place"], row["replaces"] = before["place"], before["index"]
            self.rows[each.index] = row
            if row["kind"] == RELEASE:
                self._first.setdefault(row["ocid"], (each.index, row["org"]))

    def _correct(self) -> None:
        """What is corrected leaves all sums, here and in the tables."""
        for row in list(self.rows.values()):
            replaced = row["replaces"]
            if replaced is None:
                continue
            if replaced in self.rows:
                self.rows[replaced]["replaced_by"] = row["index"]
                continue
            changed = update(_ENTRY).where(_ENTRY.c.index == replaced)
            self.connection.execute(changed.values(replaced_by=row["index"]))
            self._withdraw(replaced, row["index"])

    def _withdraw(self, index: int, by: int | None) -> None:
        """Take an entry of an earlier group out of the sums; `by` None: out of the tables."""
        self.lines.withdraw(index, by)
        paid = fetch(self.connection, _PAYMENT, _PAYMENT.c.index, [index])
        paid = [row for row in paid if row["source"] == "payment"]
        remove(self.connection, _PAYMENT, _PAYMENT.c.key, [row["key"] for row in paid])
        for row in paid:
            self.reversals.touch(row)
            self.processes.touch(row["ocid"], row["key"], anew=True)
            if by is None:
                self.search.drop("payment", row["id"])
                self.organisations.doubt([row["payee_id"]])
        if by is not None:
            add(
                self.connection,
                _PAYMENT,
                [{**row, "key": replaced_key(row), "replaced_by": by} for row in paid],
            )
        query = select(_ENTRY.c.ocid).where(_ENTRY.c.index == index)
        ocid = self.connection.execute(query).scalar()
        self.processes.touch(ocid, anew=True)
        if by is None and ocid is not None:
            self.organisations.doubt_process(ocid)
            self.naming.forget(ocid)

    def _erase(self, taken: Sequence[Taken]) -> None:
        """An erasure covers every earlier entry with the body it names."""
        for each in taken:
            if each.kind != ERASURE or not isinstance(each.body, dict):
                continue
            mark_due(self.connection)
            for index in self.log.find_body(bytes.fromhex(each.body["body"])):
                if index in self.rows:
                    self.rows[index] |= _erased(self.rows[index])
                elif index < each.index:
                    self._erase_earlier(index)

    def _erase_earlier(self, index: int) -> None:
        self.naming.doubt(index)
        self.cases.erase(index)
        self._withdraw(index, None)
        self.search.drop("entry", str(index))
        for row in fetch(self.connection, _ENTRY, _ENTRY.c.index, [index]):
            changed = update(_ENTRY).where(_ENTRY.c.index == index)
            self.connection.execute(changed.values(**_erased(row)))

    def _take_event(self, each: Taken, row: Row) -> None:
        event, by = each.event, row["replaced_by"]
        assert event is not None
        if isinstance(event, PaymentMade):
            event = self._take_payment(each, event, row)
        if isinstance(event, Appropriation) and by is None:
            self.lines.name(event)
        events = line_events(event, each.index, row["place"])
        self.lines.add_events([{**moved, "replaced_by": by} for moved in events])
        self.naming.name(((moved["line"], LINE) for moved in events), "", each.index, each.index)

    def _take_payment(self, each: Taken, event: PaymentMade, row: Row) -> PaymentMade:
        if self._is_anothers(each):
            row["marks"].append(OTHER_OWNER)
            row["merged"] = False
            event = replace(event, contract=None)
        found = payment_row(event, each.index, row["place"], each.entry.statement.org)
        if event.reverses is not None:
            found |= self._reversed(each, event)
            if found["ocid"] is not None:
                event = replace(event, contract=(found["ocid"], found["contract_id"]))
        by = row["replaced_by"]
        if by is not None:
            found |= {"key": replaced_key(found), "replaced_by": by}
        else:
            self.processes.pay(found)
            self._find_payment(event, each.index)
        self.payments[found["key"]] = found
        self.reversals.touch(found)
        self.organisations.meet(event.payee_id, event.payee_name, ("payee",), each.index)
        if row["merged"]:
            row["ocid"], row["contract"] = found["ocid"], found["contract_id"]
        return event

    def _is_anothers(self, each: Taken) -> bool:
        """Whether a payment names a contract for whose owner no signer of it may speak."""
        if each.contract is None:
            return False
        owner = each.prefix_owner or self._first_publisher(each.contract[0], each.index)
        return owner is not None and is_foreign(each.covers, owner)

    def _first_publisher(self, ocid: str, index: int) -> str | None:
        """The organisation of the first release of a process below an index."""
        about = (_ENTRY.c.ocid == ocid, _ENTRY.c.kind == RELEASE)
        query = select(_ENTRY.c.org).where(*about).order_by(_ENTRY.c.index).limit(1)
        earlier: str | None = self.connection.execute(query).scalar()
        first, org = self._first.get(ocid, (index, None))
        return earlier or (org if first < index else None)

    def _find_payment(self, event: PaymentMade, index: int) -> None:
        self.search.put("payment", event.id, event.payee_name, event.date, index, event.payee_id)

    def _reversed(self, each: Taken, event: PaymentMade) -> Row:
        """A reversal without a contract of its own is for that of the payment it reverses.

        It reverses nothing when no signer may speak for whoever paid.
        """
        key = f"payment:{event.reverses}"
        row = self.payments.get(key)
        if row is None:
            row = next(iter(fetch(self.connection, _PAYMENT, _PAYMENT.c.key, [key])), {})
        own = each.entry.statement.org
        if row and row["org"] != own and is_foreign(each.covers, row["org"]):
            self.rows[each.index]["marks"].append(OTHER_OWNER)
            return {"reverses": None}
        if event.contract is not None or row.get("linked"):
            return {}
        return {name: row.get(name) for name in ("ocid", "contract_id")}

    def _name(self, each: Taken) -> None:
        """Organisations and remarks that an entry makes known."""
        statement = each.entry.statement
        self.organisations.meet(statement.org, "", ("publisher",), each.index)
        if each.kind == "registry/institution" and isinstance(each.body, dict):
            self.organisations.enrol(each.body, each.index)
        elif each.kind == "note" and not self.rows[each.index]["erased"]:
            self.search.put("entry", str(each.index), each.title, each.kind, each.index)
            if each.case is not None:
                self.cases.take(each, self.rows[each.index])


_ERASED: Row = {
    "erased": True,
    "merged": False,
    "title": "",
    "amount": None,
    "currency": None,
    "contract": None,
    "release_id": None,
    "date": None,
    "line": None,
}


def _erased(row: Row) -> Row:
    """What is left of a row: nothing but what its statement says."""
    return _ERASED if row["kind"] == RELEASE else {**_ERASED, "ocid": None}


def replaced_key(row: Row) -> str:
    """The key of a payment that has been corrected."""
    return f"replaced:{row['index']}"


def summary(each: Taken) -> Row:
    """The row of `entry` of a taken entry, as long as nothing else bears on it."""
    statement = each.entry.statement
    row: Row = {
        "index": each.index,
        "leaf_hash": each.leaf_hash,
        "body": statement.body,
        "at": each.entry.at,
        "time": statement.time,
        "kind": statement.kind,
        "org": statement.org,
        "owner": None,
        "subject": statement.subject,
        "title": each.title,
        "amount": each.money.amount if each.money else None,
        "currency": each.money.currency if each.money else None,
        "ocid": each.ocid,
        "line": _line_of(each),
        "contract": each.contract[1] if each.contract else None,
        "release_id": None,
        "date": None,
        "role": each.role,
        "copied": each.role == "importer",
        "erased": each.body is None,
        "merged": each.body is not None,
        "marks": list(each.marks),
        "place": each.index,
        "replaces": None,
        "replaced_by": None,
    }
    if statement.kind == RELEASE:
        row["ocid"] = storable_id(unquote(statement.subject))
        if isinstance(each.body, dict):
            row["release_id"], row["date"] = release_identity(each.body)
    elif isinstance(each.event, PaymentMade):
        row["date"] = each.event.date
    return row


def _line_of(each: Taken) -> str | None:
    match each.event:
        case Appropriation() | Revision():
            return each.event.line
        case Transfer():
            return each.event.source
        case PaymentMade():
            return next(iter(each.event.lines()), None)
        case None:
            return None
