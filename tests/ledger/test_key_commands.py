"""Key commands as somebody uses them who has read no more than `--help`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.commands import Town

BOTH = ("a", "b")


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Town:
    """A log of three registrars."""
    made = Town(tmp_path, capsys, tmp_path / "data")
    made.found()
    return made


def signed_by(town: Town, *names: str) -> tuple[object, ...]:
    """The registrars who are present."""
    return tuple(part for name in names for part in ("--registrar", town.key(name)))


def enrol(town: Town, *more: object, office: str = "Anggaran", role: str = "budget"):
    """The command that enrols a key."""
    mandate = ("--org", "ID-1", "--office", office, "--role", role)
    return ("key", "enrol", town.key("officer"), *mandate, *more, *signed_by(town, *BOTH))


def test_a_key_is_revoked_by_what_the_list_shows(town: Town):
    """The first digits do, as long as they name one key; too few, or a stranger's, do not."""
    town.does(*enrol(town))
    public = town.public("officer")
    why = ("--reason", "hilang", *signed_by(town, *BOTH))
    assert "key list" in town.refused("key", "revoke", public[:4], *why)
    assert "key list" in town.refused("key", "revoke", "f" * 64, *why)
    assert town.does("key", "revoke", public[:16], *why)["revoked"] == public
    assert town.does("key", "list")["keys"][0]["revoked"] is not None


def test_a_revoked_key_is_not_enrolled_again(town: Town):
    """It would be recorded and sign nothing: the office needs another one."""
    town.does(*enrol(town))
    why = ("--reason", "hilang", "--own", town.key("officer"))
    town.does("key", "revoke", town.public("officer"), *why)
    assert "key new" in town.refused(*enrol(town))


def test_an_office_is_no_person(town: Town):
    """A national number in the office's name would be public for ever."""
    assert "NIK" in town.refused(*enrol(town, office="Budi 3273011212800001"))
    assert town.does("key", "list")["keys"] == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--until", "2027"), "2026-12-31T17:00:00Z"),
        (("--from", "besok"), "--from"),
        (("--until", "2001-01-01T00:00:00Z"), "ends at"),
    ],
)
def test_a_time_out_of_form_names_its_option(town: Town, more: tuple[str, ...], said: str):
    """And says how one is written; a mandate that ends before it begins is none."""
    assert said in town.refused(*enrol(town, *more))


def test_a_role_that_is_none_is_refused_with_those_there_are(town: Town):
    """Before anybody is asked to sign."""
    assert "procurement" in town.refused(*enrol(town, role="kepala"))


def test_an_organisation_is_an_id(town: Town):
    """A name in its place is refused with the form of an id."""
    said = town.refused(*enrol(town, "--for", "Dinas PU"))
    assert "'Dinas PU' is no organisation id" in said
    assert "ID-3273-PU" in said


def test_organisations_that_nobody_recorded_are_told(town: Town):
    """`--for ALL` is no wildcard: whoever meant one sees it, and finds it in the list."""
    assert town.does(*enrol(town, "--for", "ALL"))["unknownInstitutions"] == "ALL, ID-1"
    town.capture.readouterr()
    assert town.does("key", "list")["keys"][0]["for"] == ["ALL"]


def test_whoever_has_no_registrar_at_hand_is_told_of_the_file(town: Town):
    """The registrars sign elsewhere."""
    mandate = ("--org", "ID-1", "--office", "Anggaran", "--role", "budget")
    assert "--act FILE" in town.refused("key", "enrol", town.key("officer"), *mandate)
