"""Why the contract reverted: its custom errors (ICheckpointRegistry) as errors of ours."""

from __future__ import annotations

from functools import cache

from eth_hash.auto import keccak

from contracts import artefact
from ledger.errors import (
    AnchorMismatch,
    Conflict,
    JejakError,
    NotAuthorised,
    Unacceptable,
    Unavailable,
)


def moved(size: int) -> Conflict:
    """The contract holds more than the proof starts from."""
    return Conflict(
        f"the contract holds size {size} by now", "make a consistency proof from that size"
    )


def refusal(output: str, expected: int | None = None) -> JejakError:
    """The error for the 0x-hex `output` of a revert.

    `expected` is the size a consistency proof was made from: when the contract holds another by
    now, a proof that does not fit is no evidence of another history.
    """
    name = _names().get(output[2:10], "")
    words = output[10:]
    sizes = [int(words[place : place + 64], 16) for place in range(0, len(words) - 63, 64)]
    if name == "SizeNotIncreasing":
        return moved(sizes[0])
    if name == "InconsistentCheckpoint":
        return _inconsistent(sizes[0], sizes[1], expected)
    reason = f"the contract reverted with {output[:74] or 'no reason'}"
    kind, message, remedy = _PLAIN.get(name, (Unavailable, reason, "check its address"))
    return kind(message, remedy)


def _inconsistent(held: int, given: int, expected: int | None) -> JejakError:
    if expected is not None and held != expected:
        return moved(held)
    return AnchorMismatch(
        f"the chain refused size {given}: it does not extend size {held} held there",
        "the log's past is not what was anchored: keep both as evidence and sign nothing",
    )


_NO_ROLE = (
    NotAuthorised,
    "the chain refused: this key has no such role in the contract",
    "let the contract's admin set the publisher: jejak anchor publisher",
)
_PLAIN: dict[str, tuple[type[JejakError], str, str]] = {
    "NotPublisher": _NO_ROLE,
    "AccessControlUnauthorizedAccount": _NO_ROLE,
    "LogClosed": (Conflict, "the log id is closed", "open the next one: jejak anchor next"),
    "EmptyRoot": (Unacceptable, "a root of zeros could not be anchored", ""),
}


@cache
def _names() -> dict[str, str]:
    """Selector (hex) to name, of each error in the contract's ABI."""
    errors = [part for part in artefact()["abi"] if part["type"] == "error"]
    return {keccak(_signature(part).encode())[:4].hex(): part["name"] for part in errors}


def _signature(part: dict[str, object]) -> str:
    inputs = part["inputs"]
    assert isinstance(inputs, list)
    return f"{part['name']}({','.join(each['type'] for each in inputs)})"
