"""All kinds of entry that a Jejak log takes: the ledger's, budget events and OCDS releases."""

from __future__ import annotations

from ledger import kinds
from ledger.kinds import Kind
from procurement import budget, ocds

KINDS: dict[str, Kind] = {**kinds.KINDS, **budget.KINDS, **ocds.KINDS}
