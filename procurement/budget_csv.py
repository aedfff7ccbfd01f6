"""Budget CSV to budget events: appropriations, and revisions that say by how much a line changed.

Rows of one line (Oakland has one department and fund hundreds of times) are added up, because the
law gives a line one amount; the event's `rows` says how many rows it is the sum of. A line that an
adjusted budget has and the approved one had not is appropriated by the adjusted one; one that it
has no more is revised to zero. What cannot be read is refused by file and line, never guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger.envelope import percent_encode
from ledger.errors import Malformed
from procurement.mapping import Measure, Resource
from procurement.money import Money, format_amount, read_number
from procurement.reading import RefusedItem

Approved = dict[str, int]
APPROPRIATION = "budget/appropriation"
REVISION = "budget/revision"

_HEADER_WITHIN = 100
_MAX_LINES = 1_000_000
_PLACE = re.compile(r"\{([^{}]+)\}")
_NOT_IN_CODE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class BudgetEvent:
    """A budget event read from a CSV: its kind, subject and body, which lacks only the salt."""

    name: str
    position: str
    kind: str
    subject: str
    body: Mapping[str, Any]


Events = Iterator[BudgetEvent | RefusedItem]


@dataclass
class Line:
    """A budget line while its rows are added up; amounts in minor units by phase."""

    id: str
    position: str
    key: tuple[str, ...]
    title: str
    classifications: Mapping[str, str]
    rows: int = 0
    amounts: dict[str, int] = field(default_factory=dict)


def read_events(
    name: str, text: Iterable[str], resource: Resource, approved: dict[str, int]
) -> Events:
    """The events of one CSV, in the order of its lines; what cannot be read is refused by line.

    `approved` holds the amount (minor units) of each line after the resources before, which an
    adjusted budget is compared with, and is kept up. A resource of adjusted amounts alone is the
    whole budget of its organisation and year: lines it lacks are revised to zero.
    """
    lines: dict[str, Line] = {}
    yield from _add_up(name, text, resource, lines)
    for line in lines.values():
        yield from _line_events(name, line, resource, approved)
    if {measure.phase for measure in resource.measures} == {"adjusted"}:
        whole = f"{resource.organisation}/{resource.fiscal_year}/"
        for identifier in sorted(approved.keys() - lines.keys()):
            if identifier.startswith(whole) and approved[identifier]:
                yield _revise(name, "", identifier, -approved[identifier], resource, 0)
                approved[identifier] = 0


def _add_up(
    name: str, text: Iterable[str], resource: Resource, lines: dict[str, Line]
) -> Iterator[RefusedItem]:
    """Read the rows into `lines`; the header is the first row that has all columns named."""
    assert resource.dialect is not None
    reader = csv.reader(text, delimiter=resource.dialect.delimiter)
    header: list[str] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            "".join(cells).encode()  # some encodings, as utf-7, let lone surrogates through
            if header:
                try:
                    _add_row(f"line {reader.line_num}", header, cells, resource, lines)
                except Malformed as error:
                    yield RefusedItem(name, f"line {reader.line_num}", error.message)
            elif _columns(resource) <= set(cells):
                header = cells
            elif reader.line_num > _HEADER_WITHIN:
                break
    except (csv.Error, UnicodeError) as error:
        yield RefusedItem(name, f"line {reader.line_num + 1}", f"could not be read on: {error}")
    if not header:
        yield RefusedItem(name, "", f"no header with {', '.join(sorted(_columns(resource)))}")


def _columns(resource: Resource) -> set[str]:
    columns = {each.source for each in resource.measures} | {each.source for each in resource.rows}
    return columns | ({resource.difference} if resource.difference else set())


def _add_row(
    position: str,
    header: list[str],
    cells: list[str],
    resource: Resource,
    lines: dict[str, Line],
) -> None:
    """Add a row to its line; a row that is no budget line is passed over. Raises Malformed.

    Cells missing at the end are empty ones.
    """
    if len(cells) < len(header):
        cells = cells + [""] * (len(header) - len(cells))
    named = dict(zip(header, cells, strict=False))
    values = _matched({**named, "resource": resource.title}, resource)
    if values is None or not any(cells):
        return
    if any(cells[len(header) :]):
        raise Malformed(f"{len(cells)} cells under {len(header)} columns: shifted")
    amounts = {
        each.phase: _amount(values, each.source, each, resource) for each in resource.measures
    }
    if resource.difference:
        stated = _amount(values, resource.difference, resource.measures[0], resource)
        if stated != amounts["adjusted"] - amounts["approved"]:
            raise Malformed("the amounts do not differ by the difference stated: shifted")
    line = _line(position, values, resource, lines)
    line.rows += 1
    for phase, amount in amounts.items():
        line.amounts[phase] = line.amounts.get(phase, 0) + amount


def _matched(values: dict[str, str], resource: Resource) -> dict[str, str] | None:
    """The row's cells and the named groups of the patterns, or None for another kind of row."""
    for rows in resource.rows:
        match = re.fullmatch(rows.pattern, values[rows.source])
        if match is None:
            return None
        values |= {name: group or "" for name, group in match.groupdict().items()}
    return values


