"""Money rules and commitments on values alone: exact, per lot, and never silently zero."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.committing import charges, commitment
from procurement.contracting import ContractingProcess, Party, read_process
from procurement.line_rules import Move, line_overcommitted, line_overpaid
from procurement.money import Money
from procurement.naming import is_same
from procurement.rules import (
    Made,
    Tolerances,
    Verdict,
    award_above_tender,
    check_contract,
    contract_above_award,
    contract_above_lots,
)
from procurement.taxes import Taxed
from tests.procurement.town import value

SUPPLIER = {"id": "S-1", "name": "CV Maju, Jaya"}


def process(**parts: Any) -> ContractingProcess:
    """A process of these parts of a record."""
    return read_process({"ocid": "ocds-x-1", "date": "2026-01-01T00:00:00Z", **parts})


def award(amount: Any, number: str = "A", status: str = "active", *lots: str) -> dict[str, Any]:
    """An award."""
    return {
        "id": number,
        "status": status,
        "value": value(amount),
        "relatedLots": list(lots),
        "suppliers": [SUPPLIER],
    }


def tender(amount: Any, *lots: tuple[str, Any], status: str = "active") -> dict[str, Any]:
    """A tender with lots."""
    listed = [{"id": name, "value": value(worth)} for name, worth in lots]
    return {"id": "T", "status": status, "value": value(amount), "lots": listed}


def contract(amount: Any, number: str = "K", status: str = "active", **more: Any) -> dict[str, Any]:
    """A contract of award A."""
    return {"id": number, "awardID": "A", "status": status, "value": value(amount), **more}


def outcome(verdicts: list[Verdict]) -> list[tuple[str, str]]:
    """Subjects and outcomes."""
    return [(each.subject.partition("#")[2], each.outcome) for each in verdicts]


def test_awards_are_compared_lot_by_lot():
    """One lot above its value is broken though the sum is below the tender's."""
    lots = tender(100, ("L1", 40), ("L2", 60))
    found = process(
        tender=lots, awards=[award(50, "A", "active", "L1"), award(10, "B", "active", "L2")]
    )
    assert outcome(award_above_tender(found, [1])) == [("L1", "broken"), ("L2", "holds")]


def test_an_award_for_two_lots_is_compared_with_both():
    """Lots joined by an award are compared together."""
    lots = tender(100, ("L1", 40), ("L2", 60))
    found = process(tender=lots, awards=[award(99, "A", "active", "L1", "L2")])
    assert outcome(award_above_tender(found, [1])) == [("L1+L2", "holds")]


def test_awards_without_lots_are_compared_with_the_tender():
    """Their sum counts; what is not active does not."""
    found = process(
        tender=tender(100), awards=[award(60), award(50, "B"), award(9, "C", "pending")]
    )
    (verdict,) = award_above_tender(found, [1])
    assert verdict.outcome == "broken"
    assert [figure.money for figure in verdict.figures] == [
        Money(11_000, "IDR"),
        Money(10_000, "IDR"),
    ]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"tender": {"id": "T"}, "awards": [award(5)]}, "tendered is not known"),
        ({"tender": tender(100), "awards": [award(None)]}, "awarded is not known"),
        (
            {"tender": tender(100), "awards": [{**award(5), "value": value(5, "USD")}]},
            "awarded in USD, tendered in IDR",
        ),
    ],
)
def test_missing_values_and_other_currencies_are_not_computable(parts, reason):
    """Neither holds nor broken, and the reason is said."""
    (verdict,) = award_above_tender(process(**parts), [1])
    assert verdict.outcome == "not-computable"
    assert reason in verdict.reason


def test_what_is_known_may_already_be_too_much():
    """An unknown award cannot mend what the known ones break."""
    found = process(tender=tender(100), awards=[award(101), award(None, "B")])
    assert outcome(award_above_tender(found, [1])) == [("", "broken")]


@pytest.mark.parametrize(
    ("amount", "basis_points", "expected"),
    [("110.00", 1000, "holds"), ("110.01", 1000, "broken"), ("100.01", 0, "broken")],
)
def test_a_contract_may_exceed_its_award_by_the_tolerance(amount, basis_points, expected):
    """Exactly: one minor unit more breaks it."""
    found = process(awards=[award(100)], contracts=[contract(amount)])
    (verdict,) = contract_above_award(found, Tolerances(basis_points), [1])
    assert verdict.outcome == expected


