"""A lying operator is caught, by the right check and at the right entry; an honest one is not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from audit.report import Report
from ledger import tiles
from ledger.envelope import Ed25519Signature, parse_entry
from ledger.errors import Malformed, Unavailable
from ledger.merkle import leaf_hash
from ledger.note import parse_note
from tests.audit import simulator
from tests.audit.simulator import (
    ALL_KINDS,
    AUDITOR,
    BUDGET,
    IMPORTER,
    ORIGIN,
    REGISTRARS,
    SIGNER,
    THIEF,
    TREASURY,
    FakeChain,
    Files,
    Operator,
    altered,
    audited,
    clock,
    failures,
)
from tests.ledger import offices

SIZE = 600
ANCHORED = (8, 300, 590)
VICTIM = 277
"""In the second group, not at its edge."""


@pytest.fixture(scope="module")
def genuine() -> Operator:
    """A log of three groups, the last one partial."""
    log = simulator.founded()
    simulator.add_payments(log, SIZE - len(log.drafts) - 1)
    simulator.add_note(log, log.hash_of(20))
    return log


@pytest.fixture(scope="module")
def published(genuine):
    """Its public tree."""
    return genuine.tree(ANCHORED)


@pytest.fixture
def files(published) -> Files:
    """A copy of its public tree, to be tampered with."""
    return Files(published)


@pytest.fixture(scope="module")
def chain(genuine) -> FakeChain:
    """The chain it is anchored on."""
    return FakeChain(genuine.roots(*ANCHORED))


def last_line(report: Report) -> str:
    """The verdict as it is printed."""
    return list(report.lines())[-1]


def test_honest(genuine, files, chain):
    """Nothing fails in an honest log, every check was made, and the chain dates it."""
    report = audited(genuine, files, chain)
    assert last_line(report) == "verify: holds"
    assert (report.exit, report.size) == (0, SIZE)
    assert report.root == genuine.roots(SIZE)[SIZE]
    assert all(check.checked for check in report.checks)
    assert report.newest_independent_time == "2026-02-02T02:40:00Z"
    assert report.unchecked == []
    assert next(report.lines()).startswith(f"pinned by the trust file: {ORIGIN}")


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


# Public files tampered with, nothing else re-made.


def test_body_byte(genuine, files):
    """A byte of a body in a group."""
    bodies = [draft.body for draft in genuine.drafts[256:512]]
    bodies[VICTIM - 256] = bodies[VICTIM - 256].replace(b"10.00", b"19.00")
    files["bodies/001"] = tiles.format_body_group(bodies)
    assert failures(audited(genuine, files)) == {"bodies": VICTIM}


def test_body_by_itself(genuine, files):
    """A byte of a body of the last group."""
    files.flip("body/550", 30)
    assert failures(audited(genuine, files)) == {"bodies": 550}


def test_packed_body_byte(genuine, files):
    """A byte of a group as it is compressed: the group is named, and the others still checked."""
    files.flip("bodies/001", len(files["bodies/001"]) // 2)
    report = audited(genuine, files)
    found = failures(report)
    assert set(found) == {"bodies"}
    assert 256 <= found["bodies"] < 512
    assert report.first.index == found["bodies"]


@pytest.mark.parametrize("part", [b"", b"\x1f\x8b", b"not gzip"])
def test_group_of_bodies_out_of_form(genuine, files, part):
    """A group that cannot be read fails from its first entry, not the entries after it."""
    files["bodies/001"] = part
    assert failures(audited(genuine, files)) == {"bodies": 256}


def test_missing_bodies(genuine, files):
    """A body that no erasure names may not be absent."""
    del files["body/555"]
    assert failures(audited(genuine, files)) == {"bodies": 555}
    del files["bodies/001"]
    assert failures(audited(genuine, files)) == {"bodies": 256}


def test_statement_field(genuine, files):
    """The signature no longer fits, nor the tile, nor the next entry's link."""
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), time=clock(3)))
    report = audited(genuine, files)
    assert failures(report) == {
        "signatures": VICTIM,
        "chain": VICTIM,
        "tree": VICTIM,
        "checkpoint": None,
        "anchors": 300,
    }
    assert last_line(report).startswith(f"verify: FAILS at entry {VICTIM}: signature of key")


