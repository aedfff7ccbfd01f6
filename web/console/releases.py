"""What the forms that make OCDS 1.1 releases have in common."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procurement.contracting import identifier, members, objects, text
from procurement.money import Money, format_amount, parse_money, read_value
from web.console.amounts import FALLBACK
from web.console.fields import Answers, Fault, Field, Rows
from web.console.forms import Body, Context
from web.language import mark as _
from web.views import Amount, amount

TAXES = {"yes": True, "no": False}


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


def money_of(answers: Answers, typed: str) -> Money:
    """An amount as typed in the currency of its form."""
    return parse_money(typed or "0", answers.get("currency") or FALLBACK)


def value(answers: Answers, typed: str, tax: str = "") -> dict[str, Any]:
    """A value of OCDS, a JSON number and never a float; `tax` says whether it includes VAT.

    `valueAddedTaxIncluded` is the member that Prozorro added to OCDS values.
    """
    money = money_of(answers, typed)
    written = format_amount(money)
    whole, _point, cents = written.partition(".")
    number = int(whole) if not cents.strip("0") else Decimal(written)
    found = {"amount": number, "currency": money.currency}
    return {**found, "valueAddedTaxIncluded": TAXES[tax]} if tax in TAXES else found


def written(found: Any) -> str:
    """The amount of a value in the record, as a field holds it."""
    money = read_value(found)
    return format_amount(money) if money else ""


def shown(found: Any) -> Amount | None:
    """The amount of a value in the record, as pages write it."""
    money = read_value(found)
    return amount(money.amount, money.currency) if money else None


def taxed(found: Mapping[str, Any]) -> str:
    """Whether a value in the record includes VAT, as a field holds it."""
    said = {True: "yes", False: "no"}
    return said.get(found.get("valueAddedTaxIncluded"), "none") if found else "yes"  # type: ignore[arg-type]


def currency_of(context: Context, found: Mapping[str, Any]) -> str:
    """The currency of a value in the record, else the one in use here."""
    return text(found.get("currency")) or context.currencies[0]


def day(context: Context, date: str, hour: int = 9) -> str:
    """An hour of a day in the zone of the deployment, as OCDS writes it."""
    return f"{date}T{hour:02}:00:00{context.moment[-6:]}"


def tender_id(context: Context, answers: Answers) -> str:
    """The id of the tender of a process."""
    found = members(context.record.get("tender")).get("id")
    return str(found or f"{ocid_of(context, answers)}-T")


def last(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The last object of an array of the record; empty where there is none."""
    found = objects(record.get(name))
    return found[-1] if found else {}


def budget_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """`planning.budget` of a record."""
    return members(members(record.get("planning")).get("budget"))


def budget(context: Context, answers: Answers) -> Body:
    """`planning.budget` of a release: the line, or what each of several lines bears.

    The first line bears what the others do not. A line that no longer does is given nothing: a
    later release cannot take it away, since OCDS merges the breakdown by its ids.
    """
    line, others = answers.get("line", ""), SHARES.read(answers)
    earlier = [identifier(each.get("id")) for each in objects(_breakdown(context.record))]
    if not line:
        return {}
    borne = [(each["line"], each["amount"]) for each in others]
    named = {line, *(number for number, _borne in borne)}
    gone = [(number, "0") for number in earlier if number not in named]
    if not borne and not gone:
        return {"id": line}
    shares = [(line, format_amount(_rest(answers))), *borne, *gone]
    broken_down = [{"id": each, "amount": value(answers, part)} for each, part in shares]
    return {"id": line, "budgetBreakdown": broken_down}


def _breakdown(record: Mapping[str, Any]) -> Any:
    return budget_of(record).get("budgetBreakdown")


def _rest(answers: Answers) -> Money:
    whole = money_of(answers, answers["value"])
    borne = sum(money_of(answers, each["amount"]).amount for each in SHARES.read(answers))
    return Money(whole.amount - borne, whole.currency)


def known_budget(context: Context) -> Answers:
    """The lines of a process, and what each but the first bears."""
    found = budget_of(context.record)
    shares = [each for each in objects(found.get("budgetBreakdown")) if written(each.get("amount"))]
    line = identifier(found.get("id")) or identifier((shares or [{}])[0].get("id")) or context.line
    others = [
        {"line": identifier(each.get("id")), "amount": written(each.get("amount"))}
        for each in shares
        if identifier(each.get("id")) != line and read_value(each["amount"]) != _none(each)
    ]
    return {"line": line, **SHARES.write(others)}


def _none(share: Mapping[str, Any]) -> Money:
    return Money(0, text(members(share.get("amount")).get("currency")))


def check_shares(answers: Answers) -> list[Fault]:
    """The other lines are others, and leave something for the first."""
    others = SHARES.read(answers)
    if others and not answers.get("line"):
        return [Fault("line", _("Isilah mata anggaran yang pertama dahulu."))]
    named = [answers.get("line", ""), *(each["line"] for each in others)]
    for number, each in enumerate(others):
        if each["line"] in named[: number + 1]:
            return [Fault(f"shares-{number}-line", _("Mata anggaran ini sudah disebut."))]
    if others and _rest(answers).amount <= 0:
        said = _("Tidak ada yang tersisa dari nilai di atas untuk mata anggaran yang pertama.")
        return [Fault(f"shares-{len(others) - 1}-amount", said)]
    return []


def check_period(answers: Answers, first: str, last_: str) -> list[Fault]:
    """The second day is not before the first."""
    if answers[last_] >= answers[first]:
        return []
    return [Fault(last_, _("Tanggal ini sebelum tanggal mulainya."))]


LINE = Field(
    "line",
    _("Mata anggaran"),
    hint=_("Mata anggaran yang membiayai. Carilah dengan tombol, atau ketik nomornya."),
    pick="line",
)
CURRENCY = Field("currency", _("Mata uang"), "currency", required=False)
TAX = Field(
    "tax",
    _("Pajak pertambahan nilai (PPN)"),
    "choice",
    required=False,
    choices=("yes", "no", "none"),
    family="tax",
)
SHARES = Rows(
    "shares",
    _("Mata anggaran lain yang ikut membiayai"),
    _("Mata anggaran lain"),
    _("Tambah mata anggaran"),
    (
        Field("line", _("Mata anggaran"), pick="line"),
        Field("amount", _("Bagian yang ditanggung"), "money"),
    ),
    hint=_("Misalnya kontrak tahun jamak. Sisanya ditanggung mata anggaran yang pertama."),
)
