"""Old forms read as new ones, and what pages may not show."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest

from ledger.body import parse_body
from procurement.views import public_view, reading_view, withhold
from tests.procurement.sets import SETS, real_lines


def test_the_view_leaves_the_release_alone():
    """Reading never changes what was published."""
    release = {"tender": {"amendment": {"date": "x"}, "value": {"amount": "5"}}, "awards": [{}]}
    before = copy.deepcopy(release)
    reading_view(release)
    assert release == before


def test_an_amendment_joins_the_amendments():
    """The single amendment of 1.0 is one of the amendments of 1.1, and not twice."""
    change = {"rationale": "more"}
    view, _ = reading_view(
        {
            "tender": {"amendment": change},
            "contracts": [{"amendment": change, "amendments": [change]}],
        }
    )
    assert view["tender"] == {"amendments": [change]}
    assert view["contracts"] == [{"amendments": [change]}]


def test_transactions_of_1_0_get_value_payer_and_payee():
    """Old names of a transaction's members are read as the new ones."""
    transaction = {
        "amount": {"amount": 5, "currency": "MXN"},
        "providerOrganization": {"scheme": "MX", "id": "1", "legalName": "Treasury"},
        "receiverOrganization": {"id": 2, "legalName": "Builder"},
    }
    view, _ = reading_view({"contracts": [{"implementation": {"transactions": [transaction]}}]})
    (read,) = view["contracts"][0]["implementation"]["transactions"]
    assert read["value"] == {"amount": 5, "currency": "MXN"}
    assert (read["payer"]["id"], read["payer"]["name"]) == ("MX-1", "Treasury")
    assert (read["payee"]["id"], read["payee"]["name"]) == ("2", "Builder")
    assert {each["id"]: each["roles"] for each in view["parties"]} == {
        "MX-1": ["payer"],
        "2": ["payee"],
    }


def test_organisations_in_place_become_parties_once():
    """A buyer that also procures is one party with two roles."""
    inline = {"name_fr": "Ville", "name_en": "City", "identifier": {"scheme": "X", "id": "9"}}
    view, _ = reading_view({"buyer": inline, "tender": {"procuringEntity": inline}})
    assert view["buyer"]["id"] == "X-9"
    assert view["buyer"]["name"] == "City"
    assert [each["roles"] for each in view["parties"]] == [["buyer", "procuringEntity"]]


def test_parties_that_are_there_are_kept():
    """A release with parties keeps them as they are."""
    parties = [{"id": "X-1", "name": "A", "roles": ["buyer"]}]
    assert reading_view({"parties": parties, "buyer": {"id": "X-1"}})[0]["parties"] == parties


@pytest.mark.parametrize("text", ["1250000.50", "-3", "007"])
def test_an_amount_as_text_is_usable_and_marked(text):
    """A plain decimal number in quotes is the number, with a mark."""
    view, marks = reading_view({"tender": {"value": {"amount": text}}})
    assert view["tender"]["value"]["amount"] == Decimal(text)
    assert marks == ("amount-as-text",)


@pytest.mark.parametrize("text", ["", "1,250", "1e9", "NaN", " 5", "٣", "1" * 19])
def test_other_text_is_no_amount(text):
    """Text that could mean several numbers, or none, stays text."""
    view, marks = reading_view({"tender": {"value": {"amount": text}}})
    assert view["tender"]["value"]["amount"] == text
    assert marks == ()


@pytest.mark.parametrize("odd", [5, "text", None, [], [5], {"a": 1}, [[{}]]])
def test_odd_forms_do_no_harm(odd):
    """A member of an unexpected type is passed over."""
    names = ("tender", "awards", "contracts", "planning", "buyer", "parties")
    for name in names:
        reading_view({name: odd})
        public_view({name: odd})
    reading_view({"contracts": [{"implementation": odd}], "awards": [{"suppliers": odd}]})


@pytest.mark.parametrize("name", SETS)
def test_no_contact_is_shown_of_real_releases(name, shared_data):
    """Names, e-mails and telephones of officials appear on no page."""
    for line in real_lines(shared_data / name):
        shown = json.dumps(public_view(parse_body(line)), default=str)
        for private in ("contactPoint", '"email"', '"telephone"', '"faxNumber"'):
            assert private not in shown


def test_a_persons_number_is_withheld():
    """16 digits not beginning with 0 are a person's; a company's number stays."""
    person, company = "3402011501800001", "0012345678901000"
    release = {
        "parties": [{"id": f"ID-NIK-{person}", "identifier": {"id": int(person)}}],
        "awards": [{"suppliers": [{"id": company, "name": f"CV Maju ({person})"}]}],
        "tender": {"id": person},
    }
    shown = public_view(release)
    assert shown["parties"] == [{"id": "ID-NIK-(withheld)", "identifier": {"id": "(withheld)"}}]
    assert shown["awards"] == [{"suppliers": [{"id": company, "name": "CV Maju ((withheld))"}]}]
    assert shown["tender"] == {"id": person}
    assert withhold(company) == company
