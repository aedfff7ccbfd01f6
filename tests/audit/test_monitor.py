"""A monitor: what it tells, when, how often, and what it keeps as evidence."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from audit.metrics import metrics
from audit.monitor import Monitor, Step, Watched
from audit.monitor_history import Run
from audit.monitor_store import MonitorStore, Raised
from audit.notifying import Mail, mail, post_webhook, write_atom
from audit.source import Folder
from audit.split_view import Shown
from ledger.errors import NotFound, Unavailable
from ledger.kinds import KINDS
from ledger.note import Checkpoint, format_checkpoint, format_note, open_checkpoint, sign_note
from ledger.trust import Trust
from tests.audit.exposition import parse_exposition
from tests.ledger.deployments import ORIGIN, Deployed, deploy

WITNESS = "https://witness.example.org"


@dataclass
class Watch:
    """A monitor of a log, whose witness shows what the test wants."""

    log: Deployed
    folder: Path
    tree: Path
    shown: bytes | None = None

    def grow(self, count: int) -> None:
        """Append and publish."""
        self.log.grow(count)

    @property
    def trust(self) -> Trust:
        """The monitor's trust file."""
        return self.log.trust()

    def step(self, **changes: Any) -> Step:
        """One step of a monitor that has just been started."""
        watched = Watched(Folder(self.tree), self.trust, witnesses=(WITNESS,))
        monitor = Monitor(
            self.folder, replace(watched, **changes), KINDS, self.log.clock, self._witness
        )
        try:
            return monitor.step()
        finally:
            monitor.close()

    def _witness(self, url: str, trust: Trust) -> Shown:
        if self.shown is None:
            raise Unavailable("does not answer")
        return Shown(url, open_checkpoint(self.shown, trust.origin, trust.log_keys), self.shown)

    def published(self) -> bytes:
        """The checkpoint as it is published."""
        return (self.log.settings.public / "checkpoint").read_bytes()

    def evidence(self) -> list[dict[str, Any]]:
        """The files kept as evidence."""
        paths = sorted((self.folder / "evidence").glob("*.json"))
        return [json.loads(path.read_text()) for path in paths]

    def other_note(self, size: int) -> bytes:
        """A checkpoint of a history that the log's key signed, too."""
        text = format_checkpoint(Checkpoint(ORIGIN, size, b"\x07" * 32))
        return format_note(sign_note(text, *self.log.settings.log_signers()))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A log of seven entries that its witness has seen."""
    log = deploy(tmp_path / "data")
    found = Watch(log, tmp_path / "monitor", log.settings.public)
    found.grow(5)
    found.shown = found.published()
    yield found
    log.log.close()


def codes(step: Step) -> list[str]:
    """What was opened."""
    return [alert.code for alert in step.opened]


def test_all_is_well(watch: Watch):
    """Nothing is told while all holds, run after run; the runs are kept."""
    for count in (0, 3, 300):
        watch.grow(count)
        watch.shown = watch.published()
        step = watch.step()
        assert (step.opened, step.open, step.failed) == ([], [], False)
        assert step.run.size == watch.log.log.size
        assert step.run.holds


def test_a_change_is_told_once_and_its_end(watch: Watch):
    """A failure is told when it begins and when it is over, not each minute; evidence is kept."""
    watch.step()
    watch.grow(300)
    watch.shown = watch.published()
    broken = watch.tree.with_name("broken")
    shutil.copytree(watch.tree, broken)
    path = next((broken / "tile" / "entries").glob("000"))
    path.write_bytes(path.read_bytes().replace(b"note", b"nota", 1))
    honest, watch.tree = watch.tree, broken
    first = watch.step()
    assert first.failed
    assert "check chain" in codes(first) or "check signatures" in codes(first)
    watch.log.clock.move(minutes=1)
    again = watch.step()
    assert again.failed
    assert codes(again) == []
    watch.tree = honest
    watch.log.clock.move(minutes=1)
    last = watch.step()
    assert not last.failed
    assert {alert.code for alert in last.closed} == set(codes(first))
    kept = watch.evidence()
    assert kept
    assert kept[0]["report"]["holds"] is False
    assert watch.published().decode() in kept[0]["notes"]


def test_a_witness_was_shown_another_history(watch: Watch):
    """Of the same size, or of one that no proof joins: both notes are kept, and verify."""
    watch.step()
    watch.shown = watch.other_note(7)
    same = watch.step()
    assert codes(same) == [f"split-view {WITNESS}"]
    assert same.failed
    notes = watch.evidence()[0]["notes"]
    opened = [open_checkpoint(n.encode(), ORIGIN, watch.trust.log_keys) for n in notes]
    assert {each.size for each in opened} == {7}
    assert len({each.root for each in opened}) == 2
    watch.grow(3)
    watch.shown = watch.other_note(9)
    assert watch.step().failed


def test_a_witness_knows_more(watch: Watch):
    """A tree that is kept from us, but not from a witness, is told as a warning."""
    watch.step()
    behind = watch.tree.with_name("behind")
    shutil.copytree(watch.tree, behind)
    watch.grow(3)
    watch.shown, watch.tree = watch.published(), behind
    step = watch.step()
    assert codes(step) == [f"behind {WITNESS}"]
    assert not step.failed


def test_a_log_that_falls_silent_in_the_middle(watch: Watch):
    """When tiles are refused while a witness's word is compared, the step still ends."""

    class Failing(Folder):
        def read(self, path: str, limit: int) -> bytes:
            if failing and path.startswith("tile/0/") and not path.endswith("/307"):
                raise Unavailable("no answer")
            return super().read(path, limit)

    failing = False
    watch.step()
    watch.grow(300)
    failing = True
    step = watch.step(source=Failing(watch.tree))
    assert set(codes(step)) == {"silent"}
    assert not step.failed


