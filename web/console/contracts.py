"""Forms about contracts: contract, addendum, handover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from procurement.contracting import identifier, members, objects, text
from procurement.ocds import RELEASE
from web.console.fields import Answers, Fault, Field
from web.console.forms import Body, Context, Form, Option
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
    last,
    release,
    shown,
    taxed,
    value,
    written,
)
from web.console.tendering import wants_tender
from web.language import mark as _


def _contract(context: Context, answers: Answers) -> Body:
    signed = {
        "id": answers["number"],
        "awardID": answers["award"],
        "title": answers["title"],
        "status": "active",
        "dateSigned": day(context, answers["signed"]),
        "period": {
            "startDate": day(context, answers["starts"]),
            "endDate": day(context, answers["ends"]),
        },
        "value": value(answers, answers["value"], answers.get("tax", "")),
    }
    found = budget(context, answers)
    known = budget_of(context.record)
    # One line that the process names already is not said again.
    told = found and (SHARES.read(answers) or "budgetBreakdown" in found or found != _first(known))
    more: Body = {"planning": {"budget": found}} if told else {}
    return release(context, answers, "contract", contracts=[signed], **more)


def _first(known: Mapping[str, Any]) -> Body:
    return {"id": identifier(known.get("id"))}


def _check_contract(answers: Answers) -> list[Fault]:
    return check_period(answers, "starts", "ends") or check_shares(answers)


def _known_contract(context: Context) -> Answers:
    contract = last(context.record, "contracts") if context.correcting else {}
    award = _open_award(context.record)
    period = members(contract.get("period"))
    worth = members(contract.get("value")) or members(award.get("value"))
    tender = members(context.record.get("tender"))
    return {
        **known_budget(context),
        "title": text(contract.get("title") or award.get("title") or tender.get("title")),
        "number": identifier(contract.get("id")),
        "award": identifier(contract.get("awardID")) or identifier(award.get("id")),
        "value": written(worth),
        "currency": currency_of(context, worth),
        "tax": taxed(worth),
        "signed": text(contract.get("dateSigned"))[:10],
        "starts": text(period.get("startDate"))[:10],
        "ends": text(period.get("endDate"))[:10],
    }


def _open_award(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first award in force without a contract, else the last one."""
    signed = {identifier(each.get("awardID")) for each in objects(record.get("contracts"))}
    awards = _in_force(record)
    waiting = [each for each in awards if identifier(each.get("id")) not in signed]
    return (waiting or awards[-1:] or [{}])[0]


def _in_force(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in objects(record.get("awards")) if each.get("status") == "active"]


def _awards(context: Context) -> dict[str, list[Option]]:
    awards = [] if context.correcting else _in_force(context.record)
    return {"award": [_option(each, _suppliers(each)) for each in awards]}


def _suppliers(award: Mapping[str, Any]) -> str:
    names = [text(each.get("name")) for each in objects(award.get("suppliers"))]
    return " + ".join(filter(None, names))


def _option(found: Mapping[str, Any], title: str) -> Option:
    return Option(identifier(found.get("id")), title, shown(found.get("value")))


def contract_options(context: Context) -> dict[str, list[Option]]:
    """The contracts of a process."""
    found = objects(context.record.get("contracts"))
    return {"number": [_option(each, text(each.get("title"))) for each in found]}


def _award_of(context: Context, number: str) -> Body:
    """The award of a contract, as a release names it again."""
    found = objects(context.record.get("contracts"))
    awards = (each.get("awardID") for each in found if identifier(each.get("id")) == number)
    return next(({"awardID": identifier(award)} for award in awards if award), {})


def _addendum(context: Context, answers: Answers) -> Body:
    number = answers["number"]
    changed: Body = {"id": number, **_award_of(context, number)}
    changed["value"] = value(answers, answers["value"], answers.get("tax", ""))
    if answers.get("ends"):
        changed["period"] = {"endDate": day(context, answers["ends"])}
    changed["amendments"] = [
        {
            "id": context.draft,
            "date": day(context, answers["date"]),
            "rationale": answers["reason"],
        }
    ]
    return release(context, answers, "contractAmendment", contracts=[changed])