def _amount(values: Mapping[str, str], column: str, measure: Measure, resource: Resource) -> int:
    """Minor units in a column written as `measure` is. Raises Malformed."""
    text = values[column]
    money = read_number(parse_number(text, measure.decimal, measure.group), resource.currency)
    if money is None:
        raise Malformed(f"{column} is no whole number of minor units: {text[:40]!r}")
    return money.amount


def parse_number(text: str, decimal: str = ".", group: str = "") -> Decimal:
    """A number as budgets write it: `1.234,50`, `(1,234.50)`, `-5`. Raises Malformed.

    Groups have three digits. An exponent is refused: spreadsheets write one when they have
    already dropped digits.
    """
    digits = text.strip()
    negative = digits.startswith("(") and digits.endswith(")")
    digits = digits[1:-1].strip() if negative else digits
    if digits.startswith("-") and not negative:
        negative, digits = True, digits[1:].strip()
    grouped = rf"|[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+" if group else ""
    if not re.fullmatch(
        rf"(?:[0-9]{{1,18}}{grouped})(?:{re.escape(decimal)}[0-9]{{1,4}})?", digits
    ):
        raise Malformed(f"not an amount: {text[:40]!r}")
    plain = digits.replace(group, "") if group else digits
    number = Decimal(plain.replace(decimal, "."))
    return -number if negative else number


def _line(
    position: str, values: Mapping[str, str], resource: Resource, lines: dict[str, Line]
) -> Line:
    assert resource.line is not None
    key = tuple(values.get(name, "") for name in _PLACE.findall(resource.line.code))
    if not all(key):
        raise Malformed(f"the row lacks what its code {resource.line.code!r} is made of")
    code = _NOT_IN_CODE.sub("-", _filled(resource.line.code, values)).strip("-")
    identifier = f"{resource.organisation}/{resource.fiscal_year}/{code}"
    line = lines.get(identifier)
    if line is None:
        if len(lines) == _MAX_LINES:
            raise Malformed(f"more than {_MAX_LINES} lines in one file")
        title = _filled(resource.line.title, values)
        named = resource.line.classifications.items()
        classifications = {name: _filled(template, values) for name, template in named}
        line = Line(identifier, position, key, title, classifications)
        lines[identifier] = line
    elif line.key != key:
        raise Malformed(f"its code {code!r} is that of another line, {' '.join(line.key)!r}")
    return line


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], ""), template)


def _line_events(name: str, line: Line, resource: Resource, approved: dict[str, int]) -> Events:
    after = line.amounts.get("adjusted")
    before = line.amounts.get("approved", approved.get(line.id))
    if "approved" in line.amounts or before is None:
        # A line that only the adjusted budget has is appropriated by it.
        before = line.amounts.get("approved", after)
        assert before is not None
        if before < 0:
            reason = f"{line.id}: a line cannot be given less than nothing: {before} minor units"
            yield RefusedItem(name, line.position, reason)
            return
        yield _appropriate(name, line, before, resource)
    if after is not None and after != before:
        yield _revise(name, line.position, line.id, after - before, resource, line.rows)
    approved[line.id] = before if after is None else after


def _appropriate(name: str, line: Line, amount: int, resource: Resource) -> BudgetEvent:
    body = {
        "line": {
            "id": line.id,
            "fiscalYear": resource.fiscal_year,
            "title": line.title,
            "org": resource.organisation,
            "classifications": line.classifications,
        },
        "amount": _money(amount, resource),
        "legalBasis": resource.legal_basis,
        "rows": line.rows,
    }
    return BudgetEvent(name, line.position, APPROPRIATION, percent_encode(line.id), body)


def _revise(
    name: str, position: str, line: str, change: int, resource: Resource, rows: int
) -> BudgetEvent:
    body = {
        "id": f"{line}/{resource.name}",
        "line": {"id": line},
        "change": _money(change, resource),
        "reason": resource.reason,
        "legalBasis": resource.legal_basis,
        "rows": rows,
    }
    return BudgetEvent(name, position, REVISION, percent_encode(line), body)


def _money(amount: int, resource: Resource) -> dict[str, str]:
    money = Money(amount, resource.currency)
    return {"amount": format_amount(money), "currency": money.currency}
