"""One genuine deployment to tamper with; what has verified once need not be verified again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from audit import signatures
from tests.audit.district import make_district
from tests.audit.genuine import Copy, Genuine, make_genuine, run, served_chain
from tests.audit.verdicts import Verdict, verdict_of
from tests.ledger.deployments import Deployed, deploy


@pytest.fixture(autouse=True, scope="session")
def _verified_once():
    """Remember by all bytes that count; a failure is never remembered."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = lru_cache(maxsize=None)(signatures.verify_signatures)
        patch.setattr(signatures, "verify_signatures", remembered)
        yield


@pytest.fixture(autouse=True, scope="session")
def _not_durable():
    """No test here pulls the plug, so none waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Deployed]:
    """A small log without a chain."""
    deployed = deploy(tmp_path / "data")
    yield deployed
    deployed.log.close()


@pytest.fixture(scope="session")
def genuine(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Genuine:
    """The deployment that is tampered with."""
    return make_genuine(tmp_path_factory.mktemp("genuine") / "data", shared_data)


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the fictional district, anchored."""
    return make_district(tmp_path_factory.mktemp("district") / "data")


@pytest.fixture(scope="session")
def chain(genuine: Genuine) -> Iterator[str]:
    """The URL of the chain it is anchored on."""
    with served_chain(genuine.folder) as url:
        yield url


@pytest.fixture
def copy(genuine: Genuine, tmp_path: Path) -> Copy:
    """A copy of its data folder."""
    left = shutil.ignore_patterns("chain.*", "backup-*")
    shutil.copytree(genuine.folder, tmp_path / "copy", ignore=left)
    return Copy(tmp_path / "copy")


@pytest.fixture(scope="session")
def exported(genuine: Genuine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The genuine tree as it is exported."""
    target = tmp_path_factory.mktemp("exported") / "tree"
    assert run("--data", genuine.folder, "export", target)[0] == 0
    return target


@pytest.fixture
def verified(genuine: Genuine, chain: str) -> Callable[..., Verdict]:
    """Runs `jejak verify` with the genuine trust file, and the chain unless told not to."""

    def verify(tampered: Any, *, asking: bool = True) -> Verdict:
        named = ["--chain", chain] if asking else []
        return verdict_of(tampered.tree, "--trust", genuine.trust, *named)

    return verify