def test_two_faces_over_time(watch: Watch):
    """A checkpoint that contradicts one seen long ago, from anybody, is proof."""
    watch.step()
    (watch.tree / "checkpoint").write_bytes(watch.other_note(7))
    step = watch.step()
    assert "two-faces" in codes(step)
    two = next(each for each in watch.evidence() if "two-faces" in each["what"])
    assert len(two["notes"]) == 2


def test_silence(watch: Watch):
    """A log, or a witness, that does not answer is a warning, and not the same as a lie."""
    watch.step()
    watch.shown, watch.tree = None, watch.tree.with_name("nowhere")
    step = watch.step()
    assert {each.severity for each in step.opened} <= {"warning", "failure"}
    assert not step.run.report.get("checks") or step.failed
    watch.tree = watch.log.settings.public
    assert codes(watch.step()) == [f"witness-silent {WITNESS}"]


def test_a_log_that_goes_quiet(watch: Watch):
    """The same checkpoint for a day is told; a new one ends it."""
    watch.step()
    watch.log.clock.move(hours=25)
    assert codes(watch.step()) == ["quiet"]
    watch.grow(1)
    watch.shown = watch.published()
    assert [alert.code for alert in watch.step().closed] == ["quiet"]


def test_acts_of_registrars_are_told(watch: Watch):
    """A key enrolled after the monitor began is told once; those before are not."""
    from ledger import deployment
    from ledger.keys import SigningKey

    assert codes(watch.step()) == []
    key = SigningKey(b"\x09" * 32)
    deployment.enrol(
        watch.log.settings, watch.log.log, [watch.log.registrar],
        deployment.public_member(key), org="ID-TEST", office="New", roles=["auditor"],
        covers=["ID-TEST"], valid_from="2020-01-01T00:00:00Z",
    )  # fmt: skip
    watch.grow(1)
    watch.shown = watch.published()
    assert codes(watch.step()) == ["key-event 7"]
    assert codes(watch.step()) == []


def test_one_monitor_a_folder(watch: Watch):
    """A second monitor of the same folder is refused."""
    watched = Watched(Folder(watch.tree), watch.trust)
    monitor = Monitor(watch.folder, watched, KINDS, watch.log.clock)
    with pytest.raises(Unavailable):
        Monitor(watch.folder, watched, KINDS, watch.log.clock)
    monitor.close()


