"""The registry as a fold over registry entries."""

from __future__ import annotations

from copy import deepcopy

import pytest

from ledger.errors import NotAuthorised
from ledger.registry import Registry
from tests.ledger import offices
from tests.ledger.offices import NOON

A, B, OFFICER = (offices.key(name) for name in ("sekda", "inspektur", "anggaran"))


def folded(*acts: tuple[str, dict[str, object]]) -> Registry:
    """The registry after these acts."""
    registry = Registry()
    for index, (kind, said) in enumerate(acts):
        registry.apply(index, f"registry/{kind}", said)
    return registry


def test_longest_prefix_owns_an_ocid():
    """The institution with the longest enrolled prefix, wherever it stands in the log."""
    registry = folded(
        ("institution", offices.institution("LONG", "ocds-a1-kab-")),
        ("institution", offices.institution("SHORT", "ocds-a1-")),
    )
    assert registry.owner_of_ocid("ocds-a1-kab-7") == "LONG"
    assert registry.owner_of_ocid("ocds-a1-kab-") == "LONG"
    assert registry.owner_of_ocid("ocds-a1-kab") == "SHORT"
    assert registry.owner_of_ocid("ocds-a1") is None
    assert registry.owner_of_ocid("") is None


def test_first_institution_holds_an_equal_prefix():
    """A prefix that another has enrolled is not taken over."""
    registry = folded(
        ("institution", offices.institution("FIRST", "ocds-a1-")),
        ("institution", offices.institution("SECOND", "ocds-a1-", "ocds-a2-")),
    )
    assert registry.owner_of_ocid("ocds-a1-x") == "FIRST"
    assert registry.owner_of_ocid("ocds-a2-x") == "SECOND"


def test_later_institution_entry_replaces_the_earlier():
    """Names and prefixes are those of the last entry; a prefix left out is given up."""
    registry = folded(
        ("institution", offices.institution("ONE", "ocds-a1-", "ocds-a2-", name="Lama")),
        ("institution", offices.institution("ONE", "ocds-a2-", "ocds-a3-", name="Baru")),
    )
    assert registry.institutions["ONE"].names == {"id": "Baru", "en": "Baru"}
    owners = [registry.owner_of_ocid(f"ocds-a{n}-x") for n in (1, 2, 3)]
    assert owners == [None, "ONE", "ONE"]


def test_prefix_given_up_passes_to_whoever_enrolled_it_next():
    """Among the institutions in force the first to enrol the prefix holds it."""
    registry = folded(
        ("institution", offices.institution("FIRST", "ocds-a1-")),
        ("institution", offices.institution("THIRD", "ocds-b-")),
        ("institution", offices.institution("SECOND", "ocds-a1-")),
        ("institution", offices.institution("THIRD", "ocds-a1-")),
        ("institution", offices.institution("FIRST")),
    )
    assert registry.owner_of_ocid("ocds-a1-x") == "SECOND"
    registry.apply(5, "registry/institution", offices.institution("FIRST", "ocds-a1-"))
    assert registry.owner_of_ocid("ocds-a1-x") == "SECOND"


def test_renamed_institution_keeps_its_place():
    """An entry that repeats a prefix does not lose it to a later comer."""
    registry = folded(
        ("institution", offices.institution("FIRST", "ocds-a1-")),
        ("institution", offices.institution("SECOND", "ocds-a1-")),
        ("institution", offices.institution("FIRST", "ocds-a1-", name="Baru")),
    )
    assert registry.owner_of_ocid("ocds-a1-x") == "FIRST"


def test_empty_prefix_matches_nothing():
    """Nobody owns every process by enrolling nothing."""
    registry = folded(("institution", offices.institution("ALL", "")))
    assert registry.owner_of_ocid("ocds-a1-x") is None
    assert registry.owner_of_ocid("") is None


def test_key_is_found_by_id_among_registrars_and_offices():
    """Whoever verifies a signature finds its key, and learns when nobody enrolled it."""
    registry = folded(
        ("root", offices.root(1, A)), ("key", offices.enrolment(OFFICER, validFrom=NOON))
    )
    assert registry.key(A.id) == A.public
    assert registry.key(OFFICER.id) == OFFICER.public
    with pytest.raises(NotAuthorised):
        registry.key(B.id)


def test_copy_is_independent():
    """A batch that fails leaves the registry as it was."""
    registry = folded(
        ("root", offices.root(1, A, B)), ("institution", offices.institution("ONE", "ocds-a1-"))
    )
    before, copy = deepcopy(registry), registry.copy()
    for kind, said in (
        ("root", offices.root(1, B)),
        ("institution", offices.institution("ONE", "ocds-a2-")),
        ("institution", offices.institution("TWO", "ocds-a1-")),
        ("key", offices.enrolment(OFFICER)),
        ("revocation", offices.revocation(B)),
        ("erasure", offices.erasure("ab" * 32)),
        ("anchor", anchor(7, "cd")),
    ):
        copy.apply(9, f"registry/{kind}", said)
    assert registry == before
    assert registry != copy


def anchor(from_size: int, log: str) -> dict[str, object]:
    """The body of a `registry/anchor`."""
    return {
        "chainId": 1337,
        "genesis": "0x" + "AB" * 32,
        "contract": "0x" + "Cd" * 20,
        "log": log * 32,
        "fromSize": from_size,
        "salt": offices.SALT,
    }


def test_size_lies_under_the_last_place_that_begins_at_or_below_it():
    """The last `registry/anchor` with `fromSize` <= size; before any, epoch 0."""
    registry = folded(("anchor", anchor(10, "01")), ("anchor", anchor(20, "02")))
    places = [registry.place_of(size) for size in (9, 10, 19, 20)]
    assert [place and place.log[:2] for place in places] == [None, "01", "01", "02"]
    registry.apply(2, "registry/anchor", anchor(15, "03"))
    places = [registry.place_of(size) for size in (14, 15, 30)]
    assert [place and place.log[:2] for place in places] == ["01", "03", "03"]


def test_first_erasure_and_first_revocation_stand():
    """What was recorded first is what holds."""
    registry = folded(
        ("erasure", offices.erasure("ab" * 32)), ("erasure", offices.erasure("ab" * 32))
    )
    registry.apply(2, "registry/revocation", offices.revocation(A, "2026-01-01T00:00:00Z"))
    registry.apply(3, "registry/revocation", offices.revocation(A, "2025-01-01T00:00:00Z"))
    assert registry.erased == {"ab" * 32: 0}
    assert registry.revoked == {A.id: "2026-01-01T00:00:00Z"}
