"""Forms that make budget events: appropriation, revision, transfer, payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.console.contracts import last
from web.console.fields import CURRENCY, Answers, Fault, Field, Wrong, read_amount
from web.console.forms import Body, Context, Form
from web.console.releases import member
from web.language import mark as _

CLASSIFICATIONS = ("functional", "economic", "programme", "fund", "location")
MAX_ITEMS = 50


def money(amount: str) -> dict[str, str]:
    """Money as our own bodies have it."""
    return {"amount": amount, "currency": CURRENCY}


def _appropriation(_context: Context, answers: Answers) -> Body:
    owner, year = answers["owner"], answers["year"]
    found = {name: answers[name] for name in CLASSIFICATIONS if answers[name]}
    return {
        "line": {
            "id": f"{owner}/{year}/{answers['code']}",
            "fiscalYear": year,
            "title": answers["title"],
            "org": owner,
            "classifications": {"administrative": owner, **found},
        },
        "amount": money(answers["value"]),
        "legalBasis": answers["basis"],
    }


def _known_appropriation(context: Context) -> Answers:
    line = member(context.record, "line")
    classes = member(line, "classifications")
    known = {name: str(classes.get(name) or "") for name in CLASSIFICATIONS}
    return {
        **known,
        "owner": str(line.get("org") or context.org),
        "year": str(line.get("fiscalYear") or context.moment[:4]),
        "code": str(line.get("id") or "").rpartition("/")[2],
        "title": str(line.get("title") or ""),
        **_common(context, "amount"),
    }


def _common(context: Context, name: str) -> Answers:
    """What several events have: number, amount, reason, legal basis."""
    record = context.record
    return {
        "number": str(record.get("id") or ""),
        "value": str(member(record, name).get("amount") or ""),
        "reason": str(record.get("reason") or ""),
        "basis": str(record.get("legalBasis") or ""),
    }


def _revision(_context: Context, answers: Answers) -> Body:
    return {
        "id": answers["number"],
        "line": {"id": answers["line"]},
        "change": money(answers["value"]),
        "reason": answers["reason"],
        "legalBasis": answers["basis"],
    }


def _known_revision(context: Context) -> Answers:
    line = str(member(context.record, "line").get("id") or context.line)
    return {"line": line, **_common(context, "change")}


def _transfer(_context: Context, answers: Answers) -> Body:
    return {
        "id": answers["number"],
        "from": {"id": answers["line"]},
        "to": {"id": answers["target"]},
        "amount": money(answers["value"]),
        "reason": answers["reason"],
        "legalBasis": answers["basis"],
    }


def _known_transfer(context: Context) -> Answers:
    source, target = member(context.record, "from"), member(context.record, "to")
    return {
        "line": str(source.get("id") or context.line),
        "target": str(target.get("id") or ""),
        **_common(context, "amount"),
    }


def _check_transfer(answers: Answers) -> list[Fault]:
    if answers["line"] != answers["target"]:
        return []
    return [Fault("target", _("Uang digeser ke mata anggaran yang lain."))]


def read_items(text: str) -> list[tuple[str, str]]:
    """Rows `line; amount` of what a payment is charged to. Raises Wrong."""
    rows = [row for row in text.split("\n") if row.strip()]
    if len(rows) > MAX_ITEMS:
        raise Wrong(_("Terlalu banyak baris."))
    return [_item(row) for row in rows]


def _item(row: str) -> tuple[str, str]:
    line, mark, amount = (part.strip() for part in row.partition(";"))
    if not (line and mark and amount):
        raise Wrong(_("Setiap baris berisi mata anggaran; jumlah, dipisahkan titik koma."))
    return line, read_amount(amount)


def _payment(_context: Context, answers: Answers) -> Body:
    contract = {"ocid": answers["ocid"], "id": answers["contract"]} if answers["contract"] else None
    return {
        "id": answers["number"],
        "date": answers["date"],
        "method": answers["way"],
        "payee": {"id": answers["payee"], "name": answers["title"]},
        "items": [
            {"line": {"id": line}, "amount": money(amount)}
            for line, amount in read_items(answers["items"])
        ],
        "net": money(answers["value"]),
        "contract": contract,
        "reverses": answers["reverses"] or None,
    }


def _check_payment(answers: Answers) -> list[Fault]:
    try:
        items = read_items(answers["items"])
    except Wrong as error:
        return [Fault("items", str(error))]
    negative = any(amount.startswith("-") for _, amount in items)
    if (negative or answers["value"].startswith("-")) and not answers["reverses"]:
        return [Fault("reverses", _("Jumlah negatif membatalkan pembayaran: sebutkan nomornya."))]
    if answers["contract"] and not answers["ocid"]:
        return [Fault("ocid", _("Sebutkan nomor pengadaan dari kontrak ini."))]
    return []


def _known_payment(context: Context) -> Answers:
    record = context.record
    if context.correcting:
        return _paid(record)
    contract = last(record, "contracts")
    awards = [each for each in record.get("awards") or () if isinstance(each, dict)]
    award = next((each for each in awards if each.get("id") == contract.get("awardID")), {})
    supplier = last(award, "suppliers")
    line = str(member(member(record, "planning"), "budget").get("id") or context.line)
    return {
        "way": "SP2D-LS",
        "ocid": str(record.get("ocid") or ""),
        "contract": str(contract.get("id") or ""),
        "payee": str(supplier.get("id") or ""),
        "title": str(supplier.get("name") or ""),
        "items": f"{line}; " if line else "",
    }


def _paid(body: Mapping[str, Any]) -> Answers:
    items = [each for each in body.get("items") or () if isinstance(each, dict)]
    rows = (f"{member(i, 'line').get('id')}; {member(i, 'amount').get('amount')}" for i in items)
    contract, payee = member(body, "contract"), member(body, "payee")
    return {
        "number": str(body.get("id") or ""),
        "date": str(body.get("date") or ""),
        "way": str(body.get("method") or ""),
        "payee": str(payee.get("id") or ""),
        "title": str(payee.get("name") or ""),
        "items": "\n".join(rows),
        "value": str(member(body, "net").get("amount") or ""),
        "ocid": str(contract.get("ocid") or ""),
        "contract": str(contract.get("id") or ""),
        "reverses": str(body.get("reverses") or ""),
    }


_NUMBER = Field("number", _("Nomor"), hint=_("Nomor surat atau dokumennya; dipakai satu kali."))
_BASIS = Field("basis", _("Dasar hukum"))
_REASON = Field("reason", _("Alasan"), "long", longest=1000)
_LINE = Field("line", _("Mata anggaran"))


def _optional(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, hint=hint, required=False)


APPROPRIATION = Form(
    "appropriation",
    "budget/appropriation",
    _("Anggaran ditetapkan"),
    _("Menetapkan anggaran %(title)s sebesar %(amount)s."),
    (
        Field("owner", _("Lembaga pemilik anggaran")),
        Field("year", _("Tahun anggaran"), "number", longest=4),
        Field("code", _("Kode mata anggaran")),
        Field("title", _("Nama mata anggaran")),
        Field("value", _("Jumlah"), "money"),
        _BASIS,
        _optional("functional", _("Fungsi")),
        _optional("economic", _("Jenis belanja")),
        _optional("programme", _("Program")),
        _optional("fund", _("Sumber dana")),
        _optional("location", _("Lokasi")),
    ),
    _appropriation,
    "",
    _known_appropriation,
)
REVISION = Form(
    "revision",
    "budget/revision",
    _("Perubahan anggaran"),
    _("Mengubah anggaran %(title)s sebesar %(amount)s."),
    (
        _NUMBER,
        _LINE,
        Field(
            "value",
            _("Perubahan"),
            "money",
            hint=_("Negatif bila anggaran berkurang."),
            negative=True,
        ),
        _REASON,
        _BASIS,
    ),
    _revision,
    "line",
    _known_revision,
)
TRANSFER = Form(
    "transfer",
    "budget/transfer",
    _("Pergeseran anggaran"),
    _("Menggeser %(amount)s dari %(title)s ke mata anggaran lain."),
    (
        _NUMBER,
        Field("line", _("Dari mata anggaran")),
        Field("target", _("Ke mata anggaran")),
        Field("value", _("Jumlah"), "money"),
        _REASON,
        _BASIS,
    ),
    _transfer,
    "line",
    _known_transfer,
    _check_transfer,
)
PAYMENT = Form(
    "payment",
    "budget/payment",
    _("Pembayaran (SP2D)"),
    _("Mencatat pembayaran %(amount)s kepada %(title)s."),
    (
        Field("number", _("Nomor SP2D")),
        Field("date", _("Tanggal"), "date"),
        Field("way", _("Cara")),
        Field("payee", _("Nomor penerima"), hint=_("Bukan NIK: nomor badan usaha atau lembaga.")),
        Field("title", _("Nama penerima")),
        Field(
            "items",
            _("Dibebankan pada"),
            "rows",
            hint=_("Satu mata anggaran per baris: nomor; jumlah bruto. Kosong untuk uang muka."),
            required=False,
            longest=8000,
        ),
        Field("value", _("Diterima bersih"), "money", negative=True),
        _optional("ocid", _("Nomor pengadaan")),
        _optional("contract", _("Nomor kontrak")),
        _optional("reverses", _("Membatalkan pembayaran"), _("Nomor pembayaran yang dibatalkan.")),
    ),
    _payment,
    "",
    _known_payment,
    _check_payment,
)

FORMS = (APPROPRIATION, REVISION, TRANSFER, PAYMENT)
