"""The mapping file that says what the columns of a budget CSV mean.

JSON in the manner of a Fiscal Data Package (`resources` with `path`, `encoding`, `dialect`;
measures with `source`, `currency`, `phase`, `decimalChar`, `groupChar`), reduced to what budget
events need; mappings/README.md has it member by member. Whatever is said for the package holds for
each resource that does not say otherwise. Unknown members are refused: a misspelt one must not
silently change what a column means.

In templates `{name}` is a column of the row, a named group of a `rows` pattern, or `{resource}`,
the resource's title.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ledger.acts import check_org
from ledger.errors import JejakError, Malformed
from procurement.money import parse_currency

PROFILE = "jejak/budget-mapping/1"
MAX_MAPPING = 1024 * 1024

PHASES = ("approved", "adjusted")
Phase = Literal["approved", "adjusted"]


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of amounts: the budget as `approved` at first, or as `adjusted` by a revision."""

    source: str
    phase: Phase
    decimal: str = msgspec.field(default=".", name="decimalChar")
    group: str = msgspec.field(default="", name="groupChar")


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only rows whose column matches the pattern as a whole are budget lines; totals are not."""

    source: str
    pattern: str


class LineTemplates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Templates of a line's code, title and classifications."""

    code: str
    title: str
    classifications: dict[str, str] = {}


class Dialect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the CSV is written."""

    delimiter: str = ","


class Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One CSV file; `name` names the budget document, `path` the file or archive member.

    `difference` is a column that must be what the adjusted amount is above the approved one.
    """

    name: str
    path: str
    title: str = ""
    organisation: str = ""
    fiscal_year: str = ""
    currency: str = ""
    encoding: str = ""
    dialect: Dialect | None = None
    measures: tuple[Measure, ...] = ()
    difference: str = ""
    rows: tuple[Rows, ...] = ()
    line: LineTemplates | None = None
    legal_basis: str = ""
    reason: str = ""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A package of budget CSVs; what it says holds for resources that say nothing else."""

    profile: str
    name: str
    resources: tuple[Resource, ...]
    title: str = ""
    description: str = ""
    sources: tuple[dict[str, str], ...] = ()
    licenses: tuple[dict[str, str], ...] = ()
    organisation: str = ""
    fiscal_year: str = ""
    currency: str = ""
    encoding: str = "utf-8"
    dialect: Dialect = Dialect()
    measures: tuple[Measure, ...] = ()
    difference: str = ""
    rows: tuple[Rows, ...] = ()
    line: LineTemplates | None = None
    legal_basis: str = ""
    reason: str = ""


_INHERITED = (
    "organisation",
    "fiscal_year",
    "currency",
    "encoding",
    "dialect",
    "measures",
    "difference",
    "rows",
    "line",
    "legal_basis",
    "reason",
)
_decode = msgspec.json.Decoder(Mapping).decode


def parse_mapping(raw: bytes) -> Mapping:
    """A mapping file, its resources complete. Raises Malformed."""
    if len(raw) > MAX_MAPPING:
        raise Malformed(f"a mapping file of {len(raw)} bytes; {MAX_MAPPING} are allowed")
    try:
        mapping = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not a mapping file: {error}") from error
    if mapping.profile != PROFILE:
        raise Malformed(f"mapping profile {mapping.profile[:40]!r}; {PROFILE!r} is the one known")
    resources = tuple(_complete(each, mapping) for each in mapping.resources)
    for name in ("name", "path"):
        if len({getattr(each, name) for each in resources}) < len(resources) or not resources:
            raise Malformed(f"a mapping has resources, each of its own {name!r}")
    return msgspec.structs.replace(mapping, resources=resources)


def _complete(resource: Resource, mapping: Mapping) -> Resource:
    inherited = {name: getattr(resource, name) or getattr(mapping, name) for name in _INHERITED}
    resource = msgspec.structs.replace(resource, **inherited)
    try:
        _check(resource)
    except (JejakError, re.error, LookupError, UnicodeError) as error:
        raise Malformed(f"resource {resource.name[:100]!r} of the mapping: {error}") from error
    return resource


def _check(resource: Resource) -> None:
    check_org(resource.organisation)
    parse_currency(resource.currency)
    "a".encode(resource.encoding)
    phases = [measure.phase for measure in resource.measures]
    if resource.line is None or not phases or len(set(phases)) < len(phases):
        raise Malformed("it needs 'line' and 'measures', one a phase")
    if resource.difference and len(phases) < len(PHASES):
        raise Malformed("'difference' needs both phases")
    if not resource.fiscal_year or "/" in resource.fiscal_year:
        raise Malformed("it needs a 'fiscalYear' without '/'")
    if resource.dialect is None or len(resource.dialect.delimiter) != 1:
        raise Malformed("its delimiter is not one character")
    for measure in resource.measures:
        if len(measure.decimal) != 1 or len(measure.group) > 1 or measure.decimal == measure.group:
            raise Malformed("decimalChar is one character, groupChar another one or none")
    for rows in resource.rows:
        re.compile(rows.pattern)
