"""Keys fit for enrolment, and which signatures they make good."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, utils, x25519
from hypothesis import given
from hypothesis import strategies as st

from ledger import keys
from ledger.envelope import Ed25519Signature, Statement, WebAuthnSignature, format_base64
from ledger.errors import BadSignature, InvalidInput, JejakError, Malformed, Unacceptable
from ledger.keys import PublicKey
from tests.ledger import offices

SIGNED = b"jejak/statement/1\n{}"
RP, ORIGIN = "jejak.example.go.id", "https://jejak.example.go.id"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PASSKEY = ec.derive_private_key(0x1234567, ec.SECP256R1())


def der_of(key: Any, point: serialization.PublicFormat | None = None) -> bytes:
    """The SubjectPublicKeyInfo of a key of the cryptography package."""
    form = point or serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, form)


def spki(raw: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a raw Ed25519 key, RFC 8410."""
    return bytes.fromhex("302a300506032b6570032100") + raw


PASSKEY_DER = der_of(PASSKEY.public_key())
ENROLLED = PublicKey(keys.key_id(PASSKEY_DER), "webauthn-es256", PASSKEY_DER, RP, ORIGIN)


# Enrolment


def test_ordinary_keys_are_fit_for_enrolment():
    """An Ed25519 key, and a P-256 key on the named curve."""
    keys.check_public_key("ed25519", offices.key("anggaran").public.der)
    keys.check_public_key("webauthn-es256", PASSKEY_DER)


def test_key_id_is_the_digest_of_the_der():
    """A stranger computes it with sha256sum."""
    der = offices.key("anggaran").public.der
    assert keys.key_id(der) == hashlib.sha256(der).hexdigest() == offices.key("anggaran").id


def _compressed(der: bytes) -> bytes:
    """P-256 SubjectPublicKeyInfo with the point compressed: honest DER, not our form."""
    point = bytes([2 + (der[-1] & 1)]) + der[-64:-32]
    header = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    return header + point


ODD_KEYS = {
    "empty": ("ed25519", b""),
    "not DER": ("ed25519", b"\x00" * 44),
    "trailing byte": ("ed25519", spki(b"\x07" * 32) + b"\x00"),
    "cut short": ("ed25519", spki(b"\x07" * 31)),
    "BER length": ("ed25519", b"\x30\x81\x2a" + spki(b"\x07" * 32)[2:]),
    "P-256 with a trailing byte": ("webauthn-es256", PASSKEY_DER + b"\x00"),
    "P-256 compressed": ("webauthn-es256", _compressed(PASSKEY_DER)),
    "P-256 off the curve": ("webauthn-es256", PASSKEY_DER[:-1] + bytes([PASSKEY_DER[-1] ^ 1])),
    "P-384": ("webauthn-es256", der_of(ec.derive_private_key(5, ec.SECP384R1()).public_key())),
    "secp256k1": ("webauthn-es256", der_of(ec.derive_private_key(5, ec.SECP256K1()).public_key())),
    "X25519": (
        "ed25519",
        der_of(x25519.X25519PrivateKey.from_private_bytes(b"\x07" * 32).public_key()),
    ),
    "Ed448": (
        "ed25519",
        der_of(ed448.Ed448PrivateKey.from_private_bytes(b"\x07" * 57).public_key()),
    ),
    "RSA": ("ed25519", der_of(rsa.generate_private_key(65537, 2048).public_key())),
    "P-256 called Ed25519": ("ed25519", PASSKEY_DER),
    "Ed25519 called P-256": ("webauthn-es256", offices.key("a").public.der),
    "unknown algorithm": ("es256", PASSKEY_DER),
    "no algorithm": ("", offices.key("a").public.der),
}


@pytest.mark.parametrize(("alg", "der"), ODD_KEYS.values(), ids=ODD_KEYS.keys())
def test_odd_key_is_not_enrolled(alg: str, der: bytes):
    """Each key has one id: other encodings, curves and algorithms are refused."""
    with pytest.raises(InvalidInput):
        keys.check_public_key(alg, der)


P = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize("y", [0, 1, P - 1, ORDER_8, P - ORDER_8, P, P + 1, 2**255 - 1])
def test_ed25519_key_of_small_order_or_second_spelling_is_not_enrolled(y: int, sign: int):
    """Such keys make signatures good for many messages, or have two ids."""
    raw = (y | sign).to_bytes(32, "little")
    with pytest.raises(Unacceptable):
        keys.check_public_key("ed25519", spki(raw))


@given(st.binary(max_size=120), st.sampled_from(keys.ALGORITHMS))
def test_random_key_raises_only_invalid_input(der: bytes, alg: str):
    """Whatever is sent to be enrolled, the answer is a reason."""
    offices.parses_or_refuses(lambda raw: keys.check_public_key(alg, raw), der, InvalidInput)


@given(st.integers(0, len(PASSKEY_DER) - 1), st.integers(1, 255))
def test_changed_p256_key_raises_only_invalid_input(at: int, flip: int):
    """Also when it nearly is a key."""
    der = bytearray(PASSKEY_DER)
    der[at] ^= flip
    with pytest.raises(InvalidInput):
        keys.check_public_key("webauthn-es256", bytes(der))


