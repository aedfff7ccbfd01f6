"""What is at stake in an entry: every sum that it names, and every sum that it would change.

Where an institution asks for two officers from an amount on, one small figure must not hide a
large one: what counts is not the sum that a list shows, but any of these. A sum that cannot be
computed is None, and is never taken for a small one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from procurement.budget import PARSERS, Appropriation, PaymentMade, Revision, Transfer
from procurement.contracting import identifier, members, objects, text
from procurement.money import Money, add_up, read_value
from procurement.ocds import RELEASE

Sums = list[Money | None]

KINDS = frozenset({RELEASE, *PARSERS})
"""Kinds of entry that move money; the others are nobody's expense."""

_OFFERED = frozenset({"bids"})
_ENDED = frozenset({"cancelled", "unsuccessful", "withdrawn"})


def own_sums(kind: str, value: Any) -> Sums:
    """The sums that a parsed body names. Raises InvalidInput for an event out of form."""
    if kind != RELEASE:
        return _event_sums(kind, value)
    release = members(value)
    found = list(_named({name: each for name, each in release.items() if name not in _OFFERED}))
    contracts = objects(release.get("contracts"))
    for values in (_values(objects(release.get("awards"))), _values(contracts), _paid(contracts)):
        found += _totals(values)
    return found


def changed_sums(value: Any, record: Mapping[str, Any]) -> Sums:
    """The sums of a process that a release would change; all of them where it names none itself.

    `record` is the compiled release as it stands. A contract or an award is changed by its id, the
    tender by another value or by an end.
    """
    release = members(value)
    if not own_sums(RELEASE, release):
        return own_sums(RELEASE, record)
    found: Sums = []
    for name in ("awards", "contracts"):
        said = {identifier(each.get("id")) for each in objects(release.get(name))}
        known = objects(record.get(name))
        found += _values(
            each
            for each in known
            if identifier(each.get("id")) in said or _takes_away(release, name)
        )
    tender = members(release.get("tender"))
    ended = text(tender.get("status")) in _ENDED
    if "value" in tender or ended or _takes_away(release, "tender"):
        found += _values([members(record.get("tender"))])
    return found


def _takes_away(release: Mapping[str, Any], name: str) -> bool:
    """Null, or what is no list or object, in the place of what was there."""
    return name in release and not isinstance(release[name], list | dict)


def _event_sums(kind: str, value: Any) -> Sums:
    match PARSERS[kind](value):
        case Appropriation() | Transfer() as event:
            return [event.amount]
        case Revision() as event:
            return [event.change]
        case PaymentMade() as event:
            # Charged here and taken back there is not nothing.
            charged = sum(abs(item.amount.amount) for item in event.items)
            return [event.net, Money(charged, event.net.currency)]
    return []


def _named(value: Any) -> Iterator[Money | None]:
    """Every OCDS `Value` in a release, at any depth."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        if "amount" in value and not isinstance(value["amount"], dict | list):
            yield read_value(value)
        for name, inner in value.items():
            if name == "value" and not isinstance(inner, dict | None):
                yield None
            yield from _named(inner)


def _values(found: Iterable[Mapping[str, Any]]) -> Sums:
    return [read_value(each["value"]) for each in found if each.get("value") is not None]


def _paid(contracts: Iterable[Mapping[str, Any]]) -> Sums:
    done = [members(each.get("implementation")) for each in contracts]
    return _values(row for each in done for row in objects(each.get("transactions")))


def _totals(values: Sums) -> Sums:
    known = [each for each in values if each is not None]
    return [Money(amount, currency) for currency, amount in add_up(known).items()]
