"""The follower: what the tables say after entries, corrections, erasures and other owners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import NotFound
from procurement import queries, sums
from procurement.classes import CLASSIFICATIONS, largest_classes
from procurement.rules import Tolerances
from procurement.trail import Step, lines, to_json, trace
from tests.procurement.town import ORG, OTHER, SALT, Town, found_town, value

LINE = f"{ORG}/2026/1.03/5.2"
LINE_2 = f"{ORG}/2026/1.03/5.3"
OCID = "ocds-town00-0001"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town in which nothing has happened."""
    return found_town(tmp_path)


def release(number: str = "1", date: str = "2026-02-01T00:00:00Z", **parts: Any) -> dict[str, Any]:
    """A release of OCID."""
    return {
        "ocid": OCID,
        "id": number,
        "date": date,
        "tag": ["tender"],
        "initiationType": "tender",
        **parts,
    }


def budget(*lines: tuple[str, Any]) -> dict[str, Any]:
    """A plan that draws on one line, or on several by their amounts."""
    if len(lines) == 1:
        return {"budget": {"id": lines[0][0], "amount": value(lines[0][1])}}
    breakdown = [{"id": line, "amount": value(amount)} for line, amount in lines]
    return {"budget": {"budgetBreakdown": breakdown}}


def tender(amount: Any, status: str = "active") -> dict[str, Any]:
    """A tender."""
    return {"id": "T", "title": "Jembatan Kali", "status": status, "value": value(amount)}


def award(amount: Any, status: str = "active") -> dict[str, Any]:
    """An award to PT Satu."""
    supplier = {"id": "ID-NPWP-1", "name": "PT Satu"}
    return {"id": "A", "status": status, "value": value(amount), "suppliers": [supplier]}


def contract(amount: Any, status: str = "active", **more: Any) -> dict[str, Any]:
    """A contract of the award."""
    signed = {"dateSigned": "2026-03-01T00:00:00+07:00"}
    return {"id": "K", "awardID": "A", "status": status, "value": value(amount)} | signed | more


def codes(town: Town) -> dict[str, dict[str, int]]:
    """Counts of findings."""
    return sums.finding_counts(town.index)


def state(town: Town) -> dict[str, Any]:
    """All that a reader can see, without the numbers of rows."""
    found: dict[str, Any] = {
        "entries": [e.model_dump() for e in queries.latest(town.index, 1000)],
        "processes": [e.model_dump() for e in queries.processes(town.index, 1000)],
        "lines": [e.model_dump() for e in queries.lines(town.index, limit=1000)],
        "payments": sorted((e.model_dump() for e in queries.payments(town.index)), key=str),
        "contracts": [e.model_dump() for e in queries.contracts(town.index)],
        "findings": [e.model_dump() for e in queries.findings(town.index, status=None, limit=1000)],
        "counts": codes(town),
        "totals": [sums.totals(town.index, "2026"), sums.contract_totals(town.index, "2026")],
        "by org": sums.totals_by_org(town.index, "2026"),
        "classes": {
            name: largest_classes(town.index, "2026", name, 100) for name in CLASSIFICATIONS
        },
        "flows": sorted(sums.flows(town.index, "2026"), key=str),
    }
    found["findings"] = sorted(
        ({k: v for k, v in row.items() if k != "id"} for row in found["findings"]), key=str
    )
    for line in queries.lines(town.index, limit=1000):
        rows = [e.model_dump() for e in queries.line_events(town.index, line.id)]
        found[line.id] = sorted(({**row, "id": 0} for row in rows), key=str)
    return found


