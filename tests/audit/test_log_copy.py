"""The log of a public tree copied: what it holds is what it is named by, or nothing is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from audit.disagreeing import contradictions_in
from audit.finding_lists import findings_in, rule_counts
from audit.indexing import IndexedLog, copied
from audit.source import open_source
from ledger import deployment, merkle, settings
from ledger.errors import InvalidInput, VerificationError
from procurement.index import Line
from procurement.kinds import KINDS
from procurement.rules import CODES
from tests.audit.district import say


@pytest.fixture(scope="module")
def copy(district: Path) -> Iterator[IndexedLog]:
    """The projections that anybody makes of the district's files."""
    with copied(open_source(district)) as indexed:
        yield indexed


def test_anybody_finds_the_same(district: Path, copy: IndexedLog) -> None:
    """From the files alone: findings, their counts and contradictions, and the root of the log."""
    told = say(district, "jejak findings")
    found = json.loads(json.dumps(findings_in(copy.index)))
    assert (found, rule_counts(copy, found)) == (told["results"], told["counts"])
    own = [each.to_json() for each in contradictions_in(copy.index)]
    assert own == say(district, "jejak contradictions")["results"]
    assert copy.root == told["root"] == say(district, "jejak verify")["root"]


def test_an_earlier_size_has_an_earlier_root(district: Path) -> None:
    """The first entries give the same from the folder as from the files, without a folder."""
    earlier = root_at(district, 60)
    assert earlier != root_at(district, None)
    for asked in ("findings", "contradictions", "flags R018 B001 --new-from 30"):
        own = say(district, f"jejak {asked} --at 60")
        assert say(district.parent / "none", f"jejak {asked} --at 60 --of {district}") == own
        assert (own["size"], own["root"]) == (60, earlier)


def root_at(district: Path, size: int | None) -> str:
    """The root of the first entries, from the leaf hashes of the log; of all without a size."""
    log = deployment.attach_log(settings.load(district), KINDS)
    hashes = [each.leaf_hash for each in log.records()]
    log.close()
    return merkle.root(hashes[:size]).hex()


def test_counts_are_of_all_that_was_judged(district: Path) -> None:
    """What holds, is broken and is not computable adds up; each finding is in its rule's count."""
    told = say(district, "jejak findings --new-from 0")
    for code, counts in told["counts"].items():
        own = [each["status"] for each in told["results"] if each["code"] == code]
        assert own.count("broken") == counts["broken"] == counts["new"]
        assert own.count("not-computable") == counts["not-computable"]
        assert counts["judged"] == counts["holds"] + len(own)
    assert list(told["counts"]) == list(CODES)


def test_both_rules_of_a_line_judge_every_line(district: Path, copy: IndexedLog) -> None:
    """A line is judged by each of the two, whether anything moved on it or not."""
    with copy.index.session() as opened:
        lines = len(opened.exec(select(Line)).all())
    counts = say(district, "jejak findings line-overpaid line-overcommitted")["counts"]
    assert {code: each["judged"] for code, each in counts.items()} == {
        "line-overpaid": lines,
        "line-overcommitted": lines,
    }


def test_more_entries_than_there_are(district: Path) -> None:
    """Nothing is told of a size that the log has not reached."""
    with pytest.raises(InvalidInput):
        say(district, f"jejak findings --at 999999 --of {district}")


@pytest.mark.parametrize("what", ["bundle", "body"])
def test_nothing_is_told_of_other_bytes(district: Path, tmp_path: Path, what: str) -> None:
    """A bundle or a body that was changed ends the command as failed evidence."""
    tree = tmp_path / "tree"
    shutil.copytree(district / "log", tree)
    if what == "bundle":
        (path,) = sorted((tree / "tile/entries").glob("000*"))[:1]
        path.write_bytes(path.read_bytes().replace(b"budget/", b"bidget/", 1))
    else:
        path = max(tree.glob("body/*"), key=lambda each: int(each.name))
        path.write_bytes(json.dumps({"other": 1}).encode())
    with pytest.raises(VerificationError):
        say(tmp_path / "none", f"jejak findings --of {tree}")
