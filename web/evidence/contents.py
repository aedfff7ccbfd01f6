"""The files of an evidence pack."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.tick import newest_checkpoint
from procurement import queries
from procurement.harvest import process_releases
from procurement.index import FindingRow
from procurement.money import Money, format_amount
from procurement.packages import format_record_package
from web import columns, render, terms
from web.api.packages import Asking, record_parts
from web.evidence.gathering import Gathered, Proven, Subject, is_private, left_out
from web.formats import Formats
from web.language import LANGUAGES, translations
from web.named import named
from web.privacy import without_contacts
from web.reader import Reader, base_of
from web.tables import Table, format_table
from web.views import View

FORMAT = "jejak/evidence/1"
GUIDES = {"id": "PANDUAN.html", "en": "GUIDE.html"}
SHOWN = 50


class PackedEntry(View, frozen=True):
    """An entry of a pack: its statement in short, and the files that prove it."""

    index: int
    kind: str
    org: str
    subject: str
    recorded: str
    leaf_hash: str
    body_sha256: str
    receipt: str
    body: str | None
    readable: str | None
    left_out: str | None


class LeftOut(View, frozen=True):
    """An entry, or its body, that is not in the pack; where it can be had."""

    index: int
    why: str
    url: str


class GuideView(View, frozen=True):
    """What the guide says, and `pack.json` after it."""

    format: str
    origin: str
    type: str
    id: str
    title: str
    base: str
    page: str
    position: int
    checkpoint: int
    contract: str | None
    chain_id: int | None
    entries: list[PackedEntry]
    left_out: list[LeftOut]
    more: bool
    findings: int
    contracts: int
    record: bool


def contents(reader: Reader, subject: Subject, gathered: Gathered, page: str) -> dict[str, bytes]:
    """All files by name but the list of their sums."""
    view = _guide(reader, subject, gathered, page)
    files = dict(_proofs(gathered))
    files["pack.json"] = _json(msgspec.to_builtins(view))
    for language, name in GUIDES.items():
        files[name] = _drawn(reader, language, view)
    if subject.findings:
        files["findings.json"] = _json([_finding(each) for each in subject.findings])
    if subject.contracts:
        told = named(reader.site.index, subject.contracts, lambda each: each[1].buyer_id)
        rows = [columns.contract(role, each, name) for (role, each), name in told]
        files["contracts.csv"] = b"".join(format_table(Table("", columns.CONTRACTS, rows)))
    if subject.type == "process":
        files["record.json"] = _record(reader, subject.id)
    newest = newest_checkpoint(reader.site.log)
    if newest is not None:
        files["checkpoint"] = newest.note
    return files


def _proofs(gathered: Gathered) -> Iterator[tuple[str, bytes]]:
    for each in gathered.proven:
        number = each.record.index
        yield f"receipts/{number}.receipt.json", each.receipt
        if each.body is not None:
            yield f"bodies/{number}.json", each.body
        if each.readable is not None:
            yield f"readable/{number}.json", each.readable


def _guide(reader: Reader, subject: Subject, gathered: Gathered, page: str) -> GuideView:
    site = reader.site
    newest, places = newest_checkpoint(site.log), site.log.registry().places
    base = base_of(reader.request, site.origin)
    return GuideView(
        format=FORMAT,
        origin=site.origin,
        type=subject.type,
        id=subject.id,
        title=subject.title,
        base=base,
        page=base + page,
        position=reader.position or 0,
        checkpoint=newest.size if newest else 0,
        contract=places[-1].contract if places else None,
        chain_id=places[-1].chain_id if places else None,
        entries=[_packed(each) for each in gathered.proven],
        left_out=[
            LeftOut(index=number, why=why, url=f"{base}/e/{number}.body.json")
            for number, why in sorted(left_out(gathered))
        ],
        more=subject.more,
        findings=len(subject.findings),
        contracts=len(subject.contracts),
        record=subject.type == "process",
    )


def _packed(each: Proven) -> PackedEntry:
    number, entry = each.record.index, each.record.entry
    return PackedEntry(
        index=number,
        kind=entry.statement.kind,
        org=entry.statement.org,
        subject=entry.statement.subject,
        recorded=entry.at,
        leaf_hash=each.record.leaf_hash.hex(),
        body_sha256=entry.statement.body,
        receipt=f"receipts/{number}.receipt.json",
        body=f"bodies/{number}.json" if each.body is not None else None,
        readable=f"readable/{number}.json" if each.readable is not None else None,
        left_out=each.why,
    )


def _drawn(reader: Reader, language: str, view: GuideView) -> bytes:
    """The guide in one language, whatever the reader's."""
    other = copy.copy(reader)
    other.language, other.chosen = language, language
    other.formats = Formats(language, reader.site.zone)
    return render.page(other, "evidence.html", view, shown=SHOWN)


def _finding(row: FindingRow) -> dict[str, Any]:
    figures = [
        {
            "name": each["name"],
            "amount": _amount(each.get("amount"), each.get("currency")),
            "currency": each.get("currency"),
            "text": each.get("text"),
        }
        for each in row.figures
    ]
    said = {code: terms.rule(translations(code), row.code) for code in LANGUAGES}
    return {
        "code": row.code,
        "status": row.status,
        "subject": row.subject,
        "index": row.index,
        "org": row.org,
        "ocid": row.ocid,
        "line": row.line,
        "contract": row.contract,
        "reason": row.reason,
        "figures": figures,
        "entries": sorted(set(row.entries)),
        "title": {code: each.title for code, each in said.items()},
        "method": {code: each.method for code, each in said.items()},
        "limits": {code: each.caveat for code, each in said.items()},
    }


def _amount(minor: int | None, currency: str | None) -> str | None:
    """A decimal string, as our own bodies write amounts."""
    return None if minor is None or currency is None else format_amount(Money(minor, currency))


def _record(reader: Reader, ocid: str) -> bytes:
    """The record of a process; where a release holds personal data, it is linked and not copied."""
    site, asking = reader.site, Asking(reader.request)
    row = queries.process(site.index, ocid)
    found = process_releases(site.log, site.index, ocid)
    linked = any(each.body is not None and is_private(each.body) for each in found.merged)
    uri = f"{asking.base}/api/v1/records/{ocid}"
    parts = record_parts(asking, row, found, linked=linked)
    newest = max((each.row.at for each in found.merged), default="1970-01-01T00:00:00Z")
    return format_record_package(uri, newest, asking.publisher, [parts], {})


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(without_contacts(value)), indent=1) + b"\n"
