"""The OCDS 1.1 releases of one contracting process of the example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from procurement.example.district import INSTITUTIONS, Budget, Work

Company = tuple[str, str]
ZONE = "+07:00"


@dataclass(frozen=True)
class Bid:
    """An offer: who, whole rupiah, and whether it was accepted as valid."""

    company: Company
    amount: int
    valid: bool = True


@dataclass(frozen=True)
class Process:
    """A work with its figures in whole rupiah and its dates."""

    ocid: str
    work: Work
    line: Budget
    planned: int
    tendered: int
    awarded: int
    contracted: int
    bids: tuple[Bid, ...]
    winner: Company
    plan_date: date
    tender_date: date
    award_date: date
    signed: date
    ends: date

    @property
    def contract_id(self) -> str:
        """Id of its one contract."""
        return f"{self.ocid}-K1"


def moment(day: date, hour: int = 9) -> str:
    """An hour of a day in the district's zone."""
    return f"{day.isoformat()}T{hour:02}:00:00{ZONE}"


def money(amount: int) -> dict[str, Any]:
    """A value of OCDS."""
    return {"amount": amount, "currency": "IDR"}


def release(process: Process, day: date, tag: str, **parts: Any) -> dict[str, Any]:
    """A release of the process, its buyer named."""
    return release_of(process.ocid, process.line.org, day, tag, **parts)


def release_of(
    ocid: str, org: str, day: date, tag: str, *, hour: int = 9, **parts: Any
) -> dict[str, Any]:
    """A release of the buyer with this code; `hour` tells apart those of one day and tag."""
    institution = next(each for each in INSTITUTIONS if each.code == org)
    buyer = {"id": institution.id, "name": institution.name_id}
    parties = [
        {**buyer, "roles": ["buyer", "procuringEntity"], "identifier": _identifier(institution.id)},
        *parts.pop("parties", ()),
    ]
    return {
        "ocid": ocid,
        "id": f"{ocid}-{day:%Y%m%d}-{tag}{'' if hour == 9 else f'-{hour}'}",
        "date": moment(day, hour),
        "tag": [tag],
        "initiationType": "tender",
        "language": "id",
        "parties": parties,
        "buyer": buyer,
        **parts,
    }


def _identifier(number: str) -> dict[str, str]:
    scheme, _, rest = number.rpartition("-")
    return {"scheme": scheme, "id": rest}


def party(company: Company, *roles: str) -> dict[str, Any]:
    """A company as a party with these roles."""
    return {
        "id": company[0],
        "name": company[1],
        "roles": list(roles),
        "identifier": _identifier(company[0]),
    }


def named(company: Company) -> dict[str, str]:
    """A company as references name it."""
    return {"id": company[0], "name": company[1]}


def planning(process: Process) -> dict[str, Any]:
    """The plan (RUP): what is to be bought from which line."""
    budget = {
        "id": process.line.id,
        "description": process.line.title,
        "amount": money(process.planned),
    }
    rationale = f"{process.work.title}, {process.work.place}"
    return release(
        process,
        process.plan_date,
        "planning",
        planning={"rationale": rationale, "budget": budget},
        tender={
            "id": f"{process.ocid}-T",
            "title": process.work.title,
            "status": "planned",
            "mainProcurementCategory": process.work.category,
        },
    )


def tender(process: Process) -> dict[str, Any]:
    """The tender notice with the owner's estimate (HPS) and the deadline."""
    opens, closes = process.tender_date, process.tender_date + timedelta(days=21)
    return release(
        process,
        process.tender_date,
        "tender",
        tender={
            "id": f"{process.ocid}-T",
            "title": process.work.title,
            "description": f"{process.work.title} di {process.work.place}",
            "status": "active",
            "value": money(process.tendered),
            "procurementMethod": "open",
            "procurementMethodDetails": "Tender pascakualifikasi satu file",
            "mainProcurementCategory": process.work.category,
            "awardCriteria": "priceOnly",
            "submissionMethod": ["electronicSubmission"],
            "tenderPeriod": {"startDate": moment(opens), "endDate": moment(closes, 15)},
            "items": [
                {
                    "id": "1",
                    "description": process.work.title,
                    "quantity": 1,
                    "unit": {"name": "paket"},
                }
            ],
            "documents": [
                {
                    "id": "dok-1",
                    "documentType": "biddingDocuments",
                    "title": "Dokumen Pemilihan",
                    "url": f"https://dokumen.sagara-wetan.example/{process.ocid}/pemilihan.pdf",
                    "format": "application/pdf",
                    "datePublished": moment(opens),
                }
            ],
        },
    )


