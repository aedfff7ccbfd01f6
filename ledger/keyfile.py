"""Key files of people: an Ed25519 key encrypted at rest, as PKCS #8 in PEM.

`ENCRYPTED PRIVATE KEY` of RFC 5958 with PBES2 of RFC 8018: PBKDF2-HMAC-SHA256 over the passphrase,
AES-256-CBC over the key. Any tool that reads PKCS #8 opens it with the passphrase, as openssl does.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ledger.errors import Malformed, Unacceptable

ROUNDS = 600_000
"""Of PBKDF2. The writer in cryptography takes 2,048, with no way to say more (50.0)."""

MIN_PASSPHRASE = 10
"""Characters, of UTF-8."""

MAX_FILE = 16_384

_BEGIN = b"-----BEGIN "
_LABEL = "ENCRYPTED PRIVATE KEY"
_SEQUENCE, _INTEGER, _OCTETS, _NULL, _OBJECT = 0x30, 0x02, 0x04, 0x05, 0x06
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("2a864886f70d0209")
_AES256_CBC = bytes.fromhex("60864801650304012a")


def is_pem(raw: bytes) -> bool:
    """Whether a key file is PEM; else it holds the bare secret."""
    return raw.lstrip().startswith(_BEGIN)


def is_encrypted(raw: bytes) -> bool:
    """Whether a passphrase opens the file."""
    return _LABEL.encode() in raw


def format_key_file(seed: bytes, passphrase: bytes) -> bytes:
    """The PEM of a 32-byte Ed25519 seed. Raises Unacceptable for a short passphrase."""
    if len(passphrase.decode("utf-8", "replace")) < MIN_PASSPHRASE:
        raise Unacceptable(
            f"the passphrase has fewer than {MIN_PASSPHRASE} characters", "take a few words"
        )
    salt, start = secrets.token_bytes(16), secrets.token_bytes(16)
    encrypted = _encrypt(_plain(seed), passphrase, salt, start)
    derivation = _der(
        _SEQUENCE,
        _der(_OCTETS, salt),
        _der(_INTEGER, ROUNDS.to_bytes(3, "big")),
        _algorithm(_HMAC_SHA256, _der(_NULL)),
    )
    scheme = _der(
        _SEQUENCE, _algorithm(_PBKDF2, derivation), _algorithm(_AES256_CBC, _der(_OCTETS, start))
    )
    return _pem(_der(_SEQUENCE, _algorithm(_PBES2, scheme), _der(_OCTETS, encrypted)))


def parse_key_file(raw: bytes, passphrase: bytes | None) -> bytes:
    """The 32-byte seed of an Ed25519 key in PEM; no passphrase for a file without encryption.

    Raises Malformed, also when the passphrase is wrong.
    """
    if len(raw) > MAX_FILE:
        raise Malformed(f"a key file of {len(raw)} bytes; at most {MAX_FILE} are allowed")
    try:
        key = serialization.load_pem_private_key(raw, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        wrong = is_encrypted(raw)
        raise Malformed(
            "the key file could not be opened" + (" with this passphrase" if wrong else ""),
            "give its own passphrase; if it is damaged, put back its backup",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed("the key file holds no Ed25519 key", "make one with jejak key new FILE")
    return key.private_bytes_raw()


def _plain(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _encrypt(plain: bytes, passphrase: bytes, salt: bytes, start: bytes) -> bytes:
    derived = hashlib.pbkdf2_hmac("sha256", passphrase, salt, ROUNDS, 32)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(start)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def _algorithm(identifier: bytes, parameters: bytes) -> bytes:
    return _der(_SEQUENCE, _der(_OBJECT, identifier), parameters)


def _der(tag: int, *parts: bytes) -> bytes:
    """One value of DER, shorter than 256 bytes."""
    content = b"".join(parts)
    length = len(content)
    return bytes([tag]) + (bytes([length]) if length < 128 else bytes([0x81, length])) + content


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {_LABEL}-----", *lines, f"-----END {_LABEL}-----", ""]).encode()
