"""The form about money paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procurement.contracting import identifier, members, objects, text
from web.console.contracts import wants_contract
from web.console.events import money
from web.console.fields import Answers, Fault, Field, Rows
from web.console.forms import Body, Context, Form
from web.console.releases import CURRENCY, budget_of, currency_of, written
from web.language import mark as _


def _payment(_context: Context, answers: Answers) -> Body:
    contract = {"ocid": answers["ocid"], "id": answers["contract"]} if answers["contract"] else None
    return {
        "id": answers["number"],
        "date": answers["date"],
        "method": answers["way"],
        "payee": {"id": answers["payee"], "name": answers["title"]},
        "items": [
            {"line": {"id": each["line"]}, "amount": money(answers, each["amount"])}
            for each in ITEMS.read(answers)
        ],
        "net": money(answers, answers["value"]),
        "contract": contract,
        "reverses": answers["reverses"] or None,
    }


def _check(answers: Answers) -> list[Fault]:
    amounts = [answers["value"], *(each["amount"] for each in ITEMS.read(answers))]
    if any(each.startswith("-") for each in amounts) and not answers["reverses"]:
        return [Fault("reverses", _("Jumlah negatif membatalkan pembayaran: sebutkan nomornya."))]
    if answers["contract"] and not answers["ocid"]:
        return [Fault("ocid", _("Sebutkan nomor pengadaan dari kontrak ini."))]
    if answers["reverses"] and answers["reverses"] == answers["number"]:
        return [Fault("reverses", _("Pembayaran tidak membatalkan dirinya sendiri."))]
    return []


def _known(context: Context) -> Answers:
    record = context.record
    if context.correcting:
        return _paid(record)
    contract = (objects(record.get("contracts")) or [{}])[-1]
    return known_contract(context, identifier(contract.get("id")))


def known_contract(context: Context, number: str) -> Answers:
    """What a contract of the record says of a payment for it: payee, lines, currency."""
    record = context.record
    contracts = objects(record.get("contracts"))
    contract = next((each for each in contracts if identifier(each.get("id")) == number), {})
    awards = {identifier(each.get("id")): each for each in objects(record.get("awards"))}
    award = awards.get(identifier(contract.get("awardID")), {})
    supplier = (objects(award.get("suppliers")) or [{}])[0]
    rows = [{"line": line, "amount": ""} for line in _lines(context)]
    return {
        "way": "SP2D-LS",
        "ocid": text(record.get("ocid")) if number else "",
        "contract": number,
        "payee": identifier(supplier.get("id")),
        "title": text(supplier.get("name")),
        "currency": currency_of(context, members(contract.get("value"))),
        **ITEMS.write(rows or [{"line": "", "amount": ""}]),
    }


def _lines(context: Context) -> list[str]:
    found = budget_of(context.record)
    shares = [identifier(each.get("id")) for each in objects(found.get("budgetBreakdown"))]
    named = shares or [identifier(found.get("id")) or context.line]
    return [each for each in named if each][: ITEMS.most]


def _paid(body: Mapping[str, Any]) -> Answers:
    rows = [
        {
            "line": identifier(members(each.get("line")).get("id")),
            "amount": written(each.get("amount")),
        }
        for each in objects(body.get("items"))
    ]
    contract, payee = members(body.get("contract")), members(body.get("payee"))
    net = members(body.get("net"))
    return {
        "number": text(body.get("id")),
        "date": text(body.get("date")),
        "way": text(body.get("method")),
        "payee": text(payee.get("id")),
        "title": text(payee.get("name")),
        **ITEMS.write(rows),
        "value": written(net),
        "currency": text(net.get("currency")),
        "ocid": text(contract.get("ocid")),
        "contract": text(contract.get("id")),
        "reverses": text(body.get("reverses")),
    }


ITEMS = Rows(
    "items",
    _("Dibebankan pada"),
    _("Beban"),
    _("Tambah mata anggaran"),
    (
        Field("line", _("Mata anggaran"), pick="line"),
        Field("amount", _("Jumlah bruto"), "money", negative=True),
    ),
    hint=_("Sebelum potongan. Kosongkan untuk uang muka yang belum dibebankan."),
    most=50,
    before="value",
)

PAYMENT = Form(
    "payment",
    "budget/payment",
    _("Pembayaran (SP2D)"),
    _("Mencatat pembayaran %(amount)s kepada %(title)s."),
    (
        Field("number", _("Nomor SP2D"), hint=_("Dipakai satu kali.")),
        Field("date", _("Tanggal"), "date"),
        Field(
            "way",
            _("Cara membayar"),
            hint=_("Misalnya SP2D-LS untuk pembayaran langsung."),
            suggested=("SP2D-LS", "SP2D-UP", "SP2D-GU", "SP2D-TU"),
        ),
        Field(
            "contract",
            _("Nomor kontrak"),
            hint=_("Pilihlah dari daftar: penerima dan mata anggarannya lalu terisi."),
            required=False,
            pick="contract",
        ),
        Field(
            "ocid",
            _("Nomor pengadaan"),
            hint=_("Terisi bila kontraknya dipilih dari daftar."),
            required=False,
        ),
        Field(
            "payee",
            _("Nomor penerima"),
            hint=_("Bukan NIK: nomor badan usaha atau lembaga."),
            pick="party",
            names="title",
        ),
        Field("title", _("Nama penerima")),
        CURRENCY,
        Field(
            "value",
            _("Diterima bersih"),
            "money",
            hint=_("Setelah potongan pajak dan lainnya."),
            negative=True,
        ),
        Field(
            "reverses",
            _("Membatalkan pembayaran"),
            hint=_("Hanya untuk pengembalian: nomor pembayaran yang dibatalkan."),
            required=False,
            pick="payment",
        ),
    ),
    _payment,
    "",
    _known,
    _check,
    (ITEMS,),
    wants=wants_contract,
)

FORMS = (PAYMENT,)
