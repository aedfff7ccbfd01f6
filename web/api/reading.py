"""The addresses of the API that give the data: releases and records in OCDS packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query, Request, Response

from procurement.harvest import MAX_RECORDS, MAX_RELEASES
from web.api import packages

After = Annotated[int | None, Query(ge=0, lt=2**63)]
Moment = Annotated[str | None, Query(max_length=40)]


def releases(
    request: Request,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=MAX_RELEASES)] = 100,
    stages: Annotated[str | None, Query(max_length=60)] = None,
    updated_from: Annotated[Moment, Query(alias="updatedFrom")] = None,
    updated_to: Annotated[Moment, Query(alias="updatedTo")] = None,
) -> Response:
    """Releases in the order of the log. 204 where there is none."""
    asking = packages.Asking(request)
    return packages.releases(asking, after, limit, stages, updated_from, updated_to)


def records(
    request: Request,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS)] = 20,
) -> Response:
    """Records in the order of their newest releases. 204 where there is none."""
    return packages.records(packages.Asking(request), after, limit)


def record(request: Request, ocid: Annotated[str, InPath(max_length=1000)]) -> Response:
    """The record of one process. 404 when there is none."""
    return packages.record(packages.Asking(request), ocid)


ENDPOINTS: dict[str, Callable[..., Response]] = {
    packages.RELEASES: releases,
    packages.RECORDS: records,
    packages.RECORDS + "/{ocid:path}": record,
}
