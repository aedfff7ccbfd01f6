"""The public half of a key in a file, FILE.pub: what is given to the registrars to be enrolled.

    {"key":"<key id>","alg":"ed25519","public":"<base64 DER>"}
    {"key":…,"alg":"webauthn-es256","public":…,"rpId":"<relying party>","origin":"https://…"}

The members are those of a `registry/key` body that belong to the key itself, in any order and with
any white space. A passkey's file is made where the passkey was: by the console in the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ledger.body import parse_body
from ledger.envelope import format_base64, parse_base64
from ledger.errors import InvalidInput, Malformed
from ledger.keys import PublicKey, check_public_key, key_id

MAX_FILE = 8192

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253})(:[0-9]{1,5})?")
_REQUIRED = {"key", "alg", "public"}
_PASSKEY = {"rpId", "origin"}


def key_members(key: PublicKey) -> dict[str, str]:
    """A key as bodies and public files name it."""
    members = {"key": key.id, "alg": key.alg, "public": format_base64(key.der)}
    if key.rp_id is not None and key.origin is not None:
        members |= {"rpId": key.rp_id, "origin": key.origin}
    return members


def format_public_file(key: PublicKey) -> bytes:
    """The bytes of a public file."""
    return json.dumps(key_members(key), indent=1).encode() + b"\n"


def parse_public_file(raw: bytes) -> PublicKey:
    """The key of a public file, fit to be enrolled. Raises Malformed."""
    if len(raw) > MAX_FILE:
        raise Malformed(f"a public key file of {len(raw)} bytes; at most {MAX_FILE} are allowed")
    found = parse_body(raw)
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise Malformed("not a public key file", "name the .pub file that jejak key new has made")
    expected = _REQUIRED | (_PASSKEY if found.get("alg") == "webauthn-es256" else set())
    if set(found) != expected:
        raise Malformed("a public key file has exactly the members " + ", ".join(sorted(expected)))
    return _key(found)


def _key(found: Mapping[str, Any]) -> PublicKey:
    der = parse_base64(found["public"])
    try:
        check_public_key(found["alg"], der)
    except InvalidInput as error:
        raise Malformed(f"the key cannot be enrolled: {error.message}", error.remedy) from error
    if key_id(der) != found["key"]:
        raise Malformed("member 'key' of the public key file is not the id of its key")
    if "rpId" in found:
        check_relying_party(found["rpId"], found["origin"])
    return PublicKey(found["key"], found["alg"], der, found.get("rpId"), found.get("origin"))


def check_relying_party(rp_id: str, origin: str) -> None:
    """A passkey's origin is a secure one, of the relying party's domain. Raises Malformed."""
    parts = _ORIGIN.fullmatch(origin)
    if parts is None or not _HOST.fullmatch(rp_id):
        raise Malformed("rpId is a host and origin https:// and a host, in lower case")
    scheme, host = parts[1], parts[2]
    if scheme != "https" and host != "localhost":
        raise Malformed("a passkey's origin begins with https://, but on localhost")
    if host != rp_id and not host.endswith(f".{rp_id}"):
        raise Malformed(f"the origin {origin} is not of the relying party {rp_id}")
