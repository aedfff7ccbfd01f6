"""The trust file is strict, and reads back as it was written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.note import Signer
from ledger.trust import Trust, ValidatorRange, format_trust, parse_trust

TRUST = Trust(
    origin="jejak.example.go.id",
    log_keys=(Signer("jejak.example.go.id", bytes(32)).verifier(),),
    entry0=bytes(range(32)),
    chain_id=1337,
    genesis="0x" + "ab" * 32,
    contract="0x" + "cd" * 20,
    code_hash="0x" + "ef" * 32,
    validators=(
        ValidatorRange(0, 99, ("0x" + "11" * 20,)),
        ValidatorRange(100, None, ("0x" + "22" * 20,)),
    ),
)


def changed(**members):
    """The trust file with these members set."""
    return json.dumps(json.loads(format_trust(TRUST)) | members).encode()


def test_round_trip():
    """What format writes, parse reads."""
    assert parse_trust(format_trust(TRUST)) == TRUST
    bare = Trust(TRUST.origin, TRUST.log_keys, TRUST.entry0)
    assert parse_trust(format_trust(bare)) == bare


def test_address_in_either_case():
    """An address copied with its checksum capitals is the same address."""
    assert parse_trust(changed(contract="0x" + "Cd" * 20)) == TRUST


@pytest.mark.parametrize(
    "members",
    [
        {"format": "jejak/trust/2"},
        {"extra": 1},
        {"origin": "a b"},
        {"origin": "a+b"},
        {"logKeys": []},
        {"logKeys": ["x"]},
        {"logKeys": [1]},
        {"entry0": "AB" * 32},
        {"entry0": None},
        {"chainId": -1},
        {"chainId": True},
        {"chainId": 1.0},
        {"genesis": "0x12"},
        {"contract": "0X" + "cd" * 20},
        {"contract": "0x" + "zz" * 20},
        {"validators": None},
        {"validators": [{"from": 2, "to": 1, "addresses": ["0x" + "11" * 20]}]},
        {"validators": [{"from": None, "to": 1, "addresses": ["0x" + "11" * 20]}]},
        {"validators": [{"from": 1, "to": None, "addresses": []}]},
        {"validators": [{"from": 1, "to": None}]},
    ],
)
def test_out_of_form(members):
    """A trust file out of form is refused, not half believed."""
    with pytest.raises(Malformed):
        parse_trust(changed(**members))


def test_duplicate_member():
    """Two values of one member would let two readers trust two logs."""
    raw = format_trust(TRUST).replace(b'"policy": null', b'"policy": null, "chainId": 1')
    with pytest.raises(Malformed):
        parse_trust(raw)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_only_malformed(raw):
    """No bytes make the parser raise anything but Malformed."""
    with pytest.raises(Malformed):
        parse_trust(raw)


@given(
    st.sampled_from(sorted(json.loads(format_trust(TRUST)))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=70),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    ),
)
def test_any_member_value(name, value):
    """Any value of any member either reads or is Malformed."""
    try:
        parse_trust(changed(**{name: value}))
    except Malformed:
        return
