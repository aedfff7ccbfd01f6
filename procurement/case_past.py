"""A case as it stood: what bears on its page, and what has changed there since."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from procurement.bearing import Bearing
from procurement.cases import Case
from procurement.index import EntrySummary
from procurement.index_cases import CaseConcern, CaseSaid
from procurement.writing import core

_ENTRY = core(EntrySummary)
_SAID = core(CaseSaid)
_CONCERN = core(CaseConcern)


@dataclass(frozen=True)
class CaseThen:
    """The page of the case `finding`, which names `entries`."""

    finding: int
    entries: tuple[int, ...]

    @classmethod
    def of(cls, case: Case) -> CaseThen:
        """Of a case as it stands."""
        return cls(case.index, tuple(each["index"] for each in case.entries))

    def seek(self, bearing: Bearing) -> None:
        """The entries that it names, and their processes, which give them their titles.

        What was said is no part of it: procurement.cases folds that as of any entry.
        """
        own = (_CONCERN.c.finding == self.finding, _CONCERN.c.kind == "process")
        named = bearing.connection.execute(select(_CONCERN.c.ref).where(*own)).scalars()
        bearing.close(ocids=list(named), entries=self.entries)

    def changed(self, at: int) -> ColumnElement[bool]:
        """What was said since, and what corrects the entries that it names."""
        said = select(_SAID.c.index).where(_SAID.c.finding == self.finding, _SAID.c.index > at)
        corrects = (_ENTRY.c.index > at) & _ENTRY.c.replaces.in_(self.entries)
        return _ENTRY.c.index.in_(said) | corrects
