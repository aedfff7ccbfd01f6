"""`?at=`: a page as it stood is the page that was shown when that entry was the last one."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.errors import NotFound
from ledger.store import sqlite_url
from procurement import queries
from procurement.follower import Follower
from procurement.importing import import_files
from procurement.projections import Projections, open_index
from procurement.publish import publish_example
from tests.procurement.sets import SETS, real_lines
from tests.web.sites import COPIER, Deployed, found, served

INDICES = int(os.environ.get("JEJAK_AT_INDICES", "12"))
PER_SET = 8 if INDICES <= 20 else 60
TRAVEL = re.compile(
    r'<aside class="past".*?</aside>\n|<details class="travel">.*?</details>', re.DOTALL
)
LINK = re.compile(r"(&amp;|\?)at=[0-9-]+(&amp;)?")
HOST = re.compile(r"http://127\.0\.0\.1:[0-9]+")


@dataclass
class World:
    """A log of the example district and of real releases, and what pages showed on the way."""

    deployed: Deployed
    shown: dict[tuple[int, str], bytes]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[World]:
    """Followed entry by entry, pages kept at random entries; then followed again in groups."""
    deployed = found(tmp_path_factory.mktemp("past"))
    publish_everything(deployed, shared_data, tmp_path_factory.mktemp("real"))
    slow = open_index(sqlite_url(tmp_path_factory.mktemp("slow") / "index.db"))
    shown = watch(replace(deployed, index=slow))
    Follower(deployed.log, deployed.index).run()
    with served(deployed) as site:
        yield World(site, shown)


def publish_everything(deployed: Deployed, data: Path, folder: Path) -> None:
    """A part of the eight real sets, in a long run after the district's year."""
    if INDICES > 20:
        publish_example(deployed.settings, deployed.log, [deployed.registrar])
    key = deployed.key(COPIER, "importer", covers=("*",))
    for name in SETS:
        path = folder / f"{name}.jsonl.gz"
        lines = real_lines(data / name)[:PER_SET]
        path.write_bytes(gzip.compress(b"\n".join(lines)))
        import_files(deployed.log, [path], key=key, org=COPIER)


def watch(deployed: Deployed) -> dict[tuple[int, str], bytes]:
    """The pages about what random entries say, and about something older, as they stood then."""
    dice = random.Random(6)
    size = deployed.log.size
    chosen = set(dice.sample(range(3, size), min(INDICES, size - 3)))
    slow = deployed.index
    follower = Follower(deployed.log, slow)
    shown: dict[tuple[int, str], bytes] = {}
    with served(deployed) as site, site.client("id") as client:
        while follower.step(1):
            at = follower.position() - 1
            if at in chosen:
                older = dice.randrange(at + 1)
                pages = [*pages_of(slow, at), *pages_of(slow, older)]
                for page in dict.fromkeys(pages):
                    answer = client.get(page)
                    if answer.status_code == 200:
                        shown[at, page] = answer.content
    return shown


def pages_of(index: Projections, number: int) -> list[str]:
    """The pages about what an entry says, and their twins: each page in one form or the other."""
    entry = queries.entry(index, number)
    found = [f"/orgs/{entry.org}"]
    if entry.ocid:
        found.append(f"/process/{entry.ocid}")
        try:
            process = queries.process(index, entry.ocid)
            found += [f"/budgets/{process.fiscal_year}", f"/orgs/{process.buyer_id}"]
        except NotFound:
            pass
        suppliers = [each.supplier_id for each in queries.contracts(index, ocid=entry.ocid)]
        found += [f"/orgs/{each}" for each in suppliers[:1] if each]
    if entry.line:
        found += [f"/line/{entry.line}", f"/budgets/{entry.line.split('/')[1]}"]
        found.append(f"/budgets/{entry.line.split('/')[1]}?org={entry.line.split('/')[0]}")
    return [
        page if (number + at) % 3 else re.sub(r"(\?|$)", r".json\1", page, count=1)
        for at, page in enumerate(found)
    ]


def bare(content: bytes) -> str:
    """A page without what tells of its time and leads to others."""
    text = HOST.sub("", content.decode())
    if text.startswith("{"):
        members = json.loads(text)
        members.pop("asKnownOn", None)
        return json.dumps(members, indent=1)
    return LINK.sub(lambda m: m[1] if m[2] else "", TRAVEL.sub("", text))


def with_at(page: str, at: int) -> str:
    """The address of a page of the past."""
    return f"{page}{'&' if '?' in page else '?'}at={at}"


def test_the_past_is_what_was_shown(world: World):
    """Every page kept on the way comes again, to the last byte."""
    wrong = []
    with world.deployed.client("id") as client:
        for (at, page), content in world.shown.items():
            answer = client.get(with_at(page, at))
            if answer.status_code != 200 or bare(answer.content) != bare(content):
                wrong.append((at, page, answer.status_code))
    assert len({at for at, _ in world.shown}) >= min(INDICES, 12)
    assert wrong == []
