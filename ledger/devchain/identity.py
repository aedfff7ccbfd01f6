"""What tells the development chain from others, known without importing py-evm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

CHAIN_ID = 0x6A656A616B  # "jejak"
CLIENT_VERSION = "jejak devchain/1"


class ChainInUse(Unavailable):
    """Another process, or another part of this one, has the chain's file open."""

    code = "chain-in-use"


def file_token(path: Path) -> str:
    """The identity of a chain's file on this disk: a copy of it has another."""
    status = path.stat()
    return f"{status.st_dev:x}-{status.st_ino:x}"
