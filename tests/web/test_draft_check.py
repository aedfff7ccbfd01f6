"""`jejak draft check`: what publishing would be answered, with an exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.commands import Town
from tests.web.test_story_by_command import LINE, OCID, ORG, PREFIX, appropriation, tender, written

RELEASE = ("--kind", "ocds/release", "--subject", OCID)


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Town:
    """A log with an institution, an office, and money on one line."""
    made = Town(tmp_path, capsys, tmp_path / "data")
    made.found()
    both = ("--registrar", made.key("a"), "--registrar", made.key("b"))
    made.does("institution", "add", ORG, "--name-id", "Dinas", "--ocid", PREFIX, *both)
    mandate = ("--org", ORG, "--office", "PPK", "--role", "procurement", "--role", "budget")
    made.does("key", "enrol", made.key("office"), *mandate, *both)
    budget = written(tmp_path / "budget.json", appropriation("1000.00"))
    line = ("--kind", "budget/appropriation", "--subject", LINE)
    made.does("publish", budget, *line, "--key", made.key("office"))
    return made


def draft(town: Town, amount: int, **members: Any) -> Path:
    """A tender in a file."""
    return written(town.folder / "draft.json", tender(amount) | members)


def test_a_draft_that_nothing_stands_against(town: Town):
    """Exit 0, and the log is as it was."""
    said = town.does("draft", "check", draft(town, 1000), *RELEASE, "--key", town.key("office"))
    assert (said["acceptable"], said["warnings"], said["size"]) == (True, [], 4)
    assert town.does("status")["size"] == 4


def test_a_broken_rule_stops_a_draft_that_gives_no_reason(town: Town):
    """Exit 1 with the figures; the reason, which will be signed and shown, lets it pass."""
    assert town.refused("draft", "check", draft(town, 1001), *RELEASE, "--org", ORG, code=1) == ""
    town.capture.readouterr()
    explained = draft(town, 1001, explanation="Perubahan APBD menyusul")
    said = town.does("draft", "check", explained, *RELEASE, "--org", ORG)
    assert [each["code"] for each in said["warnings"]] == ["line-overcommitted"]


def test_what_would_be_refused_is_named_with_all_its_reasons(town: Town):
    """Exit 2; a kind that is none is refused with those there are."""
    file = draft(town, 1000)
    town.refused("draft", "check", file, "--kind", "ocds/x", "--subject", OCID, "--org", ORG)
    town.refused("draft", "check", file, *RELEASE, "--org", "ID-OTHER")


def test_an_act_is_checked_with_its_signatures(town: Town):
    """No description is asked for; what is signed by nobody who may is refused."""
    act = town.folder / "act.json"
    publish = ("publish", draft(town, 1000), *RELEASE, "--key", town.key("office"), "--act", act)
    assert town.does(*publish)["signatures"] == 1
    assert town.does("draft", "check", act)["signed"]
    town.signed(act, "c")
    town.refused("draft", "check", act)
    assert town.does("status")["size"] == 4


def test_a_body_has_to_be_described(town: Town):
    """Whoever forgets is told what to say."""
    file = draft(town, 1000)
    assert "--kind" in town.refused("draft", "check", file)
    assert "--kind" in town.refused("draft", "check", file, "--subject", OCID)
    assert "--to" in town.refused("draft", "check", file, *RELEASE, "--org", ORG, "--log", "x")


def test_an_act_needs_no_log_at_hand_where_all_is_named(town: Town, tmp_path: Path):
    """On a machine without a data folder or a network, the log and the name are said."""
    body, act = draft(town, 1000), tmp_path / "act.json"
    elsewhere = Town(tmp_path, town.capture, tmp_path / "nowhere")
    publish = ("publish", body, *RELEASE, "--key", town.key("office"), "--act", act)
    assert "both" in elsewhere.refused(*publish, "--log", "a.example")
    assert elsewhere.does(*publish, "--log", "a.example", "--org", ORG)["signatures"] == 1
    assert json.loads(act.read_bytes())["statement"]["log"] == "a.example"
    assert town.does("act", "submit", act)["index"] == 4
