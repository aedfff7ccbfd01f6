"""The pages that can be read as they stood, and which entries bear on each.

A list on such a page is made from more than it shows: what stood there then may be gone today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, func, select

from procurement import past_sums, queries
from procurement.bearing import Bearing
from procurement.budget import line_org, split_line
from procurement.index import ContractRow, EntrySummary, Line, LineEvent, Payment
from procurement.index_cases import CaseConcern, CaseSaid
from procurement.index_history import Naming
from procurement.mentioning import LINE
from procurement.past_sums import PastSums
from procurement.projections import Projections
from procurement.writing import core

_ENTRY = core(EntrySummary)
_EVENT = core(LineEvent)
_LINE = core(Line)
_CONTRACT = core(ContractRow)
_NAMING = core(Naming)
_PAYMENT = core(Payment)
_SAID = core(CaseSaid)
_CONCERN = core(CaseConcern)


def _said_about(kind: str, ref: str) -> ColumnElement[bool]:
    """Which rows of `entry` belong to the cases that concern something."""
    concerned = select(_CONCERN.c.finding).where(_CONCERN.c.kind == kind, _CONCERN.c.ref == ref)
    said = select(_SAID.c.index).where(_SAID.c.finding.in_(concerned))
    return _ENTRY.c.index.in_(said)


class Subject(Protocol):
    """What a page is about."""

    def seek(self, bearing: Bearing) -> None:
        """Take in what bears on the page."""

    def changed(self, at: int) -> ColumnElement[bool]:
        """Which rows of `entry` after the index `at` bear on the subject."""


@dataclass(frozen=True)
class ProcessThen:
    """The page of a process."""

    ocid: str

    def seek(self, bearing: Bearing) -> None:
        """The process and all that its findings compare."""
        bearing.close(ocids=[self.ocid])

    def changed(self, at: int) -> ColumnElement[bool]:
        """Releases of the process, payments for its contracts, and what its cases say."""
        paid = select(_PAYMENT.c.index).where(_PAYMENT.c.ocid == self.ocid, _PAYMENT.c.index > at)
        own = (_ENTRY.c.ocid == self.ocid) | _ENTRY.c.index.in_(paid)
        return (_ENTRY.c.index > at) & (own | _said_about("process", self.ocid))


@dataclass(frozen=True)
class LineThen:
    """The page of a budget line."""

    line: str

    def seek(self, bearing: Bearing) -> None:
        """The line and the processes that draw on it."""
        bearing.close(lines=[self.line])

    def changed(self, at: int) -> ColumnElement[bool]:
        """What has moved the line, and what its cases say."""
        moved = select(_EVENT.c.index).where(_EVENT.c.line == self.line, _EVENT.c.index > at)
        said = (_ENTRY.c.index > at) & _said_about("line", self.line)
        return _ENTRY.c.index.in_(moved) | said


@dataclass(frozen=True)
class YearThen:
    """The page of a fiscal year, of all organisations or of one; `shown` lines after `after`."""

    year: str
    org: str | None
    after: str | None
    shown: int

    def seek(self, bearing: Bearing) -> None:
        """The lines shown, and what the newest entries have moved."""
        found = self._lines(bearing)
        past = self.sums(bearing.connection, bearing.at)
        past_sums.close_rest(bearing, past.before, self._is_own)
        bearing.close(lines=found)

    def sums(self, connection: Connection, at: int) -> PastSums:
        """The sums of the year."""
        return past_sums.of_year(connection, at, self.year)

    def is_whole(self, index: Projections) -> bool:
        """Whether as many lines are there as are shown, or there are no more."""
        found = queries.lines(index, self.year, self.org, self.shown, self.after)
        return len(found) == self.shown

    def changed(self, at: int) -> ColumnElement[bool]:
        """What has moved lines of the year, and the contracts signed in it."""
        own = [_LINE.c.fiscal_year == self.year]
        if self.org is not None:
            own.append(_LINE.c.org == self.org)
        moved = (
            select(_EVENT.c.index)
            .join(_LINE, _LINE.c.id == _EVENT.c.line)
            .where(*own, _EVENT.c.index > at)
        )
        signed = [_CONTRACT.c.fiscal_year == self.year, _CONTRACT.c.index > at]
        if self.org is not None:
            signed.append(_CONTRACT.c.buyer_id == self.org)
        return _ENTRY.c.index.in_(moved) | _ENTRY.c.index.in_(
            select(_CONTRACT.c.index).where(*signed)
        )

    def _is_own(self, line: str) -> bool:
        parts = split_line(line)
        return parts is not None and parts[1] == self.year

    def _lines(self, bearing: Bearing) -> list[str]:
        query = select(_NAMING.c.ref).where(
            _NAMING.c.role == LINE,
            _NAMING.c.fiscal_year == self.year,
            _NAMING.c.since <= bearing.at,
        )
        if self.after is not None:
            query = query.where(_NAMING.c.ref > self.after)
        if self.org is not None:
            query = query.where(_NAMING.c.ref.startswith(self.org + "/", autoescape=True))
        return bearing.listed(query.distinct().order_by(_NAMING.c.ref), self.shown)


@dataclass(frozen=True)
class OrganisationThen:
    """The page of an organisation; `shown` processes and contracts, `few` payments and entries."""

    org: str
    before: int | None
    shown: int
    few: int

    def seek(self, bearing: Bearing) -> None:
        """What is listed, and what the newest entries have moved."""
        past = self.sums(bearing.connection, bearing.at)
        past_sums.close_rest(bearing, past.before, self._is_own)
        ocids = bearing.listed(self._processes(bearing.at), self.shown)
        ocids += bearing.listed(self._latest(bearing.at, "supplier"), self.shown)
        ocids += bearing.listed(self._latest(bearing.at, "payee"), self.few)
        entries = bearing.listed(self._payments(bearing.at), self.few)
        said = select(_ENTRY.c.index, _ENTRY.c.ocid)
        said = said.where(_ENTRY.c.org == self.org, _ENTRY.c.index <= bearing.at)
        said = said.order_by(_ENTRY.c.index.desc()).limit(self.few)
        for index, ocid in bearing.connection.execute(said):
            entries.append(index)
            ocids += [ocid] if ocid else []
        bearing.close(ocids=ocids, entries=entries)

    def sums(self, connection: Connection, at: int) -> PastSums:
        """The sums of the organisation."""
        return past_sums.of_organisation(connection, at, self.org)

    def is_whole(self, index: Projections) -> bool:
        """Whether the lists are as long as they can be shown."""
        processes = queries.involvements(index, self.org, None, self.shown, self.before)
        contracts = queries.contracts(index, supplier=self.org, limit=self.shown)
        payments = queries.payments(index, payee=self.org, limit=self.few)
        return (
            len(processes) == self.shown
            and len(contracts) >= self.shown
            and len(payments) >= self.few
        )

    def changed(self, at: int) -> ColumnElement[bool]:
        """What it has said, and what was said in processes and cases that name it."""
        named = select(_NAMING.c.ocid).where(_NAMING.c.ref == self.org, _NAMING.c.ocid != "")
        own = (_ENTRY.c.org == self.org) | _ENTRY.c.ocid.in_(named)
        return (_ENTRY.c.index > at) & (own | _said_about("org", self.org))

    def _is_own(self, line: str) -> bool:
        return line_org(line) == self.org

    def _processes(self, at: int) -> Select[Any]:
        query = select(_NAMING.c.ocid, _NAMING.c.first_index).where(
            _NAMING.c.ref == self.org, _NAMING.c.ocid != "", _NAMING.c.since <= at
        )
        if self.before is not None:
            query = query.where(_NAMING.c.first_index < self.before)
        return query.distinct().order_by(_NAMING.c.first_index.desc())

    def _latest(self, at: int, role: str) -> Select[Any]:
        """Processes in which the organisation has a role, by their newest entries."""
        named = select(_NAMING.c.ocid).where(
            _NAMING.c.ref == self.org, _NAMING.c.role == role, _NAMING.c.since <= at
        )
        return (
            select(_ENTRY.c.ocid)
            .where(_ENTRY.c.ocid.in_(named), _ENTRY.c.index <= at)
            .group_by(_ENTRY.c.ocid)
            .order_by(func.max(_ENTRY.c.index).desc())
        )

    def _payments(self, at: int) -> Select[Any]:
        own = (_PAYMENT.c.payee_id == self.org, _PAYMENT.c.source == "payment")
        query = select(_PAYMENT.c.index).where(*own, _PAYMENT.c.index <= at)
        return query.order_by(_PAYMENT.c.index.desc())
