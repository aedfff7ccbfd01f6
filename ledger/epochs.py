"""Where a log is anchored: the contract, its publisher, and the epochs of the log's id.

A log id may be closed by the contract's admin, as after a junk future that a stolen publisher's
key has anchored. The log then goes on in the next epoch, by a `registry/anchor` entry: sizes from
its `fromSize` on belong to the new id, and what the old one holds above is disowned in public.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger import deployment, files
from ledger import settings as settings_
from ledger.actfile import sign_act
from ledger.acts import AnchorPlace, parse_anchor_place
from ledger.anchoring import Anchoring, anchors
from ledger.body import parse_body
from ledger.envelope import parse_statement
from ledger.errors import Conflict, NotFound
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.merkle import subtree_root
from ledger.settings import Settings
from ledger.stateproof import log_id
from ledger.submission import Recorded, Submission
from ledger.tick import Ticker, one_ticker

MAX_EPOCHS = 64


@dataclass(frozen=True)
class InForce:
    """The chain, the contract on it, and the log id under which the next anchor is made."""

    chain: Any
    contract: str
    log: bytes


def in_force(settings: Settings, log: Log, chain: Any) -> InForce:
    """Where the log is anchored now. Raises NotFound without a chain, Conflict without contract."""
    if chain is None:
        raise NotFound("no chain is set", "name one: jejak anchor deploy --chain URL")
    anchoring = Anchoring(log, settings, chain, files.PublicTree(settings.public))
    return InForce(chain, *anchoring.place(log.size))


def deploy(
    settings: Settings,
    log: Log,
    registrars: Sequence[SigningKey],
    contract: str | None = None,
    admin: str | None = None,
) -> Settings:
    """Deploy the contract, or take one that is there, and say so in a `registry/anchor` entry.

    The publisher's own address is the admin unless another is named.
    """
    act = deployment_act(settings, log, contract, admin)
    record(settings, log, sign_act(act, *registrars))
    return settle(settings, log)


def deployment_act(
    settings: Settings, log: Log, contract: str | None, admin: str | None
) -> Submission:
    """The act that names a contract, which is deployed now unless one is given.

    Raises Conflict without a chain, NotFound when no contract lies at the address.
    """
    identifier = log_id(settings.origin, 0)
    with deployment.open_chain(settings) as chain:
        if chain is None:
            raise Conflict("no chain is set", "name one: jejak anchor deploy --chain URL")
        identity = chain.identity()
        if contract is None:
            contract = chain.deploy(admin or chain.address)
            if admin is None or admin.lower() == chain.address:
                chain.set_publisher(contract, identifier, chain.address)
        else:
            chain.code_hash(contract)
    newest = anchors(log, limit=1)
    body = {
        "chainId": identity.chain_id,
        "genesis": identity.genesis,
        "contract": contract,
        "log": identifier.hex(),
        "fromSize": newest[0].size + 1 if newest else 0,
    }
    return deployment.act(settings.origin, "registry/anchor", identifier.hex(), body)


def next_epoch_act(settings: Settings, log: Log, chain: Any) -> Submission:
    """The act that names the next epoch of the log's id, which must have been closed.

    Raises Conflict.
    """
    place = in_force(settings, log, chain)
    if not chain.is_closed(place.contract, place.log):
        raise Conflict(
            f"log id {place.log.hex()} is not closed",
            "let the contract's admin close it: jejak anchor close",
        )
    identity, identifier = chain.identity(), _next_id(settings, log, place)
    body = {
        "chainId": identity.chain_id,
        "genesis": identity.genesis,
        "contract": place.contract,
        "log": identifier.hex(),
        "fromSize": _last_good(log, place) + 1,
    }
    return deployment.act(settings.origin, "registry/anchor", identifier.hex(), body)


def _next_id(settings: Settings, log: Log, place: InForce) -> bytes:
    """The id of the first epoch that the contract has never been named with."""
    used = {each.log for each in log.registry().places if each.contract == place.contract}
    used.add(place.log.hex())
    for epoch in range(MAX_EPOCHS):
        identifier = log_id(settings.origin, epoch)
        if identifier.hex() not in used:
            return identifier
    raise Conflict(f"the log has had {MAX_EPOCHS} epochs", "deploy another contract")


def _last_good(log: Log, place: InForce) -> int:
    """The newest anchored size whose root the chain and the database agree on; -1 for none."""
    node = files.node_reader(log, log.size)
    before: int | None = log.size + 1
    while rows := anchors(log, before):
        for row in rows:
            held = place.chain.root_at(place.contract, place.log, row.size)
            if held == subtree_root(0, row.size, node):
                return row.size
        before = rows[-1].size
    return -1


def record(settings: Settings, log: Log, act: Submission) -> Recorded:
    """Record an act; one that names the next epoch also in a log halted by what the chain holds.

    Raises Conflict when the log is halted for another reason, or what the log refuses it with.
    """
    kind = parse_statement(act.statement).kind
    halted = log.head().halted
    if kind != "registry/anchor" or halted is None:
        return log.append_one(act)
    with deployment.open_chain(settings) as chain, one_ticker(settings.folder):
        _check_way_on(settings, log, chain, parse_anchor_place(parse_body(act.body)))
        log.halt(None)
        try:
            return log.append_one(act)
        except Exception:
            log.halt(halted)
            raise


def _check_way_on(settings: Settings, log: Log, chain: Any, place: AnchorPlace) -> None:
    """All that was published is here, and the new place holds nothing else. Raises Conflict."""
    old = in_force(settings, log, chain)
    if not chain.is_closed(old.contract, old.log):
        raise Conflict(f"log id {old.log.hex()} is not closed", "close it: jejak anchor close")
    ticker = Ticker(log, settings, chain)
    ticker.check_files()
    latest = chain.latest(place.contract, bytes.fromhex(place.log))
    if latest.size and ticker.root_at(latest.size) != latest.root:
        raise Conflict("the new log id holds another history", "take the next epoch")


def settle(settings: Settings, log: Log) -> Settings:
    """Settings and trust file name the contract that the log's newest `registry/anchor` names."""
    place = log.registry().places[-1]
    placed = replace(
        settings, chain_id=place.chain_id, genesis=place.genesis, contract=place.contract
    )
    settings_.save(placed)
    deployment.write_trust(placed, log)
    return placed


def rekey(settings: Settings) -> str:
    """Give the folder a new publisher's key, the old one kept aside; where that lies."""
    path = settings.folder / "publisher.key"
    kept = path.with_name(f"publisher.{secrets.token_hex(4)}.old.key")
    path.rename(kept)
    settings_.write_secret(path, secrets.token_bytes(32))
    return kept.name
