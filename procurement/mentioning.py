"""Whom and what a process names: organisations, lines, transactions, agreements. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from procurement.budget import split_line
from procurement.contracting import ContractingProcess, Party, read_process
from procurement.ocds import Published, compile_beginnings, compile_record, in_order

LINE, TRANSACTION, FRAMEWORK = "line", "transaction", "framework"

Roles = list[tuple[Party, tuple[str, ...]]]


def as_known(
    releases: Sequence[Published], entry_of: Mapping[int, int], upto: Collection[int]
) -> dict[int, ContractingProcess]:
    """A process as its releases up to each of some entries left it; entries before them have none.

    `entry_of` gives the entry of a release by its place.
    """
    ordered = in_order(releases)
    entries = [entry_of[each.index] for each in ordered]
    sizes, found = dict[int, int](), dict[int, ContractingProcess]()
    for index in upto:
        size = sum(entry <= index for entry in entries)
        if max(entries[:size], default=index) <= index:
            sizes[index] = size
        else:
            # A release of later is dated before one of these.
            part = [each for each in ordered if entry_of[each.index] <= index]
            found[index] = read_process(compile_record(part).release)
    wanted = sorted(set(sizes.values()) - {0})
    compiled = zip(wanted, compile_beginnings(ordered, wanted), strict=True)
    left = {size: read_process(each.release) for size, each in compiled}
    return found | {index: left[size] for index, size in sizes.items() if size}


def parties(process: ContractingProcess) -> Roles:
    """Every organisation with its roles: as listed, as buyer and as supplier."""
    found: dict[str, tuple[Party, dict[str, None]]] = {}
    listed = list(process.parties)
    if process.buyer is not None:
        listed.append((process.buyer, ("buyer",)))
    for award in process.awards:
        listed += [(each, ("supplier",)) for each in award.suppliers]
    for contract in process.contracts:
        listed += [(each, ("supplier",)) for each in contract.suppliers]
    for party, roles in listed:
        if party.id:
            found.setdefault(party.id, (party, {}))[1].update(dict.fromkeys(roles))
    return [(party, tuple(roles)) for party, roles in found.values()]


def payees(process: ContractingProcess) -> Iterator[Party]:
    """Who was paid, by the transactions."""
    for contract in process.contracts:
        for transaction in contract.transactions:
            if transaction.payee is not None and transaction.payee.id:
                yield transaction.payee


def references(process: ContractingProcess, listed: Roles) -> Iterator[tuple[str, str]]:
    """All that is named, each with the role it has (procurement.index_history.Naming).

    `listed` are its parties.
    """
    for party, roles in listed:
        yield from ((party.id, role) for role in roles)
    yield from ((party.id, "payee") for party in payees(process))
    yield from ((share.line, LINE) for share in process.shares if split_line(share.line))
    for contract in process.contracts:
        yield from ((each.id, TRANSACTION) for each in contract.transactions if each.id)
    yield from ((ocid, FRAMEWORK) for ocid in process.agreements)