def a_year(town: Town) -> None:
    """A year with all that can happen."""
    first = town.appropriate(LINE, "1000.00")
    town.appropriate(LINE_2, "500.00", "Gedung")
    town.revise("r-1", LINE, "-100.00")
    town.transfer("t-1", LINE_2, LINE, "50.00")
    town.release(release("1", planning=budget((LINE, 600), (LINE_2, 300)), tender=tender(900)))
    town.release(release("2", "2026-02-15T00:00:00Z", awards=[award(850)]))
    two = release("3", "2026-03-01T00:00:00Z", contracts=[contract(850)])
    signed = town.release(two)
    town.pay("SP2D-1", (LINE, "300.00"), contract=(OCID, "K"))
    second = town.pay("SP2D-2", (LINE, "100.00"), (LINE_2, "90.00"), contract=(OCID, "K"))
    town.pay("SP2D-3", (LINE, "-100.00"), reverses="SP2D-1")
    town.pay("SP2D-4", (None, "25.00"), payee=("ID-BEND", "Bendahara"))
    town.pay("SP2D-5", (LINE_2, "10.00"), payee=("ID-NPWP-2", "PT Dua"))
    town.release(release("3", "2026-03-01T00:00:00Z", contracts=[contract(870)]), replaces=signed)
    town.appropriate(LINE, "1100.00", replaces=first)
    paid = [(LINE, "120.00"), (LINE_2, "90.00")]
    town.pay("SP2D-2", *paid, contract=(OCID, "K"), replaces=second)
    town.release(release("9", "2026-05-01T00:00:00Z", tender=tender(1)), "stranger")
    town.release(release("2", "2026-06-01T00:00:00Z", awards=[award(1)]))
    ended = contract(870, "terminated")
    town.release(release("5", "2026-08-01T00:00:00Z", contracts=[ended]))
    town.pay("SP2D-6", (LINE, "5.00"), contract=(OCID, "K"))


def test_a_year_adds_up(town: Town):
    """Approved, committed and paid of the lines and of the process, corrections counted once."""
    a_year(town)
    town.follow()
    line = queries.line(town.index, LINE)
    assert (line.approved, line.change, line.available) == (110_000, -5_000, 105_000)
    assert line.paid == 30_000 + 12_000 - 10_000 + 500
    process = queries.process(town.index, OCID)
    assert (process.tendered, process.awarded, process.contracted) == (90_000, 85_000, 87_000)
    assert process.paid == 30_000 + 12_000 + 9_000 - 10_000 + 500
    # The contract is terminated: it commits what was paid, 2/3 of it on the first line.
    assert process.committed == process.paid
    assert line.committed == 27_667
    assert line.direct == line.paid - line.committed
    assert sums.totals(town.index, "2026")[0].approved == 160_000


def test_groups_make_no_difference(town: Town):
    """Entry by entry, in groups of three or all at once, before or after: the same tables."""
    a_year(town)
    town.follow(1)
    one = state(town)
    town.again()
    assert state(town) == one
    queries_before = [f.ref for f in queries.search(town.index, "jembatan")]
    assert queries_before == [OCID]


def test_a_line_is_explained_to_the_last_unit(town: Town):
    """Under a line, a contract and a payment, steps and remainder add up."""
    a_year(town)
    town.follow(3)
    for identifier in (LINE, LINE_2):
        trail = trace(town.index, identifier)
        assert added(trail.down) == trail.subject.money.amount
        assert added(trail.up) == trail.subject.money.amount
        for step in walk(trail.down):
            if step.kind == "contract":
                assert added(step.steps) == step.money.amount


def added(steps: tuple[Step, ...]) -> int:
    """The sum of steps."""
    return sum(step.money.amount for step in steps)


def walk(steps: tuple[Step, ...]) -> list[Step]:
    """Steps and all below them."""
    return [each for step in steps for each in (step, *walk(step.steps))]


def test_the_trail_leads_both_ways(town: Town):
    """From a line to a payee and from a payment, a process and an organisation to the lines."""
    a_year(town)
    town.follow()
    down = {(step.kind, step.id) for step in walk(trace(town.index, LINE).down)}
    assert {("process", OCID), ("contract", "K"), ("payee", "ID-NPWP-1")} <= down
    payment = trace(town.index, "SP2D-2")
    assert [step.id for step in payment.up if step.kind == "line"] == [LINE, LINE_2]
    assert LINE in {step.id for step in walk(payment.up)}
    above = trace(town.index, OCID).up
    assert {step.id for step in above if step.kind == "line"} == {LINE, LINE_2}
    assert {step.kind for step in above} == {"line", "remainder"}
    assert "K" in {step.id for step in trace(town.index, "ID-NPWP-1").up}
    advance = trace(town.index, "SP2D-4")
    assert [(step.kind, step.money.amount) for step in advance.up] == [("remainder", 2_500)]
    assert "remainder" in "\n".join(lines(advance))
    assert to_json(advance)["from"][0]["amount"] == "25.00"
    with pytest.raises(NotFound):
        trace(town.index, "nobody")