def test_old_runs_go_and_the_first_failure_stays(tmp_path: Path):
    """However long a monitor runs, its file is bounded, and the run that first failed is kept."""
    store = MonitorStore(tmp_path / "monitor.db", kept=5)
    told = Run(0, "2026-01-01T00:00:00Z", 0, 7, True, "holds", 0.1, {})
    for number in range(1, 41):
        raised = [Raised("check chain", "bad")] if number % 10 in (3, 4) else []
        run = store.add_run(told.time, 0, {}, replace(told, holds=not raised))
        assert run == number
        store.settle(raised, run, told.time)
    assert [each.id for each in store.runs()] == [40, 39, 38, 37, 36, 3]
    assert [each.id for each in store.runs(failed=True)] == [3]
    for missing in (4, 41, 2**63, 10**1000):
        with pytest.raises(NotFound):
            store.run(missing)


def test_figures_are_read_by_a_strict_reader(watch: Watch):
    """What Prometheus scrapes is in its format, whatever the log is called, and moves."""
    watch.step()
    store = MonitorStore(watch.folder / "monitor.db")
    hostile = 'a"b\\c\nd'
    before = parse_exposition(metrics(store, hostile))
    assert before["jejak_monitor_holds"] == 1
    assert before['jejak_monitor_log{origin="a\\"b\\\\c\\nd"}'] == 1
    watch.grow(300)
    watch.shown = watch.other_note(307)
    watch.step()
    after = parse_exposition(metrics(store, hostile))
    assert after["jejak_monitor_holds"] == 0
    assert after["jejak_monitor_runs"] == before["jejak_monitor_runs"] + 1
    assert after["jejak_monitor_log_size"] == 307
    assert after['jejak_monitor_check_checked{check="signatures"}'] > 300


def test_how_it_is_told(watch: Watch):
    """Webhook, mail, feed and figures say what happened, and are well formed."""
    watch.step()
    watch.shown = watch.other_note(7)
    step = watch.step()
    store = Monitor(watch.folder, Watched(Folder(watch.tree), watch.trust), KINDS)
    write_atom(watch.folder / "alerts.atom", ORIGIN, store.store)
    feed = ET.parse(watch.folder / "alerts.atom").getroot()
    titles = [each.text for each in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert f"failure: split-view {WITNESS}" in titles
    assert "jejak_monitor_holds 0\n" in metrics(store.store)
    assert 'jejak_monitor_alerts_open{severity="failure"} 1\n' in metrics(store.store)
    store.close()
    message = mail(Mail("127.0.0.1:25", "m@example.org", ("a@example.org",)), ORIGIN, step)
    assert "FAILURE" in message["Subject"]
    assert "another history" in message.get_content()
    with receiving() as (url, received):
        post_webhook(url, ORIGIN, step)
    assert received[0]["holds"] is False
    assert received[0]["opened"][0]["code"] == f"split-view {WITNESS}"
    with pytest.raises(Unavailable):
        post_webhook("http://127.0.0.1:1/", ORIGIN, step)


class receiving:  # noqa: N801 used as a context manager
    """A server that takes webhooks."""

    def __enter__(self) -> tuple[str, list[Any]]:
        received: list[Any] = []

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                received.append(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Taker)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}/hook", received

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def test_anchors_that_lag(watch: Watch):
    """Entries that wait for their anchor for too long are told, where a chain is watched."""

    class Node:
        """A node that answers and knows no anchor."""

        def identity(self) -> Any:
            raise Unavailable("no")

    watch.step()
    chains = (("http://127.0.0.1:1", Node()),)
    step = watch.step(chains=chains, lag=timedelta(minutes=1))
    assert codes(step) == ["node-silent http://127.0.0.1:1"]
    watch.log.clock.move(minutes=2)
    later = watch.step(chains=chains, lag=timedelta(minutes=1))
    assert codes(later) == ["anchors-lag"]
