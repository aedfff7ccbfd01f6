"""The sites that the tests of the pages read: the fictional district, and a hostile one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import deployment, epochs, settings
from ledger.tick import Ticker
from ledger.trust import Trust, parse_trust
from procurement.follower import Follower
from procurement.importing import import_files
from procurement.publish import publish_example
from tests.web.hostile import publish_hostile
from tests.web.nodes import Node, running
from tests.web.officers import ORG, PREFIX, THRESHOLD
from tests.web.sites import Deployed, found, served

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
VERIFIED_SETS = ("uk-contracts-finder", "py-dncp")
CHROMIUM = os.environ.get("JEJAK_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium without a window."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium; install it or name it in JEJAK_CHROMIUM")
    if not AXE.exists():
        pytest.skip("no axe-core; run npm ci --prefix tests/web")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The example district with its year, anchored on a development chain."""
    deployed = found(
        tmp_path_factory.mktemp("district"), chain=settings.DEVCHAIN, demonstration=True
    )
    deployed.settings = epochs.deploy(deployed.settings, deployed.log, [deployed.registrar])
    publish_example(deployed.settings, deployed.log, [deployed.registrar])
    Follower(deployed.log, deployed.index).run()
    with deployment.open_chain(deployed.settings) as chain:
        Ticker(deployed.log, deployed.settings, chain).tick(anchor=True)
    with served(deployed) as site:
        yield site


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A node that readers may ask."""
    with running(Node()) as asked:
        yield asked


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path, node: Node
) -> Iterator[Deployed]:
    """A log of two real sets, anchored on a development chain, and its site."""
    deployed = found(
        tmp_path_factory.mktemp("imported"), chain=settings.DEVCHAIN, nodes={"Auditor": node.url}
    )
    deployed.settings = epochs.deploy(deployed.settings, deployed.log, [deployed.registrar])
    key = deployed.key("XX-COPIER", "importer", covers=("*",))
    for name in VERIFIED_SETS:
        path = shared_data / name / "releases.jsonl.gz"
        import_files(deployed.log, [path], key=key, org="XX-COPIER", source=f"urn:set:{name}")
    with deployment.open_chain(deployed.settings) as chain:
        Ticker(deployed.log, deployed.settings, chain).tick(anchor=True)
        node.chain = chain.url
        with served(deployed) as site:
            yield site


@pytest.fixture(scope="module")
def trust(imported: Deployed) -> Trust:
    """The trust file that a reader brings along."""
    return parse_trust(imported.settings.trust.read_bytes())


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log into which somebody has published whatever might break a page."""
    deployed = found(tmp_path_factory.mktemp("hostile"))
    publish_hostile(deployed)
    deployed.follow()
    with served(deployed) as site:
        yield site


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Deployed]:
    """A log with one institution that asks for two officers from a milliard rupiah on."""
    deployed = found_office(tmp_path / "office")
    (deployed.settings.folder / "console.json").write_text(json.dumps(THRESHOLD))
    with served(deployed) as site:
        yield site


@pytest.fixture
def any_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> Iterator[Deployed]:
    """The same, once on SQLite and once on PostgreSQL."""
    if not database_url.startswith("sqlite"):
        monkeypatch.setenv(settings.DATABASE_VARIABLE, database_url)
    deployed = found_office(tmp_path / "office")
    (deployed.settings.folder / "console.json").write_text(json.dumps(THRESHOLD))
    with served(deployed) as site:
        yield site


@pytest.fixture
def quiet_office(tmp_path: Path) -> Iterator[Deployed]:
    """The same, and one officer is enough for any sum."""
    with served(found_office(tmp_path / "office")) as site:
        yield site


def found_office(folder: Path) -> Deployed:
    """A log with one institution."""
    deployed = found(folder, demonstration=True)
    body = {
        "id": ORG,
        "names": {"id": "Dinas Pekerjaan Umum", "en": "Public Works"},
        "parent": None,
        "ocids": [PREFIX],
        "validFrom": "2020-01-01T00:00:00Z",
    }
    deployment.add_institution(deployed.settings, deployed.log, [deployed.registrar], body)
    return deployed


@pytest.fixture(scope="session")
def addresses(district: Deployed) -> dict[str, str]:
    """One address of every kind of page of the district, by the name of its template."""
    with district.client() as client:

        def twin(path: str) -> dict:
            return json.loads(client.get(path).content)

        year = twin("/budgets.json")["years"][0]["year"]
        budget = twin(f"/budgets/{year}.json")
        broken = next(each for each in twin("/findings.json")["rules"] if each["broken"])
        finding = next(
            each
            for rule in twin("/findings.json")["rules"]
            for each in twin(f"/findings/{rule['code']}.json")["findings"]
            if each["ocid"]
        )
        supplier = twin(f"/process/{finding['ocid']}.json")["contracts"][0]["suppliers"][0]
        case = f"/cases/{twin('/cases.json')['cases'][0]['index']}"
        payment = next(each for each in twin("/index.json")["entries"] if each["amount"])
    return {
        "start": "/",
        "search": "/search?q=jalan",
        "near": "/search?q=skolah",
        "entries": "/entries",
        "processes": "/processes",
        "orgs": "/orgs",
        "tenders": "/tenders?status=open",
        "receipt": f"/e/{payment['index']}",
        "root": "/e/0",
        "process": f"/process/{finding['ocid']}",
        "budgets": "/budgets",
        "budget": f"/budgets/{year}",
        "flows": f"/flows?year={year}",
        "classes": f"/budgets/{year}/functional",
        "trace": f"/trace/{budget['lines'][0]['id']}",
        "past": f"/budgets/{year}?at=400",
        "line": f"/line/{budget['lines'][0]['id']}",
        "buyer": budget["orgs"][0]["org"]["page"],
        "supplier": supplier["page"],
        "findings": "/findings",
        "cases": "/cases",
        "case": case,
        "quality": "/data-quality",
        "rule": f"/findings/{broken['code']}",
        "log": "/log",
        "status": "/status",
        "checkpoint": f"/log/checkpoints/{district.log.size}",
        "anchors": "/anchors",
        "audit": "/audit",
        "compare": "/audit/compare",
        "sample": "/audit/sample",
        "download": "/download",
        "api": "/api",
        "how": "/how-it-works",
        "glossary": "/glossary",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
        "feeds": "/feeds",
    }
