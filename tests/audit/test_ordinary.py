"""Entries that are judged by the stretch: nothing is lost of them, and nothing slips through."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.earlier import EarlierEntries, Since
from audit.files import read_leaves
from audit.hashes import leaf_hashes
from audit.lasting import LastingEntries
from audit.ordinary import NOT, apart, entry_read, unpack
from audit.passing import PassingEntries
from audit.reading import RawGroup, read_group
from audit.reads import EntryRead, GroupRead
from ledger.admission import Known
from ledger.keys import SigningKey
from tests.audit import simulator
from tests.audit.simulator import (
    ALL_KINDS,
    BUDGET,
    IMPORTER,
    REGISTRARS,
    TREASURY,
    Operator,
    add_note,
    add_payments,
    audited,
    clock,
    failures,
    payment,
    release,
)
from tests.ledger import offices
from tests.ledger.offices import ORG

KEYS = {key.id: key.public for key in (*REGISTRARS, BUDGET, TREASURY, IMPORTER)}


def pay(log: Operator, name: str, signer: SigningKey = TREASURY, **changes: str) -> int:
    """Append a payment."""
    return log.publish("budget/payment", payment(name), signer, subject=name, **changes)


def mixed() -> Operator:
    """A log of one group: payments, late ones, releases, a correction, an act."""
    log = simulator.founded()
    add_payments(log, 20)
    log.minute = 12_000
    pay(log, "LATE", time=clock(60))
    for name in ("ocds-kab-1", "ocds-else-1"):
        log.publish("ocds/release", release(name), IMPORTER, subject=name)
    pay(log, "SP2D-12", replaces=log.hash_of(12))
    simulator.enrol(log, TREASURY, roles=["treasury"], office="Kas")
    add_payments(log, 20)
    add_note(log, log.hash_of(13))
    return log


def read(log: Operator) -> tuple[list[bytes], GroupRead]:
    """The leaves of a log of one group, and what they come to."""
    files = log.tree()
    width = len(log.drafts)
    bundle = files[f"tile/entries/000.p/{width}"]
    bodies = [draft.body or b"" for draft in log.drafts]
    return read_leaves(bundle, width)[0], read_group(
        RawGroup(width, bundle, bodies), ALL_KINDS, KEYS
    )


def test_nothing_is_lost() -> None:
    """An ordinary entry is what it was, from its leaf and its columns; the others stand apart."""
    leaves, group = read(mixed())
    ordinary = unpack(group.ordinary)
    whole = [
        group.others.get(at) or entry_read(leaf, group.name(at), ordinary, at)
        for at, leaf in enumerate(leaves)
    ]
    assert sum(each != NOT for each in ordinary.which) > 40
    again, others = apart(whole)
    assert (again, others) == (ordinary, group.others)
    assert group.hashes == leaf_hashes(leaves)


@pytest.mark.parametrize("passing", [True, False])
def test_what_is_packed_is_found(tmp_path: Path, passing: bool) -> None:
    """Every question is answered as if each entry had been written by itself."""
    log = mixed()
    _, group = read(log)
    ordinary = unpack(group.ordinary)
    earlier: EarlierEntries = (
        PassingEntries() if passing else LastingEntries(tmp_path / "earlier.db")
    )
    earlier.expect(0, group, ordinary, (), ())
    start, stop = 8, 20
    earlier.admit_stretch(start, 10)
    earlier.admit_stretch(10, stop)
    digest = log.drafts[stop - 1].statement.body

    def entry(at: int) -> Known | None:
        return earlier.entry(group.hashes[at].hex())

    for _ in range(2):
        assert entry(start) == Known(start, "budget/payment", ORG, f"SP2D-{start}")
        assert entry(stop) is None
        assert earlier.kinds_of_body(digest) == {"budget/payment"}
        assert earlier.served_at(digest) == stop - 1
        assert earlier.signed_since(TREASURY.id, ordinary.times[stop - 2]) == Since(2, stop - 2)
        assert earlier.holder(f"payment:SP2D-{stop - 1}") == group.hashes[stop - 1].hex()
        assert earlier.holder(f"payment:SP2D-{stop}") is None
        earlier.settle()
    earlier.close()


def test_a_mixed_log_holds() -> None:
    """Corrections, notes and acts between payments, and what is remarked of them."""
    log = mixed()
    report = audited(log, log.tree())
    assert report.holds, list(report.lines())
    remarks = {remark.index: remark.what for check in report.checks for remark in check.remarks}
    assert "a day and more before" in remarks[28]


@pytest.mark.parametrize("distance", [1, 3, 300])
def test_an_id_twice(distance: int) -> None:
    """The second of two payments with one id fails, near to the first or far from it."""
    log = simulator.founded()
    pay(log, "SAME")
    add_payments(log, distance - 1)
    body = payment("SAME") | {"date": "2026-01-03"}
    second = log.publish("budget/payment", body, TREASURY, subject="SAME")
    add_payments(log, 3)
    assert failures(audited(log, log.tree())) == {"authority": second}


@pytest.mark.parametrize("distance", [1, 3, 300])
def test_the_same_twice(distance: int) -> None:
    """What was published before is not published again, near to the first or far from it."""
    log = simulator.founded()
    for _ in range(2):
        log.publish("ocds/release", release("ocds-kab-1"), IMPORTER, subject="ocds-kab-1")
        add_payments(log, distance - 1)
    report = audited(log, log.tree())
    assert failures(report) == {"authority": 8 + distance}


def test_a_need_and_a_correction_within_a_stretch() -> None:
    """A reversal needs the payment just before it, and none that comes only after it."""
    log = simulator.founded()
    add_payments(log, 5)
    back = payment("BACK", "-10.00", reverses="SP2D-12")
    log.publish("budget/payment", back, TREASURY, subject="BACK")
    assert audited(log, log.tree()).holds
    early = payment("EARLY", "-10.00", reverses="AFTER")
    at = log.publish("budget/payment", early, TREASURY, subject="EARLY")
    pay(log, "AFTER")
    assert failures(audited(log, log.tree())) == {"authority": at}


def test_who_may_not_any_more() -> None:
    """A key's time ends between payments that are alike: from then on each of them fails."""
    log = simulator.founded()
    add_payments(log, 3)
    simulator.enrol(log, TREASURY, roles=["treasury"], validUntil=clock(log.minute + 6))
    first = len(log.drafts)
    add_payments(log, 8)
    report = audited(log, log.tree())
    (check,) = (each for each in report.checks if each.failed)
    assert (check.name, check.failed, check.findings[0].index) == ("authority", 4, first + 4)


