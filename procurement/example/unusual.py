"""The processes of the year that are not one tender, one award and one contract.

A bridge over two fiscal years, lots, a framework agreement with its call-offs, contracts with and
without tax and one in dollars, a rent beyond the year, and money that comes back. What breaks a
rule here is named in procurement.example.planted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from procurement.example.acts import Act, rupiah, salted
from procurement.example.district import (
    ADVICE,
    BRIDGE,
    BRIDGE_BEFORE,
    COMPANIES,
    FIBRE,
    MICROSCOPES,
    SOFTWARE,
    SUPPLIES,
    TRAVEL,
    TRAVEL_COMPANY,
    UNIFORMS,
    UTILITY_COMPANY,
    YEAR,
    Budget,
    line_of,
)
from procurement.example.planted import (
    ADVICE_OCID,
    BRIDGE_OCID,
    CALLOFF_OCIDS,
    DOUBLE_BILL,
    FIBRE_OCID,
    MICROSCOPES_OCID,
    SOFTWARE_OCID,
    SUPPLIES_OCID,
    UNIFORMS_OCID,
    UNIFORMS_PAID,
)
from procurement.example.releases import Company, moment, named, party, release_of

_JUTA = 1_000_000
_OFFICES = "4.01.01.2.08.02"
Value = dict[str, Any]


def tell(chance: random.Random) -> list[Act]:
    """All of them, each in order of day."""
    told = _Unusual(chance)
    for part in (
        told.bridge,
        told.uniforms,
        told.supplies,
        told.software,
        told.advice,
        told.microscopes,
        told.fibre,
        told.travel,
        told.double_bill,
    ):
        part()
    return told.acts


class _Unusual:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.acts: list[Act] = []
        self.payments = 2

    def bridge(self) -> None:
        """Multi-year: begun the year before, split by the amounts of two lines."""
        company, ocid = COMPANIES[4], BRIDGE_OCID
        breakdown = [
            _share(BRIDGE_BEFORE, 5_600 * _JUTA, date(2024, 12, 31)),
            _share(BRIDGE, 8_400 * _JUTA, date(2025, 12, 31)),
        ]
        plan = {"budgetBreakdown": breakdown, "amount": _value(14_000)}
        self.plan(ocid, BRIDGE, date(2024, 3, 4), plan)
        self.tender(ocid, BRIDGE, date(2024, 4, 8), _value(14_000))
        self.award(ocid, BRIDGE, date(2024, 6, 10), company, _value(13_440))
        self.sign(ocid, BRIDGE, date(2024, 7, 1), company, _value(13_440), ends=date(2025, 9, 30))
        made = ((2024, 11, 20, BRIDGE_BEFORE, 5_376), (2025, 5, 12, BRIDGE, 4_704))
        for year, month, day, line, juta in (*made, (2025, 10, 6, BRIDGE, 3_360)):
            self.pay(date(year, month, day), company, line, juta * _JUTA, ocid)

    def uniforms(self) -> None:
        """Two lots won by one company: the contract of the first takes more than its lot has."""
        company, ocid = COMPANIES[9], UNIFORMS_OCID
        lots = [
            {"id": "L1", "title": "Seragam", "value": _value(700)},
            {"id": "L2", "title": "Alat tulis", "value": _value(500)},
        ]
        self.plan(ocid, UNIFORMS, date(2025, 1, 20), _budget(UNIFORMS, 1_200))
        self.tender(ocid, UNIFORMS, date(2025, 2, 24), _value(1_200), lots=lots)
        day = date(2025, 4, 7)
        self.award(ocid, UNIFORMS, day, company, _value(1_150), relatedLots=["L1", "L2"])
        for number, (lot, juta) in enumerate((("L1", 730), ("L2", 400)), start=1):
            self.sign(
                ocid,
                UNIFORMS,
                date(2025, 4, 21),
                company,
                _value(juta),
                number=number,
                ends=date(2025, 8, 29),
                relatedLots=[lot],
            )
        self.pay(date(2025, 6, 10), company, UNIFORMS, 300 * _JUTA, ocid)
        self.pay(date(2025, 9, 8), company, UNIFORMS, 430 * _JUTA, ocid, called=UNIFORMS_PAID)
        self.pay(date(2025, 9, 9), company, UNIFORMS, 400 * _JUTA, ocid, number=2)
        # Uniforms that came back, booked on the contract for stationery.
        self.pay(
            date(2025, 10, 20),
            company,
            UNIFORMS,
            -30 * _JUTA,
            ocid,
            number=2,
            reverses=UNIFORMS_PAID,
        )

    def supplies(self) -> None:
        """A framework agreement, and one call-off more than it is worth."""
        members, ocid = (COMPANIES[10], COMPANIES[12]), SUPPLIES_OCID
        technique = {
            "hasFrameworkAgreement": True,
            "frameworkAgreement": {"method": "withReopeningCompetition"},
        }
        self.plan(ocid, SUPPLIES, date(2025, 1, 13), _budget(SUPPLIES, 1_000))
        self.tender(ocid, SUPPLIES, date(2025, 1, 27), _value(1_000), techniques=technique)
        for number, company in enumerate(members, start=1):
            day = date(2025, 3, 2 + number)
            self.award(ocid, SUPPLIES, day, company, _value(1_000), number=number)
        months = ((4, 380), (7, 340), (10, 330))
        for calloff, (month, juta) in zip(CALLOFF_OCIDS, months, strict=True):
            self._call_off(calloff, date(2025, month, 3), members[month % 2], juta)

    def _call_off(self, ocid: str, day: date, company: Company, juta: int) -> None:
        related = {
            "id": "1",
            "relationship": ["framework"],
            "scheme": "ocid",
            "identifier": SUPPLIES_OCID,
        }
        plan: Value = {
            "planning": {"budget": _budget(SUPPLIES, juta)},
            "relatedProcesses": [related],
        }
        self.publish(ocid, SUPPLIES, day, "planning", **plan)
        self.award(ocid, SUPPLIES, day.replace(day=10), company, _value(juta), tendered=False)
        ends = day.replace(month=day.month + 1, day=28)
        self.sign(ocid, SUPPLIES, day.replace(day=14), company, _value(juta), ends=ends)
        self.pay(ends, company, SUPPLIES, juta * _JUTA, ocid)

    def software(self) -> None:
        """Without tax and with it: paid above the contract even with its tax."""
        value = {**_value(600), "amountGross": 666 * _JUTA}
        tendered = {**_value(620), "amountGross": 688_200_000}
        self._one(SOFTWARE_OCID, SOFTWARE, COMPANIES[15], tendered, value, (300, 380))

    def advice(self) -> None:
        """Without tax, which nobody tells: what is paid with it cannot be compared."""
        untaxed = {"valueAddedTaxIncluded": False}
        tendered, value = {**_value(260), **untaxed}, {**_value(250), **untaxed}
        self._one(ADVICE_OCID, ADVICE, COMPANIES[17], tendered, value, (100, 177))

    def microscopes(self) -> None:
        """Won in rupiah and signed in dollars."""
        dollars = {"amount": 58_000, "currency": "USD"}
        parts = (_value(1_000), dollars, (450, 460))
        self._one(MICROSCOPES_OCID, MICROSCOPES, COMPANIES[12], *parts, awarded=_value(960))

    def fibre(self) -> None:
        """A rent from July to June, all of it charged to the year in which it begins."""
        parts = (_value(250), _value(240), (60, 60))
        self._one(FIBRE_OCID, FIBRE, COMPANIES[15], *parts, ends=date(2026, 6, 30))

    def _one(
        self,
        ocid: str,
        line: Budget,
        company: Company,
        tendered: Value,
        value: Value,
        paid: Sequence[int],
        *,
        awarded: Value | None = None,
        ends: date = date(2025, 11, 28),
    ) -> None:
        """Plan, tender, award, contract and two payments of millions of rupiah."""
        self.plan(ocid, line, date(2025, 2, 3), _budget(line, tendered["amount"] // _JUTA))
        self.tender(ocid, line, date(2025, 4, 14), tendered)
        self.award(ocid, line, date(2025, 6, 2), company, awarded or value)
        self.sign(ocid, line, date(2025, 6, 16), company, value, ends=ends)
        for month, juta in zip((8, 12), paid, strict=True):
            self.pay(date(2025, month, 4), company, line, juta * _JUTA, ocid)

    def travel(self) -> None:
        """Tickets all year; in December a transfer takes away what they have used."""
        for month in (2, 5, 8, 11):
            self.pay(date(2025, month, 22), TRAVEL_COMPANY, TRAVEL, 95 * _JUTA)
        body = {
            "id": f"GESER-{YEAR}-101",
            "from": {"id": TRAVEL.id},
            "to": {"id": line_of(_OFFICES).id},
            "amount": rupiah(60 * _JUTA),
            "reason": "Pergeseran antar rincian objek",
            "legalBasis": "Perbup No. 31/2025 (fiktif)",
        }
        self._act(date(2025, 12, 12), "budget", "budget/transfer", TRAVEL.id, body)

    def double_bill(self) -> None:
        """A bill paid twice: more comes back than the second payment was."""
        line = line_of(_OFFICES)
        self.pay(date(2025, 7, 21), UTILITY_COMPANY, line, 40 * _JUTA, called=DOUBLE_BILL)
        self.pay(date(2025, 8, 11), UTILITY_COMPANY, line, -45 * _JUTA, reverses=DOUBLE_BILL)

    def plan(self, ocid: str, line: Budget, day: date, budget: Value) -> None:
        """What is to be bought, and from which lines."""
        planning = {"rationale": line.title, "budget": budget}
        tender = {"id": f"{ocid}-T", "title": line.title, "status": "planned"}
        self.publish(ocid, line, day, "planning", planning=planning, tender=tender)

    def tender(self, ocid: str, line: Budget, day: date, value: Value, **more: Any) -> None:
        """The notice."""
        tender = {
            "id": f"{ocid}-T",
            "title": line.title,
            "status": "active",
            "value": value,
            "procurementMethod": "open",
            "tenderPeriod": {
                "startDate": moment(day),
                "endDate": moment(day.replace(day=min(day.day + 21, 28)), 15),
            },
            **more,
        }
        self.publish(ocid, line, day, "tender", tender=tender)

    def award(
        self,
        ocid: str,
        line: Budget,
        day: date,
        company: Company,
        value: Value,
        *,
        number: int = 1,
        tendered: bool = True,
        **more: Any,
    ) -> None:
        """A winner; the tender, where there was one, is over."""
        award = {
            "id": f"{ocid}-P{number}",
            "title": f"Pemenang {line.title}",
            "status": "active",
            "date": moment(day),
            "value": value,
            "suppliers": [named(company)],
            **more,
        }
        parts: Value = {"awards": [award]}
        if tendered:
            parts["tender"] = {"id": f"{ocid}-T", "status": "complete"}
        self.publish(ocid, line, day, "award", parties=[party(company, "supplier")], **parts)

    def sign(
        self,
        ocid: str,
        line: Budget,
        day: date,
        company: Company,
        value: Value,
        *,
        ends: date,
        number: int = 1,
        **more: Any,
    ) -> None:
        """A contract of the first award, or of the one award that its company won."""
        contract = {
            "id": f"{ocid}-K{number}",
            "awardID": f"{ocid}-P1",
            "title": f"Kontrak {line.title}",
            "status": "active",
            "dateSigned": moment(day),
            "period": {"startDate": moment(day), "endDate": moment(ends)},
            "value": value,
            **more,
        }
        hour = 8 + number
        parts: Value = {"parties": [party(company, "supplier")], "contracts": [contract]}
        self.publish(ocid, line, day, "contract", hour=hour, **parts)

    def publish(
        self, ocid: str, line: Budget, day: date, tag: str, *, hour: int = 9, **parts: Any
    ) -> None:
        """A release by the office of the line; what was said before the year is published in it."""
        body = release_of(ocid, line.org, day, tag, hour=hour, **parts)
        recorded = max(day, date(2025, 1, 6))
        self._act(recorded, line.org.lower(), "ocds/release", ocid, body)

    def pay(
        self,
        day: date,
        payee: Company,
        line: Budget,
        amount: int,
        ocid: str | None = None,
        *,
        number: int = 1,
        called: str | None = None,
        reverses: str | None = None,
    ) -> None:
        """A payment, or what comes back of one; the treasury publishes it the day after."""
        if called is None:
            self.payments += 1
            called = f"SP2D-{YEAR}-{70_000 + self.payments}"
        body = {
            "id": called,
            "date": day.isoformat(),
            "method": "SP2D-LS",
            "payee": {"id": payee[0], "name": payee[1]},
            "items": [{"line": {"id": line.id}, "amount": rupiah(amount)}],
            "net": rupiah(amount),
            "contract": {"ocid": ocid, "id": f"{ocid}-K{number}"} if ocid else None,
            "reverses": reverses,
        }
        recorded = max(date.fromordinal(day.toordinal() + 1), date(2025, 1, 7))
        self._act(recorded, "treasury", "budget/payment", called, body)

    def _act(self, day: date, office: str, kind: str, subject: str, body: Value) -> None:
        self.acts.append(Act(day, office, kind, subject, salted(body, kind, self.chance)))


def _value(juta: int) -> Value:
    return {"amount": juta * _JUTA, "currency": "IDR"}


def _budget(line: Budget, juta: int) -> Value:
    return {"id": line.id, "description": line.title, "amount": _value(juta)}


def _share(line: Budget, amount: int, until: date) -> Value:
    return {
        "id": line.id,
        "description": f"{line.title} {line.year}",
        "amount": {"amount": amount, "currency": "IDR"},
        "period": {"startDate": f"{line.year}-01-01T00:00:00+07:00", "endDate": moment(until, 23)},
    }
