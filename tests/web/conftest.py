"""The sites that the tests of the pages read: the fictional district, and a hostile one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger import deployment, placement, settings
from ledger.tick import Ticker
from procurement.follower import Follower
from procurement.publish import publish_example
from tests.web.hostile import publish_hostile
from tests.web.sites import Deployed, found, served


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The example district with its year, anchored on a development chain."""
    deployed = found(
        tmp_path_factory.mktemp("district"), chain=settings.DEVCHAIN, demonstration=True
    )
    deployed.settings = placement.deploy(deployed.settings, deployed.log, [deployed.registrar])
    publish_example(deployed.settings, deployed.log, [deployed.registrar])
    Follower(deployed.log, deployed.index).run()
    with deployment.open_chain(deployed.settings) as chain:
        Ticker(deployed.log, deployed.settings, chain).tick(anchor=True)
    with served(deployed) as site:
        yield site


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log into which somebody has published whatever might break a page."""
    deployed = found(tmp_path_factory.mktemp("hostile"))
    publish_hostile(deployed)
    deployed.follow()
    with served(deployed) as site:
        yield site


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
        payment = next(each for each in twin("/index.json")["entries"] if each["amount"])
    return {
        "start": "/",
        "search": "/search?q=jalan",
        "receipt": f"/e/{payment['index']}",
        "root": "/e/0",
        "process": f"/process/{finding['ocid']}",
        "budgets": "/budgets",
        "budget": f"/budgets/{year}",
        "line": f"/line/{budget['lines'][0]['id']}",
        "buyer": budget["orgs"][0]["org"]["page"],
        "supplier": supplier["page"],
        "findings": "/findings",
        "rule": f"/findings/{broken['code']}",
        "log": "/log",
        "download": "/download",
        "api": "/api",
        "how": "/how-it-works",
    }