def test_revoked_between() -> None:
    """A revocation among payments counts those before it, and refuses those after it."""
    log = simulator.founded()
    add_payments(log, 5)
    since = log.drafts[10].at
    act = log.publish(
        "registry/revocation", offices.revocation(TREASURY, since), *REGISTRARS, subject=TREASURY.id
    )
    add_payments(log, 5)
    report = audited(log, log.tree())
    assert failures(report) == {"authority": act + 1}
    assert any("3 entries by key" in each.what for check in report.checks for each in check.remarks)


def test_an_erased_body_again() -> None:
    """A body that is erased does not come back in a stretch."""
    log = simulator.founded()
    add_payments(log, 5)
    gone = log.drafts[9].statement.body
    log.publish("registry/erasure", offices.erasure(gone), *REGISTRARS, subject=gone)
    add_payments(log, 2)
    at = log.publish("budget/payment", payment("SP2D-9"), TREASURY, subject="SP2D-9", time=clock(3))
    found = failures(audited(log, log.tree()))
    assert found == {"authority": at}


def test_read_group_of_a_bad_signature() -> None:
    """An entry whose signature does not verify is not an ordinary one."""
    log = mixed()
    log.drafts[12].signatures = log.drafts[13].signatures
    _, group = read(log)
    bad = group.others[12]
    assert isinstance(bad, EntryRead)
    assert bad.verified is False
