"""The trail of money both ways, with the remainder that nobody explains.

From a budget line down: processes that commit it, their contracts, payments and payees; and up
from a payment or a process to the lines. What the steps under a line, a contract or a payment
account for, and the remainder beside them, add up to it to the last minor unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.errors import NotFound
from procurement import queries, sums
from procurement.index import ContractRow, Line, LineEvent, Payment, Process
from procurement.money import Money, format_amount, format_money
from procurement.projections import Projections

SHOWN = 200
REMAINDER = "remainder"
OTHERS = "others"


@dataclass(frozen=True)
class Step:
    """One thing on a trail and what lies beyond it.

    `kind`: line, appropriation, revision, transfer-in, transfer-out, process, contract, payment,
    payee, organisation, excess (paid above what a process commits), others (more than are shown)
    or remainder. `money` None: not known. `index` is the log entry that says so.
    """

    kind: str
    id: str
    title: str = ""
    money: Money | None = None
    index: int | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Trail:
    """A subject, where its money comes from (`up`) and where it goes (`down`)."""

    subject: Step
    up: tuple[Step, ...]
    down: tuple[Step, ...]


def trace(index: Projections, identifier: str) -> Trail:
    """The trail of a budget line, a process, a contract, a payment or an organisation.

    A contract is `OCID#ID`. Raises NotFound.
    """
    ways = (_trace_line, _trace_process, _trace_contract, _trace_payment, _trace_organisation)
    for follow in ways:
        try:
            return follow(index, identifier)
        except NotFound:
            continue
    raise NotFound(
        f"no line, process, contract, payment or organisation is called {identifier[:200]!r}",
        "search for a part of it",
    )


def lines(trail: Trail) -> Iterator[str]:
    """The subject, then both ways, one line a step, two blanks a level."""
    yield _text(trail.subject, 0)
    for name, steps in (("from", trail.up), ("to", trail.down)):
        if steps:
            yield f"{name}:"
        for step in steps:
            yield from _texts(step, 1)


def to_json(trail: Trail) -> dict[str, Any]:
    """The trail as JSON values; amounts are decimal strings beside their currency."""
    return {
        "subject": _members(trail.subject),
        "from": [_members(step) for step in trail.up],
        "to": [_members(step) for step in trail.down],
    }


def _trace_line(index: Projections, identifier: str) -> Trail:
    line = queries.line(index, identifier)
    events = [e for e in _all_events(index, identifier) if e.replaced_by is None]
    budget = [event for event in reversed(events) if event.kind not in ("commitment", "payment")]
    up = tuple(
        Step(e.kind, e.other or e.ref or e.line, "", Money(e.amount, e.currency), e.index)
        for e in budget
    )
    return Trail(_line_step(line), up, tuple(_below_line(index, line, events)))


def _trace_process(index: Projections, ocid: str) -> Trail:
    process = queries.process(index, ocid)
    subject = _process_step(process, _sum(process.committed, process.currency))
    up = [*_lines_above(index, ocid)]
    if subject.money is not None:
        up.append(_rest("no budget line", subject.money, up))
    return Trail(subject, tuple(up), tuple(_below_process(index, ocid)))


def _trace_contract(index: Projections, identifier: str) -> Trail:
    ocid, _, number = identifier.rpartition("#")
    found = [each for each in queries.contracts(index, ocid=ocid) if each.contract_id == number]
    if not ocid or not found:
        raise NotFound(f"there is no contract {identifier[:200]!r}")
    above = _supplied(index, found[0]).steps
    suppliers = tuple(
        Step("payee", each.get("id") or "", each.get("name") or "") for each in found[0].suppliers
    )
    below = tuple(_below_contract(index, found[0]))
    return Trail(_contract_step(found[0]), above, (*suppliers, *below))


def _rest(title: str, whole: Money, steps: Sequence[Step]) -> Step:
    """What the steps in the same currency leave unexplained."""
    told = (step.money for step in steps if step.money is not None)
    known = sum(money.amount for money in told if money.currency == whole.currency)
    return Step(REMAINDER, "", title, Money(whole.amount - known, whole.currency))


def _trace_payment(index: Projections, identifier: str) -> Trail:
    payment = queries.payment(index, identifier)
    up = [*_charged_lines(index, payment)]
    subject = _payment_step(payment)
    rest = [_rest("no budget line", subject.money, up)] if subject.money is not None else []
    if payment.ocid is not None:
        up += _contract_above(index, payment)
    up += rest
    return Trail(subject, tuple(up), _payee(payment))


def _trace_organisation(index: Projections, identifier: str) -> Trail:
    found = queries.organisation(index, identifier)
    subject = Step("organisation", found.id, found.name, None, found.first_index)
    held = queries.lines(index, org=identifier, limit=SHOWN)
    signed = queries.contracts(index, supplier=identifier, limit=SHOWN)
    received = queries.payments(index, payee=identifier, limit=SHOWN)
    up = [*(_supplied(index, contract) for contract in signed)]
    for_contracts = {(contract.ocid, contract.contract_id) for contract in signed}
    up += [
        _payment_step(payment)
        for payment in received
        if payment.replaced_by is None
        and (payment.ocid or "", payment.contract_id or "") not in for_contracts
    ]
    down = [_line_step(line) for line in held]
    bought = queries.involvements(index, identifier, "buyer", limit=SHOWN)
    down += [_process_step(p, _sum(p.committed, p.currency)) for _, p in bought]
    up += _unpaid(index, identifier)
    down += _unexplained(index, identifier)
    return Trail(subject, tuple(up), tuple(down))


def _unpaid(index: Projections, org: str) -> Iterator[Step]:
    """What is not paid yet of all contracts of a supplier, by currency."""
    left: dict[str, int] = {}
    for found in sums.org_contracts(index, org, "supplier").values():
        for each in found:
            left[each.currency] = left.get(each.currency, 0) + each.value - each.paid
    for currency, amount in sorted(left.items()):
        yield Step(REMAINDER, "", "not paid", Money(amount, currency))


def _unexplained(index: Projections, org: str) -> Iterator[Step]:
    """What is not bound by anything of all budget lines of an organisation, by currency."""
    left: dict[str, int] = {}
    for found in sums.org_budgets(index, org).values():
        for each in found:
            free = each.available - each.committed - each.direct
            left[each.currency] = left.get(each.currency, 0) + free
    for currency, amount in sorted(left.items()):
        yield Step(REMAINDER, "", "not committed, not spent", Money(amount, currency))


def _below_line(index: Projections, line: Line, events: Sequence[LineEvent]) -> Iterator[Step]:
    """Processes, payments without one, and the remainder: they add up to what is available."""
    same = [event for event in reversed(events) if event.currency == line.currency]
    shown = 0
    for step in (*_processes_below(index, line, same), *_direct_below(index, same)):
        shown += step.money.amount if step.money else 0
        yield step
    others = line.committed + line.direct - shown
    if others:
        yield Step(OTHERS, "", "", _sum(others, line.currency))
    if line.unexplained is not None:
        yield Step(REMAINDER, "", "not committed, not spent", _sum(line.unexplained, line.currency))


def _processes_below(index: Projections, line: Line, events: Sequence[LineEvent]) -> Iterator[Step]:
    committed: dict[str, int] = {}
    paid: dict[str, int] = {}
    for event in events:
        if event.ocid and event.kind in ("commitment", "payment"):
            sums = committed if event.kind == "commitment" else paid
            sums[event.ocid] = sums.get(event.ocid, 0) + event.amount
    for ocid in list(dict.fromkeys((*committed, *paid)))[:SHOWN]:
        amount = committed.get(ocid, 0)
        yield _process_below(index, ocid, _sum(amount, line.currency))
        if paid.get(ocid, 0) > amount:
            yield Step("excess", ocid, "", _sum(paid[ocid] - amount, line.currency))


def _direct_below(index: Projections, events: Sequence[LineEvent]) -> Iterator[Step]:
    direct = [event for event in events if event.kind == "payment" and not event.ocid]
    for event in direct[:SHOWN]:
        yield _direct_step(index, event)


def _process_below(index: Projections, ocid: str, money: Money | None) -> Step:
    try:
        process = queries.process(index, ocid)
    except NotFound:
        return Step("process", ocid, "", money, None, tuple(_payments(index, ocid, None)))
    return _process_step(process, money, tuple(_below_process(index, ocid)))


def _below_process(index: Projections, ocid: str) -> Iterator[Step]:
    contracts = queries.contracts(index, ocid=ocid)
    for contract in reversed(contracts):
        yield _contract_step(contract, tuple(_below_contract(index, contract)))
    known = {contract.contract_id for contract in contracts}
    for payment in reversed(queries.payments(index, ocid=ocid)):
        if payment.contract_id not in known and payment.replaced_by is None:
            yield _payment_step(payment, _payee(payment))


def _below_contract(index: Projections, contract: ContractRow) -> Iterator[Step]:
    yield from _payments(index, contract.ocid, contract.contract_id)
    if contract.unpaid is not None:
        yield Step(REMAINDER, "", "not paid", _sum(contract.unpaid, contract.currency))


def _payments(index: Projections, ocid: str, contract: str | None) -> Iterator[Step]:
    found = queries.payments(index, ocid=ocid, contract=contract)
    counting = [payment for payment in reversed(found) if payment.replaced_by is None]
    for payment in counting[:SHOWN]:
        yield _payment_step(payment, _payee(payment))
    rest = counting[SHOWN:]
    if rest:
        total = sum(payment.gross or 0 for payment in rest)
        yield Step(OTHERS, "", f"{len(rest)} payments", _sum(total, rest[0].currency))


def _lines_above(index: Projections, ocid: str) -> Iterator[Step]:
    """The lines a process draws on, and what it commits there."""
    sums: dict[tuple[str, str], int] = {}
    for event in queries.process_lines(index, ocid):
        if event.kind == "commitment":
            at = (event.line, event.currency)
            sums[at] = sums.get(at, 0) + event.amount
    for (identifier, currency), amount in sums.items():
        yield _line_above(index, identifier, Money(amount, currency) if currency else None)


def _line_above(index: Projections, identifier: str, money: Money | None) -> Step:
    try:
        line = queries.line(index, identifier)
    except NotFound:
        return Step("line", identifier, "", money)
    return Step("line", line.id, line.title, money, line.first_index, (_line_step(line),))


def _charged_lines(index: Projections, payment: Payment) -> Iterator[Step]:
    sums: dict[str, int] = {}
    for item in payment.items:
        if item["line"] is not None:
            sums[item["line"]] = sums.get(item["line"], 0) + item["amount"]
    for identifier, amount in sums.items():
        yield _line_above(index, identifier, _sum(amount, payment.currency))


def _contract_above(index: Projections, payment: Payment) -> Iterator[Step]:
    contracts = queries.contracts(index, ocid=payment.ocid)
    found = [each for each in contracts if each.contract_id == payment.contract_id]
    if not found:
        yield Step("contract", payment.contract_id or "", "", None)
    for contract in found:
        yield _supplied(index, contract)


def _supplied(index: Projections, contract: ContractRow) -> Step:
    """A contract, its process and the lines above."""
    above = tuple(_lines_above(index, contract.ocid))
    try:
        process = queries.process(index, contract.ocid)
    except NotFound:
        return _contract_step(contract)
    money = _sum(process.committed, process.currency)
    return _contract_step(contract, (_process_step(process, money, above),))


def _direct_step(index: Projections, event: LineEvent) -> Step:
    money = Money(event.amount, event.currency)
    try:
        payment = queries.payment(index, event.ref or "")
    except NotFound:
        return Step("payment", event.ref or "", "", money, event.index)
    return Step("payment", payment.id, payment.date or "", money, event.index, _payee(payment))


def _line_step(line: Line) -> Step:
    return Step("line", line.id, line.title, _sum(line.available, line.currency), line.first_index)


def _process_step(process: Process, money: Money | None, steps: tuple[Step, ...] = ()) -> Step:
    return Step("process", process.ocid, process.title, money, process.first_index, steps)


def _contract_step(contract: ContractRow, steps: tuple[Step, ...] = ()) -> Step:
    money = _sum(contract.value, contract.currency)
    return Step("contract", contract.contract_id, contract.title, money, contract.index, steps)


def _payment_step(payment: Payment, steps: tuple[Step, ...] = ()) -> Step:
    money = _sum(payment.gross, payment.currency)
    return Step(
        "payment", payment.id or payment.key, payment.date or "", money, payment.index, steps
    )


def _payee(payment: Payment) -> tuple[Step, ...]:
    if not payment.payee_id and not payment.payee_name:
        return ()
    return (Step("payee", payment.payee_id or "", payment.payee_name or ""),)


def _all_events(index: Projections, identifier: str) -> list[LineEvent]:
    found: list[LineEvent] = []
    while page := queries.line_events(index, identifier, before=found[-1].index if found else None):
        found += page
    return found


def _sum(amount: int | None, currency: str | None) -> Money | None:
    return None if amount is None or not currency else Money(amount, currency)


def _texts(step: Step, level: int) -> Iterator[str]:
    yield _text(step, level)
    for inner in step.steps:
        yield from _texts(inner, level + 1)


def _text(step: Step, level: int) -> str:
    money = format_money(step.money) if step.money else ""
    entry = f"[entry {step.index}]" if step.index is not None else ""
    parts = (step.kind, step.id, step.title.replace("\n", " ")[:80], money, entry)
    return "  " * level + "  ".join(part for part in parts if part)


def _members(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "id": step.id,
        "title": step.title,
        "amount": format_amount(step.money) if step.money else None,
        "currency": step.money.currency if step.money else None,
        "entry": step.index,
        "steps": [_members(inner) for inner in step.steps],
    }
