"""The bodies of registry entries and notes: every member in its form, nothing else escapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import acts
from ledger.body import parse_body
from ledger.envelope import format_base64
from ledger.errors import InvalidInput, Unacceptable
from tests.ledger import offices

A, B, C = (offices.key(name) for name in ("a", "b", "c"))
HASH = "ab" * 32

PLACE = {
    "chainId": 1337,
    "genesis": "0x" + "Ab" * 32,
    "contract": "0x" + "cD" * 20,
    "log": HASH,
    "fromSize": 0,
    "salt": offices.SALT,
}
REMARK = offices.remark(HASH) | {
    "source": {"url": "https://x", "retrieved": offices.NOON, "sha256": HASH},
    "documents": [{"sha256": HASH, "title": "LHP", "size": 10}],
}

GOOD: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "root": (acts.parse_root, offices.root(2, A, B)),
    "institution": (acts.parse_institution, offices.institution("ID-1", "ocds-a1-", "")),
    "key": (acts.parse_enrolment, offices.enrolment(A, validUntil="2027-01-01T00:00:00Z")),
    "revocation": (acts.parse_revocation, offices.revocation(A)),
    "erasure": (acts.parse_erasure, offices.erasure(HASH, "cd" * 32)),
    "anchor": (acts.parse_anchor_place, PLACE),
    "note": (acts.parse_remark, REMARK),
}

OPTIONAL = {"parent", "predecessor", "rpId", "origin", "validUntil", "replacement", "source"} | {
    "documents"
}

REQUIRED = [
    (parse, said, member)
    for parse, said in GOOD.values()
    for member in said
    if member not in OPTIONAL
]


@pytest.mark.parametrize(("parse", "said"), GOOD.values(), ids=GOOD.keys())
def test_body_in_form_is_read_and_unknown_members_are_allowed(
    parse: Callable[[Any], Any], said: dict[str, Any]
):
    """What we do not know yet is kept and changes nothing."""
    parsed = parse(parse_body(offices.encode(said)))
    assert parse(said | {"x-later": [1, {"y": None}]}) == parsed


@pytest.mark.parametrize(("parse", "said", "member"), REQUIRED)
def test_required_member_missing_or_of_another_type_is_refused(
    parse: Callable[[Any], Any], said: dict[str, Any], member: str
):
    """Missing, null or of another type, it is refused and no other error escapes."""
    for value in (None, -7, 0.5, True, [7], {"x": 1}):
        with pytest.raises(InvalidInput):
            parse(said | {member: value})
    with pytest.raises(InvalidInput):
        parse({name: said[name] for name in said if name != member})


@pytest.mark.parametrize(("parse", "said"), GOOD.values(), ids=GOOD.keys())
def test_null_equals_missing_where_a_member_is_optional(
    parse: Callable[[Any], Any], said: dict[str, Any]
):
    """Both spellings of nothing are one."""
    without = {name: said[name] for name in said if name not in OPTIONAL}
    assert parse(without) == parse(without | dict.fromkeys(OPTIONAL))


@pytest.mark.parametrize(
    "salt", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, 10**31, None, "0" * 32 + "\n"]
)
@pytest.mark.parametrize(("parse", "said"), GOOD.values(), ids=GOOD.keys())
def test_body_without_salt_is_refused(parse: Callable[[Any], Any], said: Any, salt: Any):
    """An erased body must not be guessed from its hash."""
    with pytest.raises(Unacceptable):
        parse(said | {"salt": salt})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON)
def test_any_value_raises_only_invalid_input(value: Any):
    """Whatever JSON arrives as a body, the answer is a reason."""
    for parse, _ in GOOD.values():
        offices.parses_or_refuses(parse, value, InvalidInput)


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_any_member_raises_only_invalid_input(name: str, data: st.DataObject):
    """Also when only one member, at any depth, is odd."""
    parse, said = GOOD[name]
    member, value = data.draw(st.sampled_from(sorted(said))), data.draw(JSON)
    offices.parses_or_refuses(parse, said | {member: value}, InvalidInput)
    inner = said[member]
    if isinstance(inner, list) and inner and isinstance(inner[0], dict):
        deep = data.draw(st.sampled_from(sorted(inner[0])))
        offices.parses_or_refuses(parse, said | {member: [inner[0] | {deep: value}]}, InvalidInput)


# Roots


@pytest.mark.parametrize(
    ("threshold", "registrars", "fits"),
    [
        (0, (A,), False),
        (1, (A,), True),
        (2, (A,), False),
        (2, (A, B), True),
        (2, (A, A), False),
        (1, (A, A), False),
        (1, (), False),
        (4, tuple(offices.key(str(n)) for n in range(5)), True),
        (5, tuple(offices.key(str(n)) for n in range(5)), False),
        (-1, (A,), False),
    ],
)
def test_threshold_is_between_one_and_the_distinct_keys_at_most_four(
    threshold: int, registrars: tuple[Any, ...], fits: bool
):
    """1 <= threshold <= distinct keys, at most 4."""
    said = offices.root(threshold, *registrars)
    assert fits == (offices.parses_or_refuses(acts.parse_root, said, Unacceptable) is not None)


def test_root_key_must_have_the_id_of_its_public_key():
    """Nobody is listed under another's id."""
    said = offices.root(1, A)
    said["keys"][0]["key"] = B.id
    with pytest.raises(Unacceptable):
        acts.parse_root(said)


