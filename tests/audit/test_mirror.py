"""A mirror: the same tree as the origin's, nothing that was not judged, killed at any moment."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import copying
from audit.differing import first_difference
from audit.mirror import Mirror, Mirrored
from audit.source import Folder, Server, Source, open_source
from audit.tree import Tree
from audit.verify import verify
from ledger import deployment, tiles
from ledger.commands import write_export
from ledger.errors import Unavailable, VerificationError
from ledger.merkle import leaf_hash, root
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, sign_note
from ledger.tick import newest_checkpoint
from ledger.trust import Trust, format_trust, parse_trust
from procurement.kinds import KINDS
from tests.audit.genuine import run
from tests.audit.test_source import served
from tests.ledger.deployments import ORIGIN, Deployed, deploy


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log of one full group and a bit, with a body over 64 KiB in each, that stays as it is."""
    deployed = deploy(tmp_path_factory.mktemp("standing") / "data")
    deployed.log.append([deployed.note("x" * 70_000), *deployed.notes(260)])
    deployed.log.append([deployed.note("y" * 70_000)])
    deployed.tick()
    yield deployed
    deployed.log.close()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their paths."""
    found = (each for each in folder.rglob("*") if each.is_file())
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


def step(folder: Path, source: Source, trusted: Trust | None) -> Mirrored:
    """One step of a mirror that has just been started."""
    with closing(Mirror(folder, source, KINDS, trusted)) as mirror:
        return mirror.step()


def signed(log: Deployed, size: int, root: bytes) -> bytes:
    """A checkpoint that the log's key signs, whatever it says."""
    text = format_checkpoint(Checkpoint(ORIGIN, size, root))
    return format_note(sign_note(text, *log.settings.log_signers()))


@dataclass(frozen=True)
class History:
    """The files of a log as they were published first and later, and those of a fork at 257."""

    trust: Trust
    log: Deployed
    first: dict[str, bytes]
    second: dict[str, bytes]
    forked: dict[str, bytes]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """An operator who puts back an old backup, and goes on from it too."""
    folder = tmp_path_factory.mktemp("history")
    log = deploy(folder / "data")
    log.grow(3)
    first = files_of(log.settings.public)
    log.log.append(log.notes(252, 10))
    log.log.engine.dispose()
    shutil.copytree(log.settings.folder, folder / "old")
    shutil.rmtree(folder / "old" / "log")
    log.grow(43)
    own = replace(log.settings, folder=folder / "old")
    other = replace(log, settings=own, log=deployment.attach_log(own, KINDS))
    other.log.append(other.notes(90, 5000))
    other.tick()
    other.log.close()
    second, forked = files_of(log.settings.public), files_of(own.public)
    yield History(log.trust(), log, first, second, forked)
    log.log.close()


