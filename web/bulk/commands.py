"""The command that makes the files for download: bulk."""

from __future__ import annotations

import click

from ledger import deployment
from ledger.cli import Session, session
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.projections import open_index
from procurement.publisher import read_publisher
from web.bulk import job
from web.bulk.parquet import is_available


@click.command("bulk")
@session
def bulk(run: Session) -> None:
    """Make the files by the year for /download: only what has changed since the last time.

    Parquet is made where pyarrow is installed.
    """
    settings = run.settings()
    log, index = deployment.open_log(settings, KINDS), open_index(settings.index_url)
    try:
        Follower(log, index).run()
        publisher = read_publisher(settings.folder, settings.origin)
        made = job.run(log, index, settings.folder / "bulk", settings.origin, publisher)
    finally:
        log.close()
        index.close()
    files = list(made.files())
    run.say(
        {
            "position": made.position,
            "files": len(files),
            "rows": sum(each.rows for each in made.releases),
            "bytes": sum(each.size for each in files),
            "parquet": is_available(),
        }
    )


COMMANDS: dict[str, click.Command] = {"bulk": bulk}
