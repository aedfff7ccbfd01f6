"""The receipt page of an entry: what it says, who signed it, where it stands, how to prove it."""

from __future__ import annotations

from fastapi import APIRouter, Path, Response
from msgspec import structs

from ledger.acts import parse_remark
from ledger.anchoring import covering_anchor
from ledger.body import MAX_BODY, parse_body
from ledger.errors import JejakError, NotFound
from ledger.log import Record
from ledger.proving import make_receipt
from ledger.receipt import format_receipt, parse_proof
from ledger.tick import newest_checkpoint
from procurement import cases, queries
from procurement.index import EntrySummary
from procurement.ocds import RELEASE
from web import addresses
from web.amending import ChangeView, change_views, corrections, read_changes
from web.cases import CaseItem, cases_about
from web.details import Detail, details
from web.mentions import Names, payment_receipt
from web.pages.processes import ENTRIES
from web.reader import Reader, ReaderOf, page
from web.releases import line_titles, releases_of, tags_of, titles_of
from web.responses import answered
from web.signers import Signer, signers_of
from web.standing import AnchorView, CheckpointView, anchor_view, checkpoint_view
from web.views import Amount, Organisation, View, amount

# Bodies above this are offered for download and not read for the page.
READ_BODY = 256 * 1024
FEW = 20
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter()


class ProofView(View, frozen=True):
    """The inclusion proof: hex hashes that lead from the leaf to the root of a tree of `size`."""

    size: int
    root: str
    hashes: list[str]
    checkpoint: str


class CaseNote(View, frozen=True):
    """A note about a case: what it does there, or the remark why it does nothing."""

    case: int | None
    act: str
    remark: str


class ReceiptView(View, frozen=True):
    """The receipt page.

    `changes` is what this release says otherwise than those before it, where the page of its
    process shows it too; `changes_page` leads there.
    """

    index: int
    kind: str
    tags: list[str]
    title: str
    amount: Amount | None
    org: Organisation
    subject: str
    ocid: str | None
    process_title: str
    line: str | None
    date: str | None
    at: str
    time: str
    details: list[Detail]
    changes: list[ChangeView]
    changes_page: str | None
    signers: list[Signer]
    copied: bool
    marks: list[str]
    replaces: int | None
    replaced_by: int | None
    about: list[int]
    notes: list[int]
    findings: list[str]
    cases: list[CaseItem]
    note: CaseNote | None
    checkpoint: CheckpointView | None
    anchor: AnchorView | None
    leaf_hash: str
    prev: str
    body: str
    body_size: int | None
    entry: str
    proof: ProofView | None
    previous: int | None
    next: int | None


Index = Path(ge=0, lt=2**63)


@router.api_route("/e/{index:int}.receipt.json", methods=["GET", "HEAD"])
def receipt_file(reader: ReaderOf, index: int = Index) -> Response:
    """The receipt as a file: it proves the entry off line."""
    content = format_receipt(make_receipt(reader.site.log, index))
    return _file(reader, content, _named(reader, index, "receipt"), "no-cache")


@router.api_route("/e/{index:int}.entry.json", methods=["GET", "HEAD"])
def entry_file(reader: ReaderOf, index: int = Index) -> Response:
    """The entry's exact bytes."""
    record = reader.site.log.record(index)
    tag = record.leaf_hash.hex()
    return _file(reader, record.leaf, _named(reader, index, "entry"), FOREVER, tag)


@router.api_route("/e/{index:int}.body.json", methods=["GET", "HEAD"])
def body_file(reader: ReaderOf, index: int = Index) -> Response:
    """The body's exact bytes. 410 when it is erased."""
    record = reader.site.log.record(index)
    if record.body is None:
        raise Erased(f"the body of entry {index} has been erased", "its entry stays")
    tag = record.entry.statement.body
    return _file(reader, record.body, _named(reader, index, "body"), "no-cache", tag)


class Erased(NotFound):
    """A body that the registrars have had erased."""

    code = "erased"
    status = 410


def _named(reader: Reader, index: int, part: str) -> str:
    """The name under which a reader keeps a file; practice stays recognisable among others."""
    mark = "latihan-training-" if reader.site.training else ""
    return f"{mark}jejak-{index}.{part}.json"


def _file(
    reader: Reader, content: bytes, name: str, caching: str, tag: str | None = None
) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
        "Cache-Control": caching,
    }
    return answered(reader.request, content, "application/json", headers, tag)


@page(router, "/e/{index:int}")
def receipt(reader: ReaderOf, index: int = Index) -> Response:
    """The receipt page of an entry."""
    return reader.answer("receipt.html", receipt_view(reader, index))


