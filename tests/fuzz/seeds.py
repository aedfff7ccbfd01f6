"""The corpora that fuzzing begins with: small, well formed, made by our own builders."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from functools import cache
from typing import Any

from ledger.deployment import compose
from ledger.envelope import (
    BatchSignature,
    Entry,
    WebAuthnSignature,
    format_base64,
    format_entry,
    parse_statement,
)
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, sign_note
from ledger.receipt import Proof, Receipt, format_proof, format_receipt
from procurement.case_notes import EntryRef, Finding, Ground, Reply, note_body
from procurement.example import tell
from tests.ledger.offices import NOON, OFFICER, ORG, ORIGIN, SECOND, encode, remark
from tests.web import tablers, workbooks

_LOG, _WITNESS = Signer(ORIGIN, bytes(32)), Signer("witness.example.org", b"\x02" * 32)
_ANCHOR = {
    "chainId": 1337,
    "contract": "0x" + "cd" * 20,
    "logId": "0x" + "ab" * 32,
    "size": 3,
    "root": "0x" + "01" * 32,
    "transaction": "0x" + "02" * 32,
    "block": 7,
    "blockHash": "0x" + "03" * 32,
    "header": "0xc0",
    "accountProof": ["0xc0"],
    "storageProof": ["0xc20102", "0x80"],
}
_MAPPING = {
    "profile": "jejak/budget-mapping/1",
    "name": "apbd",
    "organisation": ORG,
    "fiscalYear": "2026",
    "currency": "IDR",
    "measures": [
        {"source": "before", "phase": "approved"},
        {"source": "after", "phase": "adjusted", "decimalChar": ",", "groupChar": "."},
    ],
    "line": {
        "code": "{unit}.{code}",
        "title": "{title}",
        "classifications": {"economic": "{code}", "administrative": "{unit}"},
    },
    "rows": [{"source": "account", "pattern": r"(?P<unit>\d\.\d\d) *\. *(?P<code>5(\.\d)+)"}],
    "legalBasis": "Perda 1/2026",
    "reason": "Perubahan",
    "resources": [{"name": "murni", "path": "budget.csv"}],
}


def _signed(*signers: Any, **more: Any) -> Any:
    body = encode(remark("ab" * 32))
    return compose(ORIGIN, "note", "ab" * 32, ORG, body, signers, time=NOON, **more)


def _entry(act: Any, *more: Any) -> bytes:
    signatures = sorted((*act.signatures, *more), key=lambda each: each.key)
    said = parse_statement(act.statement)
    return format_entry(Entry(at=NOON, prev="0" * 64, signatures=tuple(signatures), statement=said))


def statements() -> list[bytes]:
    """A plain one, and a correction."""
    return [_signed().statement, _signed(replaces="cd" * 32).statement]


def entries() -> list[bytes]:
    """Signed by one key, by two, by a passkey beside a key, and in a batch."""
    passkey = WebAuthnSignature(
        authenticator=format_base64(bytes(37)),
        client=format_base64(b'{"type":"webauthn.get","challenge":"AA","origin":"https://a"}'),
        key="ef" * 32,
        sig=format_base64(bytes(70)),
    )
    batch = BatchSignature(
        authenticator=passkey.authenticator,
        client=passkey.client,
        index="2",
        key=passkey.key,
        path=(format_base64(bytes(32)),),
        sig=passkey.sig,
        size="3",
    )
    one, two = _signed(OFFICER), _signed(OFFICER, SECOND)
    return [_entry(one), _entry(two), _entry(one, passkey), _entry(one, batch)]


def notes() -> list[bytes]:
    """A checkpoint with one signature, with a cosignature, and of an empty log."""
    text = format_checkpoint(Checkpoint(ORIGIN, 7, bytes(range(32))))
    empty = format_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)))
    signed = sign_note(text, _LOG), sign_note(text, _LOG, _WITNESS), sign_note(empty, _LOG)
    return [format_note(each) for each in signed]


def _proofs() -> list[Proof]:
    whole = notes()[1]
    return [Proof(0, (), whole), Proof(2, (bytes(32), bytes(range(32))), whole, b"more")]


def proofs() -> list[bytes]:
    """Of a log of one entry, and with hashes and an extra line."""
    return [format_proof(each).encode() for each in _proofs()]


def receipts() -> list[bytes]:
    """With everything a receipt may hold, and with nothing that it need not."""
    text, leaf = format_proof(_proofs()[1]), entries()[0]
    full = Receipt(2, leaf, encode(remark("ab" * 32)), text, _ANCHOR, (OFFICER.public.der,))
    return [format_receipt(each) for each in (full, Receipt(0, leaf, None, text))]


@cache
def releases() -> list[bytes]:
    """A release, packages, a record, JSON Lines, and these packed, from the fictional district."""
    told = [act.body for act in tell() if act.kind == "ocds/release"]
    several = [min(told, key=len), *sorted(told, key=len)[40:80:20]]
    listed = [json.loads(each) for each in several]
    record = {"ocid": listed[0]["ocid"], "releases": listed[:1], "compiledRelease": listed[0]}
    package = json.dumps({"uri": "https://a", "version": "1.1", "releases": listed}).encode()
    records = json.dumps({"records": [record, {"ocid": "a", "releases": [{"url": "b"}]}]}).encode()
    lines = b"\n".join(several)
    plain = [*several, package, records, lines, json.dumps(listed).encode()]
    return [*plain, gzip.compress(package, mtime=0), _tar(several[0], records)]


def _tar(*members: bytes) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for number, raw in enumerate(members):
            header = tarfile.TarInfo(f"{number}.json")
            header.size = len(raw)
            archive.addfile(header, io.BytesIO(raw))
    return whole.getvalue()


def mappings() -> list[bytes]:
    """How the tables below are read: in plain columns, and by patterns with groups of digits."""
    plain = {
        "measures": [{"source": "before", "phase": "approved"}],
        "line": {"code": "{code}", "title": "{title}"},
        "rows": [],
        "dialect": {"delimiter": ";"},
    }
    both = _MAPPING | {"difference": "difference", "encoding": "latin-1"}
    return [json.dumps(each).encode() for each in (_MAPPING, _MAPPING | plain, both)]


def tables() -> list[bytes]:
    """Rows of each mapping, with totals, brackets, quotes and a repeated line among them."""
    wide = (
        "account,title,before,after,difference\n"
        '1.03 . 5.2.1,"Jalan, Sagara",1000,"1.500,00",500\n'
        "1.03 . 5.2.1,Jalan,250.50,250,-0.5\n"
        "total,,1250.50,,\n"
        '1.03 . 5.2.2,Irigasi,(5),"-1.000",\n'
    )
    narrow = 'code;title;before\n5.2.1;Jalan;1000.00\n5.2.2;"a\nb";-1\n5.2.1;Jalan;(7)\n'
    whole = [each.encode() for each in (wide, narrow)]
    # The length of a table chooses its mapping: each is given to all three.
    return [each + b"\n" * more for each in whole for more in range(3)]


def uploads() -> list[bytes]:
    """A table of budget lines as CSV of either kind, and as a workbook."""
    rows = tablers.table(2)
    comma = b"\n".join(b",".join(str(cell).encode() for cell in row) for row in rows)
    return [tablers.csv_of(rows), b"sep=,\n" + comma, workbooks.workbook(rows)]


def sheets() -> list[bytes]:
    """The part of a workbook that holds its cells: numbers, texts, formulas and errors."""
    cells = (
        '<row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1"><f>1</f><v>1.5E+3</v></c></row>'
        '<row r="3"><c t="e"><v>#REF!</v></c><c><f>1</f></c><c t="b"><v>1</v></c></row>'
    )
    made = workbooks.worksheet(cells), workbooks.sheet(tablers.table(2))
    return [each.encode() for each in made]


def forms() -> list[bytes]:
    """A form with a text and a file."""
    head = b'--X\r\nContent-Disposition: form-data; name="'
    file = b'file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na;b\r\n'
    return [head + b'rows"\r\n\r\nx\r\n' + head + file + b"\r\n--X--\r\n"]


def cases() -> list[bytes]:
    """A finding of a flag, and an answer."""
    place = EntryRef(7, "ab" * 32)
    raised = Ground("R018", 1, "ocds-1", "flagged", "1", "", {"tenderers": "1"}, "jejak flags R018")
    notes = (
        Finding((place, EntryRef(8, "cd" * 32)), {"id": "Mengapa?", "en": "Why?"}, raised),
        Reply("answer", place, {"id": "Karena."}),
    )
    return [encode({**note_body(each), "salt": "0" * 32}) for each in notes]
