"""What a process commits on its budget lines, from place to place of the log. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from procurement.budget import split_line
from procurement.committing import charges, commitment
from procurement.contracting import (
    Contract,
    ContractingProcess,
    Party,
    Transaction,
    identifier,
    members,
    objects,
    read_process,
)
from procurement.money import Money
from procurement.ocds import Published, compile_record
from procurement.rules import Tolerances

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paid:
    """A `budget/payment` in force that is for this process, or may be by a transaction's id."""

    key: str
    id: str
    index: int
    place: int
    date: str
    money: Money
    payee: Party
    ocid: str | None
    contract: str | None
    items: tuple[tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of an ocid: its merged releases by place, and its payments.

    `charges` are the changes of its commitments up to the place `settled`, when nothing that is
    new bears on them; else there are none. `foreign` are, by place of a release, the lines it names
    for whose owner no signer of it may speak: nothing is charged there.
    """

    ocid: str
    owner: str
    first_index: int
    last_index: int
    releases: Sequence[Published]
    payments: Sequence[Paid]
    entry_of: Mapping[int, int] = field(default_factory=dict)
    copied: bool = False
    marks: tuple[str, ...] = ()
    tolerances: Tolerances = field(default_factory=Tolerances)
    charges: Sequence[Row] = ()
    settled: int = -1
    foreign: Mapping[int, Collection[str]] = field(default_factory=dict)


def link(process: ContractingProcess, payments: Sequence[Paid]) -> dict[str, str | None]:
    """The contract of each payment: the one it names, or that of the transaction with its id."""
    by_id = {
        transaction.id: contract.id
        for contract in process.contracts
        for transaction in contract.transactions
        if transaction.id
    }
    found: dict[str, str | None] = {}
    for each in payments:
        if each.contract is not None:
            if each.ocid == process.ocid:
                found[each.key] = each.contract
        elif each.id in by_id:
            found[each.key] = by_id[each.id]
    return found


def unmatched(contract: Contract, paid: Sequence[Paid]) -> list[Transaction]:
    """The transactions of a contract that are not one of its payments by id."""
    ids = {each.id for each in paid}
    return [each for each in contract.transactions if not each.id or each.id not in ids]


def paid_by_contract(
    process: ContractingProcess, payments: Sequence[Paid], links: Mapping[str, str | None]
) -> dict[str, list[Money | None]]:
    """What was paid for each contract, payments and transactions, none of them twice."""
    found: dict[str, list[Money | None]] = {}
    for contract in process.contracts:
        paid = [each for each in payments if links.get(each.key) == contract.id]
        counted = [each.value for each in unmatched(contract, paid)]
        found[contract.id] = [*(each.money for each in paid), *counted]
    return found


def charge_history(story: Story, process: ContractingProcess) -> list[Row]:
    """How the commitment on each budget line changed, one row a change, in order of place.

    `process` is what all releases make of it. The record is compiled again as each release left it,
    so that a line can be judged at every change; only lines with an id in the form of a budget line
    are followed. What stands up to `story.settled` is taken as it is.
    """
    if not any(named_lines(each.release) for each in story.releases):
        return []
    history = _History(story, process)
    steps: list[tuple[int, int, Published | Paid]] = [
        *((each.index, 0, each) for each in story.releases),
        *((each.place, 1, each) for each in story.payments),
    ]
    for place, _, each in sorted(steps, key=lambda step: step[:2]):
        history.take(place, each)
    return history.rows


class _History:
    """The commitment of a process on its lines, followed from place to place."""

    def __init__(self, story: Story, process: ContractingProcess) -> None:
        self.story, self.process = story, process
        self.releases: list[Published] = []
        self.payments: list[Paid] = []
        self.rows: list[Row] = [
            {name: value for name, value in row.items() if name != "id"} for row in story.charges
        ]
        self.state = _state(story.charges)
        self._process: ContractingProcess | None = None

    def take(self, place: int, each: Published | Paid) -> None:
        """One more release or payment."""
        if isinstance(each, Published):
            self.releases.append(each)
            self._process = None
            index = self.story.entry_of.get(each.index, each.index)
        else:
            self.payments.append(each)
            index = each.index
        if place > self.story.settled and self.releases:
            process = self._process = self._process or self._compile()
            # Payments move what is committed only where a contract has been terminated.
            ended = any(contract.status == "terminated" for contract in process.contracts)
            if ended or isinstance(each, Published):
                self._note(place, index, process)

    def _compile(self) -> ContractingProcess:
        if len(self.releases) == len(self.story.releases):
            return self.process
        return read_process(compile_record(self.releases).release)

    def _note(self, place: int, index: int, process: ContractingProcess) -> None:
        links = link(process, self.payments)
        committed = commitment(process, paid_by_contract(process, self.payments, links))
        lines = chargeable(self.story, self.releases)
        now: dict[str, tuple[dict[str, int], bool]] = {}
        for charge in charges(process, committed):
            if charge.line not in lines:
                continue
            sums, known = now.get(charge.line, ({}, True))
            if charge.amount is not None:
                sums = {**sums, charge.amount.currency: charge.amount.amount}
            now[charge.line] = (sums, known and charge.known)
        for line in dict.fromkeys((*self.state, *now)):
            before, after = self.state.get(line, ({}, True)), now.get(line, ({}, True))
            self.rows += self._changes(place, index, line, before, after)
        self.state = now

    def _changes(
        self,
        place: int,
        index: int,
        line: str,
        before: tuple[dict[str, int], bool],
        after: tuple[dict[str, int], bool],
    ) -> list[Row]:
        moved = {
            code: after[0].get(code, 0) - before[0].get(code, 0)
            for code in dict.fromkeys((*before[0], *after[0]))
        }
        moved = {code: change for code, change in moved.items() if change}
        if not moved and before[1] != after[1]:
            moved = {next(iter(after[0]), next(iter(before[0]), "")): 0}
        return [
            {
                "line": line,
                "index": index,
                "place": place,
                "kind": "commitment",
                "amount": change,
                "currency": code,
                "known": after[1],
                "ocid": self.story.ocid,
            }
            for code, change in moved.items()
        ]


def named_lines(release: Mapping[str, Any]) -> list[str]:
    """The ids in the form of a budget line that a release draws on, each once."""
    planning = release.get("planning")
    budget = planning.get("budget") if isinstance(planning, dict) else None
    if not isinstance(budget, dict):
        return []
    named = (budget.get("id"), *(each.get("id") for each in objects(budget.get("budgetBreakdown"))))
    lines = dict.fromkeys(map(identifier, named))
    return [line for line in lines if split_line(line) is not None]


def transaction_ids(release: Any) -> Iterator[str]:
    """The ids of the transactions of a release."""
    for contract in objects(members(release).get("contracts")):
        for made in objects(members(contract.get("implementation")).get("transactions")):
            number = identifier(made.get("id"))
            if number:
                yield number


def chargeable(story: Story, releases: Sequence[Published]) -> set[str]:
    """The lines that releases of a process may draw on: named by whoever speaks for their owner."""
    return {
        line
        for each in releases
        for line in named_lines(each.release)
        if line not in story.foreign.get(each.index, ())
    }


def _state(charges: Sequence[Row]) -> dict[str, tuple[dict[str, int], bool]]:
    """What changes add up to, by line: sums by currency, and whether they are all."""
    state: dict[str, tuple[dict[str, int], bool]] = {}
    for row in charges:
        sums, _ = state.get(row["line"], ({}, True))
        moved = sums.get(row["currency"], 0) + row["amount"]
        sums = {**sums, row["currency"]: moved} if row["currency"] else sums
        state[row["line"]] = (sums, row["known"])
    return state
