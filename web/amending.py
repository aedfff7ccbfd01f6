"""What the releases of a process changed: what was announced, and what is said instead.

A compiled release has only the last values. Here releases are read in the order of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from procurement.index import EntrySummary
from procurement.money import Money, read_value
from web.record import Event, Object, member, objects, text
from web.views import Amount, View, money

Part = tuple[str, str]
"""A stage of Event, and the identifier of an award or contract, or ""."""
Value = Money | str


@dataclass(frozen=True)
class Change:
    """One thing that a release, entry `index` of the log, says otherwise than those before it."""

    index: int
    part: Part
    what: str
    before: Value
    after: Value
    reason: str = ""
    correction: bool = False


@dataclass(frozen=True)
class Amended:
    """The changes, oldest first, and what each part was announced with."""

    changes: tuple[Change, ...] = ()
    first: Mapping[Part, Mapping[str, Value]] = field(default_factory=dict)


class ChangeView(View, frozen=True):
    """What a release said otherwise: an amount or words; `index` is its receipt.

    `correction`: it takes the place of an earlier entry, which is counted no more.
    """

    stage: str
    title: str
    what: str
    before: Amount | str
    after: Amount | str
    reason: str
    date: str | None
    index: int
    correction: bool


def read_changes(
    releases: Iterable[tuple[int, Object]], corrected: Mapping[int, int] | None = None
) -> Amended:
    """What releases changed, given with their indices, in the order of the log.

    What was never said before is no change, and neither is what a release leaves out. `first` has
    only the parts whose announcing release is among these. `corrected` are the entries that
    corrections take the place of, by the correction's index: what one announced is withdrawn.
    """
    corrected = corrected or {}
    known: dict[Part, dict[str, Value]] = {}
    first: dict[Part, tuple[int, Mapping[str, Value]]] = {}
    changes: list[Change] = []
    for index, release in releases:
        tags = release.get("tag")
        for part, said, reason in _parts(release):
            before = known.setdefault(part, {})
            announced = first.get(part)
            if announced is None and said and isinstance(tags, list) and part[0] in tags:
                first[part] = index, said
            elif announced is not None and announced[0] == corrected.get(index):
                first[part] = index, {**announced[1], **said}
            changes += (
                Change(index, part, what, before[what], after, reason, index in corrected)
                for what, after in said.items()
                if before.get(what, after) != after
            )
            before.update(said)
    return Amended(tuple(changes), {part: said for part, (_, said) in first.items()})


def corrections(entries: Iterable[EntrySummary]) -> dict[int, int]:
    """The entries that corrections among some entries take the place of."""
    return {each.index: each.replaces for each in entries if each.replaces is not None}


def as_announced(events: Iterable[Event], amended: Amended) -> list[Event]:
    """Events with the sums and last days of their own release, not those of its amendments."""
    found = []
    for each in events:
        part = (each.stage, each.ref if each.stage in ("award", "contract") else "")
        said = amended.first.get(part, {})
        value, until = said.get("value", each.amount), said.get("until", each.until)
        assert value is None or isinstance(value, Money)
        assert until is None or isinstance(until, str)
        found.append(replace(each, amount=value, until=until))
    return found


def change_views(
    amended: Amended, record: Object, releases: Mapping[int, Object]
) -> list[ChangeView]:
    """The changes, oldest first, with the names of the contracts and awards."""
    titles = {
        text(each, "id"): text(each, "title")
        for name in ("awards", "contracts")
        for each in objects(record, name)
    }
    return [
        ChangeView(
            stage=each.part[0],
            title=titles.get(each.part[1]) or each.part[1],
            what=each.what,
            before=_plain(each.before),
            after=_plain(each.after),
            reason=each.reason,
            date=text(releases[each.index], "date") or None,
            index=each.index,
            correction=each.correction,
        )
        for each in amended.changes
    ]


def _parts(release: Object) -> Iterator[tuple[Part, dict[str, Value], str]]:
    """Each part that a release speaks of, what it says of it, and its reason to amend it."""
    planning, tender = member(release, "planning"), member(release, "tender")
    budget = member(planning, "budget")
    yield ("planning", ""), _said(value=read_value(budget.get("amount"))), ""
    yield (
        ("tender", ""),
        _said(
            title=text(tender, "title"),
            value=read_value(tender.get("value")),
            method=text(tender, "procurementMethod"),
            until=text(member(tender, "tenderPeriod"), "endDate"),
        ),
        _reason(tender),
    )
    for stage, name in (("award", "awards"), ("contract", "contracts")):
        for each in objects(release, name):
            said = _said(
                title=text(each, "title"),
                value=read_value(each.get("value")),
                until=text(member(each, "period"), "endDate") if stage == "contract" else "",
            )
            yield (stage, text(each, "id")), said, _reason(each)


def _said(**values: Value | None) -> dict[str, Value]:
    return {what: value for what, value in values.items() if value}


def _reason(part: Object) -> str:
    """Why it is amended, in the words of the newest amendment that the release brings."""
    reasons = [
        text(each, "rationale") or text(each, "description") for each in objects(part, "amendments")
    ]
    return reasons[-1] if reasons else ""


def _plain(value: Money | str) -> Amount | str:
    return value if isinstance(value, str) else money(value.amount, value.currency)
