"""The development chain: an Ethereum chain of one process, kept in one SQLite file.

py-evm executes the blocks, `store` keeps what it writes, `chain` mines one block for each
transaction, `rpc` speaks JSON-RPC and `server` serves it on 127.0.0.1. Gas costs nothing, nobody
owns ether, and no independent validator stands behind any of it: pages say so.
"""

from ledger.devchain.identity import CLIENT_VERSION, ChainInUse
from ledger.devchain.server import (
    DevelopmentChain,
    open_devchain,
    publish_devchain,
    reach_devchain,
    serve_devchain,
)

__all__ = [
    "CLIENT_VERSION",
    "ChainInUse",
    "DevelopmentChain",
    "open_devchain",
    "publish_devchain",
    "reach_devchain",
    "serve_devchain",
]
