"""Whose assertion is it? The few keys that can have made an ECDSA signature, from the signature.

An assertion names a credential and no key, and anybody may name any credential. Trying every
enrolled key in turn would be work for whoever asks for it; instead the keys are computed (SEC 1
version 2, section 4.1.6): there are two, and at most one of them is enrolled. Nothing is believed
of this: the signature is then verified with the enrolled key.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ledger.envelope import WebAuthnSignature, parse_base64
from ledger.keys import key_id

CURVE = ec.SECP256R1()
# SEC 2 version 2, section 2.4.2: the field, the coefficient b (a is -3), the order.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Point = tuple[int, int]


def signing_keys(signature: WebAuthnSignature) -> list[str]:
    """The ids of the P-256 keys that can have made an assertion. Raises Malformed."""
    client = parse_base64(signature.client)
    signed = parse_base64(signature.authenticator) + hashlib.sha256(client).digest()
    try:
        r, s = decode_dss_signature(parse_base64(signature.sig))
        return [_key_id(each) for each in _candidates(r, s, hashlib.sha256(signed).digest())]
    except ValueError:
        return []


def _candidates(r: int, s: int, digest: bytes) -> list[Point]:
    """Q = (s R - z G) / r for both points R whose x is r. Raises ValueError where there is none.

    An x of r + n is left out: fewer than one signature in 2^127 has one.
    """
    if not (0 < r < N and 0 < s < N):
        raise ValueError("r or s is out of range")
    inverse = pow(r, -1, N)
    base = _multiple_of_base(-int.from_bytes(digest) * inverse % N)
    x = _multiple(s * inverse % N, (r, _ordinate(r)))
    y = _ordinate(x)
    return [_add(base, (x, y)), _add(base, (x, P - y))]


def _multiple_of_base(factor: int) -> Point:
    numbers = ec.derive_private_key(factor, CURVE).public_key().public_numbers()
    return numbers.x, numbers.y


def _multiple(factor: int, point: Point) -> int:
    """The x of a multiple of a point, which is what Diffie and Hellman agree on."""
    other = ec.EllipticCurvePublicNumbers(*point, CURVE).public_key()
    return int.from_bytes(ec.derive_private_key(factor, CURVE).exchange(ec.ECDH(), other))


def _ordinate(x: int) -> int:
    """A y of the curve for this x. Raises ValueError where there is none."""
    square = (x**3 - 3 * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        raise ValueError("no point has this x")
    return y


def _add(a: Point, b: Point) -> Point:
    """The sum of two points of different x. Raises ValueError for the same x."""
    slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _key_id(point: Point) -> str:
    public = ec.EllipticCurvePublicNumbers(*point, CURVE).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return key_id(der)