def test_marks(town: Town):
    """Another owner's release, a used id, an earlier date and a schema fault are visible."""
    first = town.release(release("1", "2026-02-01T00:00:00Z", tender=tender(100)))
    foreign = town.release(release("2", "2026-03-01T00:00:00Z", tender=tender(7)), "stranger")
    other = town.release(release("1", "2026-04-01T00:00:00Z", tender=tender(8)))
    early = town.release(release("3", "2026-01-01T00:00:00Z", language="id"))
    odd = town.release(release("4", "2026-05-01", tender={"id": "T", "status": "open"}))
    town.follow()
    assert town.marks(first) == []
    assert town.marks(foreign) == ["other-owner"]
    assert town.marks(other) == ["same-id-other-content"]
    assert town.marks(early) == ["earlier-date"]
    assert town.marks(odd) == ["schema"]
    merged = {e.index: e.merged for e in queries.process_entries(town.index, OCID)}
    assert merged == {first: True, foreign: False, other: False, early: True, odd: True}
    assert queries.process(town.index, OCID).tendered == 10_000


def test_the_longest_prefix_owns_a_process(town: Town):
    """An institution's ocid prefix decides, from its place on; else the first publisher."""
    before = town.release(release("1"), "stranger")
    town.registrar(
        "registry/institution",
        ORG,
        {
            "id": ORG,
            "names": {"id": "Kota", "en": "Town"},
            "parent": None,
            "ocids": ["ocds-town00"],
            "validFrom": "2026-01-01T00:00:00Z",
        },
    )
    after = town.release(release("2"), "stranger")
    own = town.release(release("3", tender=tender(5)))
    copied = town.release(release("4", "2026-06-01T00:00:00Z"), "importer")
    town.follow()
    found = {e.index: (e.marks, e.merged) for e in queries.process_entries(town.index, OCID)}
    assert found[before] == ([], True)
    assert found[after] == (["other-owner"], False)
    assert found[own] == ([], True)
    assert found[copied] == ([], True)
    assert queries.entry(town.index, copied).copied
    assert queries.process(town.index, OCID).owner == ORG
    assert queries.organisation(town.index, ORG).name == "Kota"
    assert queries.entry(town.index, before).owner == OTHER


def test_a_treasury_adds_only_what_it_implements(town: Town):
    """Of a treasury's release only contracts[].implementation is merged."""
    town.release(release("1", contracts=[contract(100)]))
    transactions = [{"id": "X", "value": value(30), "date": "2026-04-01T00:00:00Z"}]
    paid = contract(5, implementation={"transactions": transactions})
    town.release(release("2", "2026-04-02T00:00:00Z", contracts=[paid]), "treasury")
    town.follow()
    (row,) = queries.contracts(town.index, ocid=OCID)
    assert (row.value, row.paid, row.unpaid) == (10_000, 3_000, 7_000)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_a_transaction_with_a_payments_id_is_that_payment(town: Town, order, together):
    """It counts once, whichever comes first, and gives the payment its contract."""
    transactions = [{"id": "SP2D-1", "value": value(30)}, {"id": "other", "value": value(5)}]
    paid = contract(100, implementation={"transactions": transactions})
    acts = [
        lambda: town.release(release("1", planning=budget((LINE, 100)), contracts=[paid])),
        lambda: town.pay("SP2D-1", (LINE, "30.00")),
    ]
    town.appropriate(LINE, "100.00")
    for at in order:
        acts[at]()
        if not together:
            town.follow()
    town.follow()
    (row,) = queries.contracts(town.index, ocid=OCID)
    assert row.paid == 3_500
    assert queries.payment(town.index, "SP2D-1").contract_id == "K"
    line = queries.line(town.index, LINE)
    assert (line.committed, line.paid, line.direct) == (10_000, 3_000, 0)
    assert sum(flow.paid for flow in sums.flows(town.index, "2026")) == 3_500


