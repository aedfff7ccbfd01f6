"""Tables of index.db about what one process says of another's: agreements, and budget lines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from procurement.index import IndexTable


class Agreement(IndexTable, table=True):
    """A process of a framework agreement and the value it may be called off to, if it has one.

    `tax` is `gross`, `net` or "" (not said); `parties` are the ids of its owner and its buyers.
    """

    __tablename__ = "agreement"
    ocid: str = Field(primary_key=True)
    owner: str
    parties: list[str] = Field(default_factory=list, sa_type=JSON)
    amount: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    tax: str = ""
    index: int = Field(sa_type=BigInteger)


class CallOff(IndexTable, table=True):
    """What a process calls off a framework agreement: its own contracts, or those of another.

    `parts` is a list of {"amount": minor units or null, "currency", "tax"}, one a contract.
    """

    __tablename__ = "calloff"
    __table_args__ = (Index("calloff_of_framework", "framework"),)
    ocid: str = Field(primary_key=True)
    framework: str = Field(primary_key=True)
    parties: list[str] = Field(default_factory=list, sa_type=JSON)
    parts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    index: int = Field(sa_type=BigInteger)


class ForeignLine(IndexTable, table=True):
    """A budget line that a release draws on although no signer of it may speak for its owner."""

    __tablename__ = "foreign_line"
    __table_args__ = (Index("foreign_line_of_process", "ocid"),)
    index: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    line: str = Field(primary_key=True)
    ocid: str
    place: int = Field(sa_type=BigInteger)
