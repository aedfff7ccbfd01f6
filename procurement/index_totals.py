"""Tables of index.db from which a page reads a sum or a list at once, however long the log is.

Sums over many organisations are kept as decimal digits: they may leave 64 bits, and a sum that was
cut would stay wrong after what cut it has been corrected.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, Text, TypeDecorator
from sqlmodel import Field

from procurement.index import IndexTable


class Digits(TypeDecorator[int]):
    """An integer of any size, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Any) -> str | None:  # noqa: ARG002
        """As it is kept."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> int | None:  # noqa: ARG002
        """As it is read."""
        return None if value is None else int(value)


class YearTotal(IndexTable, table=True):
    """Sums over all budget lines of a fiscal year in a currency."""

    __tablename__ = "year_total"
    fiscal_year: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    lines: int = 0
    approved: int = Field(default=0, sa_type=Digits)
    change: int = Field(default=0, sa_type=Digits)
    committed: int = Field(default=0, sa_type=Digits)
    direct: int = Field(default=0, sa_type=Digits)
    paid: int = Field(default=0, sa_type=Digits)


class SignedTotal(IndexTable, table=True):
    """Sums over all contracts signed in a year in a currency."""

    __tablename__ = "signed_total"
    fiscal_year: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    contracts: int = 0
    value: int = Field(default=0, sa_type=Digits)
    paid: int = Field(default=0, sa_type=Digits)


class ClassTotal(IndexTable, table=True):
    """Sums over the lines of a year with one value ("" = none) of a classification, a currency.

    `available` is their rank; where it stands at the limit of 63 bits the others still add up.
    """

    __tablename__ = "class_total"
    __table_args__ = (
        Index(
            "class_total_ranked",
            *("fiscal_year", "classification", "available", "value", "currency"),
        ),
    )
    fiscal_year: str = Field(primary_key=True)
    classification: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    lines: int = 0
    approved: int = Field(default=0, sa_type=Digits)
    change: int = Field(default=0, sa_type=Digits)
    committed: int = Field(default=0, sa_type=Digits)
    direct: int = Field(default=0, sa_type=Digits)
    paid: int = Field(default=0, sa_type=Digits)
    available: int = Field(default=0, sa_type=BigInteger)


class LineClass(IndexTable, table=True):
    """A budget line has this value ("" = none) of a classification."""

    __tablename__ = "line_class"
    fiscal_year: str = Field(primary_key=True)
    classification: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    line: str = Field(primary_key=True)
