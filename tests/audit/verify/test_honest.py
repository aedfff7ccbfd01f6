"""An honest operator passes; what is merely odd is a remark, not a failure."""

from __future__ import annotations

import hashlib
import json

import pytest

from ledger.errors import Malformed
from ledger.note import parse_note
from tests.audit import simulator
from tests.audit.simulator import (
    ALL_KINDS,
    IMPORTER,
    ORIGIN,
    SIGNER,
    THIEF,
    Operator,
    altered,
    audited,
    clock,
    failures,
)
from tests.audit.verify.setting import SIZE, VICTIM, grown, last_line, paid
from tests.ledger import offices


def test_honest(genuine, files, chain):
    """Nothing fails in an honest log, every check was made, and the chain dates it."""
    report = audited(genuine, files, chain)
    assert last_line(report) == "verify: holds"
    assert (report.exit, report.size) == (0, SIZE)
    assert report.root == genuine.roots(SIZE)[SIZE]
    assert all(check.checked for check in report.checks)
    assert report.newest_independent_time == "2026-02-02T02:40:00Z"
    assert report.unchecked == []


def test_what_was_pinned_is_named(genuine, files, chain):
    """Whoever reads a report sees which keys and which first entry were pinned."""
    report = audited(genuine, files, chain)
    first = hashlib.sha256(b"\0" + files.leaf_at(0)).hexdigest()
    pinned = next(report.lines())
    assert pinned.startswith(f"pinned by the trust file: {ORIGIN}, keys {ORIGIN}+")
    assert f", entry 0 {first}, chain " in pinned


def test_json_form(genuine, files, chain):
    """The JSON has the members of the format, and a finding its index."""
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), org="ID-OTHER"))
    said = json.loads(json.dumps(audited(genuine, files, chain).to_json()))
    assert {"holds", "pinned", "size", "root", "newestIndependentTime", "checks"} <= set(said)
    assert (said["holds"], said["pinned"], said["size"]) == (False, True, SIZE)
    tree = next(check for check in said["checks"] if check["name"] == "tree")
    assert set(tree) == {"name", "checked", "failed", "findings"}
    assert tree["findings"][0]["index"] == VICTIM


def test_unpinned(genuine, files):
    """Without a trust file the first line says whose word was taken."""
    report = audited(genuine, files, trust=None)
    assert (report.holds, report.pinned) == (True, False)
    assert "operator's own word" in next(report.lines())


def test_without_chain(genuine, files):
    """Without a chain the report says that nobody was asked about the anchors."""
    report = audited(genuine, files)
    assert (report.holds, report.newest_independent_time) == (True, None)
    assert any("anchors" in each for each in report.unchecked)


@pytest.mark.parametrize("size", [1, 8, 255, 256, 257, 512])
def test_every_size_holds(genuine, size):
    """Whole groups, partial ones and the edges between them."""
    log = Operator(genuine.drafts[:size])
    report = audited(log, log.tree((size,)))
    assert last_line(report) == "verify: holds"


def test_workers(genuine, files, monkeypatch):
    """Signatures verified by other processes give the same findings."""
    monkeypatch.setattr("audit.verify.MANY", 1)
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), org="ID-OTHER"))
    alone, shared = (audited(genuine, files, workers=workers) for workers in (1, 2))
    assert shared.to_json() == alone.to_json()


def test_empty_log(genuine):
    """An empty log lacks the entry that the trust file names."""
    assert failures(audited(genuine, Operator().tree())) == {"authority": None}


# A saved checkpoint.


def test_since(genuine, files):
    """The log extends a checkpoint that was kept, or is caught."""
    roots = genuine.roots(300, SIZE)
    for size in (300, SIZE):
        assert audited(genuine, files, since=simulator.note(SIGNER, size, roots[size])).holds
    report = audited(genuine, files, since=simulator.note(SIGNER, 300, bytes(32)))
    assert failures(report) == {"since": None}


def test_since_longer(genuine, files):
    """A log that has become shorter is caught."""
    kept = simulator.note(SIGNER, SIZE + 1, bytes(32))
    report = audited(genuine, files, since=kept)
    assert failures(report) == {"since": None}
    assert "fewer than 601" in last_line(report)


def test_since_is_no_checkpoint(genuine, files):
    """A file that is none is the user's mistake."""
    with pytest.raises(Malformed):
        audited(genuine, files, since=b"x")


# Remarks.


def test_late_statement(genuine):
    """A statement signed more than a day before it was recorded is a remark."""
    log, first = grown(genuine, paid("P", at="2026-01-03T00:00:00Z", time=clock(1)))
    report = audited(genuine, log.tree())
    assert report.holds
    assert report.to_json()["remarks"][0]["index"] == first


def test_another_owners_process(genuine):
    """A release about another owner's process is a remark, a copy by an importer for all is not."""
    log = Operator(genuine.drafts[:8], minute=20)
    copier = offices.key("copier")
    simulator.enrol(log, copier, roles=["importer"], org="ID-COPY", **{"for": ["*"]})
    simulator.enrol(log, IMPORTER, roles=["importer"], org="ID-X", **{"for": ["ID-X"]})
    for signer, org in ((copier, "ID-COPY"), (IMPORTER, "ID-X")):
        ocid = "ocds-kab-1"
        log.publish("ocds/release", simulator.release(ocid), signer, subject=ocid, org=org)
    ocid = "ocds-free-1"
    log.publish("ocds/release", simulator.release(ocid), IMPORTER, subject=ocid, org="ID-X")
    report = audited(genuine, log.tree())
    assert report.holds
    assert [each["index"] for each in report.to_json()["remarks"]] == [11]


def test_findings_are_bounded(genuine, files):
    """A thousand lies make a short report, and all are counted."""
    for index in range(8, 500):
        files.put_leaf(index, altered(files.leaf_at(index), time=clock(1)))
    report = audited(genuine, files)
    signatures = report.checks[3]
    assert (signatures.failed, len(signatures.findings)) == (492, 100)
    assert signatures.findings[0].index == 8


def test_unknown_signatures_on_the_checkpoint(genuine, files):
    """Lines of keys we do not know are ignored."""
    files["checkpoint"] += simulator.note(THIEF, SIZE, bytes(32)).split(b"\n\n")[1]
    assert len(parse_note(files["checkpoint"]).signatures) == 2
    assert audited(genuine, files).holds


def test_kinds_that_are_not_known(genuine, files):
    """A verifier that does not know a kind says so at the first entry of it."""
    known = {name: kind for name, kind in ALL_KINDS.items() if not name.startswith("budget/p")}
    from audit.verify import verify

    assert failures(verify(files, known, trust=genuine.trust(), workers=1)) == {"authority": 8}
