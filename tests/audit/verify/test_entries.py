"""What entries say: authority, registry acts, bodies and erasures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger import tiles
from ledger.envelope import Ed25519Signature
from tests.audit import simulator
from tests.audit.simulator import (
    BUDGET,
    REGISTRARS,
    TREASURY,
    Files,
    Operator,
    audited,
    clock,
    failures,
)
from tests.audit.verify.setting import grown, paid
from tests.ledger import offices


def _revocation() -> tuple:
    """The end of the treasury's key, as an act."""
    said = offices.revocation(TREASURY, clock(0))
    return "registry/revocation", said, REGISTRARS, TREASURY.id, {}


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


def test_like_one_in_order(genuine):
    """What is like an entry in order is refused all the same where something stands against it."""
    log = Operator(genuine.drafts[:8], minute=8)
    brief = offices.key("brief")
    simulator.enrol(log, brief, roles=["treasury"], validUntil=clock(300))
    simulator.add_payments(log, tiles.WIDTH - len(log.drafts))
    refused = []
    for minute, wrong, (kind, said, signers, subject, changes) in [
        (257, False, paid("P")),
        (258, False, paid("Q", brief)),
        (259, True, paid("P", said=simulator.payment("P", "11.00"))),
        (260, True, paid("R", log="other.log")),
        (261, True, paid("S", org="ID-OTHER")),
        (262, True, paid("T", BUDGET)),
        (263, True, paid("U", time=clock(300))),
        (299, True, paid("V", brief)),
        (300, False, paid("W")),
        (301, False, _revocation()),
        (302, True, paid("X")),
    ]:
        log.minute = minute
        index = log.publish(kind, said, *signers, subject=subject, **changes)
        refused += [index] if wrong else []
    authority = audited(genuine, log.tree()).checks[4]
    assert [each.index for each in authority.findings] == refused


def test_like_one_in_order_with_a_bad_signature(genuine):
    """A signature is verified for each entry, however many are like it."""
    log = genuine.copy()
    log.drafts[400].signatures = log.drafts[399].signatures
    assert failures(audited(genuine, log.tree())) == {"signatures": 400}


def test_revoked_key(genuine):
    """A key is refused after its revocation; what it signed before stands, with a remark."""
    log, first = grown(genuine, paid("P"), _revocation(), paid("Q"))
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
