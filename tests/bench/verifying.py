"""`jejak verify` of a whole log against bare Ed25519 verification of its signatures.

Both use the same executor, a process for each processor, and the processes are warm.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from audit.source import Folder
from audit.verify import verify
from ledger import deployment
from ledger.envelope import parse_base64, signed_bytes
from ledger.log import Log
from ledger.settings import load
from procurement.kinds import KINDS
from tests.bench.growing import SIZES, grown_logs
from tests.bench.ratio import Ratio

ROUNDS = 9
SLICE = 256

Signature = tuple[bytes, bytes, bytes]
"""Key (DER), signature, and what is signed."""


@lru_cache(maxsize=4096)
def loaded(der: bytes) -> Ed25519PublicKey:
    """A key, loaded once in each process."""
    key = load_der_public_key(der)
    assert isinstance(key, Ed25519PublicKey)
    return key


def verify_slice(signatures: Sequence[Signature]) -> None:
    """Ed25519 and nothing else."""
    for der, signature, signed in signatures:
        loaded(der).verify(signature, signed)


def verify_bare(executor: Executor, slices: Sequence[Sequence[Signature]]) -> None:
    """All of them, on all processors."""
    list(executor.map(verify_slice, slices))


def signatures_of(log: Log) -> Iterator[Signature]:
    """Each signature of a log."""
    registry = log.registry()
    for record in log.records():
        entry = record.entry
        for each in entry.signatures:
            yield registry.key(each.key).der, parse_base64(each.sig), signed_bytes(entry.statement)


def verify_whole(folder: Path, executor: Executor) -> None:
    """The log, with its trust file."""
    trust = deployment.read_trust(folder / "trust.json")
    assert verify(Folder(folder / "log"), KINDS, trust=trust, executor=executor).holds


def bench_verify() -> None:
    """The smaller of the grown logs, again and again."""
    ratio = Ratio("verify", 0.7)
    with (
        grown_logs(SIZES[:1]) as (folder,),
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as executor,
    ):
        log = deployment.attach_log(load(folder), KINDS)
        signatures = list(signatures_of(log))
        log.close()
        slices = [signatures[at : at + SLICE] for at in range(0, len(signatures), SLICE)]
        # Once, for the processes to have loaded what they need.
        verify_bare(executor, slices)
        verify_whole(folder, executor)
        for _ in range(ROUNDS):
            ratio.turn(
                len(signatures),
                partial(verify_bare, executor, slices),
                partial(verify_whole, folder, executor),
            )
    ratio.report("entries")
