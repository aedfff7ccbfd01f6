"""Framework agreements written: each one touched is compared with all that is called off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from procurement.charging import Row
from procurement.comparing import Verdict
from procurement.finding_writing import FindingWriter, finding
from procurement.framework_rules import CalledOff, calloffs_above_framework, read_part
from procurement.index import FindingRow
from procurement.index_frameworks import Agreement, CallOff
from procurement.rules import CALLOFFS_ABOVE_FRAMEWORK
from procurement.writing import add, core, fetch, remove

_AGREEMENT = core(Agreement)
_CALLOFF = core(CallOff)
_FINDING = core(FindingRow)


class FrameworkWriter:
    """Collects agreements and call-offs of the processes of a group, then judges the agreements."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.findings = FindingWriter(connection)
        self._agreements: list[Row] = []
        self._calloffs: list[Row] = []

    def collect(self, agreement: Row | None, calloffs: Sequence[Row]) -> None:
        """What one process says."""
        self._agreements += [agreement] if agreement else []
        self._calloffs += calloffs

    def write(self, touched: Sequence[str]) -> None:
        """In place of what the touched processes said before; and the findings that follow."""
        before = fetch(self.connection, _CALLOFF, _CALLOFF.c.ocid, touched)
        known = fetch(self.connection, _AGREEMENT, _AGREEMENT.c.ocid, touched)
        named = {row["framework"] for row in (*before, *self._calloffs)}
        named |= {row["ocid"] for row in (*known, *self._agreements)}
        if not named:
            return
        remove(self.connection, _CALLOFF, _CALLOFF.c.ocid, {row["ocid"] for row in before})
        remove(self.connection, _AGREEMENT, _AGREEMENT.c.ocid, [row["ocid"] for row in known])
        add(self.connection, _CALLOFF, self._calloffs)
        add(self.connection, _AGREEMENT, self._agreements)
        self._judge(sorted(named))
        self.findings.write()

    def _judge(self, named: Sequence[str]) -> None:
        """The agreements that are published; of others nothing is known, not even their owner."""
        agreements = fetch(self.connection, _AGREEMENT, _AGREEMENT.c.ocid, named)
        calloffs: dict[str, list[Row]] = {}
        for row in fetch(self.connection, _CALLOFF, _CALLOFF.c.framework, named):
            calloffs.setdefault(row["framework"], []).append(row)
        after = [
            row for each in agreements for row in _findings(each, calloffs.get(each["ocid"], []))
        ]
        own = _FINDING.c.code == CALLOFFS_ABOVE_FRAMEWORK
        standing = fetch(self.connection, _FINDING, _FINDING.c.subject, named, own)
        self.findings.replace(standing, after)


def judge_agreement(agreement: Row, calloffs: Sequence[Row]) -> Verdict | None:
    """What the rule says of an agreement, from its row and those of what is called off it."""
    ordered = sorted(calloffs, key=lambda row: (row["index"], row["ocid"]))
    called = [_called(agreement, row) for row in ordered]
    limit, ocid = read_part(agreement), agreement["ocid"]
    return calloffs_above_framework(ocid, limit, agreement["index"], called)


def _findings(agreement: Row, calloffs: Sequence[Row]) -> list[Row]:
    verdict = judge_agreement(agreement, calloffs)
    if verdict is None or verdict.outcome == "holds":
        return []
    return [finding(verdict, agreement["index"], agreement["owner"], agreement["ocid"], None)]


def _called(agreement: Row, row: Mapping[str, object]) -> CalledOff:
    parties, parts = row["parties"], row["parts"]
    assert isinstance(parties, list)
    assert isinstance(parts, list)
    own = bool(set(parties) & set(agreement["parties"]))
    index = row["index"]
    assert isinstance(index, int)
    return CalledOff(str(row["ocid"]), [read_part(each) for each in parts], index, own)
