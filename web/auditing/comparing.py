"""`/audit/compare`: checkpoints that a reader kept, held to the newest one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from audit.comparing import Comparison, compare, split_notes
from ledger.errors import Malformed
from web.api.gate import Lane
from web.api.limits import Bounds, Rates
from web.auditing.audited import Audited, AuditedOf
from web.auditing.pages import AnyReader, verify_command
from web.console.parts import MULTIPART, file_of, parse_parts
from web.console.requests import parse_form
from web.reader import Reader, page
from web.views import View

MAX_FORM = 64 * 1024
PER_MINUTE = 30
_BOUNDS = Bounds(requests=32, octets=32 * MAX_FORM, threads=2)

router = APIRouter()

Form = dict[str, str]


class KeptView(View, frozen=True):
    """One of the checkpoints given, and what came of it."""

    verdict: str
    size: int | None
    root: str | None


class CompareView(View, frozen=True):
    """The form, and after it was sent what came of it, against the newest of `size` and `root`.

    Entries from `agreed` to before `rewritten` are not all what they were.
    """

    size: int | None
    root: str | None
    kept: list[KeptView]
    agreed: int
    rewritten: int | None
    command: str
    own: bool


def install(app: FastAPI) -> None:
    """Give the comparisons room of their own, so that they take none from others."""
    app.state.comparing = Lane(_BOUNDS, Rates(PER_MINUTE), MAX_FORM)


async def sent(request: Request) -> AsyncIterator[Form]:
    """The form of anybody. Raises TooMany, NoLength, TooLarge, TooSlow, Malformed."""
    lane: Lane = request.app.state.comparing
    lane.count(request)
    async with lane.taking(request) as raw:
        yield await lane.run(partial(_parse, raw, request.headers.get("content-type", "")))


def _parse(raw: bytes, content_type: str) -> Form:
    if content_type.startswith(MULTIPART):
        return parse_parts(raw, content_type)
    return parse_form(raw)


@page(router, "/audit/compare")
def compare_form(reader: AnyReader, audited: AuditedOf) -> Response:
    """The form."""
    return reader.answer("audit/compare.html", _view(reader, audited, None))


@router.post("/audit/compare.json")
@router.post("/audit/compare")
async def compared(
    reader: AnyReader, audited: AuditedOf, form: Annotated[Form, Depends(sent)]
) -> Response:
    """What came of it; in the threads of comparisons. Raises Unacceptable, Unavailable."""
    lane: Lane = reader.request.app.state.comparing
    return await lane.run(partial(_compared, reader, audited, form))


def _compared(reader: Reader, audited: Audited, form: Form) -> Response:
    newest = audited.newest()
    found = compare(split_notes(_text(form)), newest, audited.source(), audited.keys())
    answer = reader.answer("audit/compare.html", _view(reader, audited, found))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _text(form: Form) -> str:
    """The file where one was sent, else what was pasted."""
    try:
        return file_of(form, "file").decode("utf-8") or form.get("note", "")
    except UnicodeDecodeError as error:
        raise Malformed("the file is not UTF-8", "choose a checkpoint as it was saved") from error


def _view(reader: Reader, audited: Audited, found: Comparison | None) -> CompareView:
    kept = found.kept if found else []
    return CompareView(
        size=found.newest.size if found else None,
        root=found.newest.root.hex() if found else None,
        kept=[KeptView(verdict=each.verdict, size=each.size, root=each.root) for each in kept],
        agreed=found.agreed if found else 0,
        rewritten=found.rewritten if found else None,
        command=verify_command(reader, audited, "--since", "checkpoint.txt"),
        own=audited.own,
    )