def test_a_contract_without_award_is_not_computable():
    """There is nothing to compare it with."""
    found = process(contracts=[contract(5), contract(5, "C", "cancelled")])
    assert outcome(contract_above_award(found, Tolerances(), [1])) == [("K", "not-computable")]


def test_contracts_of_one_award_are_counted_together():
    """Two contracts within the award each, and above it together, break it; ended ones do not."""
    two = [contract(60), contract(50, "L"), contract(70, "M", "terminated"), contract(9, "N")]
    two[3]["awardID"] = "B"
    found = process(awards=[award(100), award(10, "B")], contracts=two)
    assert outcome(contract_above_award(found, Tolerances(), [1])) == [
        ("K+L", "broken"),
        ("M", "holds"),
        ("N", "holds"),
    ]


def test_a_contract_twice_in_a_record_counts_once():
    """Real files repeat contracts: the first of an id stands."""
    found = process(awards=[award(100)], contracts=[contract(60), contract(60)])
    assert outcome(contract_above_award(found, Tolerances(), [1])) == [("K", "holds")]


@pytest.mark.parametrize(
    ("awards", "contracts", "expected"),
    [
        # The award has no value of its own: its contract is held against its lots.
        ([award(None, "A", "active", "L1")], [contract(40)], [("L1", "holds")]),
        ([award(None, "A", "active", "L1")], [contract("40.01")], [("L1", "broken")]),
        ([award(90, "A", "active", "L1", "L2")], [contract(100)], [("L1+L2", "holds")]),
        # A contract for one lot of an award for two.
        (
            [award(100, "A", "active", "L1", "L2")],
            [contract(50, relatedLots=["L1"]), contract(50, "M", relatedLots=["L2"])],
            [("L1", "broken"), ("L2", "holds")],
        ),
        ([award(5, "A", "active", "L1")], [contract(50, status="cancelled")], []),
        ([award(5, "A", "active", "other")], [contract(50)], []),
        ([award(5)], [contract(50)], []),
        ([award(5, "A", "active", "L1")], [contract(None)], [("L1", "not-computable")]),
        ([award(5, "A", "active", "L3")], [contract(5)], [("L3", "not-computable")]),
        (
            [award(5, "A", "active", "L1")],
            [{**contract(5), "value": value(5, "USD")}],
            [("L1", "not-computable")],
        ),
    ],
)
def test_contracts_are_compared_with_their_lots(awards, contracts, expected):
    """By the lots they name, else by those of their award."""
    lots = tender(100, ("L1", 40), ("L2", 60), ("L3", None))
    found = process(tender=lots, awards=awards, contracts=contracts)
    assert outcome(contract_above_lots(found, Tolerances(), [1])) == expected


def framework(amount: Any) -> dict[str, Any]:
    """A tender of a framework agreement."""
    return {**tender(amount), "techniques": {"hasFrameworkAgreement": True}}


def test_awards_of_a_framework_are_ceilings():
    """Each supplier may be called on for all of it: they are compared one by one."""
    found = process(tender=framework(100), awards=[award(100), award(90, "B"), award(101, "C")])
    assert outcome(award_above_tender(found, [1])) == [
        ("A", "holds"),
        ("B", "holds"),
        ("C", "broken"),
    ]


def test_a_framework_without_value_is_not_computable():
    """And the reason is not that a value is missing: it has none."""
    found = process(
        tender=framework(None), awards=[award(None)], contracts=[contract(5)], planning={}
    )
    verdicts = [
        *award_above_tender(found, [1]),
        *contract_above_award(found, Tolerances(), [1]),
    ]
    assert {(each.outcome, each.reason) for each in verdicts} == {
        ("not-computable", "a framework agreement without a value")
    }


def test_a_framework_commits_what_is_called_off():
    """Neither its tender nor its awards commit anything; its contracts do."""
    parts = {"tender": framework(100), "awards": [award(90)]}
    assert commitment(process(**parts), {}).sums == {}
    called = commitment(process(**parts, contracts=[contract(7)]), {})
    assert (called.basis, called.sums) == ("contract", {"IDR": 700})


