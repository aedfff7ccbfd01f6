"""How far the log has come: checkpoints and anchors as pages show them."""

from __future__ import annotations

from ledger.store import AnchorTable, CheckpointRow
from web.views import View


class CheckpointView(View, frozen=True):
    """A checkpoint: size, root (hex) and when it was signed."""

    size: int
    root: str
    time: str


class AnchorView(View, frozen=True):
    """An anchor as the chain recorded it; hashes as 0x-hex."""

    size: int
    root: str
    transaction: str
    block: int
    block_hash: str
    time: str


def checkpoint_view(row: CheckpointRow) -> CheckpointView:
    """A signed checkpoint as pages show it."""
    return CheckpointView(size=row.size, root=row.root.hex(), time=row.time)


def anchor_view(row: AnchorTable) -> AnchorView:
    """A recorded anchor as pages show it."""
    return AnchorView(
        size=row.size,
        root=row.root,
        transaction=row.transaction,
        block=row.block,
        block_hash=row.block_hash,
        time=row.time,
    )
