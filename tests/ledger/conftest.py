"""Chains for the tests of the ledger: the development chain and, where it is installed, anvil."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.devchain import serve_devchain
from tests.ledger.chains import FREE_OF_CHARGE, run_anvil


@pytest.fixture(scope="session")
def devchain_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A development chain that all tests of a session share."""
    with serve_devchain(tmp_path_factory.mktemp("devchain") / "chain.db") as served:
        yield served.url


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    """A real node where gas costs nothing, as on a permissioned chain."""
    with run_anvil(*FREE_OF_CHARGE) as url:
        yield url


@pytest.fixture(scope="session")
def charging_anvil_url() -> Iterator[str]:
    """A real node that wants gas paid for; its usual first account is rich."""
    with run_anvil() as url:
        yield url


@pytest.fixture(params=["devchain", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain_url(request: pytest.FixtureRequest) -> str:
    """The same test on the development chain and on a real node."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
