"""One gesture over many statements: each entry is proven alone, and nothing else comes in."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger import admission, gesture, keys, merkle
from ledger.envelope import (
    BatchSignature,
    Statement,
    WebAuthnSignature,
    check_signature_form,
    format_base64,
    signed_bytes,
)
from ledger.errors import BadSignature, Malformed, NotAuthorised, Unacceptable
from ledger.keys import PublicKey
from tests.ledger import offices

RP, ORIGIN = "jejak.example.go.id", "https://jejak.example.go.id"
PASSKEY = ec.derive_private_key(0x7654321, ec.SECP256R1())
DER = PASSKEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
KEY = PublicKey(keys.key_id(DER), "webauthn-es256", DER, RP, ORIGIN)
SIZES = st.integers(2, 70) | st.sampled_from([127, 128, 129, 1024])


def statement(number: int) -> Statement:
    """One of many."""
    return Statement(
        body=f"{number:064x}",
        kind="budget/appropriation",
        log=RP,
        org=offices.ORG,
        subject=f"{offices.ORG}/2026/{number}",
        time=offices.NOON,
        v="jejak/1",
    )


def assertion(signed: bytes) -> WebAuthnSignature:
    """What a passkey answers to the SHA-256 of these bytes."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(signed).digest()).rstrip(b"=").decode()
    client = f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{ORIGIN}"}}'.encode()
    authenticator = hashlib.sha256(RP.encode()).digest() + b"\x05" + bytes(4)
    message = authenticator + hashlib.sha256(client).digest()
    return WebAuthnSignature(
        authenticator=format_base64(authenticator),
        client=format_base64(client),
        key=KEY.id,
        sig=format_base64(PASSKEY.sign(message, ec.ECDSA(hashes.SHA256()))),
    )


def signed_batch(size: int) -> tuple[list[Statement], list[BatchSignature]]:
    """Statements, and the signature of each, all by one gesture."""
    said = [statement(number) for number in range(size)]
    tree = gesture.gesture_over(said)
    made = assertion(tree.signed)
    return said, [tree.signature(index, made) for index in range(size)]


def verify(said: Statement, signature: Any, key: PublicKey = KEY) -> None:
    """As the ledger does: the form, then the arithmetic."""
    check_signature_form((signature,))
    keys.verify_signature(signed_bytes(said), signature, key)


