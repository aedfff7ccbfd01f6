"""What the projections of real releases find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from procurement import queries, sums
from procurement.rules import Tolerances
from tests.procurement.sets import real_lines
from tests.procurement.town import Town, found_town


def follow_set(folder: Path, data: Path, name: str, tolerances: Tolerances | None = None) -> Town:
    """A town that has imported a set."""
    town = found_town(folder, tolerances)
    outcomes = town.log.append(
        [
            town.signed("importer", "ocds/release", json.loads(raw)["ocid"], raw)
            for raw in real_lines(data / name)
        ]
    )
    assert not [each for each in outcomes if hasattr(each, "error")]
    town.follow(100)
    return town


@pytest.mark.parametrize(("rounding", "overpaid"), [(1, 14), (0, 16)])
def test_the_overpaid_contracts_of_mexico(shared_data, tmp_path, rounding, overpaid):
    """Fourteen contracts; two more exceed their value by one centavo of rounding."""
    town = follow_set(tmp_path, shared_data, "mx-gacm", Tolerances(rounding=rounding))
    found = queries.findings(town.index, "payments-above-contract", limit=1000)
    assert len(found) == overpaid
    for row in found:
        contracted, paid = row.figures[-1]["amount"], row.figures[0]["amount"]
        assert paid > contracted + rounding
        entry = queries.entry(town.index, row.index)
        assert entry.ocid == row.ocid


def test_two_suppliers_of_one_award_in_paraguay(shared_data, tmp_path):
    """Each contract is within the award; together they exceed it by 24 guaranies."""
    town = follow_set(tmp_path, shared_data, "py-dncp")
    found = queries.findings(town.index, "contract-above-award")
    assert len(found) == 3
    (row,) = [each for each in found if each.ocid == "ocds-03ad3f-274744"]
    assert [each["amount"] for each in row.figures] == [771_657_024, 771_657_000]


def test_values_with_tax_agree_in_ukraine(shared_data, tmp_path):
    """Every value says that the tax is in it: sums are compared as they stand, none is broken."""
    town = follow_set(tmp_path, shared_data, "ua-prozorro")
    assert sums.finding_counts(town.index) == {}


def test_republished_releases_do_not_pay_twice(shared_data, tmp_path):
    """Paraguay's second conversions and Canada's second copies are marked and not merged."""
    for name, same in (("py-dncp", 20), ("ca-buyandsell", 11)):
        folder = tmp_path / name
        folder.mkdir()
        town = follow_set(folder, shared_data, name)
        entries = queries.latest(town.index, 1000, kind="ocds/release")
        marked = [each for each in entries if "same-id-other-content" in each.marks]
        assert len(marked) == same
        assert not any(each.merged for each in marked)


def test_amounts_as_text_are_read(shared_data, tmp_path):
    """Moldova writes amounts as text and currencies in small letters."""
    town = follow_set(tmp_path, shared_data, "md-mtender")
    contracted = sums.contract_totals(town.index, "2017")
    assert [each.currency for each in contracted] == ["MDL"]
    assert contracted[0].value > 0