@pytest.mark.parametrize(
    ("said", "sums", "unknown"),
    [
        ({"valueAddedTaxIncluded": True, "amountNet": 90}, {"IDR": 10_000}, ""),
        ({"valueAddedTaxIncluded": False}, {"IDR": 10_000}, "a contract is without its tax"),
        ({"amountGross": 111}, {"IDR": 11_100}, ""),
    ],
)
def test_a_buyer_owes_the_tax_too(said, sums, unknown):
    """A contract without tax commits more than it says, or as much as it says with it."""
    net = {**contract(100), "value": {**value(100), **said}}
    found = commitment(process(contracts=[net]), {})
    assert (found.sums, found.unknown) == (sums, unknown)


@pytest.mark.parametrize(
    ("said", "own", "amount", "expected"),
    [
        # The treasury pays with tax: more than the contract without it is no excess by itself.
        ({"valueAddedTaxIncluded": False}, True, 11_100, "not-computable"),
        ({"valueAddedTaxIncluded": False}, True, 10_001, "holds"),
        ({"amountGross": 111}, True, 11_100, "holds"),
        ({"amountGross": 111}, True, 11_102, "broken"),
        ({"valueAddedTaxIncluded": True}, True, 10_002, "broken"),
        ({}, True, 10_002, "broken"),
        # A transaction that does not say leaves it open against a contract that does.
        ({"amountGross": 111}, False, 10_500, "not-computable"),
        ({"amountGross": 111}, False, 11_102, "broken"),
    ],
)
def test_payments_with_tax_against_a_contract_without(said, own, amount, expected):
    """No false `payments-above-contract`, and none hidden."""
    signed = {**contract(100), "value": {**value(100), **said}}
    (found,) = process(awards=[award(100)], contracts=[signed]).contracts
    made = Made("P", "2026-05-01", Taxed(Money(amount, "IDR")), None, 7, own)
    verdicts = check_contract("ocds-x-1", found, [made], Tolerances(), 3)
    assert verdicts[0].outcome == expected


def paid(amount: int | None, day: str = "2026-05-01", name: str = "", number: str = "S-1") -> Made:
    """A payment to somebody."""
    payee = read_process({"buyer": {"id": number, "name": name}}).buyer
    priced = Taxed(None if amount is None else Money(amount, "IDR"))
    return Made("P", day, priced, payee, 7)


@pytest.mark.parametrize(
    ("made", "code", "expected"),
    [
        ([paid(10_001)], "payments-above-contract", "holds"),
        ([paid(10_002)], "payments-above-contract", "broken"),
        ([paid(20_000), paid(-10_000)], "payments-above-contract", "holds"),
        ([paid(None)], "payments-above-contract", "not-computable"),
        ([paid(5, "2026-03-01")], "payment-before-signature", "holds"),
        ([paid(5, "2026-02-28")], "payment-before-signature", "broken"),
        ([paid(5, "")], "payment-before-signature", "not-computable"),
        ([paid(-5, "2026-02-28")], "payment-before-signature", "holds"),
        ([paid(5)], "payee-not-supplier", "holds"),
        ([paid(5, name="C.V. MAJU JAYA", number="other")], "payee-not-supplier", "holds"),
        ([paid(5, name="CV Lain", number="other")], "payee-not-supplier", "broken"),
        ([paid(5, name="CV Maju Abadi", number="other")], "payee-not-supplier", "not-computable"),
        ([paid(5, name="CV Maju Abadi", number="S-2")], "payee-not-supplier", "broken"),
        ([paid(5, name="CV M?ju, J?ya", number="")], "payee-not-supplier", "not-computable"),
        # One number, however it is spelt; another number is another.
        ([paid(5, name="CV Lain", number=" s.1 ")], "payee-not-supplier", "holds"),
        ([paid(5, name="CV Lain", number="S-11")], "payee-not-supplier", "broken"),
        ([paid(5, name="CV Maju Abadi", number="s -2")], "payee-not-supplier", "broken"),
        # Zero goes to nobody; what is not known may have gone to somebody.
        ([paid(0, name="CV Lain", number="other"), paid(5)], "payee-not-supplier", "holds"),
        ([paid(None, name="CV Lain", number="other")], "payee-not-supplier", "broken"),
        ([paid(-5, name="CV Lain", number="other")], "payee-not-supplier", "broken"),
    ],
)
def test_the_payments_of_a_contract(made, code, expected):
    """Sum with one unit of rounding, day of signature, payee by id or name."""
    signed = contract(100, dateSigned="2026-03-01T08:00:00+07:00")
    found = process(awards=[award(100)], contracts=[signed])
    verdicts = check_contract("ocds-x-1", found.contracts[0], made, Tolerances(), 3)
    assert {each.code: each.outcome for each in verdicts}[code] == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ID-NPWP-01.234.567.8-901.000", "id-npwp 012345678901000", True),
        ("ID-NPWP-012345678901000", "ID-NPWP-012345678901001", False),
        ("id-npwp-1", "ID-NPWP-2", False),
        ("ID-NPWP-1", "GB-COH-1", None),
        ("ID-NPWP-1?", "ID-NPWP-1", False),
        ("-", ".", None),
    ],
)
def test_one_number_in_two_spellings_is_one_organisation(one, other, same):
    """Neither case nor blanks nor punctuation make another of it; another digit does."""
    assert is_same(Party((one,), ""), Party((other,), "")) is same


