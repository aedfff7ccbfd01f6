"""The year told as acts in order: who publishes what on which day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from procurement.example import releases, unusual
from procurement.example.acts import Act, rupiah, salted
from procurement.example.district import (
    COMPANIES,
    LEGAL_BASIS,
    LINES,
    REVISED_BASIS,
    SCHEME,
    UNUSUAL_LINES,
    UTILITIES,
    UTILITY_COMPANY,
    WORKS,
    YEAR,
    Budget,
    Work,
    line_of,
)
from procurement.example.planted import (
    ABOVE_AWARD,
    ABOVE_TENDER,
    BEFORE_SIGNATURE,
    CUT_LINE,
    OVERPAID,
    OVERPAID_LINE,
    WRONG_PAYEE,
    ocid_of,
)
from procurement.example.releases import Bid, Company, Process

SEED = 2025
FAILED = 40
CORRECTED = 30
ADDENDUM = (3, 12, 33)
REVERSED = 21


def tell(seed: int = SEED) -> list[Act]:
    """All acts of the year in order of day. The same seed gives the same bytes."""
    story = _Story(random.Random(seed))
    story.appropriate()
    for number, work in enumerate(WORKS):
        story.procure(number, work)
    story.revise()
    story.run_offices()
    for act in unusual.tell(story.chance):
        story.acts.append(act)
    return sorted(story.acts, key=lambda act: act.day)


class _Story:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.acts: list[Act] = []
        self.payments = 0

    def publish(
        self, day: date, office: str, kind: str, subject: str, body: Any, **more: Any
    ) -> None:
        raw = salted(body, kind, self.chance)
        self.acts.append(Act(day, office, kind, subject, raw, **more))

    def release(self, process: Process, body: dict[str, Any], day: date, **more: Any) -> None:
        office = process.line.org.lower()
        self.publish(day, office, "ocds/release", process.ocid, body, **more)

    def appropriate(self) -> None:
        """The budget as it was adopted."""
        for line in (*LINES, *UNUSUAL_LINES):
            body = {
                "line": {
                    "id": line.id,
                    "fiscalYear": line.year,
                    "title": line.title,
                    "org": f"{SCHEME}-{line.org}",
                    "classifications": _classifications(line),
                },
                "amount": rupiah(line.amount),
                "legalBasis": LEGAL_BASIS,
            }
            self.publish(date(2025, 1, 2), "budget", "budget/appropriation", line.id, body)

    def procure(self, number: int, work: Work) -> None:
        """One contracting process from plan to last payment."""
        process = self._process(number, work)
        self.release(process, releases.planning(process), process.plan_date)
        self.release(process, releases.tender(process), process.tender_date)
        if number % 4 == 1:
            day = process.tender_date + timedelta(days=9)
            self.release(process, releases.extension(process, day), day)
        if number == FAILED:
            day = process.award_date
            self.release(process, releases.cancelled(process, day), day)
            return
        self.release(process, releases.award(process), process.award_date)
        self._sign(number, process)
        self._carry_out(number, process)

    def _process(self, number: int, work: Work) -> Process:
        line = line_of(work.line)
        planned = _rounded(line.amount * work.percent // 100)
        tendered = _rounded(planned * 985 // 1000)
        winner, bids = self._bids(tendered, work)
        awarded = min(bid.amount for bid in bids if bid.valid)
        if number == ABOVE_TENDER:
            awarded = _rounded(tendered * 108 // 100)
        tender_date = date(2025, 2, 10) + timedelta(days=self.chance.randrange(80))
        award_date = tender_date + timedelta(days=self.chance.randrange(30, 45))
        signed = award_date + timedelta(days=self.chance.randrange(8, 16))
        return Process(
            ocid=ocid_of(number),
            work=work,
            line=line,
            planned=planned,
            tendered=tendered,
            awarded=awarded,
            contracted=_rounded(awarded * 112 // 100) if number == ABOVE_AWARD else awarded,
            bids=bids,
            winner=winner,
            plan_date=date(2025, 1, 8) + timedelta(days=self.chance.randrange(25)),
            tender_date=tender_date,
            award_date=award_date,
            signed=signed,
            ends=signed + timedelta(days=self.chance.randrange(90, 150)),
        )

    def _bids(self, tendered: int, work: Work) -> tuple[Company, tuple[Bid, ...]]:
        some = COMPANIES[:9] if work.category == "works" else COMPANIES[9:]
        bidders = self.chance.sample(some, self.chance.randrange(3, 6))
        shares = sorted(self.chance.randrange(800, 985) for _ in bidders)
        bids = [
            Bid(company, _rounded(tendered * share // 1000))
            for company, share in zip(bidders, shares, strict=True)
        ]
        if len(bids) > 3:
            bids[-1] = replace(bids[-1], valid=False)
        return bids[0].company, tuple(bids)

    def _sign(self, number: int, process: Process) -> None:
        name = f"contract-{number}"
        if number != CORRECTED:
            self.release(process, releases.contract(process), process.signed, name=name)
            return
        # A zero too few, put right three days later.
        slip = releases.contract(process, process.contracted // 10)
        self.release(process, slip, process.signed, name=name)
        day = process.signed + timedelta(days=3)
        self.release(process, releases.contract(process), day, corrects=name)

    def _carry_out(self, number: int, process: Process) -> None:
        value = process.contracted
        if number in ADDENDUM:
            day = process.signed + timedelta(days=40)
            value = _rounded(value * 96 // 100)
            reason = "Penyesuaian volume pekerjaan hasil uji mutual check 50%"
            self.release(process, releases.addendum(process, day, value, reason), day)
        halfway = process.signed + (process.ends - process.signed) / 2
        done = releases.last_day([process.ends])
        for share, day in ((50, halfway), (100, done)):
            self.release(process, releases.handover(process, day, share), day)
        self._pay(number, process, value, halfway, done)

    def _pay(self, number: int, process: Process, value: int, halfway: date, done: date) -> None:
        advance, progress = _rounded(value * 30 // 100), _rounded(value * 40 // 100)
        kept = _rounded(value * 5 // 100) if process.work.category == "works" else 0
        rest = value - advance - progress - kept
        if number == OVERPAID:
            rest += _rounded(value * 7 // 100)
        first = process.signed + timedelta(days=12)
        if number == BEFORE_SIGNATURE:
            first = process.signed - timedelta(days=5)
        last = releases.last_day([done + timedelta(days=8)])
        days = (first, halfway + timedelta(days=6), last, last)
        # Some still owe their repairs at the end of the year: what is kept for them stays unpaid.
        parts = [advance, progress, rest, *([kept] if kept and number % 5 else [])]
        for part, (day, amount) in enumerate(zip(days, parts, strict=False)):
            payee = process.winner
            if number == WRONG_PAYEE and part == 1:
                payee = next(each for each in COMPANIES if each != process.winner)
            paid = self._payment(day, payee, process.line, amount, process)
            if number == REVERSED and part == 1:
                again = day + timedelta(days=4)
                self._payment(again, payee, process.line, -amount, process, reverses=paid)
                self._payment(again + timedelta(days=1), payee, process.line, amount, process)

    def _payment(
        self,
        day: date,
        payee: Company,
        line: Budget,
        amount: int,
        process: Process | None = None,
        reverses: str | None = None,
    ) -> str:
        self.payments += 1
        number = f"SP2D-{YEAR}-{self.payments:05}"
        withheld = abs(amount) * 2 // 100 if process else 0
        body = {
            "id": number,
            "date": day.isoformat(),
            "method": "SP2D-LS",
            "payee": {"id": payee[0], "name": payee[1]},
            "items": [{"line": {"id": line.id}, "amount": rupiah(amount)}],
            "net": rupiah(amount - withheld if amount > 0 else amount + withheld),
            "contract": {"ocid": process.ocid, "id": process.contract_id} if process else None,
            "reverses": reverses,
        }
        # The treasury publishes the day after; a reversal follows what it reverses.
        self.publish(day + timedelta(days=1), "treasury", "budget/payment", number, body)
        return number

    def revise(self) -> None:
        """The revised budget (APBD Perubahan) of September, and two transfers."""
        day = date(2025, 9, 26)
        changes = {"1.03.10.2.01.12": 1_100, "1.02.02.2.01.16": 650, "1.01.02.2.01.14": -180}
        changes |= {CUT_LINE: -650, "1.03.06.2.01.05": 240, "1.04.03.2.03.02": 150}
        for number, (code, juta) in enumerate(changes.items(), start=1):
            body = {
                "id": f"APBDP-{YEAR}-{number:03}",
                "line": {"id": line_of(code).id},
                "change": rupiah(juta * 1_000_000),
                "reason": "Penyesuaian pendapatan dan prioritas semester kedua",
                "legalBasis": REVISED_BASIS,
            }
            line = line_of(code).id
            self.publish(day, "budget", "budget/revision", line, body)
        self._transfer(date(2025, 7, 14), "1.03.10.2.01.20", "1.03.06.2.01.05", 120, 1)
        self._transfer(date(2025, 8, 4), "4.01.01.2.09.09", "4.01.01.2.08.02", 60, 2)

    def _transfer(self, day: date, source: str, target: str, juta: int, number: int) -> None:
        body = {
            "id": f"GESER-{YEAR}-{number:03}",
            "from": {"id": line_of(source).id},
            "to": {"id": line_of(target).id},
            "amount": rupiah(juta * 1_000_000),
            "reason": "Pergeseran antar rincian objek",
            "legalBasis": f"Perbup No. {14 + number}/2025 (fiktif)",
        }
        self.publish(day, "budget", "budget/transfer", line_of(source).id, body)

    def run_offices(self) -> None:
        """Bills of electricity and water every month, and the advances that offices keep."""
        for line in UTILITIES:
            share = 105 if line.code == OVERPAID_LINE else 88
            for month in range(1, 13):
                amount = _rounded(line.amount * share // 1200)
                self._payment(date(2025, month, 18), UTILITY_COMPANY, line, amount)
        for number, office in enumerate(("PUPR", "DIKBUD", "DINKES"), start=1):
            self._advance(date(2025, 1, 20 + number), office)

    def _advance(self, day: date, office: str) -> None:
        self.payments += 1
        number = f"SP2D-{YEAR}-{self.payments:05}"
        body: dict[str, Any] = {
            "id": number,
            "date": day.isoformat(),
            "method": "SP2D-UP",
            "payee": {"id": f"{SCHEME}-{office}", "name": f"Bendahara Pengeluaran {office}"},
            "items": [],
            "net": rupiah(150_000_000),
            "contract": None,
            "reverses": None,
        }
        self.publish(day + timedelta(days=1), "treasury", "budget/payment", number, body)


def _classifications(line: Budget) -> dict[str, str]:
    return {
        "administrative": line.org,
        "functional": line.functional,
        "economic": line.economic,
        "programme": line.programme,
        "fund": line.fund,
        "location": "Kabupaten",
    }


def _rounded(rupiah: int) -> int:
    """To whole thousands: nobody bids single rupiah."""
    return rupiah // 1000 * 1000
