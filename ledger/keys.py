"""Keys of officers, systems and registrars, and the signatures they make.

A key is named by the SHA-256 (hex) of its DER SubjectPublicKeyInfo. Ed25519 keys of small order or
in non-canonical form are refused when enrolled; signatures are judged by OpenSSL's rule.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import gesture
from ledger.envelope import (
    BatchSignature,
    Ed25519Signature,
    Signature,
    Statement,
    WebAuthnSignature,
    format_base64,
    parse_base64,
    signed_bytes,
)
from ledger.errors import BadSignature, Malformed, Unacceptable

ALGORITHMS = ("ed25519", "webauthn-es256")

_P = 2**255 - 19
_UP_UV = 0x05


@dataclass(frozen=True)
class PublicKey:
    """A key as the registry holds it; `rp_id` and `origin` only for `webauthn-es256`."""

    id: str
    alg: str
    der: bytes
    rp_id: str | None = None
    origin: str | None = None


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key in its owner's hands: the 32-byte `seed`."""

    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return _public_of(self.seed)

    @property
    def id(self) -> str:
        """The key id, hex."""
        return self.public.id

    def sign(self, statement: Statement) -> Ed25519Signature:
        """Sign a statement."""
        signature = _private(self.seed).sign(signed_bytes(statement))
        return Ed25519Signature(key=self.id, sig=format_base64(signature))


@lru_cache(maxsize=1024)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=1024)
def _public_of(seed: bytes) -> PublicKey:
    der = (
        _private(seed)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return PublicKey(key_id(der), "ed25519", der)


def key_id(der: bytes) -> str:
    """SHA-256 of the DER SubjectPublicKeyInfo, hex."""
    return hashlib.sha256(der).hexdigest()


def check_public_key(alg: str, der: bytes) -> None:
    """A key fit for enrolment. Raises Malformed, Unacceptable."""
    loaded = _load(der)
    if alg == "ed25519" and isinstance(loaded, Ed25519PublicKey):
        check_ed25519(loaded.public_bytes_raw())
    elif alg == "webauthn-es256" and isinstance(loaded, ec.EllipticCurvePublicKey):
        if not isinstance(loaded.curve, ec.SECP256R1):
            raise Unacceptable("an ES256 key lies on curve P-256")
    else:
        raise Unacceptable(f"the key is not of algorithm {alg[:40]!r}")
    if _der(loaded) != der:
        raise Malformed("the key's DER does not encode to itself")


def check_ed25519(raw: bytes) -> None:
    """Refuse y >= p and points of small order (RFC 8032). Raises Unacceptable."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _P:
        raise Unacceptable("the Ed25519 key is not in canonical form")
    if y in _SMALL_ORDER:
        raise Unacceptable("the Ed25519 key is of small order")


def _small_order() -> frozenset[int]:
    """The y of the points whose order divides 8: 1, -1, 0 and the two of order 8 (d as RFC 8032).

    A point of order 8 doubles to one with y = 0, so x^2 = -y^2 and d y^4 + 2 y^2 - 1 = 0.
    """
    d = -121665 * pow(121666, -1, _P) % _P
    found = {0, 1, _P - 1}
    for root in _square_roots((1 + d) % _P):
        found.update(_square_roots((root - 1) * pow(d, -1, _P) % _P))
    return frozenset(found)


def _square_roots(square: int) -> list[int]:
    root = pow(square, (_P + 3) // 8, _P)
    for candidate in (root, root * pow(2, (_P - 1) // 4, _P) % _P):
        if candidate * candidate % _P == square:
            return [candidate, -candidate % _P]
    return []


_SMALL_ORDER = _small_order()


@lru_cache(maxsize=4096)
def _load(der: bytes) -> Ed25519PublicKey | ec.EllipticCurvePublicKey:
    try:
        loaded = serialization.load_der_public_key(der)
    except (ValueError, TypeError) as error:
        raise Malformed("the key is not a DER SubjectPublicKeyInfo") from error
    except Exception as error:  # cryptography's UnsupportedAlgorithm has no common base
        raise Malformed("the key is of an unknown algorithm") from error
    if not isinstance(loaded, Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise Malformed("the key is neither Ed25519 nor ECDSA")
    return loaded


@lru_cache(maxsize=4096)
def _load_ed25519(der: bytes) -> Ed25519PublicKey:
    loaded = _load(der)
    assert isinstance(loaded, Ed25519PublicKey)
    return loaded


def _der(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def verify_signature(signed: bytes, signature: Signature, key: PublicKey) -> None:
    """The signature of `signed` (a statement's signed bytes) by `key`. Raises BadSignature."""
    if signature.key != key.id:
        raise BadSignature("the signature names another key")
    if isinstance(signature, Ed25519Signature):
        _verify_ed25519(signed, signature, key)
    elif isinstance(signature, BatchSignature):
        _verify_webauthn(gesture.challenged(signed, signature), signature, key)
    else:
        _verify_webauthn(signed, signature, key)


def _verify_ed25519(signed: bytes, signature: Ed25519Signature, key: PublicKey) -> None:
    if key.alg != "ed25519":
        raise BadSignature("the signature's algorithm is not the key's")
    try:
        _load_ed25519(key.der).verify(parse_base64(signature.sig), signed)
    except InvalidSignature as error:
        raise BadSignature(f"signature of key {key.id[:16]} does not verify") from error


def _verify_webauthn(
    challenged: bytes, signature: WebAuthnSignature | BatchSignature, key: PublicKey
) -> None:
    if key.alg != "webauthn-es256" or key.rp_id is None or key.origin is None:
        raise BadSignature("the signature's algorithm is not the key's")
    authenticator, client = parse_base64(signature.authenticator), parse_base64(signature.client)
    _check_client(client, hashlib.sha256(challenged).digest(), key.origin)
    _check_authenticator(authenticator, key.rp_id)
    loaded = _load(key.der)
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    message = authenticator + hashlib.sha256(client).digest()
    try:
        loaded.verify(parse_base64(signature.sig), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise BadSignature(f"signature of key {key.id[:16]} does not verify") from error


def _check_client(client: bytes, challenge: bytes, origin: str) -> None:
    """The client must begin with exactly these bytes; the rest of it is not read."""
    encoded = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    expected = f'{{"type":"webauthn.get","challenge":"{encoded}","origin":"{origin}"'
    if not client.startswith(expected.encode()):
        raise BadSignature("the assertion's type, challenge or origin is not the one expected")


def _check_authenticator(authenticator: bytes, rp_id: str) -> None:
    if len(authenticator) < 37 or authenticator[:32] != hashlib.sha256(rp_id.encode()).digest():
        raise BadSignature("the assertion is for another relying party")
    if authenticator[32] & _UP_UV != _UP_UV:
        raise BadSignature("the assertion lacks user presence or user verification")