def extension(process: Process, day: date) -> dict[str, Any]:
    """The deadline for bids is moved by a week."""
    closes = process.tender_date + timedelta(days=28)
    period = {"startDate": moment(process.tender_date), "endDate": moment(closes, 15)}
    return release(
        process,
        day,
        "tenderUpdate",
        tender={
            "id": f"{process.ocid}-T",
            "tenderPeriod": period,
            "amendments": [
                {"id": "1", "date": moment(day), "rationale": "Perpanjangan pemasukan penawaran"}
            ],
        },
    )


def award(process: Process) -> dict[str, Any]:
    """The award (penetapan pemenang) with every bid that was received."""
    opened = process.tender_date + timedelta(days=19)
    return release(
        process,
        process.award_date,
        "award",
        parties=_bidders(process),
        tender={
            "id": f"{process.ocid}-T",
            "status": "complete",
            "numberOfTenderers": len(process.bids),
            "tenderers": [named(bid.company) for bid in process.bids],
        },
        bids={
            "details": [
                {
                    "id": f"B{number}",
                    "date": moment(opened, 8 + number),
                    "status": "valid" if bid.valid else "disqualified",
                    "tenderers": [named(bid.company)],
                    "value": money(bid.amount),
                }
                for number, bid in enumerate(process.bids, start=1)
            ]
        },
        awards=[
            {
                "id": f"{process.ocid}-P1",
                "title": f"Pemenang {process.work.title}",
                "status": "active",
                "date": moment(process.award_date),
                "value": money(process.awarded),
                "suppliers": [named(process.winner)],
            }
        ],
    )


def _bidders(process: Process) -> list[dict[str, Any]]:
    return [
        party(bid.company, *(("supplier",) if bid.company == process.winner else ()), "tenderer")
        for bid in process.bids
    ]


def contract(process: Process, value: int | None = None) -> dict[str, Any]:
    """The contract; `value` other than the true one is a slip that is corrected later."""
    signed = {
        "id": process.contract_id,
        "awardID": f"{process.ocid}-P1",
        "title": f"Kontrak {process.work.title}",
        "status": "active",
        "dateSigned": moment(process.signed),
        "period": {"startDate": moment(process.signed), "endDate": moment(process.ends)},
        "value": money(process.contracted if value is None else value),
    }
    return release(process, process.signed, "contract", contracts=[signed])


def addendum(process: Process, day: date, value: int, reason: str) -> dict[str, Any]:
    """A formal change of the contract's value."""
    named = {
        "id": process.contract_id,
        "awardID": f"{process.ocid}-P1",
        "value": money(value),
        "amendments": [{"id": "1", "date": moment(day), "rationale": reason}],
    }
    return release(process, day, "contractAmendment", contracts=[named])


def handover(process: Process, day: date, share: int) -> dict[str, Any]:
    """Delivery (BAST): the milestone is met."""
    milestone = {
        "id": f"bast-{share}",
        "title": f"Berita Acara Serah Terima {share}%",
        "type": "delivery",
        "status": "met",
        "dateMet": moment(day),
    }
    named = {
        "id": process.contract_id,
        "awardID": f"{process.ocid}-P1",
        "implementation": {"milestones": [milestone]},
    }
    return release(process, day, "implementation", contracts=[named])


def cancelled(process: Process, day: date) -> dict[str, Any]:
    """A tender that failed: nobody bid well enough."""
    return release(
        process,
        day,
        "tenderCancellation",
        tender={
            "id": f"{process.ocid}-T",
            "status": "unsuccessful",
            "statusDetails": "Tidak ada penawaran yang memenuhi syarat",
        },
    )


def last_day(days: Sequence[date]) -> date:
    """The latest of the days, but never after the fiscal year."""
    return min(max(days), date(2025, 12, 30))
