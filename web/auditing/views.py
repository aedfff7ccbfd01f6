"""Runs, checks and alerts of a monitor as pages show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audit.monitor import has_evidence
from audit.monitor_history import Alert, Run
from audit.printable import printable
from web.auditing.audited import WitnessView
from web.views import View

SLUGS = {
    "form": "form",
    "chain": "chain",
    "at": "at",
    "signatures": "signatures",
    "authority": "authority",
    "bodies": "bodies",
    "tree": "tree",
    "checkpoint": "checkpoint",
    "description": "log.json",
    "anchors": "anchors",
    "witnesses": "witnesses",
    "since": "since",
}
"""Checks by what addresses call them: a page that ended in .json would be its own twin."""

_PAGES = {name: slug for slug, name in SLUGS.items()}


class PlaceView(View, frozen=True):
    """What is wrong, or worth a remark, at entry `index` or at the anchor of `size`."""

    what: str
    index: int | None
    size: int | None
    check: str


class CheckView(View, frozen=True):
    """A check in one run: `page` is its history."""

    name: str
    page: str
    checked: int
    failed: int
    findings: list[PlaceView]


class RunLine(View, frozen=True):
    """A run in a list; `read` is false where the log could not be read, so nothing was checked."""

    id: int
    time: str
    since: int
    size: int
    holds: bool
    read: bool
    verdict: str
    failed: list[str]


class AlertView(View, frozen=True):
    """An alert; `kind` and `about` are its code; `evidence` where a file can be had."""

    id: int
    kind: str
    about: str
    what: str
    severity: str
    opened: str
    closed: str | None
    run: int
    evidence: bool


class RunView(View, frozen=True):
    """A whole run, with the command that makes its checks again."""

    run: RunLine
    seconds: float
    software: str | None
    root: str | None
    checks: list[CheckView]
    remarks: list[PlaceView]
    unchecked: list[str]
    alerts: list[AlertView]
    failed: bool
    command: str
    own: bool


class AuditView(View, frozen=True):
    """How things stand: `judged` is the newest run that read the log; `next` a run's number."""

    own: bool
    address: str
    newest: RunLine | None
    judged: RunLine | None
    software: str | None
    checks: list[CheckView]
    alerts: list[AlertView]
    runs: list[RunLine]
    next: int | None
    failed: bool
    checkpoints: int
    auditors: dict[str, str]
    witnesses: list[WitnessView]
    command: str
    watch: str


class CheckRun(View, frozen=True):
    """A check in a run of its history."""

    run: RunLine
    check: CheckView


class CheckHistory(View, frozen=True):
    """One check, run after run, newest first; `next` is a run's number."""

    name: str
    page: str
    runs: list[CheckRun]
    next: int | None
    failed: bool
    command: str
    own: bool


def run_line(run: Run) -> RunLine:
    """A run in a list."""
    checks = run.report.get("checks", [])
    return RunLine(
        id=run.id,
        time=run.time,
        since=run.since,
        size=run.size,
        holds=run.holds,
        read=bool(checks),
        verdict=printable(run.verdict),
        failed=[each["name"] for each in checks if each["failed"]],
    )


def check_views(run: Run, failed: bool = False) -> list[CheckView]:
    """The checks of a run; those that failed alone."""
    checks = run.report.get("checks", [])
    return [check_view(each) for each in checks if each["failed"] or not failed]


def check_view(check: dict[str, Any]) -> CheckView:
    """A check of a report."""
    name = check["name"]
    return CheckView(
        name=name,
        page=f"/audit/checks/{_PAGES.get(name, name)}",
        checked=check["checked"],
        failed=check["failed"],
        findings=[_place(each, name) for each in check["findings"]],
    )


def remark_views(run: Run) -> list[PlaceView]:
    """What a run remarked."""
    return [_place(each, each["check"]) for each in run.report.get("remarks", [])]


def alert_views(alerts: list[Alert], folder: Path | None) -> list[AlertView]:
    """Alerts; the files kept of failures are handed out of the folder, if there is one."""
    return [_alert_view(each, folder) for each in alerts]


def _alert_view(alert: Alert, folder: Path | None) -> AlertView:
    kind, _, about = alert.code.partition(" ")
    return AlertView(
        id=alert.id,
        kind=kind,
        about=printable(about),
        what=printable(alert.what),
        severity=alert.severity,
        opened=alert.opened,
        closed=alert.closed,
        run=alert.run,
        evidence=folder is not None and has_evidence(folder, alert.id),
    )


def _place(found: dict[str, Any], check: str) -> PlaceView:
    return PlaceView(
        what=printable(found["what"]), index=found.get("index"), size=found.get("size"), check=check
    )
