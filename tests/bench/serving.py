"""Serves a data folder as it is, for the bench of pages: python -m tests.bench.serving FOLDER PORT.

The application is the real one; nothing is followed, signed or anchored beside it.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import uvicorn
from sqlalchemy import select

from ledger import store
from ledger.deployment import attach_log
from ledger.settings import load
from procurement.index import Cursor
from procurement.kinds import KINDS
from procurement.projections import SCHEMA, Projections, open_index, version
from web.app import create_app
from web.commands import server_options


def standing(url: str) -> Projections:
    """Projections as they stand: those of another version are not dropped, but refused."""
    engine = store.open_engine(url, SCHEMA)
    with store.reading(engine) as connection:
        known = connection.execute(select(store.table(Cursor).c.version)).scalar()
    engine.dispose()
    if known != version():
        sys.exit("scripts/bench: another version has projected this log: jejak reindex")
    return open_index(url)


def serve(folder: Path, port: int) -> None:
    """Serve on 127.0.0.1 until told to end."""
    settings = load(folder)
    with (
        closing(attach_log(settings, KINDS)) as log,
        closing(standing(settings.index_url)) as index,
    ):
        app = create_app(log, index, settings)
        options = {**server_options(), "access_log": False}
        uvicorn.run(app, host="127.0.0.1", port=port, **options)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