def test_an_overcommitted_line_is_found_where_it_broke(town: Town):
    """A tender above its line, at the entry that made it so; a later revision does not hide it."""
    town.appropriate(LINE, "100.00")
    town.release(release("1", planning=budget((LINE, 90)), tender=tender(90)))
    town.follow()
    assert codes(town) == {}
    broke = town.release(release("2", "2026-02-02T00:00:00Z", tender=tender("100.01")))
    town.follow()
    assert codes(town) == {"line-overcommitted": {"broken": 1}}
    town.revise("r", LINE, "50.00")
    town.follow()
    (found,) = queries.findings(town.index)
    assert (found.index, found.line, found.org) == (broke, LINE, ORG)
    assert [figure["amount"] for figure in found.figures] == [10_000, 10_001]


def test_a_cut_may_break_a_line_too(town: Town):
    """Both sides are watched: a negative revision below what is committed is found."""
    town.appropriate(LINE, "100.00")
    town.release(release("1", planning=budget((LINE, 90)), tender=tender(90)))
    cut = town.revise("r", LINE, "-20.00")
    town.follow()
    (found,) = queries.findings(town.index)
    assert (found.code, found.index) == ("line-overcommitted", cut)


def test_an_overpaid_line_is_found(town: Town):
    """More charged than the line has."""
    town.appropriate(LINE, "100.00")
    town.pay("1", (LINE, "60.00"))
    second = town.pay("2", (LINE, "60.00"))
    town.follow()
    (found,) = queries.findings(town.index)
    assert (found.code, found.index) == ("line-overpaid", second)
    town.pay("2", (LINE, "40.00"), replaces=second)
    town.follow()
    assert codes(town) == {}


def test_what_cannot_be_computed_is_said(town: Town):
    """A tender without a value commits something unknown: not computable, not zero."""
    town.appropriate(LINE, "100.00")
    open_tender = {"id": "T", "status": "active"}
    town.release(release("1", planning=budget((LINE, 90)), tender=open_tender))
    town.follow()
    assert codes(town) == {"line-overcommitted": {"not-computable": 1}}
    town.release(release("2", "2026-02-02T00:00:00Z", tender=tender(90)))
    town.follow()
    assert codes(town) == {}


def test_rules_about_contracts(town: Town):
    """Award above tender, contract above award, overpaid, too early, to somebody else."""
    town.release(release("1", tender=tender(100), awards=[award(110)], contracts=[contract(120)]))
    town.pay("1", (None, "121.00"), contract=(OCID, "K"), day="2026-02-28")
    town.pay("2", (None, "1.00"), contract=(OCID, "K"), payee=("ID-9", "PT Lain"))
    town.follow()
    assert codes(town) == {
        code: {"broken": 1}
        for code in (
            "award-above-tender",
            "contract-above-award",
            "payments-above-contract",
            "payment-before-signature",
            "payee-not-supplier",
        )
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (10_000, 11_100, -1_100)),
        ({"amountGross": 111}, (11_100, 11_100, 0)),
        # Without its tax the contract does not say whether this is all of it, or too much.
        ({"valueAddedTaxIncluded": False}, (10_000, 11_100, None)),
    ],
)
def test_what_is_still_to_be_paid_includes_the_tax(town: Town, said, expected):
    """No contract is called overpaid because it was published without the tax that was paid."""
    signed = {**contract(100), "value": {**value(100), **said}}
    town.release(release("1", contracts=[signed]))
    town.pay("1", (None, "111.00"), contract=(OCID, "K"))
    town.follow()
    (row,) = queries.contracts(town.index, ocid=OCID)
    assert (row.value, row.paid, row.unpaid) == expected
    for step in walk(trace(town.index, OCID).down):
        if step.kind == "contract" and expected[2] is not None:
            assert added(step.steps) == step.money.amount


