"""A mirror over HTTP: its copy of a public tree, read only, as the origin serves it.

It has files and no pages. Each address has a rate, as for the API of a log's own server; it is as
high as the fastest verifier asks, so that only a flood is refused.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from ledger.errors import JejakError, NotFound
from ledger.note import Checkpoint, parse_checkpoint, parse_note
from ledger.tiles import WIDTH, body_group_path, bundle_path, parse_body_group
from web import problems
from web.api.limits import Rates, network_of
from web.app import Guard
from web.publictree import answer_file

PER_MINUTE = 30_000
"""Requests of one address; a log of a million entries has some ten thousand files."""

TEXT = "text/plain; charset=utf-8"


def counted(request: Request) -> None:
    """Take one from what the request's address may ask. Raises TooMany."""
    rates: Rates = request.app.state.rates
    rates.take(network_of(request.client.host if request.client else None))


router = APIRouter(dependencies=[Depends(counted)])


def create_mirror(folder: Path, per_minute: int = PER_MINUTE) -> FastAPI:
    """The application of the mirror in a folder; it starts no thread, and writes nothing.

    Raises NotFound where no mirror has fetched anything.
    """
    tree = folder / "log"
    if not (tree / "checkpoint").is_file():
        raise NotFound(f"{folder} holds no mirror", "fetch one with jejak mirror URL DIR")
    app = FastAPI(title="Jejak mirror", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.tree = tree
    app.state.rates = Rates(per_minute)
    app.add_exception_handler(JejakError, refused)
    app.include_router(router)
    app.add_middleware(Guard)
    return app


def refused(request: Request, error: Exception) -> Response:
    """What a program is told as problem details, and whoever else comes by in words."""
    assert isinstance(error, JejakError)
    if problems.wants_json(request):
        return problems.ours(request, error)
    answer = Response(f"{error.status}: {error.message}\n{error.remedy}\n", error.status)
    answer.headers["Content-Type"] = TEXT
    if hasattr(error, "retry_after"):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@router.api_route("/log/{path:path}", methods=["GET", "HEAD"])
def mirrored_file(request: Request, path: str) -> Response:
    """One file of the tree. 404 where there is none, 410 for an erased body."""
    tree: Path = request.app.state.tree
    return answer_file(request, tree, path, lambda index: is_erased(tree, index))


@router.get("/")
def front(request: Request) -> Response:
    """What this is, for whoever comes by."""
    tree: Path = request.app.state.tree
    checkpoint = checkpoint_of(tree)
    base = str(request.base_url)
    text = (
        f"Salinan catatan {checkpoint.origin}: {checkpoint.size} entri.\n"
        f"A mirror of the log {checkpoint.origin}: {checkpoint.size} entries.\n\n"
        f"{base}log/checkpoint\njejak verify {base} --trust trust.json\n"
    )
    return Response(text, media_type=TEXT)


@router.get("/e/{index:int}")
@router.get("/e/{index:int}.{form:path}")
def receipt(request: Request, index: int, form: str = "") -> Response:  # noqa: ARG001
    """A mirror makes no receipts; where the entry stands in its files, and who has them."""
    checkpoint = checkpoint_of(request.app.state.tree)
    origin = checkpoint.origin
    if index >= checkpoint.size:
        raise NotFound(
            f"the copy has {checkpoint.size} entries and no entry {index}",
            f"the log {origin} itself may have more",
        )
    number, at = divmod(index, WIDTH)
    width = min(WIDTH, checkpoint.size - number * WIDTH)
    path = f"{request.base_url}log/{bundle_path(number, width)}"
    raise NotFound(
        f"a mirror has no receipts: the log {origin} itself makes them, and whoever has one "
        "checks it with jejak check-receipt, without anybody",
        f"the entry is number {at} of {path}",
    )


@router.get("/{path:path}")
def nowhere(path: str) -> Response:  # noqa: ARG001
    """A mirror has no pages."""
    raise NotFound("a mirror has no pages, only the files of the log", "look at / and at /log/")


def checkpoint_of(tree: Path) -> Checkpoint:
    """The checkpoint that the copy is of."""
    return parse_checkpoint(parse_note((tree / "checkpoint").read_bytes()).text)


def is_erased(tree: Path, index: int) -> bool:
    """Whether the tree holds an entry and says that its body, absent here, was erased."""
    size = checkpoint_of(tree).size
    number, at = divmod(index, WIDTH)
    if index >= size or (number + 1) * WIDTH > size:
        return index < size
    return parse_body_group((tree / body_group_path(number)).read_bytes())[at] is None
