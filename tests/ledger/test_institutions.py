"""Institutions: the tree they stand in, and what is checked before they are signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.acts import Institution
from ledger.errors import Conflict, Unacceptable
from ledger.institutions import check_institution, in_tree
from ledger.registry import Registry
from tests.ledger import offices
from tests.ledger.commands import Town


def institution(identifier: str, parent: str | None = None, *ocids: str) -> Institution:
    """An institution."""
    return Institution(identifier, {"id": "x", "en": "x"}, parent, ocids, offices.NOON)


def registry(*known: Institution) -> Registry:
    """A registry of these institutions."""
    made = Registry()
    for each in known:
        said = offices.institution(each.id, *each.ocids) | {"parent": each.parent}
        made.apply(0, "registry/institution", said)
    return made


def test_parent_is_recorded_first():
    """An institution stands below one that is there."""
    check_institution(registry(institution("A")), institution("B", "A"))
    with pytest.raises(Unacceptable):
        check_institution(registry(institution("A")), institution("B", "C"))


def test_institutions_do_not_stand_in_a_circle():
    """Nobody is above the own parent, at any level."""
    known = registry(institution("A"), institution("B", "A"), institution("C", "B"))
    for parent in ("A", "B", "C"):
        with pytest.raises(Unacceptable):
            check_institution(known, institution("A", parent))


def test_prefix_of_another_is_refused_and_a_longer_one_taken():
    """A prefix is one institution's; the longest that matches decides."""
    known = registry(institution("A", None, "ocds-a-"))
    with pytest.raises(Conflict):
        check_institution(known, institution("B", None, "ocds-a-"))
    check_institution(known, institution("B", "A", "ocds-a-PU-"))
    check_institution(known, institution("A", None, "ocds-a-"))


@pytest.mark.parametrize("ocids", [("",), ("x", "x")])
def test_prefix_that_matches_nothing_or_stands_twice_is_refused(ocids: tuple[str, ...]):
    """It would be a slip of whoever writes the command."""
    with pytest.raises(Unacceptable):
        check_institution(registry(), institution("A", None, *ocids))


def test_tree_shows_each_institution_once():
    """Children below their parent; whoever stands in a circle, or below nobody, at the top."""
    known = {
        each.id: each
        for each in (
            institution("B", "A"),
            institution("A"),
            institution("C", "B"),
            institution("D", "nobody"),
            institution("Y", "Z"),
            institution("Z", "Y"),
        )
    }
    shown = [(level, each.id) for level, each in in_tree(known)]
    assert shown == [(0, "A"), (1, "B"), (2, "C"), (0, "D"), (0, "Y"), (1, "Z")]


def test_institutions_by_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Added with parent and prefixes by two registrars, listed as a tree."""
    town = Town(tmp_path, capsys, tmp_path / "data")
    town.found()
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    town.does("institution", "add", "ID-7300", "--name-id", "Kabupaten", *both)
    below = ("--parent", "ID-7300", "--ocid", "ocds-xyz-PU-")
    town.does("institution", "add", "ID-7300-PU", "--name-id", "Dinas PU", *below, *both)
    rows = town.does("institution", "list")["institutions"]
    assert [(each["id"], each["parent"], each["ocids"]) for each in rows] == [
        ("ID-7300", None, []),
        ("ID-7300-PU", "ID-7300", ["ocds-xyz-PU-"]),
    ]
    taken = ("institution", "add", "ID-9", "--name-id", "Asing", "--ocid", "ocds-xyz-PU-")
    assert "ID-7300-PU" in town.refused(*taken, *both)