def test_the_tolerance_is_a_setting(tmp_path: Path):
    """A contract may exceed its award by what the settings allow, exactly."""
    town = found_town(tmp_path, Tolerances(contract_basis_points=1_000))
    town.release(release("1", awards=[award(100)], contracts=[contract(110)]))
    town.follow()
    assert codes(town) == {}
    town.release(release("2", "2026-03-03T00:00:00Z", contracts=[contract("110.01")]))
    town.follow()
    assert codes(town) == {"contract-above-award": {"broken": 1}}


@pytest.mark.parametrize("followed", [True, False])
def test_what_is_erased_is_out_of_the_sums(town: Town, followed: bool):
    """An erased body is shown as erased and counts nowhere, before and after it is dropped."""
    town.appropriate(LINE, "100.00")
    gone = town.pay("1", (LINE, "60.00"), payee=("ID-X", "Orang"))
    shown = town.release(release("1", tender=tender(100)))
    if followed:
        town.follow()
    digests = [town.erase(index) for index in (gone, shown)]
    for _ in range(2):
        town.follow()
        assert queries.line(town.index, LINE).paid == 0
        assert queries.entry(town.index, gone).erased
        assert queries.entry(town.index, gone).title == ""
        with pytest.raises(NotFound):
            queries.payment(town.index, "1")
        with pytest.raises(NotFound):
            queries.process(town.index, OCID)
        assert queries.search(town.index, "jembatan") == []
        assert queries.search(town.index, "orang") == []
        town.log.drop_bodies(digests)
        town.again()


def test_search_finds_ids_and_words(town: Town):
    """Ids with signs, beginnings, words without accents, and several words at once."""
    town.appropriate(LINE, "1.00", "Pembangunan Gedung Sékolah")
    town.release(release("1", tender=tender(5), buyer={"id": "B-1", "name": "Dinas PU"}))
    town.pay("SP2D 00123/LS/2026", (LINE, "0.50"))
    town.follow()

    def refs(text: str) -> list[str]:
        return [found.ref for found in queries.search(town.index, text)]

    assert LINE in refs("gedung sekolah")
    assert LINE in refs("Pembangunan SEKO")
    assert refs(OCID) == [OCID]
    assert refs("00123/LS") == ["SP2D 00123/LS/2026"]
    assert LINE in refs(LINE)
    assert refs("jembatan dinas") == [OCID]
    assert refs("jembatan rumah") == []


def test_a_sum_beyond_63_bits_stops_nobody(town: Town):
    """Amounts that no longer fit stand at the limit; the follower goes on; years add up."""
    most = "92233720368547758.06"
    town.appropriate(LINE, most)
    town.revise("r", LINE, most)
    town.revise("r2", LINE, most)
    town.appropriate(LINE_2, most)
    town.pay("1", (LINE, most), (LINE_2, "0.01"))
    town.follow()
    assert queries.line(town.index, LINE).available == 2**63 - 1
    (of_org,) = sums.totals_by_org(town.index, "2026")
    assert of_org.approved == 2**63 - 1
    assert sums.totals(town.index, "2026")[0].approved == 2 * (2**63 - 2)
    town.revise("r3", LINE, "-" + most)
    town.follow()


def test_late_statements_are_marked(town: Town):
    """A statement signed more than a day before the log took it."""
    from ledger import deployment
    from tests.procurement.town import ORIGIN, key

    raw = b'{"ocid":"ocds-town00-9","id":"1","date":"2026-01-01T00:00:00Z","tag":["planning"]}'
    subject = "ocds-town00-9"
    late = deployment.compose(
        ORIGIN, "ocds/release", subject, ORG, raw, [key("procurement")], time="2021-01-01T00:00:00Z"
    )
    index = town.log.append_one(late).index
    town.follow()
    assert "late" in town.marks(index)
    assert SALT not in queries.process(town.index, subject).record