def test_a_contract_paid_with_zero_alone_is_not_judged():
    """Nobody got anything, so nobody got it wrongly."""
    found = process(awards=[award(100)], contracts=[contract(100)]).contracts[0]
    made = [paid(0, name="CV Lain", number="other")]
    codes = {each.code for each in check_contract("ocds-x-1", found, made, Tolerances(), 3)}
    assert "payee-not-supplier" not in codes
    assert "payments-above-contract" in codes


def test_a_contract_without_payments_says_nothing():
    """The rules about payments do not apply."""
    found = process(contracts=[contract(100)])
    assert check_contract("ocds-x-1", found.contracts[0], [], Tolerances(), 3) == []


@pytest.mark.parametrize(
    ("parts", "basis", "sums"),
    [
        ({}, "", {}),
        ({"tender": tender(100)}, "tender", {"IDR": 10_000}),
        ({"tender": tender(100, status="cancelled")}, "", {}),
        (
            {"tender": tender(100, status="complete"), "awards": [award(90)]},
            "award",
            {"IDR": 9_000},
        ),
        ({"awards": [award(90, status="unsuccessful")]}, "", {}),
        ({"awards": [award(90)], "contracts": [contract(80)]}, "contract", {"IDR": 8_000}),
        (
            {"awards": [award(90)], "contracts": [contract(80, status="cancelled")]},
            "award",
            {"IDR": 9_000},
        ),
        (
            {"contracts": [contract(80), contract(50, "L", "terminated")]},
            "contract",
            {"IDR": 8_000 + 1_200},
        ),
        ({"contracts": [contract(50, "M", "terminated")]}, "contract", {}),
    ],
)
def test_a_process_commits_once(parts, basis, sums):
    """Contracts, else awards, else the open tender; terminated: what was paid."""
    found = commitment(process(**parts), {"L": [Money(1_200, "IDR")]})
    assert (found.basis, dict(found.sums), found.unknown) == (basis, sums, "")


@pytest.mark.parametrize(
    "parts",
    [
        {"contracts": [contract(80, status="registered")]},
        {"contracts": [contract(None)]},
        {"awards": [award(5, status="")]},
        {"tender": {"id": "T"}},
    ],
)
def test_a_commitment_that_is_not_known_says_so(parts):
    """Odd statuses and missing values are not taken for zero."""
    assert commitment(process(**parts), {}).unknown


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), min_size=2, max_size=6).filter(any))
def test_a_commitment_is_spread_to_the_last_unit(amount, weights):
    """Over lines by the amounts of budgetBreakdown."""
    breakdown = [
        {"id": f"O/2026/{at}", "amount": value(weight)} for at, weight in enumerate(weights)
    ]
    found = process(
        planning={"budget": {"budgetBreakdown": breakdown}},
        contracts=[contract(amount)],
    )
    spread = charges(found, commitment(found, {}))
    assert sum(charge.amount.amount for charge in spread if charge.amount) == amount * 100


