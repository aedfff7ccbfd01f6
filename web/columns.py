"""The columns of tables for download, and the values of a row in them.

Names are those of the JSON twins. Where an organisation stands by its id, its name stands after
it. Amounts are decimal numbers in the currency of the column `currency`; an empty cell is a value
that is not known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ledger.envelope import format_time
from procurement.cases import Case
from procurement.index import (
    ContractRow,
    EntrySummary,
    FindingRow,
    Found,
    Line,
    LineEvent,
    Organisation,
    Payment,
    Process,
)
from procurement.open_tenders import OpenTender
from web.functions import class_label
from web.language import LANGUAGES
from web.tables import Figure, figure

Row = Sequence[Any]

ENTRIES = (
    *("index", "at", "kind", "org", "orgName", "subject", "title", "amount", "currency", "ocid"),
    *("line", "contract", "releaseId", "date", "role", "copied", "erased", "merged", "marks"),
    *("replaces", "replacedBy", "leafHash", "bodySha256"),
)
PROCESSES = (
    *("ocid", "title", "buyerId", "buyerName", "owner", "stage", "status", "method"),
    *("fiscalYear", "date", "currency", "planned", "tendered", "awarded", "contracted"),
    *("committed", "paid", "releases", "copied", "marks", "firstIndex", "lastIndex"),
)
TENDERS = (
    *("ocid", "title", "buyerId", "buyerName", "method", "currency", "tendered", "closes", "days"),
    "index",
)
CONTRACTS = (
    *("role", "ocid", "contractId", "awardId", "title", "status", "signed", "fiscalYear"),
    *("buyerId", "buyerName", "supplierIds", "supplierNames", "currency", "value", "awarded"),
    *("paid", "unpaid", "index"),
)
PAYMENTS = (
    *("id", "source", "index", "date", "org", "orgName", "payeeId", "payeeName", "currency"),
    *("gross", "net", "charged", "ocid", "contractId", "reverses", "replacedBy"),
)
ORGANISATIONS = (
    *("id", "name", "nameIndonesian", "nameEnglish", "parent", "institution", "roles"),
    "firstIndex",
)
CASES = (
    *("index", "state", "at", "since", "sinceAt", "auditor", "concerned", "code", "version"),
    *("subject", "entries", "textIndonesian", "textEnglish"),
)
CLASSIFICATIONS = ("administrative", "functional", "economic", "programme", "fund", "location")
LINES = (
    *("id", "org", "orgName", "fiscalYear", "code", "title", *CLASSIFICATIONS, "currency"),
    *("approved", "change", "available", "committed", "direct", "paid", "unexplained"),
    *("firstIndex", "lastIndex", "functionalIndonesian", "functionalEnglish"),
)
LINE_EVENTS = (
    *("index", "kind", "amount", "currency", "date", "ocid", "contract", "ref", "other"),
    "replacedBy",
)
FINDINGS = (
    *("id", "code", "status", "subject", "index", "org", "orgName", "ocid", "line", "contract"),
    *("reason", "figures", "entries"),
)
FOUND = ("type", "id", "title", "detail", "index", "page")


def entry(row: EntrySummary, org_name: str) -> Row:
    """An entry."""
    amount = figure(row.amount, row.currency)
    return (
        *(row.index, Figure(row.at), row.kind, row.org, org_name, row.subject, row.title, amount),
        *(row.currency, row.ocid, row.line, row.contract, row.release_id, row.date, row.role),
        *(row.copied, row.erased, row.merged, row.marks, row.replaces, row.replaced_by),
        *(Figure(row.leaf_hash), Figure(row.body)),
    )


def process(row: Process) -> Row:
    """A contracting process."""
    sums = (row.planned, row.tendered, row.awarded, row.contracted, row.committed, row.paid)
    return (
        *(row.ocid, row.title, row.buyer_id, row.buyer_name, row.owner, row.stage, row.status),
        *(row.method, row.fiscal_year, row.date, row.currency),
        *(figure(each, row.currency) for each in sums),
        *(row.releases, row.copied, row.marks, row.first_index, row.last_index),
    )


def tender(row: OpenTender) -> Row:
    """An open tender; `days` are those left after the newest entry of the log."""
    process = row.process
    return (
        *(process.ocid, process.title, process.buyer_id, process.buyer_name, process.method),
        *(process.currency, figure(process.tendered, process.currency)),
        *(Figure(format_time(row.closes)), row.days, process.first_index),
    )


def contract(role: str, row: ContractRow, buyer_name: str) -> Row:
    """A contract; `role` is the one that the organisation asked for has in it."""
    sums = (row.value, row.awarded, row.paid, row.unpaid)
    return (
        *(role, row.ocid, row.contract_id, row.award_id, row.title, row.status, row.signed),
        *(row.fiscal_year, row.buyer_id, buyer_name),
        [each.get("id") or "" for each in row.suppliers],
        [each.get("name") or "" for each in row.suppliers],
        row.currency,
        *(figure(each, row.currency) for each in sums),
        row.index,
    )


def payment(row: Payment, org_name: str) -> Row:
    """A payment."""
    sums = (row.gross, row.net, row.charged)
    return (
        *(row.id, row.source, row.index, row.date, row.org, org_name, row.payee_id, row.payee_name),
        row.currency,
        *(figure(each, row.currency) for each in sums),
        *(row.ocid, row.contract_id, row.reverses, row.replaced_by),
    )


def organisation(row: Organisation) -> Row:
    """An organisation."""
    return (
        *(row.id, row.name, row.names.get("id"), row.names.get("en"), row.parent),
        *(row.institution, sorted(row.roles), row.first_index),
    )


def line(row: Line, org_name: str) -> Row:
    """A budget line: available = approved + change = committed + direct + unexplained."""
    sums = (
        *(row.approved, row.change, row.available, row.committed, row.direct, row.paid),
        row.unexplained,
    )
    function = row.classifications.get("functional")
    return (
        *(row.id, row.org, org_name, row.fiscal_year, row.code, row.title),
        *(row.classifications.get(name) for name in CLASSIFICATIONS),
        row.currency,
        *(figure(each, row.currency) for each in sums),
        *(row.first_index, row.last_index),
        *(class_label("functional", function, language) for language in LANGUAGES),
    )


def line_event(row: LineEvent) -> Row:
    """Something that moved a budget line, with its sign."""
    return (
        *(row.index, row.kind, figure(row.amount, row.currency), row.currency, row.date),
        *(row.ocid, row.contract, row.ref, row.other, row.replaced_by),
    )


def finding(row: FindingRow, org_name: str) -> Row:
    """A finding; its figures as JSON, amounts in decimals."""
    figures = [
        {
            "name": each["name"],
            "amount": figure(each.get("amount"), each.get("currency")),
            "currency": each.get("currency"),
            "text": each.get("text"),
        }
        for each in row.figures
    ]
    said = [{name: value for name, value in each.items() if value} for each in figures]
    return (
        *(row.id, row.code, row.status, row.subject, row.index, row.org, org_name, row.ocid),
        *(
            row.line,
            row.contract,
            row.reason,
            json.dumps(said, ensure_ascii=False),
            sorted(row.entries),
        ),
    )


def case(row: Case) -> Row:
    """A case; the entries it is about as indices."""
    return (
        *(row.index, row.state, row.at, row.since, row.since_at, row.org, row.parties),
        *(row.flag.get("code"), row.flag.get("version"), row.flag.get("subject")),
        *([each["index"] for each in row.entries], row.text.get("id"), row.text.get("en")),
    )


def found(row: Found, page: str) -> Row:
    """Something that was searched for, and its page."""
    return (row.type, row.ref, row.title, row.detail, row.index, page)
