"""A monitor's own site: its pages, their twins, its feed, its figures, its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from audit.metrics import KIND, metrics
from audit.monitor import evidence_of
from audit.notifying import atom
from ledger.envelope import parse_time
from ledger.errors import JejakError, NotFound
from ledger.training import is_training
from web import addresses, feeds, problems
from web.api.gate import Gate
from web.api.limits import Limits
from web.app import Guard
from web.auditing import comparing, pages
from web.auditing.audited import AuditedOf, Watching
from web.auditing.pages import history_of
from web.pages.texts import asset
from web.reader import Reader

PATIENCE = timedelta(minutes=5)
"""A monitor that has not made a pass for so long, and for three times its pace, has stopped."""

SANDBOX = "default-src 'none'; sandbox"
FRESH = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}

router = APIRouter()


@dataclass(frozen=True)
class MonitorSite:
    """As much of a site as the frame of a page asks for: there is no log here."""

    origin: str
    zone: str = "WIB"
    fictional = False
    development_chain = False

    @property
    def training(self) -> bool:
        """Whether the log that is watched is one for practice."""
        return is_training(self.origin)


class MonitorReader(Reader):
    """A reader of a monitor's site, which has another frame and no name of its own."""

    frame = "audit/frame.html"

    @property
    def position(self) -> int | None:
        """How many entries the newest pass judged."""
        audited: Watching = self.request.app.state.audited
        try:
            runs = audited.history.runs(1) if audited.history.exists() else []
        except JejakError:
            return None
        return runs[0].size if runs else 0

    @property
    def forms(self) -> tuple[str, ...]:
        """None but HTML and JSON."""
        return ()

    def abroad(self, language: str | None) -> str:
        """Relative: under which name others reach this site, it is not told."""
        query = {**self.request.query_params, "lang": language}
        return addresses.with_query(self.address, query)


def create_monitor(
    watching: Watching, every: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FastAPI:
    """The application of a monitor that makes a pass `every` so many seconds."""
    app = FastAPI(title="Jejak monitor", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = MonitorSite(watching.trust.origin)
    app.state.reader, app.state.audited = MonitorReader, watching
    app.state.gate = Gate(Limits())
    app.state.clock, app.state.patience = clock, max(PATIENCE, timedelta(seconds=3 * every))
    problems.install(app)
    comparing.install(app)
    for module_router in (router, comparing.router, pages.router):
        app.include_router(module_router)
    app.add_api_route("/assets/{tag}/{name}", asset, methods=["GET", "HEAD"])
    app.add_middleware(Guard)
    return app


@router.api_route("/", methods=["GET", "HEAD"])
def start(request: Request) -> Response:
    """There is one page to begin with."""
    query = {"lang": request.query_params.get("lang")}
    chosen = query if query["lang"] in ("id", "en") else {}
    return RedirectResponse(addresses.with_query("/audit", chosen), 303)


@router.api_route("/audit.atom", methods=["GET", "HEAD"])
def feed(request: Request, audited: AuditedOf) -> Response:
    """The newest alerts."""
    content = atom(request.app.state.site.origin, history_of(audited), served=True)
    return Response(content, headers=dict(FRESH), media_type=feeds.KIND)


@router.api_route("/metrics", methods=["GET", "HEAD"])
def figures(request: Request, audited: AuditedOf) -> Response:
    """Figures for Prometheus."""
    content = metrics(history_of(audited), request.app.state.site.origin)
    return Response(content, headers=dict(FRESH), media_type=KIND)


@router.api_route("/audit/evidence/{number:int}.json", methods=["GET", "HEAD"])
def evidence(audited: AuditedOf, number: int) -> Response:
    """The file kept for an alert: the notes as they were signed, and the whole report."""
    if audited.folder is None:
        raise NotFound("no evidence is kept here", "see /audit")
    content = evidence_of(audited.folder, number).read_bytes()
    headers = {
        **FRESH,
        "Content-Disposition": f'attachment; filename="evidence-{number:06d}.json"',
        "Content-Security-Policy": SANDBOX,
    }
    return Response(content, headers=headers, media_type="application/json")


@router.api_route("/healthz", methods=["GET", "HEAD"])
def health(request: Request, audited: AuditedOf) -> Response:
    """Whether the monitor goes on; whether the log holds is another question."""
    try:
        runs = audited.history.runs(1) if audited.history.exists() else []
    except JejakError as error:
        return JSONResponse({"status": "unavailable"}, error.status)
    if not runs:
        return JSONResponse({"status": "starting"}, 503)
    age = request.app.state.clock() - parse_time(runs[0].time)
    stale = age > request.app.state.patience
    told = {"status": "stopped" if stale else "ok", "run": runs[0].id, "time": runs[0].time}
    return JSONResponse(told, 503 if stale else 200, headers=dict(FRESH))
