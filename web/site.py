"""What every page needs to know of the deployment it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.log import Log
from ledger.settings import DEVCHAIN, Settings
from procurement.projections import Projections


@dataclass(frozen=True)
class Site:
    """A log, its projections, its public tree, and what readers must be told of it."""

    log: Log
    index: Projections
    tree: Path
    origin: str
    development_chain: bool
    fictional: bool
    zone: str = "WIB"


def site_of(log: Log, index: Projections, settings: Settings) -> Site:
    """The site of a data folder; without a chain nobody independent stands behind it either."""
    return Site(
        log,
        index,
        settings.public,
        settings.origin,
        development_chain=settings.chain in (None, DEVCHAIN),
        fictional=settings.demonstration,
    )
