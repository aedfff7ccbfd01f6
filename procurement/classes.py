"""Budget lines added up by one of their classifications, and by currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from procurement.index import Line
from procurement.index_totals import ClassTotal, LineClass
from procurement.projections import Projections
from procurement.sums import bounded

CLASSIFICATIONS = ("administrative", "functional", "economic", "programme", "fund", "location")


# Values that are counted for one page.
COUNTED = 1000


@dataclass(frozen=True)
class ClassSum:
    """The sums of the lines with one value ("" = none) of a classification, minor units."""

    value: str
    currency: str
    lines: int
    approved: int
    change: int
    committed: int
    direct: int
    paid: int

    @property
    def available(self) -> int:
        """Approved and revised."""
        return self.approved + self.change


def value_of(classifications: Mapping[str, Any], name: str) -> str:
    """What a line says of a classification, "" when nothing."""
    return str(classifications.get(name) or "")


def largest_classes(
    index: Projections, year: str, classification: str, limit: int
) -> tuple[list[ClassSum], int]:
    """The largest sums of a year by a classification, and how many more there are (<= COUNTED)."""
    same = _of(year, classification)
    ranked = (ClassTotal.available, ClassTotal.value, ClassTotal.currency)
    query = select(ClassTotal).where(*same).order_by(*(col(each).desc() for each in ranked))
    counted = select(ClassTotal.value).where(*same).limit(limit + COUNTED).subquery()
    with index.session() as session:
        rows = session.exec(query.limit(bounded(limit))).all()
        count = session.exec(select(func.count()).select_from(counted)).one()
    return [_class_sum(row) for row in rows], max(0, count - len(rows))


def class_sums(
    index: Projections, year: str, classification: str, values: Sequence[str]
) -> list[ClassSum]:
    """The sums of some values (at most 500) of a classification in a year, the largest first."""
    query = select(ClassTotal).where(
        *_of(year, classification), col(ClassTotal.value).in_(list(values)[:500])
    )
    with index.session() as session:
        found = [_class_sum(row) for row in session.exec(query).all()]
    return sorted(found, key=lambda each: (each.available, each.value, each.currency), reverse=True)


def lines_with(
    index: Projections, year: str, classification: str, value: str, limit: int
) -> list[Line]:
    """The first lines of a year with a value of a classification, in order of id."""
    query = (
        select(Line)
        .join(LineClass, col(LineClass.line) == col(Line.id))
        .where(
            LineClass.fiscal_year == year,
            LineClass.classification == classification,
            LineClass.value == value,
        )
        .order_by(col(LineClass.line))
        .limit(bounded(limit))
    )
    with index.session() as session:
        return list(session.exec(query).all())


def _of(year: str, classification: str) -> tuple[Any, ...]:
    return (
        ClassTotal.fiscal_year == year,
        ClassTotal.classification == classification,
        ClassTotal.lines > 0,
    )


def _class_sum(row: ClassTotal) -> ClassSum:
    return ClassSum(
        row.value,
        row.currency,
        row.lines,
        row.approved,
        row.change,
        row.committed,
        row.direct,
        row.paid,
    )