def test_predecessor_names_origin_size_and_root():
    """A log that follows another says which."""
    said = offices.root(1, A) | {"predecessor": {"origin": "old", "size": 3, "root": HASH}}
    assert acts.parse_root(said).threshold == 1
    for odd in ({"origin": "old"}, "old", {"origin": "old", "size": -1, "root": HASH}):
        with pytest.raises(Unacceptable):
            acts.parse_root(said | {"predecessor": odd})


def test_passkey_needs_its_relying_party_and_origin():
    """An assertion could not be verified without."""
    from tests.ledger.test_keys import ORIGIN, PASSKEY_DER, RP

    said = offices.enrolment(A) | {
        "alg": "webauthn-es256",
        "public": format_base64(PASSKEY_DER),
        "key": acts.keys.key_id(PASSKEY_DER),
    }
    with_both = acts.parse_enrolment(said | {"rpId": RP, "origin": ORIGIN})
    assert (with_both.public.rp_id, with_both.public.origin) == (RP, ORIGIN)
    for odd in ({"rpId": RP}, {"origin": ORIGIN}, {"rpId": "", "origin": ORIGIN}, {}):
        with pytest.raises(Unacceptable):
            acts.parse_enrolment(said | odd)


# Institutions, keys, places, notes


@pytest.mark.parametrize("org", ["", "a/b", "a b", "é", "x" * 201, "a\n"])
def test_organisation_id_is_printable_without_a_slash(org: str):
    """A budget line's id up to its first slash is its owner."""
    for parse, said in (
        (acts.parse_institution, offices.institution(org)),
        (acts.parse_enrolment, offices.enrolment(A, org=org)),
    ):
        with pytest.raises(Unacceptable):
            parse(said)
    assert acts.check_org("x" * 200) == "x" * 200


@pytest.mark.parametrize("role", ["registrar", "Budget", "", "budget "])
def test_unknown_role_is_refused(role: str):
    """There are six roles."""
    with pytest.raises(Unacceptable):
        acts.parse_enrolment(offices.enrolment(A, roles=["budget", role]))
    assert acts.parse_enrolment(offices.enrolment(A, roles=sorted(acts.ROLES))).roles == acts.ROLES
    assert len(acts.ROLES) == 6


def test_star_in_scope_covers_every_organisation():
    """`*` is not an organisation but all of them."""
    everywhere = acts.parse_enrolment(offices.enrolment(A, **{"for": ["*"]}))
    here = acts.parse_enrolment(offices.enrolment(A, **{"for": ["ID-1"]}))
    assert [each.covers_org("ID-1") for each in (everywhere, here)] == [True, True]
    assert [each.covers_org("ID-2") for each in (everywhere, here)] == [True, False]


@pytest.mark.parametrize("name", ["validFrom", "validUntil"])
@pytest.mark.parametrize("time", ["2026-01-01", "2026-02-30T00:00:00Z", "", 20260101])
def test_validity_is_two_real_times(name: str, time: Any):
    """A key whose validity cannot be compared is not enrolled."""
    with pytest.raises(Unacceptable):
        acts.parse_enrolment(offices.enrolment(A, **{name: time}))


def test_place_of_anchors_is_compared_in_lower_case():
    """Addresses may come with the checksum of EIP-55."""
    place = acts.parse_anchor_place(PLACE)
    assert (place.genesis, place.contract) == ("0x" + "ab" * 32, "0x" + "cd" * 20)


@pytest.mark.parametrize(
    "change",
    [
        {"log": "0x" + "ab" * 32},
        {"log": "AB" * 32},
        {"contract": "cd" * 20},
        {"contract": "0x" + "cd" * 19},
        {"genesis": "0X" + "ab" * 32},
        {"chainId": "1337"},
        {"chainId": 2**63},
        {"chainId": True},
        {"fromSize": -1},
    ],
)
def test_place_of_anchors_out_of_form_is_refused(change: dict[str, Any]):
    """`log` is 64 hex digits without 0x, the others are 0x-hex, numbers are whole."""
    with pytest.raises(Unacceptable):
        acts.parse_anchor_place(PLACE | change)


@pytest.mark.parametrize(
    "change",
    [
        {"about": []},
        {"about": ["ab"]},
        {"about": [HASH, "AB" * 32]},
        {"about": HASH},
        {"source": "https://x"},
        {"source": {"url": "https://x"}},
        {"source": REMARK["source"] | {"retrieved": "2026-03-02"}},
        {"documents": 5},
        {"documents": True},
        {"documents": 0},
        {"documents": ""},
        {"documents": {"sha256": HASH}},
        {"documents": [HASH]},
        {"documents": [{"sha256": HASH, "title": "LHP", "size": "10"}]},
    ],
)
def test_note_out_of_form_is_refused(change: dict[str, Any]):
    """A note is about leaf hashes; its source and documents are named with their digests."""
    with pytest.raises(Unacceptable):
        acts.parse_remark(REMARK | change)
