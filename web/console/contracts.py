"""Forms about winners and contracts: award, contract, addendum, handover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procurement.ocds import RELEASE
from web.console.fields import Answers, Fault, Field, Wrong, read_amount
from web.console.forms import Body, Context, Form
from web.console.releases import check_period, day, member, money, ocid_of, release, tender_id
from web.language import mark as _

MAX_BIDS = 60


def last(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The last object of an array of the record; empty where there is none."""
    found = [each for each in record.get(name) or () if isinstance(each, dict)]
    return found[-1] if found else {}


def number_of(context: Context, answers: Answers, name: str, letter: str) -> str:
    """The id of the award that is meant: the one that is corrected, or a new one."""
    known = last(context.record, name).get("id") if context.correcting else None
    return str(known or f"{ocid_of(context, answers)}-{letter}-{context.draft}")


def read_bids(text: str) -> list[tuple[str, str, str]]:
    """Rows `id; name; amount` of tenderers. Raises Wrong."""
    rows = [row for row in text.split("\n") if row.strip()]
    if len(rows) > MAX_BIDS:
        raise Wrong(_("Terlalu banyak baris."))
    return [_bid(row) for row in rows]


def _bid(row: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in row.split(";")]
    if len(parts) != 3 or not all(parts):
        raise Wrong(_("Setiap baris berisi nomor; nama; penawaran, dipisahkan titik koma."))
    return parts[0], parts[1], read_amount(parts[2])


def _check_bids(answers: Answers) -> list[Fault]:
    try:
        read_bids(answers["bids"])
    except Wrong as error:
        return [Fault("bids", str(error))]
    return []


def _award(context: Context, answers: Answers) -> Body:
    winner = {"id": answers["supplier"], "name": answers["supplierName"]}
    bids = read_bids(answers["bids"])
    others = [{"id": bid[0], "name": bid[1]} for bid in bids if bid[0] != winner["id"]]
    parties = [{**winner, "roles": ["supplier", "tenderer"]}]
    parties += [{**each, "roles": ["tenderer"]} for each in others]
    award = {
        "id": number_of(context, answers, "awards", "P"),
        "status": "active",
        "date": day(answers["date"]),
        "value": money(answers["value"]),
        "suppliers": [winner],
    }
    tender: Body = {"id": tender_id(context, answers), "status": "complete"}
    more: Body = {}
    if bids:
        tender |= {"numberOfTenderers": len(bids), "tenderers": [winner, *others]}
        more = {"bids": {"details": [_offer(number, bid) for number, bid in enumerate(bids, 1)]}}
    return release(
        context, answers, "award", parties=parties, tender=tender, awards=[award], **more
    )


def _offer(number: int, bid: tuple[str, str, str]) -> Body:
    tenderer = {"id": bid[0], "name": bid[1]}
    return {
        "id": f"B{number}",
        "status": "valid",
        "tenderers": [tenderer],
        "value": money(bid[2]),
    }


def _known_award(context: Context) -> Answers:
    title = str(member(context.record, "tender").get("title") or "")
    if not context.correcting:
        return {"title": title}
    award = last(context.record, "awards")
    supplier = last(award, "suppliers")
    offers = member(context.record, "bids").get("details") or ()
    return {
        "title": title,
        "supplier": str(supplier.get("id") or ""),
        "supplierName": str(supplier.get("name") or ""),
        "value": str(member(award, "value").get("amount") or ""),
        "date": str(award.get("date") or "")[:10],
        "bids": "\n".join(_row(each) for each in offers if isinstance(each, dict)),
    }


def _row(offer: Mapping[str, Any]) -> str:
    tenderer = last(offer, "tenderers")
    amount = member(offer, "value").get("amount") or ""
    return f"{tenderer.get('id')}; {tenderer.get('name')}; {amount}"


def _contract(context: Context, answers: Answers) -> Body:
    signed = {
        "id": answers["number"],
        "awardID": answers["award"],
        "title": answers["title"],
        "status": "active",
        "dateSigned": day(answers["signed"]),
        "period": {"startDate": day(answers["starts"]), "endDate": day(answers["ends"])},
        "value": money(answers["value"]),
    }
    return release(context, answers, "contract", contracts=[signed])


