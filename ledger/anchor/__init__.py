"""Anchoring on a chain: the contract CheckpointRegistry, reached through any JSON-RPC URL.

The only package that imports web3, and only when a node is asked: `node` speaks to the node,
`refusal` reads what the contract says when it reverts, `chain` anchors.
"""

from ledger.anchor.chain import AnchorRow, Chain, ChainIdentity, Latest

__all__ = ["AnchorRow", "Chain", "ChainIdentity", "Latest"]
