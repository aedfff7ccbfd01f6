"""Whatever budgets, contracts and payments are published, no minor unit is lost or made."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procurement import queries
from procurement.trail import trace
from tests.procurement.town import ORG, SALT, Town, found_town
from tests.web.test_flows import check_sums

CODES = ("IDR", "USD", "EUR")


class Treasurer:
    """Publishes at random, and keeps books of its own about what every line should hold."""

    def __init__(self, town: Town, dice: Random, name: str) -> None:
        self.town, self.dice, self.name = town, dice, name
        self.available: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.code: dict[str, str] = {}
        self.entries: dict[str, tuple[int, int]] = {}
        self.payments: list[tuple[str, str, int]] = []
        self.numbers = count()

    def number(self) -> str:
        """An id that nothing else has."""
        return f"{self.name}-{next(self.numbers)}"

    def money(self, minor: int, line: str) -> dict[str, str]:
        """Minor units as our bodies have them."""
        sign, minor = ("-" if minor < 0 else ""), abs(minor)
        return {"amount": f"{sign}{minor // 100}.{minor % 100:02}", "currency": self.code[line]}

    def publish(self, office: str, kind: str, subject: str, **said: Any) -> int:
        """One entry; what corrects another is told by `replaces`, an index."""
        more = {"replaces": said.pop("replaces")} if "replaces" in said else {}
        return self.town.publish(office, kind, subject, {"salt": SALT, **said}, **more)

    def appropriate(self) -> None:
        """A new line, or another amount for one that has been given money already."""
        amount = self.dice.randrange(1, 10**7)
        again = self.entries and self.dice.random() < 0.3
        line = self.dice.choice(list(self.entries)) if again else f"{ORG}/2026/{self.number()}"
        self.code.setdefault(line, self.dice.choice(CODES))
        body: dict[str, Any] = {
            "line": {
                "id": line,
                "fiscalYear": "2026",
                "title": "Jalan",
                "org": ORG,
                "classifications": {"fund": self.dice.choice("AB"), "programme": "P"},
            },
            "amount": self.money(amount, line),
            "legalBasis": "Perda 1",
        }
        if again:
            index, before = self.entries[line]
            self.available[line] -= before
            body["replaces"] = index
        index = self.publish("budget", "budget/appropriation", line, **body)
        self.entries[line] = (index, amount)
        self.available[line] += amount

    def move(self) -> None:
        """A revision, or a transfer between two lines of one currency."""
        line = self.dice.choice(list(self.entries))
        amount = self.dice.randrange(1, 10**5)
        said = {"id": self.number(), "reason": "x", "legalBasis": "y"}
        same = [each for each in self.entries if self.code[each] == self.code[line]]
        other = self.dice.choice(same)
        if other == line:
            amount = self.dice.choice((amount, -amount))
            change = {"line": {"id": line}, "change": self.money(amount, line)}
            self.publish("budget", "budget/revision", line, **said, **change)
        else:
            ends = {"from": {"id": line}, "to": {"id": other}, "amount": self.money(amount, line)}
            self.publish("budget", "budget/transfer", line, **said, **ends)
            self.available[other] += amount
            amount = -amount
        self.available[line] += amount

    def contract(self) -> None:
        """A process with lots that draws on one or two lines, awarded, and perhaps paid."""
        lines = self.dice.sample(list(self.entries), min(2, len(self.entries)))
        ocid, code = f"ocds-town00-{self.number()}", self.code[lines[0]]
        values = [self.dice.randrange(1, 10**5) for _ in range(self.dice.randrange(1, 3))]
        shares = [{"id": line, "amount": self.ocds(sum(values), line)} for line in lines]
        status = self.dice.choice(("active", "active", "terminated", "cancelled"))
        suppliers = [{"id": f"ID-S-{self.dice.randrange(3)}", "name": "PT"}]
        self.town.release(
            {
                "ocid": ocid,
                "id": "1",
                "date": "2026-02-01T00:00:00Z",
                "tag": ["contract"],
                "initiationType": "tender",
                "planning": {"budget": {"budgetBreakdown": shares}},
                "tender": {
                    "id": "T",
                    "status": "complete",
                    "lots": [
                        {"id": str(at), "value": {"amount": value / 100, "currency": code}}
                        for at, value in enumerate(values)
                    ],
                },
                "awards": [
                    {
                        "id": str(at),
                        "status": "active",
                        "suppliers": suppliers,
                        "relatedLots": [str(at)],
                        "value": {"amount": value / 100, "currency": code},
                    }
                    for at, value in enumerate(values)
                ],
                "contracts": [
                    {
                        "id": str(at),
                        "awardID": str(at),
                        "status": status,
                        "value": {"amount": value / 100, "currency": code},
                    }
                    for at, value in enumerate(values)
                ],
            }
        )
        if self.dice.random() < 0.7:
            self.pay(lines[0], {"ocid": ocid, "id": "0"})

    def ocds(self, minor: int, line: str) -> dict[str, Any]:
        """Minor units as OCDS has them."""
        return {"amount": minor / 100, "currency": self.code[line]}

    def pay(self, line: str | None = None, contract: dict[str, str] | None = None) -> None:
        """A payment from a line, one that is corrected, or the reversal of an earlier one."""
        amount, reverses = self.dice.randrange(1, 10**5), None
        line = line or self.dice.choice(list(self.entries))
        if self.payments and contract is None and self.dice.random() < 0.3:
            reverses, line, paid = self.payments.pop()
            amount = -paid
        number = self.number()
        said: dict[str, Any] = {
            "id": number,
            "date": "2026-06-01",
            "method": "LS",
            "payee": {"id": "ID-S-1", "name": "PT"},
            "items": [{"amount": self.money(amount, line), "line": {"id": line}}],
            "net": self.money(amount, line),
            "contract": contract,
            "reverses": reverses,
        }
        index = self.publish("treasury", "budget/payment", number, **said)
        if amount > 1 and self.dice.random() < 0.2:
            amount -= 1
            items = [{"amount": self.money(amount, line), "line": {"id": line}}]
            corrected = {**said, "items": items, "net": self.money(amount, line)}
            self.publish("treasury", "budget/payment", number, **corrected, replaces=index)
        if reverses is None:
            self.payments.append((number, line, amount))
        self.paid[line] += amount

    def check(self) -> None:
        """Every line holds what the books say, and its parts add up to it."""
        for identifier in self.entries:
            line = queries.line(self.town.index, identifier)
            assert line.available == self.available[identifier]
            assert line.paid == self.paid[identifier]
            unpaid = line.committed + line.direct - line.paid
            assert line.paid + unpaid + (line.unexplained or 0) == line.available
            assert unpaid >= 0 or self.paid[identifier] < 0 or line.direct >= 0
            steps = trace(self.town.index, identifier).down
            assert steps[-1].kind == "remainder"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """One town in which every example happens, each with lines of its own."""
    return found_town(Path(tmp_path_factory.mktemp("conserved")))


NAMES = count()


@settings(max_examples=6)
@given(st.randoms(use_true_random=False), st.integers(4, 14))
def test_money_is_conserved(town: Town, dice: Random, acts: int):
    """Budget = paid + committed and unpaid + unexplained; flows, trace and sums say the same."""
    treasurer = Treasurer(town, dice, f"x{next(NAMES)}")
    treasurer.appropriate()
    for _ in range(acts):
        dice.choice((treasurer.appropriate, treasurer.move, treasurer.contract, treasurer.pay))()
    town.follow(dice.choice((1, 7, 500)))
    treasurer.check()
    check_sums(town.index)
