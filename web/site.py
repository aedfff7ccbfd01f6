"""What every page needs to know of the deployment it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ledger.log import Log
from ledger.settings import DEVCHAIN, Settings
from ledger.training import is_training
from procurement.projections import Projections
from procurement.publisher import Publisher, read_publisher


@dataclass(frozen=True)
class Site:
    """A log, its projections, its public files, and what readers must be told of it."""

    log: Log
    index: Projections
    tree: Path
    origin: str
    development_chain: bool
    fictional: bool
    publisher: Publisher
    bulk: Path
    zone: str = "WIB"
    nodes: Mapping[str, str] = field(default_factory=dict)

    @property
    def training(self) -> bool:
        """Whether all of this is practice: every page says so."""
        return is_training(self.origin)


def site_of(log: Log, index: Projections, settings: Settings) -> Site:
    """The site of a data folder; without a chain nobody independent stands behind it either."""
    return Site(
        log,
        index,
        settings.public,
        settings.origin,
        development_chain=settings.chain in (None, DEVCHAIN),
        fictional=settings.demonstration,
        publisher=read_publisher(settings.folder, settings.origin),
        bulk=settings.folder / "bulk",
        nodes=settings.nodes,
    )