def _known_contract(context: Context) -> Answers:
    award, contract = last(context.record, "awards"), {}
    if context.correcting:
        contract = dict(last(context.record, "contracts"))
    period, value = member(contract, "period"), member(contract, "value") or member(award, "value")
    title = contract.get("title") or member(context.record, "tender").get("title")
    return {
        "title": str(title or ""),
        "number": str(contract.get("id") or ""),
        "award": str(contract.get("awardID") or award.get("id") or ""),
        "value": str(value.get("amount") or ""),
        "signed": str(contract.get("dateSigned") or "")[:10],
        "starts": str(period.get("startDate") or "")[:10],
        "ends": str(period.get("endDate") or "")[:10],
    }


def _addendum(context: Context, answers: Answers) -> Body:
    changed = {
        "id": answers["number"],
        "awardID": answers["award"],
        "value": money(answers["value"]),
        "amendments": [
            {
                "id": context.draft,
                "date": day(answers["date"]),
                "rationale": answers["reason"],
            }
        ],
    }
    return release(context, answers, "contractAmendment", contracts=[changed])


def _handover(context: Context, answers: Answers) -> Body:
    milestone = {
        "id": f"bast-{context.draft}",
        "title": answers["title"],
        "type": "delivery",
        "status": "met",
        "dateMet": day(answers["date"]),
    }
    done = {
        "id": answers["number"],
        "awardID": answers["award"],
        "implementation": {"milestones": [milestone]},
    }
    return release(context, answers, "implementation", contracts=[done])


def _known_change(context: Context) -> Answers:
    contract = last(context.record, "contracts")
    known = {
        "title": str(contract.get("title") or ""),
        "number": str(contract.get("id") or ""),
        "award": str(contract.get("awardID") or ""),
        "value": str(member(contract, "value").get("amount") or ""),
    }
    if not context.correcting:
        return known
    change, milestone = last(contract, "amendments"), _milestone(contract)
    dated = change.get("date") or milestone.get("dateMet") or ""
    reason = str(change.get("rationale") or "")
    title = str(milestone.get("title") or known["title"])
    return {**known, "date": str(dated)[:10], "reason": reason, "title": title}


def _milestone(contract: Mapping[str, Any]) -> Mapping[str, Any]:
    return last(member(contract, "implementation"), "milestones")


def _known_handover(context: Context) -> Answers:
    known = _known_change(context)
    return known if context.correcting else {**known, "title": ""}


_NUMBER = Field("number", _("Nomor kontrak"))
_AWARD = Field("award", _("Penetapan pemenang"), hint=_("Diisi dari langkah sebelumnya."))
_DATE = Field("date", _("Tanggal"), "date")
_VALUE = Field("value", _("Nilai kontrak"), "money", hint=_("Termasuk pajak."))


AWARD = Form(
    "award",
    RELEASE,
    _("Penetapan pemenang"),
    _("Menetapkan pemenang %(title)s senilai %(amount)s."),
    (
        Field("supplier", _("Nomor pemenang"), hint=_("Misalnya ID-NIB-1234567890123.")),
        Field("supplierName", _("Nama pemenang")),
        Field("value", _("Nilai pemenang"), "money"),
        _DATE,
        Field(
            "bids",
            _("Semua penawaran"),
            "rows",
            hint=_("Satu peserta per baris: nomor; nama; penawaran."),
            required=False,
            longest=8000,
        ),
    ),
    _award,
    "process",
    _known_award,
    _check_bids,
)
CONTRACT = Form(
    "contract",
    RELEASE,
    _("Kontrak"),
    _("Mengumumkan kontrak %(title)s senilai %(amount)s."),
    (
        Field("title", _("Nama kontrak")),
        _NUMBER,
        _AWARD,
        _VALUE,
        Field("signed", _("Tanggal tanda tangan"), "date"),
        Field("starts", _("Mulai bekerja"), "date"),
        Field("ends", _("Selesai bekerja"), "date"),
    ),
    _contract,
    "process",
    _known_contract,
    check_period("starts", "ends"),
)
ADDENDUM = Form(
    "addendum",
    RELEASE,
    _("Adendum kontrak"),
    _("Mengubah kontrak %(title)s; nilainya menjadi %(amount)s."),
    (
        _NUMBER,
        _AWARD,
        Field("value", _("Nilai kontrak setelah adendum"), "money"),
        _DATE,
        Field("reason", _("Alasan"), "long", longest=1000),
    ),
    _addendum,
    "process",
    _known_change,
)
HANDOVER = Form(
    "handover",
    RELEASE,
    _("Serah terima (BAST)"),
    _("Mencatat serah terima: %(title)s."),
    (_NUMBER, _AWARD, Field("title", _("Nama berita acara")), _DATE),
    _handover,
    "process",
    _known_handover,
)

FORMS = (AWARD, CONTRACT, ADDENDUM, HANDOVER)
