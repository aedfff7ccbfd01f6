"""What every test may ask for: real samples, published vectors, a fresh database, no network."""

from __future__ import annotations

import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("JEJAK_SHARED", ROOT.parent / "shared"))
RECURSION_LIMIT = sys.getrecursionlimit()
POSTGRESQL = os.environ.get("JEJAK_TEST_DATABASE_URL", "")

# By the time they took when it was measured, which the number of their tests does not tell.
LONGEST = (
    "web/test_browser.py",
    "web/test_api_concurrent.py",
    "web/test_console_attacks.py",
    "audit/test_tampering.py",
    "web/test_publish_to.py",
    "web/test_console.py",
    "web/test_api_schema.py",
    "web/test_pages.py",
    "web/test_console_drafts.py",
    "web/test_packages.py",
    "ledger/test_anchor.py",
    "ledger/test_tick.py",
)

# Two cores are shared with servers and chains: a slow example is no defect.
settings.register_profile(
    "jejak", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "jejak"))


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no {name} beside the repository; name its folder's parent in JEJAK_SHARED")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real budgets and releases."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The folder of test vectors that others have published."""
    return _shared("vectors")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.db'}"
    elif not POSTGRESQL:
        pytest.skip("no PostgreSQL server is named in JEJAK_TEST_DATABASE_URL")
    else:
        yield from _postgresql_database()


def _postgresql_database() -> Iterator[str]:
    from sqlalchemy import create_engine, make_url, text

    name = f"jejak_{uuid4().hex}"
    server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not host.startswith("127.") and host not in ("localhost", "::1"):
                pytest.fail(f"a test tried to connect to {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def _recursion_limit() -> None:
    """The limit users have: py-evm, imported by some tests, raises it past the stack."""
    sys.setrecursionlimit(RECURSION_LIMIT)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give workers the longest files first: one that starts last leaves the others idle.

    After LONGEST those with most tests. Without workers the order is that of the folders.
    """
    if not hasattr(config, "workerinput"):
        return
    tests = Counter(item.path for item in items)
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path, len(places)), -tests[item.path]))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: they may be new in each worker, and are no name for people."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was skipped and why, each reason once."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("skipped, and why")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5}  {reason}")
