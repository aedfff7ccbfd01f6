"""Which entries prove what a page says, and how far a pack goes: what it leaves out it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import msgspec

from ledger.body import parse_body
from ledger.errors import InvalidInput, NotFound
from ledger.log import Record
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from procurement import cases, listing, queries
from procurement.index import ContractRow, FindingRow
from web.privacy import is_personal, without_contacts
from web.reader import Reader

# Bounds of one pack.
ENTRIES = 200
OCTETS = 16 * 1024 * 1024
FINDINGS = 200
CONTRACTS = 1000

_encode = msgspec.json.Encoder(decimal_format="number").encode

PERSONAL = "personal"
ERASED = "erased"
TOO_MUCH = "size"
TOO_EARLY = "no-checkpoint"


@dataclass(frozen=True)
class Subject:
    """What a pack is about: its entries, the most telling first, its findings and contracts."""

    type: str
    id: str
    title: str
    entries: tuple[int, ...]
    more: bool = False
    findings: tuple[FindingRow, ...] = ()
    contracts: tuple[tuple[str, ContractRow], ...] = ()


@dataclass(frozen=True)
class Proven:
    """An entry in a pack; `body` is None, and `why` says why, where it is left out."""

    record: Record
    receipt: bytes
    body: bytes | None
    why: str | None
    readable: bytes | None = None


@dataclass
class Gathered:
    """The entries that fit into a pack, and the indices of those that do not, by reason."""

    proven: list[Proven] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


def of_process(reader: Reader, ocid: str) -> Subject:
    """All entries of a process, what findings compare and cases say first. Raises NotFound."""
    index = reader.site.index
    row = queries.process(index, ocid)
    found = queries.findings(index, status=None, ocid=ocid, limit=FINDINGS)
    listed = queries.process_entries(index, ocid, ENTRIES + 1)
    said = cases.notes_about(index, "process", ocid)
    numbers = _first_told(found, (*said, *(each.index for each in listed)))
    contracts = tuple(("", each) for each in queries.contracts(index, ocid=ocid, limit=CONTRACTS))
    more = len(listed) > ENTRIES
    return Subject("process", ocid, row.title, numbers, more, tuple(found), contracts)


def of_organisation(reader: Reader, org: str) -> Subject:
    """What an organisation's findings compare, then its contracts. Raises NotFound."""
    if is_personal(org):
        raise NotFound("there is no page of persons", "search for the payment or the contract")
    index = reader.site.index
    row = queries.organisation(index, org)
    found = queries.findings(index, org=org, limit=FINDINGS)
    contracts = tuple(islice(listing.contracts_of(index, org), CONTRACTS + 1))
    processes = {each.ocid for _, each in contracts}
    for ocid in sorted(processes)[:FINDINGS]:
        known = {each.id for each in found}
        found += [e for e in queries.findings(index, ocid=ocid, limit=20) if e.id not in known]
    said = cases.notes_about(index, "org", org)
    numbers = _first_told(found, (*said, *(each.index for _, each in contracts)))
    more = len(contracts) > CONTRACTS
    kept = contracts[:CONTRACTS]
    return Subject("organisation", org, row.name, numbers, more, tuple(found[:FINDINGS]), kept)


def of_entry(reader: Reader, number: int) -> Subject:
    """An entry, what it corrects and what corrects it. Raises NotFound."""
    row = queries.entry(reader.site.index, number)
    chain = (number, row.replaces, row.replaced_by)
    found = []
    if row.ocid or row.line:
        asked = {"ocid": row.ocid} if row.ocid else {"line": row.line}
        all_found = queries.findings(reader.site.index, limit=FINDINGS, **asked)
        found = [each for each in all_found if number in each.entries]
    numbers = dict.fromkeys(each for each in chain if each is not None)
    compared = _first_told(found, cases.notes_about(reader.site.index, "entry", str(number)))
    entries = tuple(dict.fromkeys((*numbers, *compared)))
    return Subject("entry", str(number), row.title, entries, findings=tuple(found))


def _first_told(found: Iterable[FindingRow], listed: Iterable[int]) -> tuple[int, ...]:
    told = (each for row in found if row.status == "broken" for each in row.entries)
    return tuple(dict.fromkeys((*told, *listed)))


def gather(reader: Reader, subject: Subject) -> Gathered:
    """Receipts and bodies of a subject's entries, within the bounds of a pack."""
    gathered, octets = Gathered(), 0
    for number in subject.entries:
        if len(gathered.proven) >= ENTRIES or octets > OCTETS:
            gathered.left_out[number] = TOO_MUCH
            continue
        proven = _prove(reader, number, OCTETS - octets)
        if proven is None:
            gathered.left_out[number] = TOO_EARLY
            continue
        octets += len(proven.receipt) + len(proven.body or b"")
        gathered.proven.append(proven)
    gathered.proven.sort(key=lambda each: each.record.index)
    return gathered


def _prove(reader: Reader, number: int, room: int) -> Proven | None:
    """An entry with its receipt; None while no checkpoint covers it."""
    record = reader.site.log.record(number)
    try:
        receipt = make_receipt(reader.site.log, number)
    except NotFound:
        return None
    why, readable = _why_not(record, room)
    body = None if why else record.body
    return Proven(record, format_receipt(replace(receipt, body=body)), body, why, readable)


def _why_not(record: Record, room: int) -> tuple[str | None, bytes | None]:
    """Why a body stays out of a pack, and what of it may be read there instead."""
    if record.body is None:
        return ERASED, None
    # In the receipt it stands a second time, in base64.
    if len(record.body) * 7 // 3 > room:
        return TOO_MUCH, None
    return (PERSONAL, readable(record.body)) if is_private(record.body) else (None, None)


def is_private(body: bytes) -> bool:
    """Whether a body holds contact points, or what looks like a personal number."""
    try:
        value = parse_body(body)
    except InvalidInput:
        return True
    return bool(without_contacts(value) != value) or is_personal(body.decode("utf-8"))


def readable(body: bytes) -> bytes | None:
    """A body written again without contact points and personal numbers; None where that fails."""
    try:
        shown = msgspec.json.format(_encode(without_contacts(parse_body(body))), indent=1)
    except InvalidInput:
        return None
    return None if is_personal(shown.decode("utf-8")) else shown


def left_out(gathered: Gathered) -> Iterator[tuple[int, str]]:
    """Entries and bodies that are not in the pack, and why."""
    yield from gathered.left_out.items()
    yield from ((each.record.index, each.why) for each in gathered.proven if each.why)
