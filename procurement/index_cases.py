"""Tables of index.db about cases: findings that auditors have signed, and what was said in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from procurement.index import IndexTable

_KEY = {"autoincrement": False}


class CaseRow(IndexTable, table=True):
    """A case by the index of its finding; `org` is the auditor's.

    `parties` are the organisations that may answer, `entries` a list of {"index", "leaf"},
    `text` by language, `flag` as the note has it (procurement.case_notes), {} for none. `state`
    since the entry `since` (procurement.case_states).
    """

    __tablename__ = "audit_case"
    __table_args__ = (Index("case_of_state", "state", "index"),)
    index: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    leaf: str
    org: str
    state: str
    since: int = Field(sa_type=BigInteger)
    parties: list[str] = Field(default_factory=list, sa_type=JSON)
    entries: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    text: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    flag: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class CaseSaid(IndexTable, table=True):
    """A note about a case: what it says, and the remark why it changed nothing, or "".

    The finding is the first of its case. `finding` is the index of the case, None for a note that
    belongs to none, and why stands in `remark`.
    """

    __tablename__ = "case_said"
    __table_args__ = (Index("said_in_case", "finding", "index"),)
    index: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
    finding: int | None = Field(default=None, sa_type=BigInteger)
    act: str = ""
    org: str
    auditor: bool = False
    corrects: bool = False
    text: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    remark: str = ""


class CaseConcern(IndexTable, table=True):
    """What a case concerns: `kind` entry (its index), process, line or org, by its id."""

    __tablename__ = "case_concern"
    __table_args__ = (Index("concern_of_case", "finding"),)
    kind: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    finding: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_KEY)