def test_statement_field_of_last_entry(genuine, files):
    """The same where no next entry names it."""
    files.put_leaf(SIZE - 1, altered(files.leaf_at(SIZE - 1), time=clock(3)))
    found = failures(audited(genuine, files))
    assert found["signatures"] == found["tree"] == SIZE - 1


def test_signature(genuine, files):
    """A signature with one other byte."""
    entry = parse_entry(files.leaf_at(VICTIM))
    raw = bytearray(base64.b64decode(entry.signatures[0].sig))
    raw[5] ^= 1
    forged = Ed25519Signature(key=entry.signatures[0].key, sig=base64.b64encode(raw).decode())
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), signatures=(forged,)))
    report = audited(genuine, files)
    assert failures(report)["signatures"] == VICTIM
    assert report.first.index == VICTIM


def test_short_signature(genuine, files):
    """A signature of the wrong length is a bad one, not a crash."""
    entry = parse_entry(files.leaf_at(VICTIM))
    short = Ed25519Signature(key=entry.signatures[0].key, sig="AAAA")
    files.put_leaf(VICTIM, altered(files.leaf_at(VICTIM), signatures=(short,)))
    assert failures(audited(genuine, files))["signatures"] == VICTIM


@pytest.mark.parametrize("index", [VICTIM, 256, 0, SIZE - 1])
def test_prev(genuine, files, index):
    """A link that names another entry: the entry that bears it is named."""
    files.put_leaf(index, altered(files.leaf_at(index), prev="ab" * 32))
    report = audited(genuine, files)
    assert failures(report)["chain"] == index
    assert report.first.index == index


@pytest.mark.parametrize("index", [VICTIM, 256])
def test_at_going_back(genuine, files, index):
    """The log's clock does not go back."""
    files.put_leaf(index, altered(files.leaf_at(index), at=clock(0)))
    report = audited(genuine, files)
    assert failures(report)["at"] == index
    assert report.first.index == index


def test_not_canonical(genuine, files):
    """Bytes out of form are named, and hide nothing else."""
    files.put_leaf(VICTIM, files.leaf_at(VICTIM).replace(b'{"at"', b'{ "at"'))
    files.flip("body/550", 30)
    found = failures(audited(genuine, files))
    assert (found["form"], found["tree"], found["bodies"]) == (VICTIM, VICTIM, 550)


def test_deleted(genuine, files):
    """An entry taken out, all after it moved up."""
    leaves = genuine.leaves()
    del leaves[VICTIM]
    for number in range(3):
        group = leaves[number * 256 :][:256]
        files[tiles.bundle_path(number, min(256, SIZE - number * 256))] = tiles.format_bundle(group)
    report = audited(genuine, files)
    found = failures(report)
    assert found["chain"] == found["tree"] == VICTIM
    assert found["form"] == SIZE - 1
    assert report.first.index == VICTIM


def test_swapped(genuine, files):
    """Two entries in each other's places."""
    one, other = files.leaf_at(VICTIM), files.leaf_at(VICTIM + 30)
    files.put_leaf(VICTIM, other)
    files.put_leaf(VICTIM + 30, one)
    report = audited(genuine, files)
    assert failures(report)["chain"] == failures(report)["tree"] == VICTIM
    assert report.first.index == VICTIM


@pytest.mark.parametrize(
    ("path", "at", "index"),
    [
        ("tile/0/001", (VICTIM - 256) * 32, VICTIM),
        ("tile/0/002.p/88", 31, 512),
        ("tile/1/000.p/2", 40, 256),
    ],
)
def test_tile_byte(genuine, files, path, at, index):
    """A byte of a tile: only the tile is wrong, and the entry it stands for is named."""
    files.flip(path, at)
    report = audited(genuine, files)
    assert failures(report) == {"tree": index}
    assert report.checks[6].failed == 1


@pytest.mark.parametrize(
    ("path", "index"), [("tile/0/001", 256), ("tile/1/000.p/2", 0), ("tile/0/002.p/88", 512)]
)
def test_missing_tile(genuine, files, path, index):
    """A tile that is missing or too short."""
    del files[path]
    assert failures(audited(genuine, files)) == {"tree": index}
    files[path] = bytes(33)
    assert failures(audited(genuine, files)) == {"tree": index}