def _handover(context: Context, answers: Answers) -> Body:
    number = answers["number"]
    milestone = {
        "id": f"bast-{context.draft}",
        "title": answers["title"],
        "type": "delivery",
        "status": "met",
        "dateMet": day(context, answers["date"]),
    }
    done = {"id": number, **_award_of(context, number)}
    done["implementation"] = {"milestones": [milestone]}
    return release(context, answers, "implementation", contracts=[done])


def _known_change(context: Context) -> Answers:
    contract = last(context.record, "contracts")
    worth = members(contract.get("value"))
    known = {
        "title": text(contract.get("title")),
        "number": identifier(contract.get("id")),
        "value": written(worth),
        "currency": currency_of(context, worth),
        "tax": taxed(worth),
        "ends": text(members(contract.get("period")).get("endDate"))[:10],
    }
    if not context.correcting:
        return known
    change, milestone = last(contract, "amendments"), _milestone(contract)
    dated = text(change.get("date")) or text(milestone.get("dateMet"))
    title = text(milestone.get("title")) or known["title"]
    return {**known, "date": dated[:10], "reason": text(change.get("rationale")), "title": title}


def _milestone(contract: Mapping[str, Any]) -> Mapping[str, Any]:
    return last(members(contract.get("implementation")), "milestones")


def _known_handover(context: Context) -> Answers:
    known = _known_change(context)
    return known if context.correcting else {**known, "title": ""}


def wants_award(record: Mapping[str, Any]) -> str:
    """Why there can be no contract yet; nothing where there can."""
    return "" if _in_force(record) else wants_tender(record) or _("Tetapkan pemenangnya dahulu.")


def wants_contract(record: Mapping[str, Any]) -> str:
    """Why nothing can be done about a contract yet; nothing where it can."""
    if objects(record.get("contracts")):
        return ""
    return wants_award(record) or _("Umumkan kontraknya dahulu.")


_NUMBER = Field("number", _("Kontrak"), "option")

CONTRACT = Form(
    "contract",
    RELEASE,
    _("Kontrak"),
    _("Mengumumkan kontrak %(title)s senilai %(amount)s."),
    (
        Field("award", _("Untuk pemenang"), "option"),
        Field("title", _("Nama kontrak")),
        Field("number", _("Nomor kontrak"), hint=_("Seperti tertulis di kontraknya.")),
        replace(LINE, required=False),
        CURRENCY,
        Field("value", _("Nilai kontrak"), "money"),
        TAX,
        Field("signed", _("Tanggal tanda tangan"), "date"),
        Field("starts", _("Mulai bekerja"), "date"),
        Field("ends", _("Selesai bekerja"), "date", hint=_("Boleh di tahun anggaran lain.")),
    ),
    _contract,
    "process",
    _known_contract,
    _check_contract,
    (replace(SHARES, before="signed"),),
    _awards,
    wants_award,
)
ADDENDUM = Form(
    "addendum",
    RELEASE,
    _("Adendum kontrak"),
    _("Mengubah kontrak %(title)s; nilainya menjadi %(amount)s."),
    (
        _NUMBER,
        CURRENCY,
        Field(
            "value",
            _("Nilai kontrak setelah adendum"),
            "money",
            hint=_("Seluruh nilainya yang baru, bukan selisihnya."),
        ),
        TAX,
        Field("ends", _("Selesai bekerja menjadi"), "date", required=False),
        Field("date", _("Tanggal adendum"), "date"),
        Field("reason", _("Alasan"), "long", longest=1000),
    ),
    _addendum,
    "process",
    _known_change,
    options=contract_options,
    wants=wants_contract,
)
HANDOVER = Form(
    "handover",
    RELEASE,
    _("Serah terima (BAST)"),
    _("Mencatat serah terima: %(title)s."),
    (
        _NUMBER,
        Field("title", _("Nama berita acara"), hint=_("Misalnya BAST pertama, 100 persen.")),
        Field("date", _("Tanggal serah terima"), "date"),
    ),
    _handover,
    "process",
    _known_handover,
    options=contract_options,
    wants=wants_contract,
)

FORMS = (CONTRACT, ADDENDUM, HANDOVER)
