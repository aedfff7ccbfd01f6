"""Workers of a Dask cluster as an executor; the extra `dask` brings what this needs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from ledger.errors import NotFound, Unavailable

SECONDS = 20


@contextmanager
def dask_executor(address: str, seconds: float = SECONDS) -> Iterator[Executor]:
    """The executor of the cluster whose scheduler is at an address, such as tcp://10.0.0.1:8786.

    Its workers run this version of the software. Raises NotFound without the extra, Unavailable.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise NotFound("Dask is not installed", "pip install 'jejak[dask]'") from error
    try:
        connect: Any = Client
        client = connect(address, timeout=seconds, set_as_default=False)
        client.wait_for_workers(1, timeout=seconds)
    except (OSError, TimeoutError, ValueError) as error:
        raise Unavailable(
            f"the Dask cluster at {address} does not answer", "start its scheduler and workers"
        ) from error
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
