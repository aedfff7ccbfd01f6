"""Budgets as a Fiscal Data Package: `datapackage.json` and a CSV of lines.

Source: Fiscal Data Package 0.3, where measures have a phase (`approved`, `adjusted`, `executed`)
and dimensions a type. What is committed has no phase there and bears none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from procurement.publisher import Publisher
from web.columns import CLASSIFICATIONS, LINES

MEASURES = {
    "approved": {"phase": "approved", "title": "Appropriations as first enacted"},
    "available": {"phase": "adjusted", "title": "Appropriations, revisions and transfers"},
    "committed": {"title": "Committed by contracts, awards and open tenders"},
    "paid": {"phase": "executed", "title": "Paid"},
}
_TYPES = {
    "administrative": "administrative",
    "functional": "functional",
    "economic": "economic",
    "programme": "activity",
    "fund": "fundSource",
    "location": "location",
}
_NUMBERS = frozenset(
    {"approved", "change", "available", "committed", "direct", "paid", "unexplained"}
)
_YEAR = re.compile("[0-9]{4}")


def package_of(
    origin: str, year: str, currencies: Sequence[str], path: str, publisher: Publisher
) -> dict[str, Any]:
    """The descriptor of a year's lines; `path` names the CSV and has `{currency}` in it."""
    package: dict[str, Any] = {
        "profile": "fiscal-data-package",
        "name": f"budget-{year.lower()}",
        "title": f"Budget {year} of {origin}",
        "contributors": [{"title": publisher.name, "role": "publisher"}],
        "granularity": "aggregated",
        "resources": [
            resource_of(f"lines-{code.lower()}", path.format(currency=code)) for code in currencies
        ],
        "model": {
            "measures": {
                f"{name}-{code.lower()}": {
                    "source": name,
                    "resource": f"lines-{code.lower()}",
                    "currency": code,
                    "factor": 1,
                    "direction": "expenditure",
                    **said,
                }
                for code in currencies
                for name, said in MEASURES.items()
            },
            "dimensions": _dimensions([f"lines-{code.lower()}" for code in currencies]),
        },
    }
    if publisher.license:
        package["licenses"] = [{"path": publisher.license}]
    if _YEAR.fullmatch(year):
        package["fiscalPeriod"] = {"start": f"{year}-01-01", "end": f"{year}-12-31"}
    return package


def resource_of(name: str, path: str) -> dict[str, Any]:
    """A CSV of lines as a tabular data resource."""
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [{"name": column, "type": _type(column)} for column in LINES],
            "primaryKey": ["id"],
        },
    }


def _type(column: str) -> str:
    if column in _NUMBERS:
        return "number"
    return "integer" if column in ("firstIndex", "lastIndex") else "string"


def _dimensions(resources: Sequence[str]) -> dict[str, Any]:
    """Line, organisation, year and classifications; those of further resources are numbered."""
    found: dict[str, Any] = {}
    for at, resource in enumerate(resources):
        mark = f"-{at + 1}" if at else ""
        line = _single("classification", "id", resource)
        title = {"source": "title", "resource": resource, "labelfor": "id"}
        found[f"line{mark}"] = {**line, "attributes": {**line["attributes"], "title": title}}
        org = _single("entity", "org", resource)
        called = {"source": "orgName", "resource": resource, "labelfor": "org"}
        found[f"org{mark}"] = {**org, "attributes": {**org["attributes"], "orgName": called}}
        found[f"year{mark}"] = _single("datetime", "fiscalYear", resource)
        for name in CLASSIFICATIONS:
            kind = "location" if name == "location" else "classification"
            typed = {"classificationType": _TYPES[name]}
            found[f"{name}{mark}"] = {**_single(kind, name, resource), **typed}
    return found


def _single(kind: str, name: str, resource: str) -> dict[str, Any]:
    attributes = {name: {"source": name, "resource": resource}}
    return {"dimensionType": kind, "primaryKey": name, "attributes": attributes}
