"""Anchors, and a rewritten history signed again with the stolen log key: the chain tells."""

from __future__ import annotations

import json

import pytest

from ledger.errors import Unavailable
from tests.audit import simulator
from tests.audit.simulator import (
    AUDITOR,
    FakeChain,
    Operator,
    audited,
    clock,
    failures,
)
from tests.audit.verify.setting import ANCHORED, SIZE, VICTIM, last_line
from tests.ledger import offices


def test_anchor_row(genuine, files, chain):
    """A row with another root fails even without a chain, and names the size."""
    roots = genuine.roots(*ANCHORED)
    files["anchors/latest"] = simulator.anchor_rows(roots | {300: bytes(32)})
    report = audited(genuine, files)
    assert failures(report) == {"anchors": 300}
    assert report.to_json()["checks"][9]["findings"][0]["size"] == 300
    assert last_line(report).startswith("verify: FAILS at the anchor of size 300")
    assert failures(audited(genuine, files, chain)) == {"anchors": 300}


def test_row_the_chain_lacks(genuine, files):
    """An anchor that was never made, or that the chain has lost."""
    roots = genuine.roots(*ANCHORED)
    assert failures(audited(genuine, files, FakeChain({8: roots[8], 590: roots[590]}))) == {
        "anchors": 300
    }


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("block", 299),
        ("blockHash", "0x" + "cc" * 32),
        ("transaction", "0x" + "cc" * 32),
        ("time", clock(299)),
    ],
)
def test_row_with_another_place(genuine, files, chain, member, value):
    """Where and when an anchor was made, the chain knows."""
    rows = json.loads(files["anchors/latest"])
    rows[1][member] = value
    files["anchors/latest"] = json.dumps(rows).encode()
    assert audited(genuine, files).holds
    assert failures(audited(genuine, files, chain)) == {"anchors": 300}


def test_node_without_old_events(genuine, files, chain, monkeypatch):
    """A node that has forgotten old events still knows the roots: a remark."""

    def forgotten(*_):
        raise Unavailable("history is pruned")

    monkeypatch.setattr(FakeChain, "anchored_in", forgotten)
    report = audited(genuine, files, chain)
    assert report.holds
    assert any("does not tell where" in line for line in report.lines())


@pytest.mark.parametrize("raw", [b"{}", b"[{}]", b"[", b"[" * 1000])
def test_rows_out_of_form(genuine, files, raw):
    """Rows out of form fail the check and nothing else."""
    files["anchors/latest"] = raw
    assert set(failures(audited(genuine, files))) == {"anchors"}


def test_no_rows_file(genuine, files):
    """`anchors/latest` always exists."""
    del files["anchors/latest"]
    assert set(failures(audited(genuine, files))) == {"anchors"}


def test_rows_in_groups(genuine):
    """Full groups of 256 rows, the newest also as `anchors/latest`."""
    sizes = range(1, 257)
    files = genuine.tree(sizes)
    files["anchors/000"] = files["anchors/latest"]
    assert audited(genuine, files).holds
    assert audited(genuine, files).checks[9].checked == 256
    files["anchors/latest"] = simulator.anchor_rows(genuine.roots(300) | {400: bytes(32)})
    assert failures(audited(genuine, files)) == {"anchors": 400}


def test_row_above_the_checkpoint(genuine, files):
    """A live tree runs ahead: such rows are passed over."""
    roots = genuine.roots(*ANCHORED) | {SIZE + 1: bytes(32)}
    files["anchors/latest"] = simulator.anchor_rows(roots)
    assert audited(genuine, files).holds


@pytest.mark.parametrize("changes", [{"chain_id": 1}, {"genesis": "0x" + "00" * 32}])
def test_another_chain(genuine, files, chain, changes):
    """A chain that is not the trusted one proves nothing."""
    other = FakeChain(chain.roots, **changes)
    report = audited(genuine, files, other)
    assert (set(failures(report)), report.newest_independent_time) == ({"anchors"}, None)


def test_tree_behind_the_chain(genuine, files, chain):
    """A chain that knows more is a remark: the tree shown is old."""
    ahead = FakeChain(chain.roots | {700: bytes(32)})
    report = audited(genuine, files, ahead)
    assert report.holds
    assert any("behind the chain" in line for line in report.lines())


def test_latest_that_no_row_shows(genuine, files, chain):
    """The newest anchor counts even if the operator does not list it."""
    hidden = FakeChain(chain.roots | {595: bytes(31) + b"1"})
    assert failures(audited(genuine, files, hidden)) == {"anchors": 595}
    honest = FakeChain(chain.roots | genuine.roots(595))
    assert audited(genuine, files, honest).holds


def test_development_chain(genuine, files, chain):
    """A development chain dates nothing: the operator runs it himself."""
    own = FakeChain(chain.roots, version="jejak devchain/0.1")
    report = audited(genuine, files, own)
    assert (report.holds, report.newest_independent_time) == (True, None)


def test_every_chain_is_asked(genuine, files, chain):
    """Of several nodes one that contradicts is enough."""
    other = FakeChain(chain.roots | {300: b"x" * 32})
    assert failures(audited(genuine, files, chains=[chain, other])) == {"anchors": 300}


# A rewritten history, all hashes re-made and the checkpoint signed with the stolen log key.


def test_inserted_and_signed_again(genuine, chain):
    """Only the chain tells an inserted entry, signed by a real office, from a genuine one."""
    log = genuine.copy()
    late = log.draft("note", offices.remark(log.hash_of(5)), AUDITOR, subject=log.hash_of(5))
    late.at = log.drafts[VICTIM].at
    late.statement = type(late.statement)(
        **{
            name: getattr(late.statement, name)
            for name in ("body", "kind", "log", "org", "subject", "v")
        },
        time=late.at,
    )
    late.signatures = (AUDITOR.sign(late.statement),)
    log.drafts.insert(VICTIM, late)
    # The note at the end is about an entry whose hash is the same still.
    forged = log.tree(ANCHORED)
    assert audited(genuine, forged).holds
    report = audited(genuine, forged, chain)
    assert failures(report) == {"anchors": 300}
    assert last_line(report).startswith("verify: FAILS at the anchor of size 300")


def test_inserted_with_the_genuine_rows(genuine, chain):
    """The rows as they were contradict the entries even without a chain."""
    log = genuine.copy()
    log.drafts.insert(VICTIM, log.drafts[VICTIM])
    forged = log.tree()
    forged["anchors/latest"] = simulator.anchor_rows(chain.roots)
    assert failures(audited(genuine, forged))["anchors"] == 300


def test_rewritten_field_signed_again(genuine):
    """The offices' signatures cannot be made again with the log's key."""
    log = genuine.copy()
    statement = log.drafts[VICTIM].statement
    log.drafts[VICTIM].statement = type(statement)(
        **{name: getattr(statement, name) for name in ("body", "kind", "log", "org", "v", "time")},
        subject="SP2D-0",
    )
    found = failures(audited(genuine, log.tree()))
    assert found["signatures"] == VICTIM
    assert "tree" not in found


def test_another_entry0(genuine):
    """A log of other registrars is another log, whatever it calls itself."""
    log = Operator()
    alone = offices.key("impostor")
    log.publish("registry/root", offices.root(1, alone), alone, subject="root")
    assert failures(audited(genuine, log.tree())) == {"authority": 0}