def test_by_steps_it_is_the_exported_tree(
    log: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the steps, the copy is byte for byte what the origin would export."""
    monkeypatch.setattr(copying, "KEEP_PARTIAL", -1.0)
    mirror, files = tmp_path / "mirror", {}
    log.log.append([log.note("x" * 70_000)])
    with served(files) as url:
        for count in (0, 253, 3, 256, 0, 301):
            log.grow(count)
            files |= files_of(log.settings.public)
            done = step(mirror, open_source(url), log.trust())
            assert done.size == log.log.size
        again = step(mirror, open_source(url), log.trust())
    # Nothing is new but what may have changed: the checkpoint, log.json, anchors/latest.
    assert (again.fetched, again.since) == (3, again.size)
    row = newest_checkpoint(log.log)
    assert row is not None
    write_export(log.settings, log.log, row, tmp_path / "export")
    exported, copied = files_of(tmp_path / "export"), files_of(mirror / "log")
    # The tile above is not full yet: what stood for it earlier stays.
    assert {path for path in copied if path not in exported} == {
        f"tile/1/000.p/{n}" for n in (1, 2)
    }
    assert {path: copied[path] for path in exported} == exported
    report = verify(open_source(mirror), KINDS, trust=log.trust())
    assert (
        report.to_json() == verify(Folder(log.settings.public), KINDS, trust=log.trust()).to_json()
    )


def test_readers_of_the_checkpoint_before_are_served(log: Deployed, tmp_path: Path) -> None:
    """Partial files stay for an hour beside the full ones."""
    log.grow(5)
    step(tmp_path / "mirror", Folder(log.settings.public), log.trust())
    before = (tmp_path / "mirror/log/checkpoint").read_bytes()
    log.grow(300)
    step(tmp_path / "mirror", Folder(log.settings.public), log.trust())
    (tmp_path / "mirror/log/checkpoint").write_bytes(before)
    assert verify(open_source(tmp_path / "mirror"), KINDS, trust=log.trust()).holds


def test_what_an_order_erases_is_removed(log: Deployed, tmp_path: Path) -> None:
    """In groups, alone, and where the origin goes on serving it; large ones too."""
    log.log.append([log.note("personal"), log.note("x" * 70_000), *log.notes(300)])
    log.log.append([log.note("late")])
    log.tick()
    mirror, files = tmp_path / "mirror", files_of(log.settings.public)
    step(mirror, Folder(log.settings.public), log.trust())
    erased = [2, 3, 304]
    bodies = [log.log.record(index).body or b"" for index in erased]
    for index in erased:
        log.erase(index)
    log.tick()
    # The origin keeps serving what it was ordered to erase.
    kept = {path: raw for path, raw in files.items() if path.startswith("bod")}
    with served(files | files_of(log.settings.public) | kept) as url:
        done = step(mirror, open_source(url), log.trust())
        step(tmp_path / "late", open_source(url), log.trust())
    assert done.erased == 3
    for folder in (mirror, tmp_path / "late"):
        held = files_of(folder)
        group = tiles.parse_body_group(held["log/bodies/000"])
        assert group[2:4] == [None, None]
        assert not {f"log/body/{index}" for index in erased} & set(held)
        assert not any(body in raw for raw in held.values() for body in bodies)
        assert verify(open_source(folder), KINDS, trust=log.trust()).holds


LIES = ["truncated tile", "changed body", "bundle missing", "oversize", "stale", "fork", "thief"]


def lie(history: History, files: dict[str, bytes], how: str) -> None:
    """Let the origin serve something else than the log's tree."""
    if how == "truncated tile":
        files["tile/1/000.p/1"] = files["tile/1/000.p/1"][:31]
    elif how == "changed body":
        files["bodies/000"] = tiles.format_body_group([b"{}"] * 256)
    elif how == "bundle missing":
        del files["tile/entries/000"]
    elif how == "oversize":
        files["tile/entries/000"] = bytes(9_000_000)
    elif how == "stale":
        hashes = [each.leaf_hash for each in history.log.log.read(0, 4)]
        files["checkpoint"] = signed(history.log, 4, root(hashes))
    elif how == "thief":
        text = files["checkpoint"].partition(b"\n\n")[0].decode() + "\n"
        files["checkpoint"] = format_note(sign_note(text, Signer(ORIGIN, b"t" * 32)))
    else:
        files |= history.forked


@pytest.mark.parametrize("how", LIES)
def test_an_origin_that_lies(history: History, tmp_path: Path, how: str) -> None:
    """Nothing of it becomes visible, both checkpoints are kept, and the command ends with 1."""
    mirror, files = tmp_path / "mirror", dict(history.second if how == "fork" else history.first)
    (tmp_path / "trust.json").write_bytes(format_trust(history.trust))
    with served(files) as url:
        named = ["mirror", url, mirror, "--trust", tmp_path / "trust.json"]
        assert run(*named)[0] == 0
        before = files_of(mirror / "log")
        files |= history.second
        lie(history, files, how)
        code, _, errors = run(*named)
        assert (code, files_of(mirror / "log")) == (1, before), errors
        assert run(*named)[0] == 1
        (kept,) = (mirror / "evidence").iterdir()
        told = json.loads(kept.read_bytes())
        notes = told["held"].encode(), told["shown"].encode()
        assert notes == (before["checkpoint"], files["checkpoint"])
        assert (told["firstDifference"] == 257) == (how == "fork")
        if how in ("stale", "fork"):
            assert {"stale": "shows 4 entries", "fork": "has forked"}[how] in errors
        # An honest origin is mirrored on from where it was.
        files.clear()
        files |= history.second
        assert run(*named)[0] == 0
    report = verify(open_source(mirror), KINDS, trust=history.trust)
    assert (report.holds, report.size) == (True, 300)


def test_an_origin_that_is_slow_or_silent(standing: Deployed, tmp_path: Path) -> None:
    """It is given up on within bounds, which is no evidence; what came is not fetched again."""
    files = files_of(standing.settings.public)
    with served(files, drip=0.01) as url, pytest.raises(Unavailable):
        step(tmp_path, Server(f"{url}/log", total=0.1), standing.trust())
    with served({"checkpoint": files["checkpoint"]}) as url:
        assert run("mirror", url, tmp_path)[0] == 1
    code, _, errors = run("mirror", "http://127.0.0.1:1", tmp_path)
    assert (code, "could not be read" in errors) == (3, True)
    assert not (tmp_path / "log").exists()


class Dying(Folder):
    """An origin that answers so often and no more."""

    left = 0

    def read(self, path: str, limit: int) -> bytes:
        """See Source."""
        self.left -= 1
        if self.left < 0:
            raise Unavailable("silent")
        return super().read(path, limit)


def test_what_came_is_not_fetched_again(standing: Deployed, tmp_path: Path) -> None:
    """An origin that dies again and again is mirrored in the end, each file fetched once."""
    origin, fetched = Dying(standing.settings.public), None
    died = 0
    while fetched is None:
        origin.left = 8
        try:
            fetched = step(tmp_path, origin, standing.trust()).fetched
        except Unavailable:
            died += 1
            assert not (tmp_path / "log").exists()
    assert (1 < died < 60, fetched <= 8) == (True, True)
    assert verify(open_source(tmp_path), KINDS, trust=standing.trust()).holds


def test_without_a_trust_file_the_first_look_pins(log: Deployed, tmp_path: Path) -> None:
    """Later on another key is not believed, whatever log.json says by then."""
    log.grow(3)
    files, mirror = files_of(log.settings.public), tmp_path / "mirror"
    with served(files) as url:
        assert "held to what the log says" in run("mirror", url, mirror)[2]
        assert "no trust file" not in run("mirror", url, mirror)[2]
        thief = Signer(ORIGIN, b"t" * 32)
        text = files["checkpoint"].partition(b"\n\n")[0].decode() + "\n"
        files["checkpoint"] = format_note(sign_note(text, thief))
        said = json.loads(files["log.json"])
        said["key"] = f"{thief.name}+{thief.verifier().key_id.hex()}+"
        files["log.json"] = json.dumps(said).encode()
        code, _, errors = run("mirror", url, mirror)
    assert (code, "no trusted key has signed" in errors) == (1, True)


def test_anchors_are_told_once(district: Path, tmp_path: Path) -> None:
    """A row above the checkpoint waits for it, and one that stands does not change."""
    files, trusted = files_of(district / "log"), parse_trust((district / "trust.json").read_bytes())
    (row,) = json.loads(files["anchors/latest"])
    above = row | {"size": row["size"] + 1}
    with served(files | {"anchors/latest": json.dumps([row, above]).encode()}) as url:
        step(tmp_path, open_source(url), trusted)
    held = files_of(tmp_path / "log")
    assert held["anchors/latest"] == files["anchors/latest"]
    moved = row | {"block": row["block"] + 1}
    told = served(files | {"anchors/latest": json.dumps([moved]).encode()})
    with told as url, pytest.raises(VerificationError, match="otherwise now"):
        step(tmp_path, open_source(url), trusted)
    assert files_of(tmp_path / "log") == held


@pytest.mark.parametrize("path", ["tile/entries/001.p/8", "body/263", "log.json"])
def test_a_damaged_copy_is_fetched_again(standing: Deployed, tmp_path: Path, path: str) -> None:
    """What the own disk has spoilt is not held against the origin."""
    step(tmp_path, Folder(standing.settings.public), standing.trust())
    whole = files_of(tmp_path / "log")
    assert path in whole
    (tmp_path / "log" / path).write_bytes(b"spoilt")
    step(tmp_path, Folder(standing.settings.public), standing.trust())
    assert files_of(tmp_path / "log") == whole
    # What was judged long ago is judged again where nothing is remembered.
    (tmp_path / "log/bodies/000").write_bytes(b"spoilt")
    (tmp_path / "audit.db").unlink()
    step(tmp_path, Folder(standing.settings.public), standing.trust())
    assert files_of(tmp_path / "log") == whole


@settings(max_examples=5)
@given(chance=st.randoms(use_true_random=False))
def test_no_changed_byte_gets_through(
    standing: Deployed, tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    """Whatever byte of whatever file is changed on the way: refused, or it made no difference."""
    genuine = files_of(standing.settings.public)
    path = chance.choice(sorted(genuine))
    raw = bytearray(genuine[path])
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)

    class Changed(Folder):
        def read(self, asked: str, limit: int) -> bytes:
            return bytes(raw) if asked == path else super().read(asked, limit)

    folder = tmp_path_factory.mktemp("changed")
    try:
        step(folder, Changed(standing.settings.public), standing.trust())
    except VerificationError:
        assert not (folder / "log").exists()
    else:
        assert verify(open_source(folder), KINDS, trust=standing.trust()).holds


@settings(max_examples=30)
@given(st.integers(1, 600), st.integers(1, 600), st.integers(0, 700))
def test_first_difference_is_the_first(one: int, other: int, at: int) -> None:
    """Found by tiles as by comparing every leaf hash."""
    left = [leaf_hash(b"%d" % index) for index in range(one)]
    right = [leaf_hash(b"%d%s" % (index, b"x" * (index >= at))) for index in range(other)]
    expected = at if at < min(one, other) else None
    assert first_difference(Tree(Hashed(left), one), Tree(Hashed(right), other)) == expected


class Hashed:
    """A source of the hash tiles of some leaf hashes."""

    where = "memory"

    def __init__(self, hashes: list[bytes]) -> None:
        self._hashes = hashes

    def read(self, path: str, _limit: int) -> bytes:
        """See Source."""
        level, number, width = tiles.parse_tile_path(path)
        hashes = self._hashes
        for _ in range(int(level)):
            full = len(hashes) // 256 * 256
            hashes = [root(hashes[at : at + 256]) for at in range(0, full, 256)]
        return b"".join(hashes[number * 256 : number * 256 + width])


@pytest.mark.parametrize("rounds", [int(os.environ.get("JEJAK_KILL_ROUNDS", "2"))])
def test_killed_at_any_moment(log: Deployed, tmp_path: Path, rounds: int) -> None:
    """After kill -9 what is visible verifies, and the next step brings all."""
    chance, mirror = random.Random(7), tmp_path / "mirror"
    (tmp_path / "trust.json").write_bytes(format_trust(log.trust()))
    files: dict[str, bytes] = {}
    with served(files) as url:
        named = ["mirror", url, str(mirror), "--trust", str(tmp_path / "trust.json")]
        program = [sys.executable, "-m", "jejak", *named]
        for _ in range(rounds):
            log.grow(150)
            files |= files_of(log.settings.public)
            child = subprocess.Popen([*program, "--follow", "1"])
            time.sleep(0.9 + chance.random())
            child.send_signal(signal.SIGKILL)
            child.wait()
            if (mirror / "log/checkpoint").exists():
                assert verify(open_source(mirror), KINDS, trust=log.trust()).holds
        assert run(*named)[0] == 0
        report = verify(open_source(mirror), KINDS, trust=log.trust())
        assert (report.holds, report.size) == (True, log.log.size)
        # One that follows ends by itself when the log shows less.
        files["checkpoint"] = signed(log, 0, root([]))
        assert subprocess.run([*program, "--follow", "1"], check=False).returncode == 1
