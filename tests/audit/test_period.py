"""`jejak period` and `jejak software`: what a report's counts stand on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audit.flags.listed import FLAGS
from audit.period import end_of, start_of
from audit.period_commands import software
from audit.period_lines import settings_told, software_lines
from ledger.errors import Malformed
from tests.audit.district import say


def test_every_entry_is_counted_once(district: Path) -> None:
    """Kinds and publishers add up to the entries of the period; each act is told."""
    told = say(district, "jejak period --from 1970-01-01 --until 9998-12-31")
    assert (told["first"], told["last"]) == (0, told["size"] - 1)
    assert sum(told["kinds"].values()) == sum(told["organisations"].values()) == told["size"]
    acts = sum(count for kind, count in told["kinds"].items() if kind.startswith("registry/"))
    assert len(told["acts"]) == acts
    assert all(act["told"] for act in told["acts"])
    assert told["anchors"]["count"] == 1


def test_two_periods_that_meet_share_no_entry(district: Path) -> None:
    """A moment ends one period and begins the next; a day belongs to one of them whole."""
    last = say(district, "jejak period --from 1970-01-01 --until 9998-12-31")["latest"]
    before = say(district, f"jejak period --from 1970-01-01 --until {last}")
    after = say(district, f"jejak period --from {last} --until 9998-12-31")
    assert before["count"] + after["count"] == before["size"]
    assert after["first"] == before["count"]
    assert (start_of("2026-12-31"), end_of("2026-12-31")) == (
        "2026-12-31T00:00:00Z",
        "2027-01-01T00:00:00Z",
    )


def test_a_period_without_entries(district: Path) -> None:
    """Nothing is said of a time when the log did not exist."""
    told = say(district, "jejak period --from 1990-01-01 --until 1990-12-31")
    assert (told["count"], told["first"], told["kinds"]) == (0, None, {})


@pytest.mark.parametrize("until", ["1989-12-31", "1990-2-1", "soon", "1990-01-01T00:00:00"])
def test_a_period_out_of_form_is_refused(district: Path, until: str) -> None:
    """What is no day and no moment, or lies before the beginning."""
    with pytest.raises(Malformed):
        say(district, f"jejak period --from 1990-06-01 --until {until}")


def test_the_software_names_every_flag(district: Path) -> None:
    """Its version, and the settings that it is raised with."""
    told = say(district, "jejak software")
    assert {code: each["version"] for code, each in told["flags"].items()} == {
        flag.code: flag.version for flag in FLAGS
    }
    assert told["rules"]["settings"] == {"contract_basis_points": 0, "rounding": 1}


def test_settings_are_printed_as_people_write_them() -> None:
    """Nothing set, yes and no, names and amounts: no quotes, brackets or words of a language."""
    found = {
        "limits": {"IDR": 200000000, "EUR": 5000},
        "methods": ("direct", "limited"),
        "by_details": {},
        "outliers_only": True,
        "copied": False,
        "threshold": None,
    }
    assert settings_told(found) == (
        "limits IDR 200000000, EUR 5000; methods direct, limited; by details none; "
        "outliers only yes; copied no; threshold none"
    )
    for line in software_lines(software()):
        assert not set("'\"()[]{}_") & set(line)
        assert not {"None", "True", "False"} & set(re.split(r"[^A-Za-z]", line))