def test_full_tile_stands_for_partial(genuine, published):
    """A live tree may have grown past the checkpoint that was read."""
    size = 520
    log = Operator(genuine.drafts[:size])
    files = log.tree()
    for path in [path for path in files if ".p/" in path or path.startswith("body/")]:
        del files[path]
    longer = genuine.copy()
    simulator.add_payments(longer, 200)
    for path, raw in longer.tree().items():
        files.setdefault(path, raw)
    files["tile/1/000"] = published["tile/1/000.p/2"] + bytes(32 * 254)
    assert last_line(audited(log, files)) == "verify: holds"


def test_statement_field_and_the_tiles_made_to_fit(genuine, files):
    """Where the tile of the leaves fits what was altered, the tile above does not accuse others."""
    leaf = altered(files.leaf_at(VICTIM), time=clock(3))
    files.put_leaf(VICTIM, leaf)
    tile = bytearray(files["tile/0/001"])
    tile[(VICTIM - 256) * 32 : (VICTIM - 255) * 32] = leaf_hash(leaf)
    files["tile/0/001"] = bytes(tile)
    report = audited(genuine, files)
    found = failures(report)
    assert (found["signatures"], found["tree"], report.first.index) == (VICTIM, VICTIM, VICTIM)


def test_tile_above_an_anchor(genuine, files, chain):
    """A wrong tile is not laid to the chain's charge."""
    files.flip("tile/1/000.p/2", 40)
    assert failures(audited(genuine, files, chain)) == {"tree": 256}


def fallen_into(lengths: list[int], at: int) -> int:
    """Which of these lengths a position lies in."""
    return next(n for n in range(len(lengths)) if sum(lengths[: n + 1]) > at)


def test_bundle_byte(genuine, files):
    """A byte of a bundle, wherever it falls, is found at the entry it falls into."""
    files.flip("tile/entries/001", 20_000)
    report = audited(genuine, files)
    whole = tiles.parse_bundle(genuine.tree()["tile/entries/001"], 256)
    assert report.first.index == 256 + fallen_into([len(leaf) + 2 for leaf in whole], 20_000)


def test_missing_bundle(genuine, files):
    """Missing entries fail once; the groups after them are still checked."""
    del files["tile/entries/001"]
    files.flip("body/550", 30)
    found = failures(audited(genuine, files))
    assert (found["form"], found["bodies"]) == (256, 550)
    assert "chain" not in found


def test_huge_checkpoint(genuine, files):
    """A checkpoint of 2^62 entries that are not there fails at once."""
    files["checkpoint"] = simulator.note(SIGNER, 2**62, bytes(32))
    report = audited(genuine, files)
    assert failures(report)["form"] == 512
    assert any("too much is missing" in each for each in report.unchecked)


def test_checkpoint_by_another_key(genuine, files):
    """A checkpoint that no trusted key has signed; the rest is checked all the same."""
    files["checkpoint"] = simulator.note(THIEF, SIZE, genuine.roots(SIZE)[SIZE])
    report = audited(genuine, files)
    assert failures(report) == {"checkpoint": None}
    assert last_line(report) == "verify: FAILS: no trusted key has signed the note"
    assert report.checks[3].checked == SIZE


@pytest.mark.parametrize("raw", [None, b"", b"\xff", b"x\n\n", b"a" * 100_000])
def test_checkpoint_out_of_form(genuine, files, raw):
    """Without a checkpoint there is nothing to stand on."""
    del files["checkpoint"]
    if raw is not None:
        files["checkpoint"] = raw
    assert audited(genuine, files).exit == 1


def test_checkpoint_of_another_root(genuine, files):
    """A signed root that is not that of the entries."""
    files["checkpoint"] = simulator.note(SIGNER, SIZE, bytes(32))
    assert failures(audited(genuine, files)) == {"checkpoint": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "other"},
        {"chainId": 1},
        {"contract": None},
        {"logId": "0x" + "00" * 32},
        {"x": 1},
    ],
)
def test_description(genuine, files, changes):
    """`log.json` unlike the trust file, or out of form, is a failed check."""
    files["log.json"] = json.dumps(simulator.description(**changes)).encode()
    assert failures(audited(genuine, files)) == {"log.json": None}


