"""What an audit stands on: the trust file, or for want of one the operator's own word.

Also `log.json`: a convenience that is compared with the trust file and never believed. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from audit.report import Check
from ledger.body import parse_body
from ledger.errors import Malformed
from ledger.note import Checkpoint, Verifier, format_vkey, parse_vkey
from ledger.policy import Policy, parse_policy
from ledger.registry import Registry
from ledger.stateproof import log_id
from ledger.training import marked
from ledger.trust import Trust

MAX_DESCRIPTION = 65_536

_MEMBERS = {"origin", "key", "chainId", "genesis", "contract", "logId", "software"}
_HEX = re.compile(r"0x[0-9a-fA-F]*")


@dataclass(frozen=True)
class Description:
    """`log.json`: what the operator says of his log; hex in lower case."""

    origin: str
    key: Verifier
    chain_id: int | None
    genesis: str | None
    contract: str | None
    log_id: str | None
    software: str


@dataclass(frozen=True)
class Basis:
    """What is taken as given; `pinned` if a trust file gave it."""

    pinned: bool
    origin: str
    keys: tuple[Verifier, ...]
    entry0: bytes | None = None
    chain_id: int | None = None
    genesis: str | None = None
    contract: str | None = None
    policy: Policy | None = None

    @property
    def line(self) -> str:
        """What was pinned, or that nothing was, in one line; the notice of a log for practice."""
        return marked(self.origin, self._said())

    def _said(self) -> str:
        chain = f"chain {self.chain_id}, contract {self.contract}" if self.contract else "no chain"
        if self.pinned:
            keys = ", ".join(format_vkey(key) for key in self.keys)
            first = self.entry0.hex() if self.entry0 else "not named"
            return f"pinned by the trust file: {self.origin}, keys {keys}, entry 0 {first}, {chain}"
        return (
            f"nothing pinned: the name {self.origin!r}, log key, entry 0 and {chain} are the "
            "operator's own word; bring a trust file"
        )


def pinned_basis(trust: Trust) -> Basis:
    """What a trust file pins."""
    return Basis(
        True,
        trust.origin,
        trust.log_keys,
        trust.entry0,
        trust.chain_id,
        trust.genesis,
        trust.contract,
        None if trust.policy is None else parse_policy(trust.policy),
    )


def unpinned_basis(said: Description | None, checkpoint: Checkpoint | None) -> Basis:
    """What the operator says, when nothing better is at hand."""
    if said is None:
        return Basis(False, checkpoint.origin if checkpoint else "", ())
    return Basis(False, said.origin, (said.key,), None, said.chain_id, said.genesis, said.contract)


def parse_description(raw: bytes) -> Description:
    """`log.json` from its bytes. Raises Malformed."""
    found = parse_body(raw)
    if not isinstance(found, dict) or set(found) != _MEMBERS:
        raise Malformed("log.json has exactly the members " + ", ".join(sorted(_MEMBERS)))
    if not all(isinstance(found[name], str) for name in ("origin", "key", "software")):
        raise Malformed("origin, key and software of log.json are texts")
    return Description(
        found["origin"],
        parse_vkey(found["key"]),
        _chain_id(found["chainId"]),
        _hex(found["genesis"], "genesis", 32),
        _hex(found["contract"], "contract", 20),
        _hex(found["logId"], "logId", 32),
        found["software"],
    )


def check_description(check: Check, said: Description, basis: Basis, registry: Registry) -> None:
    """`log.json` against what is pinned and what the log's own entries say."""
    place = registry.places[-1] if registry.places else None
    identity = f"0x{place.log}" if place else "0x" + log_id(basis.origin).hex()
    pairs: list[tuple[str, Any, Any]] = [
        ("origin", said.origin, basis.origin),
        ("chainId", said.chain_id, basis.chain_id),
        ("genesis", said.genesis, basis.genesis),
        ("contract", said.contract, basis.contract),
        ("logId", said.log_id, identity if place or said.log_id else None),
    ]
    for name, found, expected in pairs:
        # What the trust file leaves open, it does not contradict.
        if expected is not None and found != expected:
            check.fail(f"log.json says {name} {found}; expected is {expected}")
        else:
            check.hold()
    if said.key in basis.keys:
        check.hold()
    else:
        check.fail("log.json names a log key that the trust file does not")


def _chain_id(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value < 2**63):
        raise Malformed("chainId of log.json is neither a whole number nor null")
    return value


def _hex(value: Any, name: str, size: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != 2 + 2 * size or not _HEX.fullmatch(value):
        raise Malformed(f"{name} of log.json is neither 0x and {2 * size} hex digits nor null")
    return value.lower()
