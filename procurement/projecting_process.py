"""A contracting process projected: from its merged releases and payments to rows and findings.

Pure: values in, rows (dicts by column of procurement.index) and verdicts out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from procurement.budget import line_org, split_line
from procurement.charging import (
    Paid,
    Row,
    Story,
    charge_history,
    chargeable,
    link,
    paid_by_contract,
    unmatched,
)
from procurement.committing import Charge, Commitment, charges, commitment
from procurement.contracting import (
    Contract,
    ContractingProcess,
    Transaction,
    identifier,
    objects,
    read_process,
)
from procurement.flowing import by_line, payment_flows, year_of
from procurement.framework_rules import agreement_row, calloff_rows
from procurement.mentioning import Roles, parties
from procurement.money import Money, add_up
from procurement.ocds import Compiled, compile_record
from procurement.rules import (
    Made,
    Verdict,
    award_above_tender,
    check_contract,
    contract_above_award,
    contract_above_lots,
)
from procurement.taxes import Taxed
from procurement.year_rules import contract_beyond_years

MAX_ENTRIES = 100


@dataclass
class ProcessRows:
    """What the tables hold of one process.

    `linked`: payment key to the contract it is for; `parties`: of `read`, each with its roles.
    """

    process: Row | None = None
    record: dict[str, Any] | None = None
    contracts: list[Row] = field(default_factory=list)
    transactions: list[Row] = field(default_factory=list)
    flows: list[Row] = field(default_factory=list)
    read: ContractingProcess | None = None
    parties: Roles = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    agreement: Row | None = None
    calloffs: list[Row] = field(default_factory=list)
    linked: dict[str, str | None] = field(default_factory=dict)
    merge_marks: dict[int, tuple[str, ...]] = field(default_factory=dict)


def project_process(story: Story) -> ProcessRows:
    """The rows of a process; without a merged release only its payments flow."""
    if not story.releases:
        return ProcessRows(
            flows=[row for each in story.payments for row in payment_flows(each)],
            linked={each.key: each.contract for each in story.payments},
        )
    compiled = compile_record(story.releases)
    process = read_process(compiled.release)
    links = link(process, story.payments)
    rows = ProcessRows(record=compiled.release, linked=links, read=process)
    rows.parties = parties(process)
    rows.merge_marks = _merge_marks(compiled)
    _Projection(story, process, links, rows).project()
    rows.charges = charge_history(story, process)
    return rows


class _Projection:
    """Fills the rows of one process."""

    def __init__(
        self,
        story: Story,
        process: ContractingProcess,
        links: Mapping[str, str | None],
        rows: ProcessRows,
    ) -> None:
        self.story, self.process, self.links, self.rows = story, process, links, rows
        self.year = _fiscal_year(process)
        self.entries = [story.entry_of.get(e.index, e.index) for e in story.releases][-MAX_ENTRIES:]
        self.seen = _contract_entries(story)
        self.lines = chargeable(story, story.releases)

    def project(self) -> None:
        """All rows but the history of the lines."""
        for at, contract in enumerate(self.process.contracts):
            self._contract(at, contract)
        known = {contract.id for contract in self.process.contracts}
        for each in self.story.payments:
            if each.key in self.links and self.links[each.key] not in known:
                self.rows.flows.extend(payment_flows(each))
        self.rows.verdicts += award_above_tender(self.process, self.entries)
        for rule in (contract_above_award, contract_above_lots):
            self.rows.verdicts += rule(self.process, self.story.tolerances, self.entries)
        self.rows.verdicts += contract_beyond_years(self.process, self.entries)
        owner, newest = self.story.owner, self.story.last_index
        self.rows.agreement = agreement_row(self.process, owner, newest)
        self.rows.calloffs = calloff_rows(self.process, self._paid(), owner, newest)
        self.rows.process = self._process()

    def _contract(self, at: int, contract: Contract) -> None:
        if any(row["contract_id"] == contract.id for row in self.rows.contracts):
            return
        paid = [p for p in self.story.payments if self.links.get(p.key) == contract.id]
        counted = unmatched(contract, paid)
        entry = self.seen.get(contract.id, self.story.last_index)
        made = [*map(_made, paid), *(_made_by_transaction(t, entry) for t in counted)]
        spent = _single([each.amount for each in made], contract.priced.whole.money)
        self.rows.contracts.append(self._contract_row(contract, spent, entry))
        self.rows.transactions += [self._transaction_row(at, contract, t, entry) for t in counted]
        self.rows.flows += self._flows(at, contract, paid, spent)
        self.rows.verdicts += check_contract(
            self.process.ocid, contract, made, self.story.tolerances, entry
        )

    def _contract_row(self, contract: Contract, spent: int | None, entry: int) -> Row:
        award = self.process.award(contract.award)
        owed = contract.priced.whole
        value, awarded = owed.money, award.priced.whole.money if award else None
        # Paid with a tax that the contract leaves out: nobody can say what is still to be paid.
        untaxed = owed.basis == "net" and bool(spent)
        same = value is not None and awarded is not None and awarded.currency == value.currency
        single = contract.suppliers[0] if len(contract.suppliers) == 1 else None
        return {
            "ocid": self.process.ocid,
            "contract_id": contract.id,
            "award_id": contract.award or None,
            "title": contract.title,
            "status": contract.status or None,
            "signed": contract.signed or None,
            "fiscal_year": contract.signed[:4] or self.year,
            "buyer_id": self.process.buyer.id if self.process.buyer else None,
            "supplier_id": single.id if single else None,
            "supplier_name": " + ".join(each.name or each.id for each in contract.suppliers),
            "suppliers": [{"id": each.id, "name": each.name} for each in contract.suppliers],
            "currency": value.currency if value else None,
            "value": value.amount if value else None,
            "awarded": awarded.amount if same and awarded else None,
            "paid": spent,
            "unpaid": None if value is None or spent is None or untaxed else value.amount - spent,
            "index": entry,
        }

    def _transaction_row(self, at: int, contract: Contract, made: Transaction, entry: int) -> Row:
        amount = made.value.amount if made.value else None
        return {
            "key": f"transaction:{self.process.ocid}#{at}.{made.place}",
            "id": made.id,
            "source": "transaction",
            "index": entry,
            "place": entry,
            "org": self.story.owner,
            "date": made.date[:10] or None,
            "method": None,
            "payee_id": (made.payee.id or None) if made.payee else None,
            "payee_name": (made.payee.name or None) if made.payee else None,
            "currency": made.value.currency if made.value else None,
            "gross": amount,
            "net": None,
            "charged": 0,
            "items": [],
            "ocid": self.process.ocid,
            "contract_id": contract.id,
            "reverses": None,
            "replaced_by": None,
        }

    def _flows(
        self, at: int, contract: Contract, paid: Sequence[Paid], spent: int | None
    ) -> list[Row]:
        """The contract by lines: what it commits there, and what the payments charge there."""
        value = contract.priced.whole.money
        if value is None:
            return []
        code = value.currency
        active = contract.status not in ("cancelled", "pending")
        sums = {code: value.amount if active else 0}
        charged = charges(self.process, Commitment("contract", sums)) or [
            Charge("", value if active else None)
        ]
        known = [each for each in charged if each.amount and each.amount.currency == code]
        committed: dict[str, int] = {}
        for each in known:
            line = each.line if each.line in self.lines else ""
            committed[line] = committed.get(line, 0) + (each.amount.amount if each.amount else 0)
        by = by_line([each for each in paid if each.money.currency == code])
        rest = (spent or 0) - sum(by.values())
        if rest:
            by[""] = by.get("", 0) + rest
        return [
            self._flow(at, contract, line, code, committed.get(line, 0), by.get(line, 0))
            for line in dict.fromkeys((*committed, *by))
        ]

    def _flow(
        self, at: int, contract: Contract, line: str, code: str, committed: int, paid: int
    ) -> Row:
        single = contract.suppliers[0] if len(contract.suppliers) == 1 else None
        buyer = self.process.buyer.id if self.process.buyer else self.story.owner
        return {
            "origin": f"contract:{self.process.ocid}#{at}",
            "line": line,
            "ocid": self.process.ocid,
            "fiscal_year": year_of(line, contract.signed) or self.year,
            "org": line_org(line) if line else buyer,
            "supplier": single.id if single else "",
            "supplier_name": " + ".join(each.name or each.id for each in contract.suppliers),
            "currency": code,
            "committed": committed,
            "paid": paid,
        }

    def _process(self) -> Row:
        process, tender = self.process, self.process.tender
        sums = self._sums()
        return {
            "ocid": process.ocid,
            "title": _title(process)[:1000],
            "description": (tender.description if tender else "")[:4000]
            or process.rationale[:4000],
            "owner": self.story.owner,
            "buyer_id": (process.buyer.id or None) if process.buyer else None,
            "buyer_name": (process.buyer.name or None) if process.buyer else None,
            "status": (tender.status or None) if tender else None,
            "stage": self._stage(),
            "method": (tender.method or None) if tender else None,
            "fiscal_year": self.year or None,
            "date": process.date or None,
            **sums,
            "releases": len(self.story.releases),
            "copied": self.story.copied,
            "marks": list(self.story.marks),
            "first_index": self.story.first_index,
            "last_index": self.story.last_index,
        }

    def _stage(self) -> str:
        paid = self.rows.transactions or any(v is not None for v in self.links.values())
        for stage, there in (
            ("implementation", paid),
            ("contract", self.process.contracts),
            ("award", self.process.awards),
            ("tender", self.process.tender),
        ):
            if there:
                return stage
        return "planning"

    def _sums(self) -> Row:
        """Planned to paid in the one currency of the process; None where there is no such sum."""
        process, tender = self.process, self.process.tender
        tendered = [tender.priced] if tender else []
        if tender and tender.value is None:
            tendered = [lot.priced for lot in tender.lots]
        parts: dict[str, list[Money | None]] = {
            "contracted": _owed(c.priced for c in process.contracts if c.status not in _NOT_SIGNED),
            "awarded": _owed(a.priced for a in process.awards if a.status == "active"),
            "tendered": _owed(tendered),
            "planned": [process.planned] if process.planned else [],
        }
        found = (value for values in parts.values() for value in values if value is not None)
        first = next(found, None)
        code = first.currency if first else None
        paid = [row["paid"] for row in self.rows.contracts]
        known = sum(each for each in paid if each is not None)
        committed = commitment(process, self._paid())
        return {
            "currency": code,
            **{name: _only(values, code) for name, values in parts.items()},
            "committed": committed.sums.get(code, 0) if code and not committed.unknown else None,
            "paid": known if paid and None not in paid and self._paid_in(code) else None,
        }

    def _paid(self) -> Mapping[str, Sequence[Money | None]]:
        return paid_by_contract(self.process, self.story.payments, self.links)

    def _paid_in(self, code: str | None) -> bool:
        return {row["currency"] for row in self.rows.contracts} <= {code}


_NOT_SIGNED = ("pending", "cancelled")


def _made(paid: Paid) -> Made:
    return Made(paid.id, paid.date, Taxed(paid.money), paid.payee, paid.index, own=True)


def _made_by_transaction(made: Transaction, entry: int) -> Made:
    return Made(made.ref, made.date, made.priced, made.payee, entry)


def _single(parts: Sequence[Money | None], value: Money | None) -> int | None:
    """The sum of payments in the currency of the contract; None when that cannot be said."""
    sums = add_up(part for part in parts if part is not None)
    if value is None or any(part is None for part in parts) or set(sums) - {value.currency}:
        return None
    return sums.get(value.currency, 0)


def _owed(values: Iterable[Taxed]) -> list[Money | None]:
    """What a buyer owes: with the tax, where that is known."""
    return [each.whole.money for each in values]


def _only(values: Sequence[Money | None], code: str | None) -> int | None:
    if not values or any(value is None or value.currency != code for value in values):
        return None
    return sum(value.amount for value in values if value is not None)


def _title(process: ContractingProcess) -> str:
    tender = process.tender
    titles = (
        tender.title if tender else "",
        *(each.title for each in process.contracts),
        *(each.title for each in process.awards),
        process.rationale,
        tender.description if tender else "",
    )
    return next((title for title in map(str.strip, titles) if title), "")


def _fiscal_year(process: ContractingProcess) -> str:
    for share in process.shares:
        parts = split_line(share.line)
        if parts is not None:
            return parts[1]
    signed = sorted(each.signed[:4] for each in process.contracts if each.signed)
    return signed[0] if signed else process.date[:4]


def _contract_entries(story: Story) -> dict[str, int]:
    """The last release that mentions each contract."""
    return {
        identifier(contract.get("id")): story.entry_of.get(each.index, each.index)
        for each in story.releases
        for contract in objects(each.release.get("contracts"))
    }


def _merge_marks(compiled: Compiled) -> dict[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = {}
    for mark in compiled.marks:
        found.setdefault(mark.index, {})[mark.code] = None
    return {index: tuple(codes) for index, codes in found.items()}
