"""An operator who lies in every way we can name, and a monitor that watches: who notices, and when.

The operator holds the log's key. He has told the truth up to an anchored size, which the monitor
and a witness have seen; then comes the lie. docs/threats.md has the same table for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.monitor import Monitor, Watched
from audit.receipt_check import check_receipt
from audit.split_view import Shown
from ledger import merkle
from ledger.envelope import format_entry
from ledger.errors import Unavailable
from ledger.note import open_checkpoint
from ledger.receipt import Proof, Receipt, format_proof, format_receipt
from tests.audit.simulator import (
    ALL_KINDS,
    BUDGET,
    REGISTRARS,
    SIGNER,
    THIEF,
    TREASURY,
    FakeChain,
    Files,
    Operator,
    add_note,
    add_payments,
    founded,
    note,
    payment,
)
from tests.ledger import offices

NODE, OTHER_NODE, WITNESS = "https://node-a", "https://node-b", "https://witness"
THREATS = Path(__file__).parents[2] / "docs" / "threats.md"


@dataclass
class Scene:
    """What the monitor, its nodes and its witness see; `log` is the operator's own, to tamper."""

    folder: Path
    log: Operator
    honest: Operator
    now: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    files: Files = field(default_factory=Files)
    chain: FakeChain = field(default_factory=lambda: FakeChain({}))
    other_chain: FakeChain | None = None
    witness: bytes | None = None

    def show(self, log: Operator, *anchored: int) -> None:
        """Publish a log's tree, with rows for these anchors."""
        self.files = log.tree(anchored or tuple(self.chain.roots))

    def step(self) -> set[str]:
        """The codes of the alerts that are open after one step, without addresses."""
        nodes: list[tuple[str, Any]] = [(NODE, self.chain)]
        if self.other_chain:
            nodes.append((OTHER_NODE, self.other_chain))
        watched = Watched(self.files, self.honest.trust(), nodes, (WITNESS,))
        monitor = Monitor(self.folder, watched, ALL_KINDS, lambda: self.now, self._asked)
        try:
            step = monitor.step()
        finally:
            monitor.close()
        self.now += timedelta(minutes=1)
        return {re.sub(r" https://.*", "", alert.code) for alert in step.open}

    def _asked(self, url: str, trust: Any) -> Shown:
        if self.witness is None:
            raise Unavailable("does not answer")
        return Shown(url, open_checkpoint(self.witness, trust.origin, trust.log_keys), self.witness)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A log of 40 entries, anchored and witnessed, that the monitor has judged."""
    log = founded()
    add_payments(log, 31)
    add_note(log, log.hash_of(20))
    found = Scene(tmp_path / "monitor", log, log.copy())
    size = len(log.drafts)
    found.chain = FakeChain(log.roots(size))
    found.show(log)
    found.witness = found.files["checkpoint"]
    assert found.step() == set()
    return found


def grown(scene: Scene) -> Operator:
    """The honest log, five entries longer, to be lied about."""
    log = scene.honest.copy()
    add_payments(log, 5)
    return log


def fork(scene: Scene) -> None:
    """The witness is shown one continuation, we another."""
    ours, theirs = grown(scene), scene.honest.copy()
    add_note(theirs, theirs.hash_of(3))
    add_payments(theirs, 4)
    scene.show(ours)
    scene.witness = theirs.tree()["checkpoint"]


def drop(scene: Scene) -> None:
    """An entry in the middle is gone, all after it chained and signed anew."""
    log = grown(scene)
    del log.drafts[20]
    scene.show(log)


def drop_tail(scene: Scene) -> None:
    """The newest entries are gone."""
    log = scene.honest.copy()
    del log.drafts[-3:]
    scene.show(log)


def reorder(scene: Scene) -> None:
    """Two entries have changed places."""
    log = grown(scene)
    one, other = log.drafts[20], log.drafts[21]
    log.drafts[20] = replace(other, at=one.at)
    log.drafts[21] = replace(one, at=other.at)
    scene.show(log)


def insert(scene: Scene) -> None:
    """A genuine payment, published late, is put into the past."""
    log = grown(scene)
    late = log.drafts.pop()
    log.drafts.insert(20, replace(late, at=log.drafts[20].at))
    scene.show(log)


def back_date(scene: Scene) -> None:
    """A new entry bears a time before the last one's."""
    log = grown(scene)
    log.drafts[-1] = replace(log.drafts[-1], at="2026-01-01T00:00:00Z")
    scene.show(log)


def re_sign(scene: Scene) -> None:
    """A new payment has another body than its officer signed."""
    log = grown(scene)
    last = log.drafts[-1]
    forged = log.draft("budget/payment", payment("SP2D-X", "999.00"), subject="SP2D-X")
    log.drafts[-1] = replace(forged, at=last.at, signatures=last.signatures)
    scene.show(log)


def two_faces(scene: Scene) -> None:
    """The same size is signed again, with another root."""
    scene.files["checkpoint"] = note(SIGNER, len(scene.honest.drafts), b"\x07" * 32)


def anchor_late(scene: Scene) -> None:
    """Entries come, and no anchor."""
    scene.show(grown(scene))
    scene.step()
    scene.now += timedelta(minutes=20)


def stale_files(scene: Scene) -> None:
    """We are shown yesterday's tree, the witness today's."""
    scene.witness = grown(scene).tree()["checkpoint"]
    scene.now += timedelta(hours=25)