def receipt_view(reader: Reader, index: int) -> ReceiptView:
    """What the receipt page shows. Raises NotFound."""
    site = reader.site
    row, record = queries.entry(site.index, index), site.log.record(index)
    newest, anchored = newest_checkpoint(site.log), covering_anchor(site.log, index)
    entry = record.entry
    process_title = titles_of(site.index, [row.ocid]).get(row.ocid or "", "")
    changes = _changes(reader, row)
    return ReceiptView(
        index=index,
        kind=row.kind,
        tags=tags_of(site.log, [row]).get(index, []),
        title=row.title or process_title,
        amount=amount(row.amount, row.currency),
        org=Names(reader, [row.org]).mention(row.org),
        subject=row.subject,
        ocid=row.ocid,
        process_title=process_title,
        line=row.line,
        date=row.date,
        at=row.at,
        time=row.time,
        details=_details(reader, row, record),
        changes=changes,
        changes_page=addresses.changes(row.ocid) if changes and row.ocid else None,
        signers=signers_of(reader, entry),
        copied=row.copied,
        marks=list(row.marks),
        replaces=row.replaces,
        replaced_by=row.replaced_by,
        about=_about(reader, row, record),
        notes=_notes(reader, row),
        findings=_findings(reader, row),
        cases=cases_about(reader, "entry", str(index)),
        note=_case_note(reader, index),
        checkpoint=checkpoint_view(newest) if newest and newest.size > index else None,
        anchor=anchor_view(anchored) if anchored else None,
        leaf_hash=row.leaf_hash,
        prev=entry.prev,
        body=row.body,
        body_size=None if record.body is None else len(record.body),
        entry=record.leaf.decode("ascii"),
        proof=_proof(reader, index),
        previous=index - 1 if index else None,
        next=index + 1 if index + 1 < (reader.position or 0) else None,
    )


def _details(reader: Reader, row: EntrySummary, record: Record) -> list[Detail]:
    if record.body is None or len(record.body) > min(READ_BODY, MAX_BODY):
        return []
    try:
        found = details(row.kind, parse_body(record.body))
    except JejakError:
        return []
    index = reader.site.index
    titles = line_titles(index, (each.line for each in found))
    found += [of for each in found if each.name == "paymentId" for of in _reversals(reader, each)]
    return [
        structs.replace(
            each,
            title=titles.get(each.line or "", ""),
            page=payment_receipt(reader.site.index, each.text)
            if each.name == "reverses"
            else each.page,
        )
        for each in found
    ]


def _reversals(reader: Reader, paid: Detail) -> list[Detail]:
    """The payments that take back the one with this number."""
    return [
        Detail(name="reversedBy", text=each.id, page=addresses.entry(each.index))
        for each in queries.reversals(reader.site.index, paid.text, FEW)
    ]


def _changes(reader: Reader, row: EntrySummary) -> list[ChangeView]:
    """What this release changed; nothing where it is not among those its process's page reads."""
    if row.kind != RELEASE or row.ocid is None:
        return []
    index = reader.site.index
    entries = queries.process_entries(index, row.ocid, ENTRIES)
    if row.index not in {each.index for each in entries[:-1]}:
        return []
    releases = releases_of(reader.site.log, entries)
    record = queries.process(index, row.ocid).compiled()
    views = change_views(
        read_changes(sorted(releases.items()), corrections(entries)), record, releases
    )
    return [each for each in views[-ENTRIES:] if each.index == row.index]


def _notes(reader: Reader, row: EntrySummary) -> list[int]:
    """Notes whose words name this entry's leaf hash."""
    found = queries.search(reader.site.index, row.leaf_hash, FEW, kind="entry")
    return [each.index for each in found]


def _case_note(reader: Reader, index: int) -> CaseNote | None:
    """What a note says of a case."""
    row = cases.note(reader.site.index, index)
    return None if row is None else CaseNote(case=row.finding, act=row.act, remark=row.remark)


def _about(reader: Reader, row: EntrySummary, record: Record) -> list[int]:
    """The entries that a note is about."""
    if row.kind != "note" or record.body is None:
        return []
    about = parse_remark(parse_body(record.body)).about[:FEW]
    hashes = (bytes.fromhex(each) for each in about)
    found = (reader.site.log.find_leaf(each) for each in hashes)
    return [index for index in found if index is not None]


def _findings(reader: Reader, row: EntrySummary) -> list[str]:
    """Codes of broken rules about the process or line that this entry is about."""
    if row.ocid is None and row.line is None:
        return []
    found = queries.findings(reader.site.index, ocid=row.ocid, limit=20) if row.ocid else []
    if row.line and not row.ocid:
        found = queries.findings(reader.site.index, line=row.line, limit=20)
    return sorted({each.code for each in found if row.index in each.entries})


def _proof(reader: Reader, index: int) -> ProofView | None:
    try:
        proof = parse_proof(make_receipt(reader.site.log, index).proof)
    except NotFound:
        return None
    text = proof.checkpoint.decode("utf-8")
    _origin, size, root = text.split("\n")[:3]
    return ProofView(
        size=int(size), root=root, hashes=[each.hex() for each in proof.hashes], checkpoint=text
    )
