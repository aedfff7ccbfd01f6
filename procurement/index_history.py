"""Tables of index.db about what was so: who named whom, and what sums were after each group.

From them a page can be made again as it stood at an earlier entry (procurement.past) without
reading the whole log.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from procurement.index import IndexTable

_KEY = {"autoincrement": False}


class Naming(IndexTable, table=True):
    """A process has named something, from the entry `since` on; or a budget event a line.

    `ref` is an organisation in the role `role`, a budget line (`line`), a transaction's id
    (`transaction`) or the ocid of a framework agreement (`framework`). Rows stay when the record
    names it no more, unless the body is erased; `ocid` is "" for budget events. `first_index` is
    that of the process, `fiscal_year` that of the line.
    """

    __tablename__ = "naming"
    __table_args__ = (
        Index("naming_of_process", "ocid"),
        Index("naming_of_year", "fiscal_year", "ref"),
    )
    ref: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    ocid: str = Field(primary_key=True)
    since: int = Field(sa_type=BigInteger)
    first_index: int = Field(sa_type=BigInteger)
    fiscal_year: str = ""


class OrgFindingTotal(IndexTable, table=True):
    """How many findings of a code and status there are about an organisation's subjects."""

    __tablename__ = "org_finding_total"
    org: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    count: int = Field(default=0, sa_type=BigInteger)


class PastSum(IndexTable, table=True):
    """A row of sums as it was once the entries below `position` had been projected.

    `total` is the table, `key` the JSON array of its key, `sums` its other columns.
    """

    __tablename__ = "past_sum"
    total: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    sums: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Followed(IndexTable, table=True):
    """The positions that the follower has come by: sums are kept for these."""

    __tablename__ = "followed"
    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
