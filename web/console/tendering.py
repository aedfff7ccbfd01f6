"""Forms about plans and tenders, and about tenders that came to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from procurement.contracting import identifier, members, objects, text
from procurement.ocds import RELEASE
from web.console.fields import Answers, Fault, Field, Rows
from web.console.forms import Body, Context, Form
from web.console.releases import (
    CURRENCY,
    LINE,
    SHARES,
    TAX,
    budget,
    budget_of,
    check_period,
    check_shares,
    currency_of,
    day,
    known_budget,
    money_of,
    ocid_of,
    release,
    taxed,
    tender_id,
    value,
    written,
)
from web.language import mark as _


def _tender(context: Context, answers: Answers) -> Body:
    tender: Body = {
        "id": tender_id(context, answers),
        "title": answers["title"],
        "description": answers["description"],
        "status": "active",
        "value": value(answers, answers["value"], answers.get("tax", "")),
        "procurementMethod": answers["method"],
        "mainProcurementCategory": answers["category"],
        "tenderPeriod": {
            "startDate": day(context, answers["opens"]),
            "endDate": day(context, answers["closes"], 15),
        },
    }
    if lots := _lots(context, answers):
        tender["lots"] = lots
    planning = {"budget": {**budget(context, answers), "description": answers["title"]}}
    return release(context, answers, "tender", planning=planning, tender=tender)


def _lots(context: Context, answers: Answers) -> list[Body]:
    start = ocid_of(context, answers)
    return [
        {
            "id": f"{start}-L{number}",
            "title": each["title"],
            "status": "active",
            "value": value(answers, each["value"], answers.get("tax", "")),
        }
        for number, each in enumerate(LOTS.read(answers), 1)
    ]


def _plan(context: Context, answers: Answers) -> Body:
    found = {**budget(context, answers), "description": answers["title"]}
    return release(
        context,
        answers,
        "planning",
        planning={
            "rationale": answers["description"],
            "budget": {**found, "amount": value(answers, answers["value"])},
        },
        tender={
            "id": tender_id(context, answers),
            "title": answers["title"],
            "status": "planned",
            "mainProcurementCategory": answers["category"],
        },
    )


def _cancellation(context: Context, answers: Answers) -> Body:
    return release(
        context,
        answers,
        "tenderCancellation",
        tender={
            "id": tender_id(context, answers),
            "status": answers["status"],
            "statusDetails": answers["reason"],
        },
    )


def _check_tender(answers: Answers) -> list[Fault]:
    return check_period(answers, "opens", "closes") or _check_lots(answers) or check_shares(answers)


def _check_lots(answers: Answers) -> list[Fault]:
    lots = LOTS.read(answers)
    parts = sum(money_of(answers, each["value"]).amount for each in lots)
    if not lots or parts == money_of(answers, answers["value"]).amount:
        return []
    return [Fault("value", _("Jumlah nilai semua lot tidak sama dengan nilai ini."))]


def _known_tender(context: Context) -> Answers:
    tender = members(context.record.get("tender"))
    planning, period = members(context.record.get("planning")), members(tender.get("tenderPeriod"))
    worth = members(tender.get("value")) or members(budget_of(context.record).get("amount"))
    lots = [
        {"title": text(each.get("title")), "value": written(each.get("value"))}
        for each in objects(tender.get("lots"))
    ]
    return {
        **known_budget(context),
        **LOTS.write(lots),
        "title": text(tender.get("title")),
        "description": text(tender.get("description")) or text(planning.get("rationale")),
        "value": written(worth),
        "currency": currency_of(context, worth),
        "tax": taxed(members(tender.get("value"))),
        "category": text(tender.get("mainProcurementCategory")),
        "method": text(tender.get("procurementMethod")),
        "opens": text(period.get("startDate"))[:10],
        "closes": text(period.get("endDate"))[:10],
    }


def _known_plan(context: Context) -> Answers:
    known = _known_tender(context)
    worth = members(budget_of(context.record).get("amount"))
    return {**known, "value": written(worth) or known["value"]}


def _known_cancellation(context: Context) -> Answers:
    tender = members(context.record.get("tender"))
    if not context.correcting:
        return {"title": text(tender.get("title"))}
    return {"status": text(tender.get("status")), "reason": text(tender.get("statusDetails"))}


def wants_tender(record: Mapping[str, Any]) -> str:
    """Why nothing can follow a tender yet; nothing where it can."""
    status = text(members(record.get("tender")).get("status"))
    if not status or status in ("planned", "planning"):
        return _("Umumkan tendernya dahulu.")
    if status in ("cancelled", "unsuccessful", "withdrawn"):
        return _("Tendernya sudah dibatalkan atau gagal.")
    return ""


def lot_names(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The lots of a tender by their ids."""
    lots = objects(members(record.get("tender")).get("lots"))
    return {identifier(each.get("id")): each for each in lots if identifier(each.get("id"))}


TITLE = Field("title", _("Nama paket"), hint=_("Seperti dalam dokumen pengadaannya."))
DESCRIPTION = Field(
    "description",
    _("Uraian pekerjaan"),
    "long",
    hint=_("Apa yang dibeli, di mana, dan untuk siapa; dalam kata-kata yang dipahami umum."),
    longest=2000,
)
CATEGORY = Field(
    "category",
    _("Jenis pengadaan"),
    "choice",
    choices=("works", "goods", "services"),
    family="category",
)
METHOD = Field(
    "method",
    _("Cara memilih penyedia"),
    "choice",
    choices=("open", "selective", "limited", "direct"),
    family="method",
)
LOTS = Rows(
    "lots",
    _("Lot"),
    _("Lot"),
    _("Tambah lot"),
    (Field("title", _("Nama lot")), Field("value", _("Nilai lot"), "money")),
    hint=_("Hanya bila tender dibagi menjadi beberapa lot. Jumlahnya sama dengan nilai di atas."),
    before="category",
)

PLAN = Form(
    "plan",
    RELEASE,
    _("Rencana pengadaan (RUP)"),
    _("Mengumumkan rencana pengadaan %(title)s senilai %(amount)s."),
    (TITLE, DESCRIPTION, LINE, CURRENCY, Field("value", _("Pagu"), "money"), CATEGORY),
    _plan,
    "",
    _known_plan,
    check_shares,
    (replace(SHARES, before="category"),),
)
TENDER = Form(
    "tender",
    RELEASE,
    _("Pengumuman tender"),
    _("Mengumumkan tender %(title)s senilai %(amount)s."),
    (
        TITLE,
        DESCRIPTION,
        LINE,
        CURRENCY,
        Field("value", _("Nilai perkiraan (HPS)"), "money"),
        TAX,
        CATEGORY,
        METHOD,
        Field("opens", _("Tanggal mulai"), "date", hint=_("Hari pertama penawaran diterima.")),
        Field("closes", _("Batas pemasukan penawaran"), "date"),
    ),
    _tender,
    "",
    _known_tender,
    _check_tender,
    (LOTS, replace(SHARES, before="category")),
)
CANCELLATION = Form(
    "cancellation",
    RELEASE,
    _("Pembatalan tender"),
    _("Mengumumkan bahwa tender %(title)s dibatalkan atau gagal."),
    (
        Field(
            "status",
            _("Yang terjadi"),
            "choice",
            choices=("cancelled", "unsuccessful"),
            family="status",
        ),
        Field("reason", _("Alasan"), "long", longest=1000),
    ),
    _cancellation,
    "process",
    _known_cancellation,
    wants=wants_tender,
)

FORMS = (PLAN, TENDER, CANCELLATION)
