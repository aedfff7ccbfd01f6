"""Signed notes, verifier keys and checkpoints."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle, note
from ledger.errors import BadSignature, Malformed
from ledger.note import Checkpoint, Note, SignatureLine, Signer, Verifier
from tests.ledger.offices import parses_or_refuses

ORIGIN = "jejak.example.go.id"
LOG, OTHER = Signer(ORIGIN, b"\x01" * 32), Signer("witness.example.org", b"\x02" * 32)
ROOT = merkle.leaf_hash(b"")
TEXT = note.format_checkpoint(Checkpoint(ORIGIN, 7, ROOT))

NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20
).filter(lambda name: "+" not in name and not any(map(str.isspace, name)))
LINES = st.builds(
    SignatureLine, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=70)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=60).map(
    lambda text: text + "\n"
)


@given(TEXTS, st.lists(LINES, min_size=1, max_size=6))
def test_note_survives_its_bytes(text: str, lines: list[SignatureLine]):
    """Also texts with blank lines: the last blank line separates."""
    whole = Note(text, tuple(lines))
    assert note.parse_note(note.format_note(whole)) == whole


@given(st.binary(max_size=200), st.data())
def test_random_note_raises_only_malformed(raw: bytes, data: st.DataObject):
    """Random bytes, and a good note with bytes changed, left out or put in."""
    good = note.format_note(note.sign_note(TEXT, LOG, OTHER))
    at, width = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 3))
    for each in (raw, good[:at] + raw[:3] + good[at + width :]):
        parsed = parses_or_refuses(note.parse_note, each, Malformed)
        assert parsed is None or note.format_note(parsed) == each


@given(st.binary(max_size=3), st.data())
def test_changed_checkpoint_is_never_taken_for_another(raw: bytes, data: st.DataObject):
    """What opens is what the log signed."""
    good = note.format_note(note.sign_note(TEXT, LOG))
    at, width = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 3))
    changed = good[:at] + raw + good[at + width :]
    try:
        opened = note.open_checkpoint(changed, ORIGIN, [LOG.verifier()])
    except (Malformed, BadSignature):
        return
    assert opened == Checkpoint(ORIGIN, 7, ROOT)


GOOD = note.format_note(note.sign_note(TEXT, LOG)).decode()
LINE = GOOD.rpartition("\n\n")[2]

ODD_NOTES = {
    "empty": "",
    "no signature": TEXT,
    "no signature after the blank line": TEXT + "\n",
    "no blank line": TEXT + LINE,
    "no final newline": GOOD[:-1],
    "text without newline": "\n" + LINE,
    "white space for the dash": GOOD.replace("— ", "- "),
    "tab": GOOD.replace("7", "7\t"),
    "carriage return": GOOD.replace("\n", "\r\n"),
    "NUL": GOOD.replace("7", "7\x00"),
    "two spaces": GOOD.replace(f"— {ORIGIN} ", f"— {ORIGIN}  "),
    "no key name": GOOD.replace(f"— {ORIGIN}", "— "),
    "plus in the key name": GOOD.replace(f"— {ORIGIN}", "— a+b"),
    "no-break space in the key name": GOOD.replace(f"— {ORIGIN}", "— a\u00a0b"),
    "signature without padding": GOOD.rstrip("=\n") + "\n",
    "signature of four bytes": f"{TEXT}\n— {ORIGIN} {base64.b64encode(b'1234').decode()}\n",
    "65 signatures": TEXT + "\n" + LINE * 65,
    "over 64 KiB": "x" * 65_536 + "\n" + GOOD,
}


@pytest.mark.parametrize("text", ODD_NOTES.values(), ids=ODD_NOTES.keys())
def test_note_out_of_form_is_malformed(text: str):
    """C2SP signed-note, nothing looser."""
    with pytest.raises(Malformed):
        note.parse_note(text.encode())


def test_note_that_is_not_utf8_is_malformed():
    """A note is text."""
    with pytest.raises(Malformed):
        note.parse_note(GOOD.encode().replace(b"7", b"\xff"))


# Whose signatures count


def test_known_keys_that_signed_are_named_once():
    """Unknown lines are passed over."""
    signed = note.sign_note(TEXT, OTHER, LOG)
    assert note.verify_note(signed, [LOG.verifier()]) == [LOG.verifier()]
    twice = Note(TEXT, signed.signatures * 2)
    assert note.verify_note(twice, [LOG.verifier(), OTHER.verifier()]) == [
        OTHER.verifier(),
        LOG.verifier(),
    ]


def test_note_without_a_known_key_is_refused():
    """Somebody must have signed whom the reader knows."""
    signed = note.sign_note(TEXT, OTHER)
    for verifiers in ([], [LOG.verifier()]):
        with pytest.raises(BadSignature):
            note.verify_note(signed, verifiers)


@pytest.mark.parametrize("good_first", [True, False])
def test_failing_line_of_a_known_key_refuses_the_note(good_first: bool):
    """Even where another line of the same or of another known key is good."""
    bad = SignatureLine(LOG.name, LOG.verifier().key_id, b"\x00" * 64)
    for good in note.sign_note(TEXT, LOG, OTHER).signatures:
        lines = (good, bad) if good_first else (bad, good)
        with pytest.raises(BadSignature):
            note.verify_note(Note(TEXT, lines), [LOG.verifier(), OTHER.verifier()])


@pytest.mark.parametrize("signature", [b"\x00", b"\x00" * 63, b"\x00" * 65, b"\x00" * 72])
def test_signature_of_another_length_is_bad(signature: bytes):
    """A cosignature with its time is not an Ed25519 line."""
    line = SignatureLine(LOG.name, LOG.verifier().key_id, signature)
    with pytest.raises(BadSignature):
        note.verify_note(Note(TEXT, (line,)), [LOG.verifier()])


def test_key_is_known_by_name_and_id_both():
    """The same id under another name is another key."""
    line = note.sign_note(TEXT, LOG).signatures[0]
    renamed = Note(TEXT, (SignatureLine("other.example", line.key_id, line.signature),))
    with pytest.raises(BadSignature):
        note.verify_note(renamed, [LOG.verifier()])


def test_signature_is_over_the_text_with_its_newline():
    """Nothing can be appended to a text or taken away."""
    signed = note.sign_note(TEXT, LOG)
    for text in (TEXT + "x\n", TEXT[:-1], TEXT + "\n", "\n" + TEXT):
        with pytest.raises(BadSignature):
            note.verify_note(Note(text, signed.signatures), [LOG.verifier()])


# Verifier keys


@given(NAMES, st.binary(min_size=32, max_size=32))
def test_vkey_survives_its_text(name: str, seed: bytes):
    """Also where the base64 has a plus."""
    verifier = Signer(name, seed).verifier()
    assert note.parse_vkey(note.format_vkey(verifier)) == verifier


VKEY = note.format_vkey(LOG.verifier())


@pytest.mark.parametrize(
    "text",
    [
        "",
        ORIGIN,
        VKEY.replace("+", "", 1),
        VKEY[:-1],
        VKEY + "=",
        VKEY + "\n",
        " " + VKEY,
        VKEY.replace(ORIGIN, "other.example"),
        VKEY.replace(ORIGIN, ""),
        VKEY.replace(ORIGIN, "a b"),
        VKEY.replace(ORIGIN, "\ud800"),
        VKEY.replace(VKEY.split("+")[1], "00000000"),
        VKEY.replace(VKEY.split("+")[1], VKEY.split("+")[1].upper()),
        f"{ORIGIN}+{LOG.verifier().key_id.hex()}+{base64.b64encode(b'x' * 32).decode()}",
    ],
)
def test_vkey_out_of_form_is_malformed(text: str):
    """A key whose hash does not fit, or of another type, is not trusted by mistake."""
    with pytest.raises(Malformed):
        note.parse_vkey(text)


@given(st.text() | st.text(st.characters(categories=["Cs"])))
def test_random_text_raises_only_malformed(text: str):
    """Verifier keys and checkpoints come from files that others wrote."""
    parses_or_refuses(note.parse_vkey, text, Malformed)
    parses_or_refuses(note.parse_vkey, f"{text}+00000000+AQ==", Malformed)
    parses_or_refuses(note.parse_checkpoint, text, Malformed)


# Checkpoints


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_checkpoint_survives_its_text(origin: str, size: int, root: bytes):
    """Origin, size and root, three lines."""
    checkpoint = Checkpoint(origin, size, root)
    assert note.parse_checkpoint(note.format_checkpoint(checkpoint)) == checkpoint


ENCODED = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n7\n{ENCODED}",
        f"{ORIGIN}\n7\n{ENCODED}\nextension",
        f"{ORIGIN}\n7\n{ENCODED}\nextension\n",
        f"{ORIGIN}\n7\n{ENCODED}\n\n",
        f"\n7\n{ENCODED}\n",
        f"{ORIGIN}\n\n{ENCODED}\n",
        f"{ORIGIN}\n07\n{ENCODED}\n",
        f"{ORIGIN}\n+7\n{ENCODED}\n",
        f"{ORIGIN}\n-7\n{ENCODED}\n",
        f"{ORIGIN}\n7 \n{ENCODED}\n",
        f"{ORIGIN}\n1_0\n{ENCODED}\n",
        f"{ORIGIN}\n٣\n{ENCODED}\n",
        f"{ORIGIN}\n{2**63}\n{ENCODED}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{ENCODED}\n",
        f"{ORIGIN}\n7\n{ENCODED[:-1]}\n",
        f"{ORIGIN}\n7\n{ENCODED[:-4]}\n",
        f"{ORIGIN}\n7\n{ENCODED} \n",
        f"{ORIGIN}\n7\n{ROOT.hex()}\n",
    ],
)
def test_checkpoint_out_of_form_is_malformed(text: str):
    """Exactly three lines, a plain decimal, 32 bytes of canonical base64."""
    with pytest.raises(Malformed):
        note.parse_checkpoint(text)


def test_checkpoint_opens_for_its_origin_only():
    """A log key shared by two logs does not pass one for the other."""
    raw = note.format_note(note.sign_note(TEXT, LOG, OTHER))
    opened = note.open_checkpoint(raw, ORIGIN, [LOG.verifier()])
    assert opened == Checkpoint(ORIGIN, 7, ROOT)
    with pytest.raises(BadSignature):
        note.open_checkpoint(raw, "other.example.go.id", [LOG.verifier()])
    with pytest.raises(BadSignature):
        note.open_checkpoint(raw, ORIGIN, [Signer(ORIGIN, b"\x03" * 32).verifier()])


def test_any_trusted_key_may_sign():
    """The old and the new key of a log are both trusted while it changes."""
    new = Signer(ORIGIN, b"\x04" * 32)
    trusted: list[Verifier] = [LOG.verifier(), new.verifier()]
    for signers in ([LOG], [new], [LOG, new]):
        raw: Any = note.format_note(note.sign_note(TEXT, *signers))
        assert note.open_checkpoint(raw, ORIGIN, trusted).size == 7
