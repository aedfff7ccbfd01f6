"""A mirror over HTTP: its copy of a public tree, read only, as the origin serves it."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response

from ledger.errors import JejakError, NotFound
from ledger.note import parse_checkpoint, parse_note
from ledger.tiles import WIDTH, body_group_path, parse_body_group
from web import problems
from web.app import Guard
from web.publictree import answer_file

router = APIRouter()


def create_mirror(folder: Path) -> FastAPI:
    """The application of the mirror in a folder; it starts no thread, and writes nothing.

    Raises NotFound where no mirror has fetched anything.
    """
    tree = folder / "log"
    if not (tree / "checkpoint").is_file():
        raise NotFound(f"{folder} holds no mirror", "fetch one with jejak mirror URL DIR")
    app = FastAPI(title="Jejak mirror", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.tree = tree
    app.add_exception_handler(JejakError, problems.ours)
    app.include_router(router)
    app.add_middleware(Guard)
    return app


@router.api_route("/log/{path:path}", methods=["GET", "HEAD"])
def mirrored_file(request: Request, path: str) -> Response:
    """One file of the tree. 404 where there is none, 410 for an erased body."""
    tree: Path = request.app.state.tree
    return answer_file(request, tree, path, lambda index: is_erased(tree, index))


@router.get("/")
def front(request: Request) -> Response:
    """What this is, for whoever comes by."""
    tree: Path = request.app.state.tree
    checkpoint = parse_checkpoint(parse_note((tree / "checkpoint").read_bytes()).text)
    base = str(request.base_url)
    text = (
        f"Salinan catatan {checkpoint.origin}: {checkpoint.size} entri.\n"
        f"A mirror of the log {checkpoint.origin}: {checkpoint.size} entries.\n\n"
        f"{base}log/checkpoint\njejak verify {base} --trust trust.json\n"
    )
    return Response(text, media_type="text/plain; charset=utf-8")


def is_erased(tree: Path, index: int) -> bool:
    """Whether the tree holds an entry and says that its body, absent here, was erased."""
    size = parse_checkpoint(parse_note((tree / "checkpoint").read_bytes()).text).size
    number, at = divmod(index, WIDTH)
    if index >= size or (number + 1) * WIDTH > size:
        return index < size
    return parse_body_group((tree / body_group_path(number)).read_bytes())[at] is None
