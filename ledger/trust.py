"""The trust file: what a verifier brings along and never takes from the operator.

    {"format":"jejak/trust/1","origin":…,"logKeys":[vkey…],"entry0":"<leaf hash>",
     "policy":text|null,"chainId":n|null,"genesis":"0x…"|null,"contract":"0x…"|null,
     "codeHash":"0x…"|null,"validators":[{"from":n,"to":n|null,"addresses":["0x…"]}]}

Exactly these members, in any order and with any white space: people keep and compare this file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.body import parse_body
from ledger.envelope import parse_hash
from ledger.errors import Malformed
from ledger.note import Verifier, format_vkey, parse_vkey
from ledger.policy import parse_policy

FORMAT = "jejak/trust/1"
MAX_TRUST = 1024 * 1024
MAX_KEYS = 64

_MEMBERS = {"format", "origin", "logKeys", "entry0", "policy"} | {
    *("chainId", "genesis", "contract", "codeHash", "validators")
}
_ORIGIN = re.compile(r"[\x21-\x2a\x2c-\x7e]{1,200}")
_HEX = re.compile(r"0x[0-9a-f]*")


@dataclass(frozen=True)
class ValidatorRange:
    """Validators (0x addresses) of the blocks `first` to `last`; `last` None: to this day."""

    first: int
    last: int | None
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Trust:
    """A trust file: addresses and hashes are lower-case 0x-hex, `entry0` is 32 bytes."""

    origin: str
    log_keys: tuple[Verifier, ...]
    entry0: bytes
    policy: str | None = None
    chain_id: int | None = None
    genesis: str | None = None
    contract: str | None = None
    code_hash: str | None = None
    validators: tuple[ValidatorRange, ...] = ()


def parse_trust(raw: bytes) -> Trust:
    """A trust file from its bytes. Raises Malformed."""
    if len(raw) > MAX_TRUST:
        raise Malformed(f"trust file of {len(raw)} bytes; at most {MAX_TRUST} are allowed")
    found = parse_body(raw)
    if not isinstance(found, dict) or set(found) != _MEMBERS:
        raise Malformed("a trust file has exactly the members " + ", ".join(sorted(_MEMBERS)))
    if found["format"] != FORMAT:
        raise Malformed(f"the trust file's format is not {FORMAT!r}")
    return Trust(
        origin=_origin(found["origin"]),
        log_keys=_log_keys(found["logKeys"]),
        entry0=parse_hash(_text(found, "entry0")),
        policy=_policy(found),
        chain_id=_optional_integer(found, "chainId"),
        genesis=_optional_hex(found, "genesis", 32),
        contract=_optional_hex(found, "contract", 20),
        code_hash=_optional_hex(found, "codeHash", 32),
        validators=_validators(found["validators"]),
    )


def format_trust(trust: Trust) -> bytes:
    """The bytes of a trust file, one member a line, for people to read."""
    members = {
        "format": FORMAT,
        "origin": trust.origin,
        "logKeys": [format_vkey(key) for key in trust.log_keys],
        "entry0": trust.entry0.hex(),
        "policy": trust.policy,
        "chainId": trust.chain_id,
        "genesis": trust.genesis,
        "contract": trust.contract,
        "codeHash": trust.code_hash,
        "validators": [
            {"from": each.first, "to": each.last, "addresses": list(each.addresses)}
            for each in trust.validators
        ],
    }
    return (json.dumps(members, indent=2) + "\n").encode("ascii")


def _origin(value: Any) -> str:
    if not isinstance(value, str) or not _ORIGIN.fullmatch(value):
        raise Malformed("the trust file's origin is not 1-200 printable characters without '+'")
    return value


def _log_keys(value: Any) -> tuple[Verifier, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_KEYS:
        raise Malformed(f"a trust file has 1 to {MAX_KEYS} log keys")
    if not all(isinstance(each, str) for each in value):
        raise Malformed("a log key is a text: name, hash and key joined by '+'")
    return tuple(parse_vkey(each) for each in value)


def _validators(value: Any) -> tuple[ValidatorRange, ...]:
    if not isinstance(value, list):
        raise Malformed("the trust file's validators are not an array")
    return tuple(_validator_range(each) for each in value)


def _validator_range(value: Any) -> ValidatorRange:
    if not isinstance(value, dict) or set(value) != {"from", "to", "addresses"}:
        raise Malformed("a range of validators has the members from, to and addresses")
    first, last = _optional_integer(value, "from"), _optional_integer(value, "to")
    addresses = value["addresses"]
    if first is None or (last is not None and last < first) or not isinstance(addresses, list):
        raise Malformed("a range of validators has a first block, a later last one, and addresses")
    if not addresses:
        raise Malformed("a range of validators has at least one address")
    return ValidatorRange(first, last, tuple(_hex(each, "address", 20) for each in addresses))


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise Malformed(f"the trust file's {name} is not a text")
    return value


def _policy(found: Mapping[str, Any]) -> str | None:
    text = _optional_text(found, "policy")
    if text is not None:
        parse_policy(text)
    return text


def _optional_text(found: Mapping[str, Any], name: str) -> str | None:
    return None if found[name] is None else _text(found, name)


def _optional_integer(found: Mapping[str, Any], name: str) -> int | None:
    value = found[name]
    if value is not None and (type(value) is not int or not 0 <= value < 2**63):
        raise Malformed(f"the trust file's {name} is neither a whole number nor null")
    return value


def _optional_hex(found: Mapping[str, Any], name: str, size: int) -> str | None:
    return None if found[name] is None else _hex(found[name], name, size)


def _hex(value: Any, name: str, size: int) -> str:
    """0x-hex in either case, given back in lower case: addresses are often written in both."""
    if not isinstance(value, str) or len(value) != 2 + 2 * size:
        raise Malformed(f"the trust file's {name} is not 0x and {2 * size} hexadecimal digits")
    if not _HEX.fullmatch(lowered := value.lower()) or not value.startswith("0x"):
        raise Malformed(f"the trust file's {name} is not 0x and {2 * size} hexadecimal digits")
    return lowered