def test_missing_description(genuine, files):
    """`log.json` must be there."""
    del files["log.json"]
    assert failures(audited(genuine, files)) == {"log.json": None}


# Anchors.


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


# What the entries say.


def grown(genuine: Operator, *acts: tuple) -> tuple[Operator, int]:
    """A short log with these acts after its foundation, and the index of the first of them."""
    log = Operator(genuine.drafts[:8], minute=20)
    first = len(log.drafts)
    for kind, said, signers, subject, changes in acts:
        log.publish(kind, said, *signers, subject=subject, **changes)
    return log, first


def paid(name: str, *signers, said=None, subject=None, **changes) -> tuple:
    """A payment as an act."""
    said = simulator.payment(name) if said is None else said
    return "budget/payment", said, signers or (TREASURY,), subject or name, changes


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(paid("P", BUDGET), id="role"),
        pytest.param(paid("P", offices.key("stranger")), id="stranger"),
        pytest.param(paid("P", TREASURY, org="ID-OTHER"), id="org"),
        pytest.param(paid("P", REGISTRARS[0]), id="registrar"),
        pytest.param(paid("P", log="other.log"), id="log"),
        pytest.param(paid("P", time=clock(60)), id="future"),
        pytest.param(paid("P", kind="budget/gift"), id="kind"),
        pytest.param(paid("P", replaces="ab" * 32), id="replaces"),
        pytest.param(
            paid("P", said=simulator.payment("P", "-1.00", reverses="none")), id="reverses"
        ),
        pytest.param(
            ("registry/key", offices.enrolment(TREASURY), REGISTRARS[:1], TREASURY.id, {}),
            id="threshold",
        ),
    ],
)
def test_unauthorised(genuine, act):
    """What the log had to refuse is found at its place."""
    kind, said, signers, subject, changes = act
    kind = changes.get("kind", kind)
    changes = {name: value for name, value in changes.items() if name != "kind"}
    log, first = grown(genuine, (kind, said, signers, subject, changes))
    assert failures(audited(genuine, log.tree())) == {"authority": first}


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(paid("P", subject="Q"), id="subject"),
        pytest.param(paid("P", said=simulator.payment("P", "1,00")), id="money"),
        pytest.param(paid("P", said=[]), id="not-an-object"),
    ],
)
def test_body_out_of_form(genuine, act):
    """A body that is not what its kind asks, or about another subject."""
    log, first = grown(genuine, act)
    assert failures(audited(genuine, log.tree())) == {"bodies": first}


def test_twice(genuine):
    """One payment's id is used once."""
    log, first = grown(genuine, paid("P"), paid("P", said=simulator.payment("P", "11.00")))
    assert failures(audited(genuine, log.tree())) == {"authority": first + 1}


def test_enrolment_played_again(genuine):
    """An old enrolment put in again does not give back what a later one took away."""
    log = Operator(genuine.drafts[:8], minute=20)
    again = replace(log.drafts[3], at=clock(30))
    simulator.enrol(log, TREASURY, roles=["treasury"], validUntil=clock(25))
    log.drafts.append(again)
    log.minute = 30
    log.publish("budget/payment", simulator.payment("P"), TREASURY, subject="P")
    assert failures(audited(genuine, log.tree())) == {"authority": 9}
    assert audited(genuine, log.tree()).checks[4].failed == 2


def test_another_org_scope(genuine):
    """A budget key speaks about the lines of the orgs in its scope."""
    log = Operator(genuine.drafts[:8], minute=20)
    outsider = offices.key("outsider")
    simulator.enrol(log, outsider, roles=["treasury"], **{"for": ["ID-OTHER"]})
    log.publish("budget/payment", simulator.payment("P"), outsider, subject="P")
    assert failures(audited(genuine, log.tree())) == {"authority": 9}


def test_revoked_key(genuine):
    """A key is refused after its revocation; what it signed before stands, with a remark."""
    revoked = (
        "registry/revocation",
        offices.revocation(TREASURY, clock(0)),
        REGISTRARS,
        TREASURY.id,
        {},
    )
    log, first = grown(genuine, paid("P"), revoked, paid("Q"))
    report = audited(genuine, log.tree())
    assert failures(report) == {"authority": first + 2}
    assert report.to_json()["remarks"][0]["index"] == first


