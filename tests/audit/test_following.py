"""An audit that goes on: the same state by steps as at once, and the past held to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit.following import Advance, Following
from audit.source import Folder, open_source
from audit.standing import Standing, format_standing, parse_standing
from audit.verify import verify
from ledger.errors import Unavailable
from ledger.kinds import KINDS
from tests.ledger.deployments import Deployed, deploy


class Follower:
    """Follows a log with a file of its own."""

    def __init__(self, log: Deployed, path: Path) -> None:
        self.log, self.path = log, path

    def advance(self, tree: Path | None = None) -> Advance:
        """One pass, by a process that has just started."""
        following = Following(self.path, KINDS, self.log.trust())
        try:
            return following.advance(Folder(tree or self.log.settings.public))
        finally:
            following.close()

    def kept(self) -> tuple[str | None, list[bytes], object]:
        """All that is remembered."""
        following = Following(self.path, KINDS, self.log.trust())
        earlier = following._earlier
        told = earlier.standing(), earlier.hashes(0, 10**6), earlier.registry()
        following.close()
        return told


def test_by_steps_as_at_once(log: Deployed, tmp_path: Path):
    """Whoever follows from the beginning remembers what one who comes later remembers."""
    steady = Follower(log, tmp_path / "steady.db")
    checked = []
    for count in (1, 100, 155, 3, 256, 0, 300):
        log.grow(count)
        advance = steady.advance()
        assert advance.report.holds, advance.report.verdict
        assert advance.size == log.log.size
        signatures = next(each for each in advance.report.checks if each.name == "signatures")
        checked.append(signatures.checked)
    late = Follower(log, tmp_path / "late.db")
    assert late.advance().since == 0
    assert late.kept() == steady.kept()
    # Only what is new is judged, and what stands in no full group yet.
    assert checked == [3, 103, 258, 5, 261, 5, 305]


def test_a_failure_is_found_again(log: Deployed, tmp_path: Path):
    """What fails is not taken in: the next pass finds it again, and goes on when it is mended."""
    log.grow(300)
    follower = Follower(log, tmp_path / "f.db")
    follower.advance()
    log.grow(300)
    broken = tmp_path / "broken"
    shutil.copytree(log.settings.public, broken)
    path = next((broken / "tile" / "entries").glob("001"))
    path.write_bytes(path.read_bytes().replace(b"note", b"nota", 1))
    first = follower.advance(broken).report
    again = follower.advance(broken).report
    assert not first.holds
    assert first.first == again.first
    assert first.first is not None
    assert 256 <= (first.first.index or 0) < 512
    assert follower.advance().report.holds


def test_a_rewritten_past_is_named(log: Deployed, tmp_path: Path):
    """A log that shows another history than the one that held: from which entry on it differs."""
    log.grow(500)
    follower = Follower(log, tmp_path / "f.db")
    assert follower.advance().report.holds
    other = deploy(tmp_path / "other")
    for name in ("log.key",):
        shutil.copy(log.settings.folder / name, other.settings.folder / name)
    other.grow(600)
    other.log.close()
    advance = follower.advance(other.settings.public)
    assert not advance.report.holds
    since = next(each for each in advance.report.checks if each.name == "since")
    assert [each.index for each in since.findings] == [0, None]
    assert "rewritten" in since.findings[0].what


def test_a_log_that_goes_back(log: Deployed, tmp_path: Path):
    """A tree smaller than the one that held is a failure, however well it is signed."""
    log.grow(300)
    small = tmp_path / "small"
    shutil.copytree(log.settings.public, small)
    log.grow(10)
    follower = Follower(log, tmp_path / "f.db")
    assert follower.advance().report.holds
    advance = follower.advance(small)
    assert not advance.report.holds
    assert "fewer than 312" in advance.report.verdict


def test_one_at_a_time(log: Deployed, tmp_path: Path):
    """Two that follow with one file would trample on each other: the second is refused."""
    following = Following(tmp_path / "f.db", KINDS, log.trust())
    with pytest.raises(Unavailable):
        Following(tmp_path / "f.db", KINDS, log.trust())
    following.close()


def test_the_same_verdict_as_verify(log: Deployed, tmp_path: Path):
    """One pass from the beginning counts and finds what `jejak verify` does."""
    log.grow(270)
    report = Follower(log, tmp_path / "f.db").advance().report
    whole = verify(open_source(log.settings.public), KINDS, trust=log.trust())
    assert report.to_json() == whole.to_json()


def test_standing_survives_its_text():
    """What is kept of the place reached is read back as it was."""
    standing = Standing(3, 5, 700, note="a\n")
    standing.fold.edge.extend([bytes([at]) * 32 for at in range(7)])
    standing.fold.open_tile(2, b"\x01" * 32, b"\x02" * 32)
    assert parse_standing(format_standing(standing)) == standing
