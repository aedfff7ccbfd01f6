"""`/audit`: how things stand, every run, every check; the same on a monitor's site and a log's."""

from __future__ import annotations

import shlex
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from audit.monitor_history import History, Run
from audit.printable import printable
from ledger.errors import NotFound
from web.auditing.audited import Audited, AuditedOf
from web.auditing.views import (
    SLUGS,
    AuditView,
    CheckHistory,
    CheckRun,
    RunView,
    alert_views,
    check_views,
    remark_views,
    run_line,
)
from web.cursors import Before
from web.reader import Reader, base_of, page, reader_of

SHOWN, NEWEST = 25, 10
TRUST = "trust.json"

router = APIRouter()

AnyReader = Annotated[Reader, Depends(reader_of)]
Failed = Annotated[str | None, Query(pattern="^1$")]


@page(router, "/audit")
def audit_page(
    reader: AnyReader, audited: AuditedOf, failed: Failed = None, before: Before = None
) -> Response:
    """How things stand."""
    history, only = audited.history, failed is not None
    kept = history.exists()
    judged = history.newest_judged() if kept else None
    runs = history.runs(NEWEST, before, only) if kept else []
    newest = history.runs(1) if kept else []
    view = AuditView(
        own=audited.own,
        address=address_of(reader, audited),
        newest=run_line(newest[0]) if newest else None,
        judged=run_line(judged) if judged else None,
        software=judged.report.get("software") if judged else None,
        checks=check_views(judged, only) if judged else [],
        alerts=alert_views(history.open_alerts() if kept else [], audited.folder),
        runs=[run_line(each) for each in runs],
        next=runs[-1].id if len(runs) == NEWEST else None,
        failed=only,
        checkpoints=history.checkpoints() if kept else 0,
        auditors=dict(audited.auditors),
        witnesses=audited.witnesses(),
        command=verify_command(reader, audited),
        watch=watch_command(reader, audited),
    )
    return reader.answer("audit/audit.html", view)


@page(router, "/audit/runs/{number:int}")
def run_page(reader: AnyReader, audited: AuditedOf, number: int, failed: Failed = None) -> Response:
    """One run with all that it found."""
    run = history_of(audited).run(number)
    only = failed is not None
    view = RunView(
        run=run_line(run),
        seconds=round(run.seconds, 3),
        software=run.report.get("software"),
        root=run.report.get("root"),
        checks=check_views(run, only),
        remarks=remark_views(run),
        unchecked=[printable(each) for each in run.report.get("unchecked", [])],
        alerts=alert_views(audited.history.alerts_of(run.id), audited.folder),
        failed=only,
        command=verify_command(reader, audited),
        own=audited.own,
    )
    return reader.answer("audit/run.html", view)


@page(router, "/audit/checks/{slug}")
def check_page(
    reader: AnyReader, audited: AuditedOf, slug: str, failed: Failed = None, before: Before = None
) -> Response:
    """One check, run after run."""
    if slug not in SLUGS:
        raise NotFound("there is no such check", "see /audit for those there are")
    only = failed is not None
    runs = history_of(audited).runs(SHOWN, before, only)
    view = CheckHistory(
        name=SLUGS[slug],
        page=f"/audit/checks/{slug}",
        runs=[found for run in runs if (found := _in_run(run, SLUGS[slug], only))],
        next=runs[-1].id if len(runs) == SHOWN else None,
        failed=only,
        command=verify_command(reader, audited),
        own=audited.own,
    )
    return reader.answer("audit/check.html", view)


def history_of(audited: Audited) -> History:
    """What a monitor has seen. Raises NotFound where there is none."""
    if not audited.history.exists():
        raise NotFound("no monitor's runs are kept here", "see /audit")
    return audited.history


def _in_run(run: Run, name: str, failed: bool) -> CheckRun | None:
    for each in check_views(run, failed):
        if each.name == name:
            return CheckRun(run=run_line(run), check=each)
    return None


def address_of(reader: Reader, audited: Audited) -> str:
    """Where the log is read."""
    return audited.address(base_of(reader.request, reader.site.origin))


def verify_command(reader: Reader, audited: Audited, *more: str) -> str:
    """The command by which anybody makes the checks again; nodes have to be named by the reader."""
    words = ["jejak", "verify", address_of(reader, audited), "--trust", TRUST, *more]
    asked = " --chain URL" * audited.chains()
    return shlex.join(words) + asked


def watch_command(reader: Reader, audited: Audited) -> str:
    """The command by which anybody watches the log from their own machine."""
    words = ["jejak", "monitor", address_of(reader, audited), "--trust", TRUST, "--serve", "8200"]
    return shlex.join(words)
