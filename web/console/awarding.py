"""The form about winners: one award or several, each with one supplier or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procurement.contracting import identifier, members, objects, text
from procurement.ocds import RELEASE
from web.console.amounts import Wrong, read_amount
from web.console.fields import Answers, Fault, Field, Rows
from web.console.forms import Body, Context, Form, Option
from web.console.releases import (
    CURRENCY,
    TAX,
    currency_of,
    day,
    last,
    ocid_of,
    release,
    shown,
    taxed,
    tender_id,
    value,
    written,
)
from web.console.tendering import lot_names, wants_tender
from web.language import mark as _

MAX_BIDS = 60
OWN = ("lot", "supplier", "supplierName", "value")

Bid = tuple[str, str, str]


def read_bids(text_: str, currency: str = "") -> list[Bid]:
    """Rows `id; name; amount` of tenderers. Raises Wrong."""
    rows = [row for row in text_.split("\n") if row.strip()]
    if len(rows) > MAX_BIDS:
        raise Wrong(_("Terlalu banyak baris."))
    return [_bid(row, currency) for row in rows]


def _bid(row: str, currency: str) -> Bid:
    parts = [part.strip() for part in row.split(";")]
    if len(parts) != 3 or not all(parts):
        raise Wrong(_("Setiap baris berisi nomor; nama; penawaran, dipisahkan titik koma."))
    return parts[0], parts[1], read_amount(parts[2], currency)


def _check(answers: Answers) -> list[Fault]:
    try:
        read_bids(answers["bids"], answers.get("currency", ""))
    except Wrong as error:
        return [Fault("bids", str(error), error.said)]
    return []


def _winners(answers: Answers) -> list[Answers]:
    first = {name: answers.get(name, "") for name in OWN}
    return [first, *OTHERS.read(answers)]


def _award(context: Context, answers: Answers) -> Body:
    winners, partners = _winners(answers), PARTNERS.read(answers)
    awards = [_one(context, answers, number, each) for number, each in enumerate(winners)]
    awards[0]["suppliers"] += [_party(each) for each in partners]
    won = {each["id"]: each for award in awards for each in award["suppliers"]}
    bids = read_bids(answers["bids"], answers.get("currency", ""))
    others = [{"id": bid[0], "name": bid[1]} for bid in bids if bid[0] not in won]
    parties = [{**each, "roles": ["supplier", "tenderer"]} for each in won.values()]
    parties += [{**each, "roles": ["tenderer"]} for each in others]
    tender: Body = {"id": tender_id(context, answers), "status": _status(context, awards)}
    more: Body = {"parties": parties, "tender": tender, "awards": awards}
    if bids:
        tender |= {"numberOfTenderers": len(bids), "tenderers": [*won.values(), *others]}
        details = [_offer(answers, number, bid) for number, bid in enumerate(bids, 1)]
        more |= {"bids": {"details": details}}
    return release(context, answers, "award", **more)


def _one(context: Context, answers: Answers, number: int, winner: Answers) -> Body:
    award: Body = {
        "id": _number(context, answers, number),
        "status": "active",
        "date": day(context, answers["date"]),
        "value": value(answers, winner["value"], answers.get("tax", "")),
        "suppliers": [_party(winner)],
    }
    if winner.get("lot"):
        lot = lot_names(context.record).get(winner["lot"], {})
        award |= {"title": text(lot.get("title")), "relatedLots": [winner["lot"]]}
    return award


def _number(context: Context, answers: Answers, number: int) -> str:
    """The id of an award: the one that is corrected, or a new one."""
    known = objects(context.record.get("awards")) if context.correcting else []
    if number < len(known) and identifier(known[number].get("id")):
        return identifier(known[number].get("id"))
    start = f"{ocid_of(context, answers)}-P-{context.draft}"
    return f"{start}-{number + 1}" if number else start


def _party(named: Mapping[str, str]) -> Body:
    return {"id": named["supplier"], "name": named["supplierName"]}


def _status(context: Context, awards: list[Body]) -> str:
    """A tender is complete once every lot of it has a winner."""
    earlier = objects(context.record.get("awards"))
    won = {lot for each in (*earlier, *awards) for lot in _lots_of(each)}
    return "active" if set(lot_names(context.record)) - won else "complete"


def _offer(answers: Answers, number: int, bid: Bid) -> Body:
    return {
        "id": f"B{number}",
        "status": "valid",
        "tenderers": [{"id": bid[0], "name": bid[1]}],
        "value": value(answers, bid[2]),
    }


def _known(context: Context) -> Answers:
    tender = members(context.record.get("tender"))
    title, worth = text(tender.get("title")), members(tender.get("value"))
    common = {"title": title, "currency": currency_of(context, worth), "tax": taxed(worth)}
    if not context.correcting:
        return {**common, "lot": _open_lot(context.record)}
    awards = objects(context.record.get("awards"))
    first, rows = (awards or [{}])[0], [_written(each) for each in awards]
    worth = members(first.get("value"))
    partners = [_named(each) for each in objects(first.get("suppliers"))[1:]]
    offers = objects(members(context.record.get("bids")).get("details"))
    return {
        **common,
        **(rows[0] if rows else {}),
        **OTHERS.write(rows[1:]),
        **PARTNERS.write(partners),
        "currency": currency_of(context, worth),
        "tax": taxed(worth),
        "date": text(first.get("date"))[:10],
        "bids": "\n".join(map(_row, offers)),
    }


def _open_lot(record: Mapping[str, Any]) -> str:
    """The first lot without a winner."""
    won = {lot for each in objects(record.get("awards")) for lot in _lots_of(each)}
    return next((lot for lot in lot_names(record) if lot not in won), "")


def _written(award: Mapping[str, Any]) -> Answers:
    supplier = (objects(award.get("suppliers")) or [{}])[0]
    lot = (_lots_of(award) or [""])[0]
    return {"lot": lot, **_named(supplier), "value": written(award.get("value"))}


def _lots_of(award: Mapping[str, Any]) -> list[str]:
    lots = award.get("relatedLots")
    return [identifier(each) for each in lots] if isinstance(lots, list) else []


def _named(supplier: Mapping[str, Any]) -> Answers:
    name = text(supplier.get("name"))
    return {"supplier": identifier(supplier.get("id")), "supplierName": name}


def _row(offer: Mapping[str, Any]) -> str:
    tenderer = last(offer, "tenderers")
    return f"{tenderer.get('id')}; {tenderer.get('name')}; {written(offer.get('value'))}"


def _options(context: Context) -> dict[str, list[Option]]:
    lots = lot_names(context.record).items()
    return {
        "lot": [
            Option(number, text(lot.get("title")), shown(lot.get("value"))) for number, lot in lots
        ]
    }


_LOT = Field("lot", _("Lot yang dimenangkan"), "option", required=False)
_SUPPLIER = Field(
    "supplier",
    _("Nomor pemenang"),
    hint=_("Nomor badan usaha, misalnya ID-NIB-1234567890123; bukan NIK."),
    pick="party",
    names="supplierName",
)
_NAME = Field("supplierName", _("Nama pemenang"))
_VALUE = Field("value", _("Nilai pemenang"), "money")

PARTNERS = Rows(
    "partners",
    _("Anggota lain dari kerja sama operasi (KSO)"),
    _("Anggota KSO"),
    _("Tambah anggota KSO"),
    (
        Field("supplier", _("Nomor anggota"), pick="party", names="supplierName"),
        Field("supplierName", _("Nama anggota")),
    ),
    hint=_("Hanya bila pemenang di atas terdiri atas beberapa badan usaha."),
    before="currency",
)
OTHERS = Rows(
    "others",
    _("Pemenang lain"),
    _("Pemenang tambahan"),
    _("Tambah pemenang"),
    (_LOT, _SUPPLIER, _NAME, _VALUE),
    hint=_("Hanya bila ada beberapa pemenang, misalnya satu untuk setiap lot."),
    before="date",
)

AWARD = Form(
    "award",
    RELEASE,
    _("Penetapan pemenang"),
    _("Menetapkan pemenang %(title)s senilai %(amount)s."),
    (
        _LOT,
        _SUPPLIER,
        _NAME,
        CURRENCY,
        _VALUE,
        TAX,
        Field("date", _("Tanggal penetapan"), "date"),
        Field(
            "bids",
            _("Semua penawaran"),
            "rows",
            hint=_(
                "Juga yang kalah. Satu peserta per baris: nomor; nama; penawaran. "
                "Contoh: ID-NIB-1234567890123; PT Aspal; 1.250.000.000"
            ),
            required=False,
            longest=8000,
        ),
    ),
    _award,
    "process",
    _known,
    _check,
    (PARTNERS, OTHERS),
    _options,
    wants_tender,
)

FORMS = (AWARD,)
