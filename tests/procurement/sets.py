"""The eight sets of real releases and the official schema, outside the repository."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

SETS = (
    "ca-buyandsell",
    "co-secop",
    "md-mtender",
    "mx-gacm",
    "ng-bpp",
    "py-dncp",
    "ua-prozorro",
    "uk-contracts-finder",
)


@cache
def real_lines(path: Path) -> tuple[bytes, ...]:
    """The lines of a set's releases.jsonl.gz."""
    return tuple(gzip.open(path / "releases.jsonl.gz").read().splitlines())


def official_schema(vectors: Path) -> dict:
    """The official OCDS 1.1.5 release schema."""
    return json.loads((vectors / "schema-ocds-1.1.5" / "release-schema.json").read_bytes())
