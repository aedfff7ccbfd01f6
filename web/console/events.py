"""Forms that make budget events: appropriation, revision, transfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procurement.contracting import members, text
from procurement.money import format_amount
from web.console.fields import Answers, Fault, Field
from web.console.forms import Body, Context, Form, Option
from web.console.releases import CURRENCY, currency_of, money_of, written
from web.language import mark as _

CLASSIFICATIONS = ("functional", "economic", "programme", "fund", "location")


def money(answers: Answers, amount: str) -> dict[str, str]:
    """Money as our own bodies have it."""
    found = money_of(answers, amount)
    return {"amount": format_amount(found), "currency": found.currency}


def _appropriation(_context: Context, answers: Answers) -> Body:
    owner, year = answers["owner"], answers["year"]
    found = {name: answers[name] for name in CLASSIFICATIONS if answers.get(name)}
    return {
        "line": {
            "id": f"{owner}/{year}/{answers['code']}",
            "fiscalYear": year,
            "title": answers["title"],
            "org": owner,
            "classifications": {"administrative": owner, **found},
        },
        "amount": money(answers, answers["value"]),
        "legalBasis": answers["basis"],
    }


def _known_appropriation(context: Context) -> Answers:
    line = members(context.record.get("line"))
    classes = members(line.get("classifications"))
    known = {name: text(classes.get(name)) for name in CLASSIFICATIONS}
    return {
        **known,
        "owner": text(line.get("org")) or _owner(context),
        "year": text(line.get("fiscalYear")) or context.moment[:4],
        "code": text(line.get("id")).partition("/")[2].partition("/")[2],
        "title": text(line.get("title")),
        **_common(context, "amount"),
    }


def _owner(context: Context) -> str:
    """Whose line it is likely to be: the only one in scope, else the officer's own."""
    named = [each.value for each in context.scope if each.value != "*"]
    return named[0] if len(named) == 1 and len(context.scope) == 1 else context.org


def _owners(context: Context) -> dict[str, list[Option]]:
    """Whose lines the key may speak about; for all of them nothing is listed."""
    if any(each.value == "*" for each in context.scope):
        return {}
    return {"owner": list(context.scope)}


def _common(context: Context, name: str) -> Answers:
    """What several events have: number, amount, reason, legal basis."""
    record = context.record
    worth: Mapping[str, Any] = members(record.get(name))
    return {
        "number": text(record.get("id")),
        "value": written(worth),
        "currency": currency_of(context, worth),
        "reason": text(record.get("reason")),
        "basis": text(record.get("legalBasis")),
    }


def _revision(_context: Context, answers: Answers) -> Body:
    return {
        "id": answers["number"],
        "line": {"id": answers["line"]},
        "change": money(answers, answers["value"]),
        "reason": answers["reason"],
        "legalBasis": answers["basis"],
    }


def _known_revision(context: Context) -> Answers:
    line = text(members(context.record.get("line")).get("id")) or context.line
    return {"line": line, **_common(context, "change")}


def _transfer(_context: Context, answers: Answers) -> Body:
    return {
        "id": answers["number"],
        "from": {"id": answers["line"]},
        "to": {"id": answers["target"]},
        "amount": money(answers, answers["value"]),
        "reason": answers["reason"],
        "legalBasis": answers["basis"],
    }


def _known_transfer(context: Context) -> Answers:
    source, target = members(context.record.get("from")), members(context.record.get("to"))
    return {
        "line": text(source.get("id")) or context.line,
        "target": text(target.get("id")),
        **_common(context, "amount"),
    }


def _check_transfer(answers: Answers) -> list[Fault]:
    if answers["line"] != answers["target"]:
        return []
    return [Fault("target", _("Uang digeser ke mata anggaran yang lain."))]


_NUMBER = Field("number", _("Nomor"), hint=_("Nomor surat atau dokumennya; dipakai satu kali."))
_BASIS = Field("basis", _("Dasar hukum"), hint=_("Misalnya Perda 9/2025 tentang APBD 2026."))
_REASON = Field("reason", _("Alasan"), "long", longest=1000)


def _optional(name: str, label: str, hint: str = "") -> Field:
    return Field(name, label, hint=hint, required=False)


APPROPRIATION = Form(
    "appropriation",
    "budget/appropriation",
    _("Anggaran ditetapkan"),
    _("Menetapkan anggaran %(title)s sebesar %(amount)s."),
    (
        Field("owner", _("Lembaga pemilik anggaran"), "option"),
        Field("year", _("Tahun anggaran"), "number", longest=4),
        Field(
            "code",
            _("Kode mata anggaran"),
            hint=_("Seperti dalam dokumen anggaran, misalnya 1.03.10.2.01."),
        ),
        Field("title", _("Nama mata anggaran")),
        CURRENCY,
        Field("value", _("Jumlah"), "money"),
        _BASIS,
        _optional("functional", _("Fungsi"), _("Kode fungsi, misalnya 04.5.1.")),
        _optional("economic", _("Jenis belanja"), _("Kode rekening belanja, misalnya 5.2.04.")),
        _optional("programme", _("Program")),
        _optional("fund", _("Sumber dana"), _("Misalnya DAU, DAK atau PAD.")),
        _optional("location", _("Lokasi")),
    ),
    _appropriation,
    "line",
    _known_appropriation,
    options=_owners,
)
REVISION = Form(
    "revision",
    "budget/revision",
    _("Perubahan anggaran"),
    _("Mengubah anggaran %(title)s sebesar %(amount)s."),
    (
        _NUMBER,
        Field("line", _("Mata anggaran yang berubah"), pick="line"),
        CURRENCY,
        Field(
            "value",
            _("Perubahan"),
            "money",
            hint=_("Selisihnya saja. Negatif bila anggaran berkurang, misalnya -500.000.000."),
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
        Field("line", _("Dari mata anggaran"), pick="line"),
        Field("target", _("Ke mata anggaran"), pick="line"),
        CURRENCY,
        Field("value", _("Jumlah"), "money"),
        _REASON,
        _BASIS,
    ),
    _transfer,
    "line",
    _known_transfer,
    _check_transfer,
)

FORMS = (APPROPRIATION, REVISION, TRANSFER)
