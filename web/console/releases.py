"""Forms that make OCDS 1.1 releases of a contracting process."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procurement.ocds import RELEASE
from web.console.fields import CURRENCY, Answers, Fault, Field
from web.console.forms import Body, Context, Form
from web.language import mark as _

ZONE = "+07:00"


def ocid_of(context: Context, answers: Answers) -> str:
    """The process that a release is about: the one known, or a new one of the institution."""
    return answers.get("ocid") or str(
        context.record.get("ocid") or f"{context.prefix}{context.draft}"
    )


def release(context: Context, answers: Answers, tag: str, **parts: Any) -> Body:
    """A release of the institution, dated now, with its buyer named."""
    ocid = ocid_of(context, answers)
    buyer = {"id": context.org, "name": context.name}
    return {
        "ocid": ocid,
        "id": f"{ocid}-{tag}-{context.draft}",
        "date": context.moment,
        "tag": [tag],
        "initiationType": "tender",
        "language": "id",
        "parties": [{**buyer, "roles": ["buyer", "procuringEntity"]}, *parts.pop("parties", ())],
        "buyer": buyer,
        **parts,
    }


def money(amount: str) -> dict[str, Any]:
    """A value of OCDS: a JSON number, never a float."""
    whole, _, cents = amount.partition(".")
    number = int(whole) if not cents.strip("0") else Decimal(amount)
    return {"amount": number, "currency": CURRENCY}


def day(text: str, hour: int = 9) -> str:
    """An hour of a day, as OCDS writes it."""
    return f"{text}T{hour:02}:00:00{ZONE}"


def tender_id(context: Context, answers: Answers) -> str:
    """The id of the tender of a process."""
    found = member(context.record, "tender").get("id")
    return str(found or f"{ocid_of(context, answers)}-T")


def member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside an object; empty where it is something else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _tender(context: Context, answers: Answers) -> Body:
    budget = {"id": answers["line"], "description": answers["title"]}
    return release(
        context,
        answers,
        "tender",
        planning={"budget": budget},
        tender={
            "id": tender_id(context, answers),
            "title": answers["title"],
            "description": answers["description"],
            "status": "active",
            "value": money(answers["value"]),
            "procurementMethod": answers["method"],
            "mainProcurementCategory": answers["category"],
            "tenderPeriod": {
                "startDate": day(answers["opens"]),
                "endDate": day(answers["closes"], 15),
            },
        },
    )


def _plan(context: Context, answers: Answers) -> Body:
    amount = {"id": answers["line"], "description": answers["title"]}
    return release(
        context,
        answers,
        "planning",
        planning={
            "rationale": answers["description"],
            "budget": {**amount, "amount": money(answers["value"])},
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


def check_period(first: str, last: str) -> Any:
    """A rule: the second day is not before the first."""

    def check(answers: Answers) -> list[Fault]:
        if answers[last] >= answers[first]:
            return []
        return [Fault(last, _("Tanggal ini sebelum tanggal mulainya."))]

    return check


def _known_tender(context: Context) -> Answers:
    tender, planning = member(context.record, "tender"), member(context.record, "planning")
    budget, period = member(planning, "budget"), member(tender, "tenderPeriod")
    value = member(tender, "value") or member(budget, "amount")
    return {
        "title": str(tender.get("title") or ""),
        "description": str(tender.get("description") or planning.get("rationale") or ""),
        "line": str(budget.get("id") or context.line),
        "value": str(value.get("amount") or ""),
        "category": str(tender.get("mainProcurementCategory") or ""),
        "method": str(tender.get("procurementMethod") or ""),
        "opens": str(period.get("startDate") or "")[:10],
        "closes": str(period.get("endDate") or "")[:10],
    }


def _known_cancellation(context: Context) -> Answers:
    tender = member(context.record, "tender")
    if not context.correcting:
        return {"title": str(tender.get("title") or "")}
    return {"status": str(tender.get("status")), "reason": str(tender.get("statusDetails") or "")}


LINE = Field("line", _("Mata anggaran"), hint=_("Nomor mata anggaran yang membiayai."))
TITLE = Field("title", _("Nama paket"))
DESCRIPTION = Field("description", _("Uraian pekerjaan"), "long", longest=2000)
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

PLAN = Form(
    "plan",
    RELEASE,
    _("Rencana pengadaan (RUP)"),
    _("Mengumumkan rencana pengadaan %(title)s senilai %(amount)s."),
    (TITLE, DESCRIPTION, LINE, Field("value", _("Pagu"), "money"), CATEGORY),
    _plan,
    "",
    _known_tender,
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
        Field("value", _("Nilai perkiraan (HPS)"), "money"),
        CATEGORY,
        METHOD,
        Field("opens", _("Tanggal mulai"), "date"),
        Field("closes", _("Batas pemasukan penawaran"), "date"),
    ),
    _tender,
    "",
    _known_tender,
    check_period("opens", "closes"),
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
)

FORMS = (PLAN, TENDER, CANCELLATION)
