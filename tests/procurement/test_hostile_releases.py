"""No release that admission takes can stop the projections."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from procurement.charging import Paid, Story
from procurement.contracting import Party
from procurement.money import Money
from procurement.ocds import Published
from procurement.projecting_process import project_process
from procurement.records import decode_record, encode_record
from procurement.taking import release_identity, release_money, release_title

PARTY = {"id": "S", "name": "PT Satu", "identifier": {"scheme": "ID-NPWP", "id": "1"}}
WHOLE: dict[str, Any] = {
    "ocid": "ocds-x-1",
    "id": "1",
    "date": "2026-01-01T00:00:00Z",
    "tag": ["contract"],
    "buyer": PARTY,
    "parties": [{**PARTY, "roles": ["supplier"]}],
    "planning": {
        "budget": {
            "id": "O/2026/1",
            "amount": {"amount": Decimal("10.5"), "currency": "IDR"},
            "budgetBreakdown": [{"id": "O/2026/1", "amount": {"amount": 5, "currency": "IDR"}}],
        }
    },
    "tender": {
        "id": "T",
        "status": "active",
        "value": {"amount": 10, "currency": "IDR"},
        "lots": [{"id": "L", "value": {"amount": 10, "currency": "IDR"}}],
    },
    "awards": [
        {
            "id": "A",
            "status": "active",
            "value": {"amount": 10, "currency": "IDR"},
            "relatedLots": ["L"],
            "suppliers": [PARTY],
        }
    ],
    "contracts": [
        {
            "id": "K",
            "awardID": "A",
            "status": "terminated",
            "dateSigned": "2026-02-01T00:00:00Z",
            "value": {"amount": 10, "currency": "IDR"},
            "implementation": {
                "transactions": [
                    {
                        "id": "P",
                        "date": "2026-03-01T00:00:00Z",
                        "value": {"amount": 3, "currency": "IDR"},
                        "payee": PARTY,
                    }
                ]
            },
        }
    ],
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**99), 10**99),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["", "1e5", "O/2026/2", "\ufffd", "-", "0000", Decimal("1E-99999"), {}, []]),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.just(WHOLE["awards"][0])), max_size=3),
    st.dictionaries(st.sampled_from(["id", "amount", "value", "currency"]), st.integers()),
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, each in inner:
        found.append((*before, name))
        if isinstance(each, dict | list):
            found += paths(each, (*before, name))
    return found


PATHS = [path for path in paths(WHOLE) if path[0] not in ("ocid", "id", "date", "tag")]


def changed(odd: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    """The whole release with other values in some places."""
    release = json.loads(json.dumps(WHOLE, default=str))
    for path, value in odd:
        target = release
        try:
            for name in path[:-1]:
                target = target[name]
            target[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return release


changes = st.lists(st.tuples(st.sampled_from(PATHS), ODD), min_size=1, max_size=6)


@settings(max_examples=400)
@given(st.lists(changes, min_size=1, max_size=3))
def test_any_values_in_any_place_are_projected(several):
    """Whatever stands where, rows and verdicts come out, and the record can be stored."""
    releases = [Published(at, {**changed(odd), "id": str(at)}) for at, odd in enumerate(several)]
    payee = Party(("S",), "PT Satu")
    paid = Paid("payment:P", "P", 9, 9, "", Money(5, "IDR"), payee, None, None, ((None, 5),))
    named = Paid("payment:Q", "Q", 9, 9, "", Money(5, "IDR"), payee, "ocds-x-1", "K", ())
    rows = project_process(Story("ocds-x-1", "O", 0, 2, releases, [paid, named]))
    if rows.process is not None:
        for verdict in rows.verdicts:
            assert verdict.outcome in ("holds", "broken", "not-computable")
        decode_record(encode_record(rows.record))
        for row in (rows.process, *rows.contracts, *rows.transactions, *rows.flows, *rows.charges):
            json.dumps(row)


@given(changes)
def test_any_release_has_a_line_of_its_own(odd):
    """Title, sum and identity never fail."""
    release = changed(odd)
    assert isinstance(release_title(release), str)
    release_money(release)
    assert all(isinstance(each, str) for each in release_identity(release))