def test_one_line_takes_all():
    """planning.budget.id, whatever its amount."""
    found = process(planning={"budget": {"id": "O/2026/1"}}, contracts=[contract(80)])
    (charge,) = charges(found, commitment(found, {}))
    assert (charge.line, charge.amount, charge.known) == ("O/2026/1", Money(8_000, "IDR"), True)


def test_several_lines_without_amounts_are_not_known():
    """Nobody can say how much lies on which line."""
    breakdown = [{"id": "O/2026/1"}, {"id": "O/2026/2", "amount": value(5)}]
    found = process(planning={"budget": {"budgetBreakdown": breakdown}}, contracts=[contract(80)])
    assert [charge.known for charge in charges(found, commitment(found, {}))] == [False, False]


def move(place: int, side: Any, amount: int, currency: str = "IDR", **more: Any) -> Move:
    """A move of a line."""
    return Move(place, place, side, Money(amount, currency), **more)


def test_a_line_is_judged_at_every_change():
    """Broken at entry 3 even though entry 4 mends it; entry 2 alone holds."""
    moves = [move(1, "budget", 100), move(2, "commitment", 90), move(4, "budget", 50)]
    assert line_overcommitted("L", "IDR", moves, 1).outcome == "holds"
    verdict = line_overcommitted("L", "IDR", [*moves, move(3, "commitment", 20)], 1)
    assert (verdict.outcome, verdict.index) == ("broken", 3)


def test_before_the_appropriation_there_is_nothing_to_compare():
    """A tender published before its line is appropriated is judged when that happens."""
    moves = [move(1, "commitment", 90), move(2, "budget", 100)]
    assert line_overcommitted("L", "IDR", moves, 2).outcome == "holds"
    assert line_overcommitted("L", "IDR", moves, None).outcome == "not-computable"
    assert line_overcommitted("L", "IDR", [moves[0], move(2, "budget", 80)], 2).outcome == "broken"


def test_other_currencies_on_a_line_are_not_computable():
    """They are neither added nor left out in silence."""
    moves = [move(1, "budget", 100), move(2, "payment", 5, "USD")]
    assert line_overpaid("L", "IDR", moves, 1).outcome == "not-computable"
    assert line_overcommitted("L", "IDR", moves, 1).outcome == "holds"


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["budget", "payment", "commitment"]),
        st.integers(-100, 100),
        st.sampled_from(["IDR", "IDR", "IDR", "USD"]),
    ),
    max_size=12,
)


@given(st.integers(0, 200), MOVES)
def test_a_line_is_broken_exactly_where_more_is_used_than_it_has(given_, moved):
    """Revisions, transfers, payments and reversals in any order; dollars are in neither sum."""
    moves = [move(0, "budget", given_)]
    moves += [move(at, side, amount, code) for at, (side, amount, code) in enumerate(moved, 1)]
    for rule, side in ((line_overpaid, "payment"), (line_overcommitted, "commitment")):
        available = used = 0
        broke = None
        for each in moves:
            rupiah = each.money.amount if each.money.currency == "IDR" else 0
            available += rupiah if each.side == "budget" else 0
            used += rupiah if each.side == side else 0
            if used > available and each.side in ("budget", side) and broke is None:
                broke = each.index
        verdict = rule("L", "IDR", moves, 0)
        assert (verdict.outcome == "broken", verdict.index) == (broke is not None, broke)
        assert all(figure.money.currency == "IDR" for figure in verdict.figures if figure.money)


@given(st.integers(0, 200), MOVES, st.integers(1, 100), st.integers(0, 12))
def test_a_payment_and_its_reversal_leave_a_line_as_it_was(given_, moved, amount, at):
    """Taken back at once, the payment breaks the line only where it was too much by itself."""
    moves = [move(0, "budget", given_)]
    moves += [move(2 * n, side, each, code) for n, (side, each, code) in enumerate(moved, 1)]
    place = 2 * min(at, len(moved)) + 1
    both = [*moves, move(place, "payment", amount), move(place, "payment", -amount)]
    before, after = line_overpaid("L", "IDR", moves, 0), line_overpaid("L", "IDR", both, 0)
    if before.outcome == "broken":
        assert after.outcome == "broken"
    elif after.outcome == "broken":
        assert after.index == place
    assert line_overcommitted("L", "IDR", both, 0).outcome == (
        line_overcommitted("L", "IDR", moves, 0).outcome
    )