def old_backup(scene: Scene) -> None:
    """An old database went on as if nothing had been lost."""
    log = scene.honest.copy()
    del log.drafts[-10:]
    add_payments(log, 20)
    scene.show(log)


def swap_log_key(scene: Scene) -> None:
    """The checkpoint is signed by a key that no trust file has."""
    log = grown(scene)
    log.signer = THIEF
    scene.show(log)


def swap_officer_key(scene: Scene) -> None:
    """A payment is signed by a key of another role."""
    log = scene.honest.copy()
    log.publish("budget/payment", payment("SP2D-Y"), BUDGET, subject="SP2D-Y")
    scene.show(log)


def enrol_alone(scene: Scene) -> None:
    """A key is enrolled by one registrar where two are needed."""
    log = scene.honest.copy()
    key = offices.key("penyusup")
    log.publish("registry/key", offices.enrolment(key), REGISTRARS[0], subject=key.id)
    scene.show(log)


def erase_without_order(scene: Scene) -> None:
    """A body is gone, and no erasure names it."""
    log = grown(scene)
    log.drafts[-2] = replace(log.drafts[-2], body=None)
    scene.show(log)


def false_anchor(scene: Scene) -> None:
    """The files show an anchor that the chain does not hold."""
    log = grown(scene)
    scene.show(log, *scene.chain.roots, len(log.drafts))


def junk_anchor(scene: Scene) -> None:
    """The chain was made to hold a future that is not this log's."""
    log = grown(scene)
    scene.show(log)
    scene.chain = FakeChain({**scene.chain.roots, len(log.drafts): b"\x07" * 32})


def lying_node(scene: Scene) -> None:
    """One node of the chain tells another root than the other."""
    size = len(scene.honest.drafts)
    scene.other_chain = FakeChain({size: b"\x07" * 32})


def hide_from_us(scene: Scene) -> None:
    """The server does not answer us any more."""
    scene.files = Files()


Lie = Callable[[Scene], None]
LIES: dict[str, tuple[Lie, set[str]]] = {
    "fork": (fork, {"split-view"}),
    "drop an entry": (drop, {"check since", "check anchors"}),
    "drop the newest": (drop_tail, {"check since"}),
    "reorder": (reorder, {"check since", "check anchors"}),
    "insert into the past": (insert, {"check since", "check anchors"}),
    "back-date": (back_date, {"check at"}),
    "sign for an officer": (re_sign, {"check signatures"}),
    "two roots of one size": (two_faces, {"two-faces", "check checkpoint"}),
    "anchor late": (anchor_late, {"anchors-lag"}),
    "serve stale files": (stale_files, {"behind", "quiet"}),
    "go on from an old backup": (old_backup, {"check since", "check anchors"}),
    "swap the log's key": (swap_log_key, {"check checkpoint"}),
    "sign with another role": (swap_officer_key, {"check authority"}),
    "enrol a key alone": (enrol_alone, {"check authority"}),
    "erase without an order": (erase_without_order, {"check bodies"}),
    "claim an anchor": (false_anchor, {"check anchors"}),
    "anchor a junk future": (junk_anchor, {"check anchors"}),
    "a node that lies": (lying_node, {"nodes-disagree", "check anchors"}),
    "answer us no more": (hide_from_us, {"check checkpoint"}),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_named(scene: Scene, name: str):
    """Within two steps the lie is named by the checks that the table says."""
    tell, expected = LIES[name]
    tell(scene)
    found = scene.step()
    if not expected <= found:
        found |= scene.step()
    assert expected <= found, found


def test_the_truth_raises_nothing(scene: Scene):
    """Growth, a new anchor and a witness that follows are no alert at all."""
    log = grown(scene)
    scene.chain = FakeChain({**scene.chain.roots, **log.roots(len(log.drafts))})
    scene.show(log)
    scene.witness = scene.files["checkpoint"]
    assert scene.step() == set()


def test_a_forged_receipt(scene: Scene):
    """A receipt for an entry that never was in the log proves nothing, however it is signed."""
    log, trust = scene.honest, scene.honest.trust()
    forged = log.draft("budget/payment", payment("SP2D-Z"), TREASURY, subject="SP2D-Z")
    leaf = format_entry(forged.entry(log.hash_of(19)))
    hashes = [merkle.leaf_hash(each) for each in log.leaves()]

    def node(level: int, index: int) -> bytes:
        return merkle.root(hashes[index << level : (index + 1) << level])

    path = tuple(merkle.inclusion_proof(20, len(hashes), node))
    proof = format_proof(Proof(20, path, scene.files["checkpoint"]))
    receipt = Receipt(20, leaf, forged.body, proof, None, (TREASURY.public.der,))
    report = check_receipt(format_receipt(receipt), trust)
    assert {check.name for check in report.checks if check.failed} == {"inclusion"}
    lonely = note(THIEF, 1, merkle.leaf_hash(leaf))
    alone = Receipt(
        0, leaf, forged.body, format_proof(Proof(0, (), lonely)), None, (TREASURY.public.der,)
    )
    report = check_receipt(format_receipt(alone), trust)
    assert "checkpoint" in {check.name for check in report.checks if check.failed}


def test_the_table_of_threats():
    """docs/threats.md tells of each lie by which alerts the monitor names it."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]* \| ([^|]*) \|", THREATS.read_text(), re.MULTILINE)
    told = {name.strip(): set(re.findall(r"`([^`]+)`", codes)) for name, codes in rows}
    for name, (_, expected) in LIES.items():
        assert told.get(name) == expected, name
