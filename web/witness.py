"""A witness over HTTP (C2SP tlog-witness): add-checkpoint, and the newest cosigned checkpoints.

At the edge of ASGI, hence asynchronous; judging and keeping are done in threads.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from audit.witness_store import WitnessServer
from audit.witnessing import Behind, Refusal
from ledger.add_checkpoint import MAX_REQUEST
from ledger.errors import JejakError, Malformed
from ledger.note import format_line
from web.api.gate import Gate, Lane
from web.api.limits import Bounds, Limits, Rates

PER_MINUTE = 600
MONITORED = "public, max-age=5"

_BOUNDS = Bounds(requests=64, octets=64 * MAX_REQUEST, threads=4)


def create_witness(server: WitnessServer, per_minute: int = PER_MINUTE) -> FastAPI:
    """The application of a witness; it starts no thread."""
    app = FastAPI(
        title="Jejak witness",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        routes=[
            Route("/add-checkpoint", _add, methods=["POST"]),
            Route("/{name}/checkpoint", _newest, methods=["GET"]),
        ],
    )
    app.state.witness = server
    app.state.gate = Gate(Limits(address_per_minute=per_minute))
    app.state.lane = Lane(_BOUNDS, Rates(per_minute), MAX_REQUEST)
    app.add_exception_handler(JejakError, _refused)
    return app


async def _add(request: Request) -> Response:
    lane: Lane = request.app.state.lane
    witness: WitnessServer = request.app.state.witness
    lane.count(request)
    async with lane.taking(request) as raw:
        return await lane.run(lambda: _answer(witness, raw))


def _answer(witness: WitnessServer, raw: bytes) -> Response:
    """The line that cosigns, or the refusal in the words of tlog-witness."""
    try:
        return _text(200, format_line(witness.add_checkpoint(raw)))
    except Behind as error:
        return _text(409, f"{error.held}\n", "text/x.tlog.size")
    except Refusal as error:
        return _text(error.http, f"{error.message}\n")
    except Malformed as error:
        return _text(400, f"{error.message}\n")


async def _refused(_request: Request, error: Exception) -> Response:
    """What is wrong with a request, before it is judged: too long, too slow, too many."""
    assert isinstance(error, JejakError)
    return _text(error.status, f"{error}\n")


async def _newest(request: Request) -> Response:
    lane: Lane = request.app.state.lane
    witness: WitnessServer = request.app.state.witness
    lane.count(request)
    name = request.path_params["name"]
    note = await lane.run(lambda: witness.memory.newest(name))
    headers = {"Cache-Control": MONITORED, "Access-Control-Allow-Origin": "*"}
    return Response(note, media_type="text/plain; charset=utf-8", headers=headers)


def _text(status: int, text: str, kind: str = "text/plain; charset=utf-8") -> Response:
    headers = {"Content-Type": kind, "Cache-Control": "no-store"}
    return Response(text.encode(), status_code=status, headers=headers)
