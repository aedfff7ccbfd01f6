"""Of an assertion the key that has made it is computed, and nothing is believed of it."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from ledger.envelope import WebAuthnSignature, format_base64
from ledger.keys import key_id
from web.console.recovering import N, signing_keys


def assertion(sig: bytes, client: bytes = b"{}", authenticator: bytes = b"a") -> WebAuthnSignature:
    """An assertion with this signature."""
    said = {"authenticator": authenticator, "client": client, "sig": sig}
    return WebAuthnSignature(key="", **{name: format_base64(each) for name, each in said.items()})


@given(st.integers(1, N - 1), st.binary(max_size=80), st.binary(max_size=80))
def test_the_key_that_signed_is_among_two(secret, client, authenticator):
    """Whatever was signed with whatever key: its id is found, and one other at most."""
    private = ec.derive_private_key(secret, ec.SECP256R1())
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(client)
    sig = private.sign(authenticator + digest.finalize(), ec.ECDSA(hashes.SHA256()))
    found = signing_keys(assertion(sig, client, authenticator))
    assert key_id(der) in found
    assert len(found) == 2


@given(st.binary(max_size=100))
def test_any_bytes_are_nobody_s(sig):
    """What is no signature has no key, and no other error."""
    assert len(signing_keys(assertion(sig))) in (0, 2)


@given(st.integers(0, 2**256), st.integers(0, 2**256))
def test_any_numbers_are_somebody_s_or_nobody_s(r, s):
    """Numbers out of range, or an x that no point has, have no key."""
    assert len(signing_keys(assertion(encode_dss_signature(r, s)))) in (0, 2)