def root_of(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


@given(SIZES)
def test_signed_text_is_the_root_of_rfc_6962(size: int):
    """A stranger computes the challenge from the statements by the RFC alone."""
    said = [statement(number) for number in range(size)]
    root = root_of([b"jejak/statement/1\n" + signed_bytes(each)[18:] for each in said])
    expected = f"jejak/batch/1\n{size}\n{root.hex()}".encode()
    assert gesture.gesture_over(said).signed == expected


@given(SIZES, st.data())
def test_each_record_is_checked_alone(size: int, data: st.DataObject):
    """Any one statement and its own signature are enough; nothing of the others is needed."""
    index = data.draw(st.integers(0, size - 1))
    said = [statement(number) for number in range(size)]
    tree = gesture.gesture_over(said)
    verify(said[index], tree.signature(index, assertion(tree.signed)))


@given(st.integers(2, 40), st.data())
def test_a_place_is_good_for_its_own_statement_only(size: int, data: st.DataObject):
    """Other index, other size, other path, other statement: none of them verifies."""
    said, made = signed_batch(size)
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    grown = data.draw(st.integers(2, 1024).filter(lambda each: each != size))
    for mutant in (
        structs.replace(made[index], index=made[other].index),
        structs.replace(made[index], path=made[other].path),
        structs.replace(made[index], path=made[index].path[:-1]),
        structs.replace(made[index], path=made[index].path[1:]),
        structs.replace(made[index], path=(*made[index].path, made[index].path[0])),
        structs.replace(made[index], path=(made[index].path[0], *made[index].path)),
        structs.replace(made[index], size=str(grown)),
        made[other],
    ):
        with pytest.raises((BadSignature, Malformed)):
            verify(said[index], mutant)


def test_a_statement_outside_the_batch_is_not_signed():
    """Neither one that nobody showed nor a changed one finds a place."""
    said, made = signed_batch(5)
    changed = structs.replace(said[3], subject=said[3].subject + "0")
    for outsider in (statement(99), changed):
        for signature in made:
            with pytest.raises(BadSignature):
                verify(outsider, signature)


def test_an_inner_node_is_no_statement():
    """With the path cut by a hash, the bytes of a node do not pass for what was signed."""
    said, made = signed_batch(4)
    hashed = [merkle.leaf_hash(signed_bytes(each)) for each in said]
    node = hashed[0] + hashed[1]
    short = structs.replace(made[0], index="0", size="2", path=made[0].path[1:])
    for signature in (short, structs.replace(short, size="4")):
        for signed in (node, b"\x01" + node):
            with pytest.raises(BadSignature):
                keys.verify_signature(signed, signature, KEY)


def test_a_single_assertion_is_no_batch_and_the_reverse():
    """What was signed for one statement proves no batch, and what for a batch no statement."""
    said, made = signed_batch(2)
    single = assertion(signed_bytes(said[0]))
    verify(said[0], single)
    tree = gesture.gesture_over(said)
    posing = tree.signature(0, single)
    bare = WebAuthnSignature(
        authenticator=made[0].authenticator,
        client=made[0].client,
        key=made[0].key,
        sig=made[0].sig,
    )
    for signature in (posing, bare):
        with pytest.raises(BadSignature):
            verify(said[0], signature)


def test_a_batch_of_one_is_no_batch():
    """Size 1, whose root is the leaf itself, is out of form whoever signed it."""
    said = statement(1)
    root = merkle.leaf_hash(signed_bytes(said))
    made = assertion(gesture.batch_bytes(1, root))
    alone = gesture.gesture_over([said, statement(2)]).signature(0, made)
    with pytest.raises(Malformed):
        verify(said, structs.replace(alone, size="1", path=()))


def test_a_sign_in_is_no_batch():
    """A challenge that begins otherwise signs nothing, though its root be right."""
    said = [statement(1), statement(2)]
    tree = gesture.gesture_over(said)
    for text in (tree.signed.replace(b"batch", b"sign-in"), tree.signed + b"\n", tree.signed[14:]):
        with pytest.raises(BadSignature):
            verify(said[0], tree.signature(0, assertion(text)))


def test_a_statement_twice_is_no_batch():
    """Two places of one statement are refused before a person signs; no tree is another's."""
    with pytest.raises(Unacceptable):
        gesture.gesture_over([statement(1), statement(2), statement(1)])
    three = [merkle.leaf_hash(signed_bytes(statement(each))) for each in (1, 2, 3)]
    assert merkle.root(three) != merkle.root([*three, three[2]])


@pytest.mark.parametrize("size", [0, 1, 1025])
def test_a_batch_has_2_to_1024_statements(size: int):
    """One is signed as one, and there is a largest list a person may be shown."""
    with pytest.raises(Unacceptable):
        gesture.gesture_over([statement(number) for number in range(size)])


def test_all_other_checks_of_an_assertion_stay():
    """Another key, relying party or origin, an Ed25519 key: as bad as with one statement."""
    said, made = signed_batch(3)
    stranger = ec.derive_private_key(99, ec.SECP256R1()).public_key()
    der = stranger.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    officer = offices.key("anggaran").public
    for key in (
        PublicKey(KEY.id, KEY.alg, der, RP, ORIGIN),
        PublicKey(KEY.id, KEY.alg, DER, "evil.example", ORIGIN),
        PublicKey(KEY.id, KEY.alg, DER, RP, "https://evil.example"),
        PublicKey(KEY.id, KEY.alg, DER, None, None),
        PublicKey(KEY.id, officer.alg, officer.der),
        officer,
    ):
        with pytest.raises(BadSignature):
            verify(said[0], made[0], key)
    flags = bytearray(base64.b64decode(made[0].authenticator))
    flags[32] = 0x01
    with pytest.raises(BadSignature):
        verify(said[0], structs.replace(made[0], authenticator=format_base64(bytes(flags))))


def test_acts_of_the_registry_are_signed_one_by_one():
    """An enrolment hidden in a list enrols nobody."""
    _said, made = signed_batch(2)
    with pytest.raises(NotAuthorised, match="by itself"):
        admission.check_alone(made[:1])
    admission.check_alone([offices.key("anggaran").sign(statement(0))])


@pytest.mark.parametrize(("size", "words"), [(2, "1 other record "), (30, "29 other records ")])
def test_reports_say_how_many_were_signed_together(size: int, words: str):
    """A reader is told that the record was one of a list."""
    _said, made = signed_batch(size)
    others = gesture.companions([assertion(b"x"), made[0]])
    assert others == size - 1
    assert words in gesture.words_of(others)
    assert gesture.companions([assertion(b"x")]) == 0
