"""`jejak verify --dask`: a real scheduler with two workers, and the report is the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from jejak import cli
from ledger.errors import Unavailable
from tests.ledger.deployments import deploy
from tests.web.test_serve import free_port

pytest.importorskip("distributed", reason="the extra dask is not installed")


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[None]:
    """A process of the cluster, ended with the test."""
    command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    worker = ["dask_worker", address, "--no-dashboard", "--nworkers", "2", "--nthreads", "1"]
    with ExitStack() as stack:
        stack.enter_context(
            running(
                "dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard",
                folder=tmp_path,
            )
        )  # fmt: skip
        time.sleep(1)
        stack.enter_context(
            running(*worker, "--host", "127.0.0.1", "--local-directory", str(tmp_path / "space"),
                    folder=Path(__file__).parents[2])
        )  # fmt: skip
        yield address


@pytest.mark.timeout(180)
def test_the_same_report(cluster: str, tmp_path: Path):
    """What the cluster finds is what this process finds, also where a signature is bad."""
    log = deploy(tmp_path / "data")
    log.log.append(log.notes(400))
    log.tick()
    log.log.close()
    tree = log.settings.public
    path = next((tree / "tile" / "entries").glob("000"))
    raw = path.read_bytes()
    at = raw.index(b'"sig":"', len(raw) // 2) + 12
    path.write_bytes(raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :])

    def verify(*options: str) -> dict[str, object]:
        command = ["--json", "verify", str(tree), *options]
        result = CliRunner().invoke(cli, command, standalone_mode=False)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        found: dict[str, object] = json.loads(result.stdout)
        return found

    alone = verify("--workers", "1")
    assert not alone["holds"]
    assert verify("--dask", cluster) == alone


def test_no_cluster(tmp_path: Path):
    """Where no scheduler answers that is said, and is not taken for a verdict on the log."""
    from audit.cluster import dask_executor

    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable), dask_executor(address, seconds=1):
        pass
