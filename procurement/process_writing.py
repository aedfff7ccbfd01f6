"""Contracting processes written: each one touched is compiled and projected once a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update

from procurement.bodies import Bodies
from procurement.charging import Row, Story, transaction_ids
from procurement.contracting import ContractingProcess
from procurement.finding_writing import FindingWriter, finding
from procurement.flowing import payment_flows
from procurement.foreign_lines import ForeignLines
from procurement.framework_writing import FrameworkWriter
from procurement.index import (
    ContractRow,
    ContractTotal,
    EntrySummary,
    FindingRow,
    FlowRow,
    Involvement,
    LineEvent,
    Payment,
    Process,
)
from procurement.line_writing import LineWriter, Meeting
from procurement.mentioning import Roles, as_known, parties, payees, references
from procurement.naming_writing import NamingWriter
from procurement.ocds import NOT_MERGED, RELEASE, Published
from procurement.projecting_process import ProcessRows, project_process
from procurement.records import encode_record
from procurement.row_reading import appearance_of, paid_of
from procurement.rules import APART, Tolerances
from procurement.standing import OTHER_LINE, OTHER_OWNER, judge
from procurement.taking import LATE, SCHEMA, Taken, is_foreign
from procurement.writing import Counters, SearchDocuments, add, chunks, core, fetch, remove

_ENTRY = core(EntrySummary)
_EVENT = core(LineEvent)
_PAYMENT = core(Payment)
_PROCESS = core(Process)
_CONTRACT = core(ContractRow)
_FLOW = core(FlowRow)
_INVOLVEMENT = core(Involvement)
_FINDING = core(FindingRow)
_OWN = _FINDING.c.code.not_in(APART)
_CHARGE = ("line", "index", "place", "amount", "currency", "known")


@dataclass
class _Known:
    """What the tables hold of one process before a group is written."""

    entries: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    payments: dict[str, Row] = field(default_factory=dict)


class ProcessWriter:
    """Collects the processes that a group touches, then writes them."""

    def __init__(
        self,
        connection: Connection,
        search: SearchDocuments,
        organisations: Meeting,
        lines: LineWriter,
        naming: NamingWriter,
        bodies: Bodies,
        tolerances: Tolerances,
        start: int,
    ) -> None:
        self.start = start
        self.connection, self.search, self.organisations = connection, search, organisations
        self.lines, self.naming, self.bodies, self.tolerances = lines, naming, bodies, tolerances
        self.totals = Counters(core(ContractTotal))
        self.findings = FindingWriter(connection)
        self.frameworks = FrameworkWriter(connection)
        self.foreign = ForeignLines(connection)
        self.linked: list[str] = []
        self._touched: dict[str, None] = {}
        self._taken: dict[str, list[tuple[Taken, Row]]] = {}
        self._paid: list[Row] = []
        self._without: list[str] = []
        self._anew: set[str] = set()
        self._by_id: dict[str, set[str]] = {}
        self._rows: dict[str, list[Row]] = {}

    def take(self, taken: Taken, row: Row) -> None:
        """A release of this group; `row` is its summary, to be marked."""
        self._taken.setdefault(row["ocid"], []).append((taken, row))
        self.touch(row["ocid"])

    def pay(self, row: Row) -> None:
        """A payment of this group, in force."""
        self.touch(row["ocid"])
        if row["ocid"] is None:
            self._paid.append(row)

    def touch(self, ocid: str | None, payment: str | None = None, *, anew: bool = False) -> None:
        """A process is to be written again; a payment with this key is no longer what it was.

        `anew`: something it stood on has been corrected or erased.
        """
        if ocid is not None:
            self._touched[ocid] = None
            if anew:
                self._anew.add(ocid)
        if payment is not None:
            self._without.append(payment)

    def write(self) -> None:
        """All processes touched."""
        remove(self.connection, _FLOW, _FLOW.c.origin, self._without)
        add(self.connection, _FLOW, [row for p in self._paid for row in payment_flows(paid_of(p))])
        self._touch_by_transaction()
        touched = list(self._touched)
        again = self._standing(touched)
        known = self._load(touched)
        self._load_payments_by_transaction(known)
        self.foreign.load(touched)
        self.bodies.expect(row["index"] for ocid in touched for row in known[ocid].entries)
        for ocid in touched:
            self._write_one(ocid, known[ocid])
        self._replace(touched, again)
        self.frameworks.write(touched)
        self.foreign.write()
        self.totals.write(self.connection)
        self.findings.write()

    def _touch_by_transaction(self) -> None:
        """A payment that names no contract may be a transaction published earlier."""
        numbers = [row["id"] for row in self._paid]
        same = _PAYMENT.c.source == "transaction"
        for row in fetch(self.connection, _PAYMENT, _PAYMENT.c.id, numbers, same):
            self.touch(row["ocid"])
            self._by_id.setdefault(row["id"], set()).add(row["ocid"])

    def _load(self, touched: Sequence[str]) -> dict[str, _Known]:
        known = {ocid: _Known() for ocid in touched}
        read = self.connection
        for row in fetch(read, _ENTRY, _ENTRY.c.ocid, touched, _ENTRY.c.kind == RELEASE):
            known[row["ocid"]].entries.append(row)
        for row in fetch(read, _CONTRACT, _CONTRACT.c.ocid, touched):
            known[row["ocid"]].contracts.append(row)
        commitments = _EVENT.c.kind == "commitment"
        for row in fetch(read, _EVENT, _EVENT.c.ocid, touched, commitments):
            known[row["ocid"]].charges.append(row)
        for each in known.values():
            each.charges.sort(key=lambda row: row["id"])
        for row in fetch(read, _FINDING, _FINDING.c.ocid, touched, _OWN):
            known[row["ocid"]].findings.append(row)
        counted = (_PAYMENT.c.source == "payment", _PAYMENT.c.replaced_by.is_(None))
        for row in fetch(read, _PAYMENT, _PAYMENT.c.ocid, touched, *counted):
            known[row["ocid"]].payments[row["key"]] = row
        return known

    def _load_payments_by_transaction(self, known: dict[str, _Known]) -> None:
        """Payments that name no contract and have the id of a transaction published now."""
        for ocid, listed in self._taken.items():
            for taken, _ in listed:
                for number in transaction_ids(taken.body):
                    self._by_id.setdefault(number, set()).add(ocid)
        free = (
            _PAYMENT.c.source == "payment",
            _PAYMENT.c.replaced_by.is_(None),
            _PAYMENT.c.ocid.is_(None),
        )
        for row in fetch(self.connection, _PAYMENT, _PAYMENT.c.id, self._by_id, *free):
            for ocid in self._by_id[row["id"]]:
                known[ocid].payments[row["key"]] = row

    def _write_one(self, ocid: str, known: _Known) -> None:
        story = self._story(ocid, known)
        rows = project_process(story)
        self._mark(ocid, known, rows)
        self._introduce(story, known, rows)
        self._link(ocid, known, rows)
        self._charge(known, rows)
        for row in known.contracts:
            self._count(row, -1)
        for row in rows.contracts:
            self._count(row, 1)
        self.findings.replace(
            known.findings,
            [
                finding(each, max(each.entries, default=story.last_index), story.owner, ocid, None)
                for each in rows.verdicts
                if each.outcome != "holds"
            ],
        )
        self._collect(story, rows)

    def _introduce(self, story: Story, known: _Known, rows: ProcessRows) -> None:
        """Whom and what the process names, from which entry on."""
        if rows.read is None:
            return
        again = known.entries if story.ocid in self.naming.forgotten else ()
        asked = [*again, *(row for _, row in self._taken.get(story.ocid, ()))]
        indices = [row["index"] for row in asked if row["merged"]]
        newest = max(story.entry_of.values(), default=-1)
        earlier = [index for index in indices if index < newest]
        then = as_known(story.releases, story.entry_of, earlier) if earlier else {}
        for index in indices:
            if index >= newest:
                self._name(story, rows.read, rows.parties, index)
            elif index in then:
                self._name(story, then[index], parties(then[index]), index)
        if story.ocid in self._anew:
            self._name(story, rows.read, rows.parties, max(self.start, story.last_index))

    def _name(self, story: Story, process: ContractingProcess, listed: Roles, index: int) -> None:
        for party, roles in listed:
            self.organisations.meet(party.id, party.name, roles, index)
        for party in payees(process):
            self.organisations.meet(party.id, party.name, ("payee",), index)
        self.naming.name(references(process, listed), story.ocid, index, story.first_index)

    def _story(self, ocid: str, known: _Known) -> Story:
        listed = [*known.entries, *(row for _, row in self._taken.get(ocid, ()))]
        listed.sort(key=lambda row: (row["place"], row["index"]))
        self._own(ocid, listed)
        standing = judge(map(appearance_of, listed))
        merged = []
        for row in listed:
            found = standing[row["index"]]
            base = [mark for mark in row["marks"] if mark in (LATE, SCHEMA, OTHER_LINE)]
            self._set(row, [*base, *found.marks], found.merged)
            if found.merged:
                merged.append(row)
        by_index = {taken.index: taken.body for taken, _ in self._taken.get(ocid, ())}
        return Story(
            ocid=ocid,
            owner=max(listed, key=lambda row: row["index"])["owner"] if listed else "",
            first_index=listed[0]["index"] if listed else 0,
            last_index=max((row["index"] for row in listed), default=0),
            releases=[
                Published(
                    row["place"],
                    by_index.get(row["index"]) or self.bodies.get(row["index"]),
                    row["role"] == "treasury",
                )
                for row in merged
            ],
            payments=[paid_of(row) for row in known.payments.values()],
            entry_of={row["place"]: row["index"] for row in merged},
            copied=bool(merged) and all(row["copied"] for row in merged),
            marks=tuple(dict.fromkeys(mark for row in listed for mark in row["marks"])),
            tolerances=self.tolerances,
            foreign=self.foreign.of(ocid, merged),
            **self._settled(ocid, known),
        )

    def _settled(self, ocid: str, known: _Known) -> dict[str, Any]:
        """The history that stands, when all that is new comes after it."""
        own = [row for _, row in self._taken.get(ocid, ())]
        before = [row["place"] for row in known.entries]
        before += [row["place"] for row in known.payments.values() if row["index"] < self.start]
        if not before or ocid in self._anew or any(row["replaces"] is not None for row in own):
            return {}
        return {"charges": known.charges, "settled": max(before)}

    def _own(self, ocid: str, listed: Sequence[Row]) -> None:
        """Whose the process is at the place of each release of this group."""
        for each, row in self._taken.get(ocid, ()):
            row["owner"] = each.prefix_owner or listed[0]["org"]
            strange = is_foreign(each.covers, row["owner"])
            row["marks"] += [OTHER_OWNER] if strange else self.foreign.take(each, row)

    def _set(self, row: Row, marks: list[str], merged: bool) -> None:
        """Marks and merging of an entry, in the group's row or in the table."""
        if row["marks"] == marks and row["merged"] == merged:
            return
        row["marks"], row["merged"] = marks, merged
        row["changed"] = True

    def _mark(self, ocid: str, known: _Known, rows: ProcessRows) -> None:
        """What merging had to say, on the entries concerned."""
        own = [row for _, row in self._taken.get(ocid, ())]
        for row in (*known.entries, *own):
            codes = rows.merge_marks.get(row["place"], ()) if row["merged"] else ()
            marks = list(dict.fromkeys((*row["marks"], *codes)))
            self._set(row, marks, row["merged"] and NOT_MERGED not in codes)
        for row in own:
            row.pop("changed", None)
        for row in known.entries:
            if row.pop("changed", False):
                changed = update(_ENTRY).where(_ENTRY.c.index == row["index"])
                self.connection.execute(changed.values(marks=row["marks"], merged=row["merged"]))
        if rows.process is not None:
            listed = (*known.entries, *own)
            rows.process["marks"] = list(dict.fromkeys(m for row in listed for m in row["marks"]))

    def _link(self, ocid: str, known: _Known, rows: ProcessRows) -> None:
        """Payments whose contract is known only by the id of a transaction."""
        for key, row in known.payments.items():
            if row["ocid"] is not None and not row["linked"]:
                continue
            contract = rows.linked.get(key)
            if contract == row["contract_id"]:
                continue
            named = (ocid if contract is not None else None, contract)
            changed = update(_PAYMENT).where(_PAYMENT.c.key == key)
            self.connection.execute(
                changed.values(ocid=named[0], contract_id=contract, linked=contract is not None)
            )
            self.lines.link(row["index"], *named)
            self.linked.append(row["id"])
            remove(self.connection, _FLOW, _FLOW.c.origin, [key])
            if contract is None:
                add(self.connection, _FLOW, payment_flows(paid_of(row)))

    def _charge(self, known: _Known, rows: ProcessRows) -> None:
        """Write the changes that are new; all of them when an earlier one is another now."""
        before, after = map(_identity, known.charges), list(map(_identity, rows.charges))
        standing = len(known.charges)
        if list(before) != after[:standing]:
            self.lines.touched.update(dict.fromkeys(row["line"] for row in known.charges))
            remove(self.connection, _EVENT, _EVENT.c.id, [row["id"] for row in known.charges])
            standing = 0
        self.lines.add_events(rows.charges[standing:])

    def _count(self, row: Row, sign: int) -> None:
        if row["currency"] is None:
            return
        sums = {"contracts": 1, "value": row["value"] or 0, "paid": row["paid"] or 0}
        self.lines.years.sign(row, sums, sign)
        for role, org in (("buyer", row["buyer_id"]), ("supplier", row["supplier_id"])):
            if org or role == "buyer":
                key = (org or "", role, row["fiscal_year"] or "", row["currency"])
                self.totals.move(key, sums, sign)

    def _collect(self, story: Story, rows: ProcessRows) -> None:
        put = self._rows.setdefault
        self.frameworks.collect(rows.agreement, rows.calloffs)
        put("contract", []).extend(rows.contracts)
        put("payment", []).extend(rows.transactions)
        put("flow", []).extend(rows.flows)
        if rows.process is None or rows.record is None:
            self.search.drop("process", story.ocid)
            return
        put("process", []).append({**rows.process, "record": encode_record(rows.record)})
        for party, roles in rows.parties:
            put("involvement", []).extend(
                {
                    "org": party.id,
                    "role": role,
                    "first_index": story.first_index,
                    "ocid": story.ocid,
                }
                for role in roles
            )
        if story.ocid in self._taken or story.ocid in self._anew:
            self._find(story, rows.process, rows)

    def _find(self, story: Story, process: Row, rows: ProcessRows) -> None:
        said = [process["description"], process["buyer_id"]]
        for contract in rows.contracts:
            said += [contract["contract_id"], contract["title"]]
        said += [f"{party.name} {party.id}" for party, _ in rows.parties]
        self.search.put(
            "process",
            story.ocid,
            process["title"],
            process["buyer_name"] or "",
            story.first_index,
            *said,
        )

    def _standing(self, touched: Sequence[str]) -> list[str]:
        """The processes that the tables hold already."""
        found: list[str] = []
        for chunk in chunks(touched):
            query = select(_PROCESS.c.ocid).where(_PROCESS.c.ocid.in_(chunk))
            found += self.connection.execute(query).scalars()
        return found

    def _replace(self, touched: Sequence[str], again: Sequence[str]) -> None:
        remove(self.connection, _PROCESS, _PROCESS.c.ocid, again)
        remove(self.connection, _CONTRACT, _CONTRACT.c.ocid, again)
        remove(self.connection, _INVOLVEMENT, _INVOLVEMENT.c.ocid, again)
        made = _PAYMENT.c.source == "transaction"
        remove(self.connection, _PAYMENT, _PAYMENT.c.ocid, again, made)
        remove(self.connection, _FLOW, _FLOW.c.ocid, touched)
        for table in (_PROCESS, _CONTRACT, _PAYMENT, _FLOW, _INVOLVEMENT):
            add(self.connection, table, self._rows.get(table.name, []))


def _identity(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _CHARGE)
