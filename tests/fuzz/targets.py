"""What each parser that faces strangers is fed with, and what must hold of whatever it reads.

A target raises Malformed for bytes out of form; any other error is a finding, and so is a value
that does not come back as the bytes it was read from.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ledger import envelope, note, receipt
from ledger.body import parse_body
from ledger.errors import InvalidInput, Malformed
from procurement.budget_csv import BudgetEvent, read_events
from procurement.case_notes import note_body, parse_case_note
from procurement.mapping import Resource, parse_mapping
from procurement.ocds import Published, compile_record, read_release
from procurement.reading import Item, read_items
from procurement.taking import read_body
from tests.fuzz import seeds
from tests.web import workbooks
from web.console.catalogue import FORMS
from web.console.grids import parse_file
from web.console.parts import file_of, parse_parts
from web.console.rows import parse_rows
from web.console.uploading import FORMS as FORMS_OF_TABLES

NAMES = ("upload", "upload.jsonl")


@dataclass(frozen=True)
class Target:
    """A parser under fire: what reads the bytes, the corpus to begin with, whether it is JSON."""

    read: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    json: bool = False


def entry(raw: bytes) -> None:
    """An entry comes back as its own leaf bytes."""
    assert envelope.format_entry(envelope.parse_entry(raw)) == raw


def statement(raw: bytes) -> None:
    """A statement comes back as its own bytes."""
    assert envelope.format_statement(envelope.parse_statement(raw)) == raw


def signed_note(raw: bytes) -> None:
    """A note comes back as its own bytes, and the checkpoint in it as its own text."""
    parsed = note.parse_note(raw)
    assert note.format_note(parsed) == raw
    assert note.format_checkpoint(note.parse_checkpoint(parsed.text)) == parsed.text


def proof(raw: bytes) -> None:
    """A tlog-proof comes back as its own text; lone surrogates are among what is tried."""
    text = raw.decode("utf-8", "surrogateescape")
    assert receipt.format_proof(receipt.parse_proof(text)) == text


def whole_receipt(raw: bytes) -> None:
    """A receipt read, written and read again is the same receipt; then its proof and its entry."""
    parsed = receipt.parse_receipt(raw)
    assert receipt.parse_receipt(receipt.format_receipt(parsed)) == parsed
    with suppress(Malformed):
        receipt.parse_proof(parsed.proof)
    with suppress(Malformed):
        envelope.parse_entry(parsed.entry)


def ocds(raw: bytes) -> None:
    """A file is read to its end whatever it holds, and what admission takes can be merged."""
    path = _scratch() / NAMES[len(raw) % len(NAMES)]
    path.write_bytes(raw)
    bodies = [_release(each.raw) for each in read_items(path) if isinstance(each, Item)]
    releases = [Published(index, body) for index, body in enumerate(bodies) if body is not None]
    for each in releases:
        compile_record([each])
    if releases:
        json.dumps(compile_record(releases).release, default=str)


def _release(raw: bytes) -> Any:
    try:
        read_release(parse_body(raw))
    except InvalidInput:
        return None
    return read_body(raw)


def budget_csv(raw: bytes) -> None:
    """A table is read to its end: budget events within bounds, and reasons for the rest."""
    resource = _resources()[len(raw) % len(_resources())]
    text = io.TextIOWrapper(io.BytesIO(raw), resource.encoding, newline="")
    for each in read_events("budget.csv", text, resource, {}):
        if isinstance(each, BudgetEvent):
            parse_body(json.dumps({**each.body, "salt": "0" * 32}).encode())


def upload(raw: bytes) -> None:
    """A file of a table is read, and then as rows of each form that takes one."""
    grid = parse_file(raw)
    for name in FORMS_OF_TABLES:
        with suppress(Malformed):
            parse_rows(FORMS[name], grid)


def sheet(raw: bytes) -> None:
    """The same of a workbook, from behind its archive."""
    upload(workbooks.packed({**workbooks.parts(""), workbooks.SHEET: raw}))


def form(raw: bytes) -> None:
    """A form with a file is read as texts, and the file as bytes."""
    fields = parse_parts(raw, "multipart/form-data; boundary=X")
    assert len(file_of(fields, "file")) == len(fields.get("file", ""))


def case(raw: bytes) -> None:
    """A note about a case, written again from what was read, is the same note."""
    body = parse_body(raw)
    found = parse_case_note(body)
    if found is not None:
        again = note_body(found)
        assert {name: body[name] for name in ("about", "text", "case")} == {
            name: again[name] for name in ("about", "text", "case")
        }


@cache
def _resources() -> tuple[Resource, ...]:
    return tuple(parse_mapping(each).resources[0] for each in seeds.mappings())


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="jejak-fuzz-"))


TARGETS: Mapping[str, Target] = {
    "entry": Target(entry, seeds.entries, json=True),
    "statement": Target(statement, seeds.statements, json=True),
    "note": Target(signed_note, seeds.notes),
    "proof": Target(proof, seeds.proofs),
    "receipt": Target(whole_receipt, seeds.receipts, json=True),
    "ocds": Target(ocds, seeds.releases, json=True),
    "budget_csv": Target(budget_csv, seeds.tables),
    "upload": Target(upload, seeds.uploads),
    "sheet": Target(sheet, seeds.sheets),
    "case": Target(case, seeds.cases, json=True),
    "form": Target(form, seeds.forms),
}