# Ed25519 signatures


def said() -> Statement:
    """A statement."""
    return Statement(
        body="ab" * 32,
        kind="note",
        log=RP,
        org="ID",
        subject="x",
        time=offices.NOON,
        v="jejak/1",
    )


def test_signature_of_a_statement_verifies():
    """Sign and verify agree on the signed bytes."""
    signer = offices.key("anggaran")
    keys.verify_signature(keys.signed_bytes(said()), signer.sign(said()), signer.public)


def test_signature_of_another_key_or_text_is_bad():
    """Neither another's signature under the own name nor the own under another text."""
    signer, other = offices.key("anggaran"), offices.key("asing")
    signed, signature = keys.signed_bytes(said()), signer.sign(said())
    for given_bytes, given_signature, public in (
        (signed, signature, other.public),
        (signed, Ed25519Signature(key=signer.id, sig=other.sign(said()).sig), signer.public),
        (signed + b" ", signature, signer.public),
        (signed, Ed25519Signature(key=signer.id, sig=""), signer.public),
        (signed, Ed25519Signature(key=signer.id, sig=format_base64(b"\x00" * 63)), signer.public),
    ):
        with pytest.raises(BadSignature):
            keys.verify_signature(given_bytes, given_signature, public)


def test_signature_naming_another_key_is_bad():
    """A signature counts for the key it names and no other, even where it would verify."""
    signer, signature = offices.key("anggaran"), offices.key("anggaran").sign(said())
    renamed = Ed25519Signature(key=offices.key("asing").id, sig=signature.sig)
    with pytest.raises(BadSignature):
        keys.verify_signature(keys.signed_bytes(said()), renamed, signer.public)


def test_signature_that_is_not_base64_is_refused_in_form():
    """No other error escapes, whoever forgot to check the form."""
    signer = offices.key("anggaran")
    with pytest.raises(Malformed):
        keys.verify_signature(SIGNED, Ed25519Signature(key=signer.id, sig="%"), signer.public)


def test_signature_of_another_algorithm_is_bad():
    """A passkey makes no bare Ed25519 signature, an Ed25519 key no assertion."""
    signer = offices.key("anggaran")
    with pytest.raises(BadSignature):
        keys.verify_signature(
            SIGNED, Ed25519Signature(key=ENROLLED.id, sig=signer.sign(said()).sig), ENROLLED
        )
    assertion = Assertion().signature()
    posing = WebAuthnSignature(
        authenticator=assertion.authenticator,
        client=assertion.client,
        key=signer.id,
        sig=assertion.sig,
    )
    with pytest.raises(BadSignature):
        keys.verify_signature(SIGNED, posing, signer.public)


# WebAuthn assertions