def test_bad_registry_entry_changes_nothing(genuine):
    """A key whose enrolment was badly signed has no authority."""
    log = Operator(genuine.drafts[:8], minute=20)
    newcomer = offices.key("newcomer")
    index = simulator.enrol(log, newcomer, roles=["treasury"])
    one, other = log.drafts[index].signatures
    log.drafts[index].signatures = (
        one,
        Ed25519Signature(key=other.key, sig=one.sig),
    )
    log.publish("budget/payment", simulator.payment("P"), newcomer, subject="P")
    report = audited(genuine, log.tree())
    assert failures(report) == {"signatures": index, "authority": index + 1}
    assert report.first.index == index


def test_registry_body_tampered(genuine, files):
    """A registry body with another byte is named first, before what it would have allowed."""
    bodies = [draft.body for draft in genuine.drafts[:256]]
    bodies[3] = bodies[3].replace(b"treasury", b"auditor")
    files["bodies/000"] = tiles.format_body_group(bodies)
    report = audited(genuine, files)
    assert failures(report) == {"bodies": 3, "authority": 8}
    assert report.first.index == 3


def test_validity(genuine):
    """A key signs within its validity by the log's clock."""
    log = Operator(genuine.drafts[:8], minute=20)
    brief = offices.key("brief")
    simulator.enrol(log, brief, roles=["treasury"], validUntil=clock(22))
    log.publish("budget/payment", simulator.payment("P"), brief, subject="P")
    assert failures(audited(genuine, log.tree())) == {"authority": 9}


# Erasures.


def erased(genuine: Operator, *, order: bool, absent: bool) -> tuple[Operator, int]:
    """A log where a payment that is reversed later was erased."""
    log, first = grown(
        genuine,
        paid("P"),
        paid("R", said=simulator.payment("R", "-10.00", reverses="P")),
    )
    target = log.drafts[first]
    if order:
        said = offices.erasure(target.statement.body)
        log.publish("registry/erasure", said, *REGISTRARS, subject=target.statement.body)
    if absent:
        target.body = None
    return log, first


def test_erased(genuine):
    """A body may be absent when an erasure names it, and what builds on it still holds."""
    log, _ = erased(genuine, order=True, absent=True)
    assert audited(genuine, log.tree()).holds


def test_erased_without_order(genuine):
    """A body may not be absent otherwise."""
    log, first = erased(genuine, order=False, absent=True)
    assert failures(audited(genuine, log.tree())) == {"bodies": first}


def test_erased_but_served(genuine):
    """A body served after its erasure is a remark."""
    log, first = erased(genuine, order=True, absent=False)
    report = audited(genuine, log.tree())
    assert report.holds
    assert report.to_json()["remarks"] == [
        {
            "check": "bodies",
            "index": first,
            "what": f"the body is served although entry {first + 2} erases it",
        }
    ]


def test_erased_body_again(genuine):
    """A later entry with an erased body is refused."""
    log, first = erased(genuine, order=True, absent=True)
    log.publish("budget/payment", simulator.payment("P"), TREASURY, subject="P")
    assert failures(audited(genuine, log.tree()))["authority"] == first + 3


def test_erasure_while_reading(genuine):
    """A body erased while we read is no failure: the newer checkpoint says so."""
    before, _ = erased(genuine, order=False, absent=False)
    after, _ = erased(genuine, order=True, absent=True)

    class Moving(Files):
        """Shows the old checkpoint once."""

        reads = 0

        def read(self, path, limit):
            """See Files."""
            if path == "checkpoint":
                self.reads += 1
                return (before if self.reads == 1 else after).tree()["checkpoint"]
            return super().read(path, limit)

    # Both trees' partial tiles stand beside each other, as on a live server.
    files = Moving(before.tree() | after.tree())
    for path in set(before.tree()) - set(after.tree()):
        if path.startswith("body/"):
            del files[path]
    report = audited(genuine, files)
    assert (report.holds, report.size) == (True, len(after.drafts))


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