def challenge_of(signed: bytes) -> str:
    """Base64url without padding of the SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(signed).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Assertion:
    """What an authenticator answers; each field can be wrong in its own way."""

    kind: str = "webauthn.get"
    challenge: str = challenge_of(SIGNED)
    origin: str = ORIGIN
    rest: str = ',"crossOrigin":false}'
    client: bytes | None = None
    rp: str = RP
    flags: int = 0x05
    counter: bytes = b"\x00\x00\x00\x07"
    extra: bytes = b""
    key: ec.EllipticCurvePrivateKey = PASSKEY

    def client_bytes(self) -> bytes:
        """The client data as the browser writes it."""
        text = f'{{"type":"{self.kind}","challenge":"{self.challenge}","origin":"{self.origin}"'
        return (text + self.rest).encode() if self.client is None else self.client

    def authenticator(self) -> bytes:
        """rpIdHash, flags, counter, extensions."""
        return (
            hashlib.sha256(self.rp.encode()).digest()
            + bytes([self.flags])
            + (self.counter + self.extra)
        )

    def der(self) -> bytes:
        """The strict DER of the signature."""
        message = self.authenticator() + hashlib.sha256(self.client_bytes()).digest()
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    def signature(self, der: bytes | None = None) -> WebAuthnSignature:
        """As it stands in an entry."""
        return WebAuthnSignature(
            authenticator=format_base64(self.authenticator()),
            client=format_base64(self.client_bytes()),
            key=ENROLLED.id,
            sig=format_base64(self.der() if der is None else der),
        )


GOOD = {
    "plain": Assertion(),
    "backed-up passkey": Assertion(flags=0x1D),
    "extensions follow": Assertion(flags=0x85, extra=b"\xa0"),
    "nothing follows the origin": Assertion(rest=""),
    "the rest is not read": Assertion(rest=',"origin":"https://evil.example"} garbage'),
}


@pytest.mark.parametrize("assertion", GOOD.values(), ids=GOOD.keys())
def test_assertion_verifies(assertion: Assertion):
    """User present and verified, the enrolled origin and relying party, this challenge."""
    keys.verify_signature(SIGNED, assertion.signature(), ENROLLED)


PADDED = base64.urlsafe_b64encode(hashlib.sha256(SIGNED).digest()).decode()
STANDARD = base64.b64encode(hashlib.sha256(SIGNED).digest()).decode().rstrip("=")
CLIENT = Assertion().client_bytes()

BAD = {
    "another challenge": Assertion(challenge=challenge_of(SIGNED + b" ")),
    "the challenge padded": Assertion(challenge=PADDED),
    "the challenge in another alphabet": Assertion(challenge=STANDARD.replace("_", "/") + "/"),
    "no challenge": Assertion(challenge=""),
    "another origin": Assertion(origin="https://evil.example"),
    "an origin that only begins alike": Assertion(origin=ORIGIN + ".evil.example"),
    "an origin that is only the beginning": Assertion(origin=ORIGIN[:-1]),
    "another scheme": Assertion(origin=ORIGIN.replace("https", "http")),
    "a registration": Assertion(kind="webauthn.create"),
    "white space before": Assertion(client=b" " + CLIENT),
    "white space inside": Assertion(client=CLIENT.replace(b'","', b'", "')),
    "members in another order": Assertion(
        client=json.dumps(
            {"challenge": challenge_of(SIGNED), "type": "webauthn.get", "origin": ORIGIN}
        ).encode()
    ),
    "no client data": Assertion(client=b""),
    "another relying party": Assertion(rp="evil.example"),
    "no flags": Assertion(flags=0x00),
    "user verified but not present": Assertion(flags=0x04),
    "user present but not verified": Assertion(flags=0x01),
    "authenticator data of 36 bytes": Assertion(counter=b"\x00\x00\x07"),
    "another key": Assertion(key=ec.derive_private_key(99, ec.SECP256R1())),
}


@pytest.mark.parametrize("assertion", BAD.values(), ids=BAD.keys())
def test_wrong_assertion_is_bad(assertion: Assertion):
    """One thing wrong and a signature that is otherwise right does not count."""
    with pytest.raises(BadSignature):
        keys.verify_signature(SIGNED, assertion.signature(), ENROLLED)


def test_assertion_with_anything_changed_after_signing_is_bad():
    """The rest of the client data and the counter are not read, but they are signed."""
    plain = Assertion()
    for changed in (replace(plain, rest="}"), replace(plain, counter=b"\x00\x00\x00\x08")):
        with pytest.raises(BadSignature):
            keys.verify_signature(SIGNED, changed.signature(plain.der()), ENROLLED)


def test_assertion_of_a_key_without_relying_party_is_bad():
    """What was not enrolled cannot be compared."""
    for key in (replace(ENROLLED, rp_id=None), replace(ENROLLED, origin=None)):
        with pytest.raises(BadSignature):
            keys.verify_signature(SIGNED, Assertion().signature(), key)


def test_high_s_is_accepted():
    """Authenticators do not normalise s, so neither do we."""
    r, s = utils.decode_dss_signature(Assertion().der())
    for each in (s, P256_ORDER - s):
        der = utils.encode_dss_signature(r, each)
        keys.verify_signature(SIGNED, Assertion().signature(der), ENROLLED)


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _loose() -> dict[str, bytes]:
    """The same r and s in every form that is not strict DER, and values out of range."""
    strict = Assertion().der()
    r, s = utils.decode_dss_signature(strict)
    inner = strict[2:]
    first = inner[2 : 2 + inner[1]]
    rest = inner[2 + inner[1] :]
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return {
        "trailing byte": strict + b"\x00",
        "trailing byte inside": _tlv(0x30, inner + b"\x00"),
        "long length": b"\x30\x81" + strict[1:],
        "indefinite length": b"\x30\x80" + inner + b"\x00\x00",
        "padded integer": _tlv(0x30, _tlv(0x02, b"\x00" + first) + rest),
        "integer with a long length": _tlv(0x30, b"\x02\x81" + bytes([len(first)]) + first + rest),
        "negative integer": _tlv(0x30, _tlv(0x02, b"\x80" + first[-31:]) + rest),
        "set instead of sequence": b"\x31" + strict[1:],
        "cut short": strict[:-1],
        "raw r and s": raw,
        "empty": b"",
        "three integers": _tlv(0x30, inner + b"\x02\x01\x01"),
        "r is zero": utils.encode_dss_signature(0, s),
        "s is zero": utils.encode_dss_signature(r, 0),
        "s plus the order": utils.encode_dss_signature(r, s + P256_ORDER),
    }


LOOSE = _loose()


@pytest.mark.parametrize("der", LOOSE.values(), ids=LOOSE.keys())
def test_signature_not_in_strict_der_is_bad(der: bytes):
    """One signature, one spelling: nothing can be appended to an entry unnoticed."""
    with pytest.raises(BadSignature):
        keys.verify_signature(SIGNED, Assertion().signature(der), ENROLLED)


@given(st.binary(max_size=80))
def test_random_der_is_bad(der: bytes):
    """No random signature passes or escapes as another error."""
    with pytest.raises(JejakError):
        keys.verify_signature(SIGNED, Assertion().signature(der), ENROLLED)
