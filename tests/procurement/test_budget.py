"""Budget events are read as the format has them, and anything else is refused by name."""

import copy

import pytest

from ledger.errors import InvalidInput
from procurement.budget import KINDS, parse_appropriation, parse_payment
from procurement.money import Money

SALT = "0123456789abcdef0123456789abcdef"
IDR = {"amount": "1250000000.00", "currency": "IDR"}

APPROPRIATION = {
    "salt": SALT,
    "line": {
        "id": "ID-DINAS/2026/1.03.02/5.2",
        "fiscalYear": "2026",
        "title": "Peningkatan jalan",
        "org": "ID-DINAS",
        "classifications": {"functional": "04.5", "economic": None},
    },
    "amount": IDR,
    "legalBasis": "Perda 1/2026",
}
REVISION = {
    "salt": SALT,
    "id": "rev-1",
    "line": {"id": "ID-DINAS/2026/1"},
    "change": {"amount": "-5", "currency": "IDR"},
    "reason": "",
    "legalBasis": "Perda 9/2026",
}
TRANSFER = {
    "salt": SALT,
    "id": "tr-1",
    "from": {"id": "ID-DINAS/2026/1"},
    "to": {"id": "ID-LAIN/2026/2"},
    "amount": IDR,
    "reason": "pergeseran",
    "legalBasis": "Perbup 3/2026",
}
PAYMENT = {
    "salt": SALT,
    "id": "SP2D 001/LS",
    "date": "2026-03-31",
    "method": "LS",
    "payee": {"id": "ID-NPWP-01", "name": "PT Contoh"},
    "items": [
        {"line": {"id": "ID-DINAS/2026/1"}, "amount": {"amount": "10.00", "currency": "IDR"}},
        {"line": {"id": "ID-LAIN/2026/2"}, "amount": {"amount": "5.50", "currency": "IDR"}},
    ],
    "net": {"amount": "14", "currency": "IDR"},
    "contract": {"ocid": "ocds-x-1", "id": "K-1"},
}
BODIES = {
    "budget/appropriation": APPROPRIATION,
    "budget/revision": REVISION,
    "budget/transfer": TRANSFER,
    "budget/payment": PAYMENT,
}


def changed(body, path, value):
    """A copy of a body with one member set, or removed when `value` is `...`."""
    copied = copy.deepcopy(body)
    target = copied
    for name in path[:-1]:
        target = target[name]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return copied


def test_what_each_event_means():
    """Subject, owners, claims and needs of the four kinds."""
    meanings = {kind: KINDS[kind].read(body) for kind, body in BODIES.items()}
    appropriation = meanings["budget/appropriation"]
    assert appropriation.subject == "ID-DINAS/2026/1.03.02/5.2"
    assert appropriation.owners == ("ID-DINAS",)
    assert appropriation.claims == ("appropriation:ID-DINAS/2026/1.03.02/5.2",)
    assert meanings["budget/revision"].subject == "ID-DINAS/2026/1"
    assert meanings["budget/revision"].claims == ("revision:rev-1",)
    assert meanings["budget/transfer"].owners == ("ID-DINAS",)
    assert meanings["budget/transfer"].subject == "ID-DINAS/2026/1"
    payment = meanings["budget/payment"]
    assert payment.subject == "SP2D%20001/LS"
    assert payment.owners == ("ID-DINAS", "ID-LAIN")
    assert payment.claims == ("payment:SP2D%20001/LS",)
    assert payment.needs == ()


def test_an_advance_has_no_owner_of_its_own():
    """A payment that charges no line leaves the owner to the statement's org."""
    advance = changed(PAYMENT, ["items"], [{"amount": IDR}])
    assert KINDS["budget/payment"].read(advance).owners == ()
    assert KINDS["budget/payment"].read(changed(PAYMENT, ["items"], [])).owners == ()


def test_a_reversal_needs_what_it_reverses():
    """With `reverses`, amounts may be negative and the earlier payment must be there."""
    reversal = changed(PAYMENT, ["reverses"], "SP2D-0")
    reversal["items"][0]["amount"]["amount"] = "-10.00"
    reversal["net"]["amount"] = "-10.00"
    assert KINDS["budget/payment"].read(reversal).needs == ("payment:SP2D-0",)
    assert parse_payment(reversal).items[0].amount == Money(-1000, "IDR")


def test_a_claim_fits_into_an_index():
    """Ids of any length and with any character are claimed in a short printable form."""
    claims = {
        KINDS["budget/revision"].read(changed(REVISION, ["id"], number)).claims[0]
        for number in ("a", "\0", "%00", "x" * 9_000, "x" * 9_001)
    }
    assert len(claims) == 5
    assert all(len(claim) < 300 and claim.isascii() and "\0" not in claim for claim in claims)


def test_amounts_are_minor_units():
    """Sums are exact, in the payment's one currency."""
    assert parse_payment(PAYMENT).gross == Money(1550, "IDR")
    assert parse_appropriation(APPROPRIATION).amount == Money(125_000_000_000, "IDR")
    assert parse_appropriation(APPROPRIATION).classifications == {"functional": "04.5"}


def test_unknown_members_are_allowed():
    """Bodies may say more than the format asks."""
    for kind, body in BODIES.items():
        assert KINDS[kind].read({**body, "remark": [1]}) == KINDS[kind].read(body)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("budget/appropriation", ["salt"], ...),
        ("budget/appropriation", ["salt"], SALT.upper()),
        ("budget/appropriation", ["line", "id"], "ID-DINAS/2025/1"),
        ("budget/appropriation", ["line", "id"], "ID-LAIN/2026/1"),
        ("budget/appropriation", ["line", "id"], "ID-DINAS/2026/"),
        ("budget/appropriation", ["line", "org"], "ID/DINAS"),
        ("budget/appropriation", ["line", "fiscalYear"], 2026),
        ("budget/appropriation", ["line", "classifications"], ...),
        ("budget/appropriation", ["line", "classifications"], {"fund": 3}),
        ("budget/appropriation", ["amount"], "5 IDR"),
        ("budget/appropriation", ["amount", "amount"], 5),
        ("budget/appropriation", ["amount", "amount"], "-5"),
        ("budget/appropriation", ["amount", "amount"], "-0"),
        ("budget/appropriation", ["amount", "amount"], "1e5"),
        ("budget/appropriation", ["amount", "amount"], "0.001"),
        ("budget/appropriation", ["amount", "amount"], "999999999999999999"),
        ("budget/appropriation", ["amount", "currency"], "Rp"),
        ("budget/appropriation", ["legalBasis"], ...),
        ("budget/revision", ["change"], ...),
        ("budget/revision", ["line"], "ID-DINAS/2026/1"),
        ("budget/transfer", ["to"], None),
        ("budget/transfer", ["amount", "amount"], "-1"),
        ("budget/payment", ["date"], "2026-02-29"),
        ("budget/payment", ["date"], "2026-3-1"),
        ("budget/payment", ["date"], "2026-03-31T00:00:00Z"),
        ("budget/payment", ["payee", "id"], "3404011505900001"),
        ("budget/payment", ["payee", "id"], 7),
        ("budget/payment", ["items"], {}),
        ("budget/payment", ["items", 0, "amount", "amount"], "-10.00"),
        ("budget/payment", ["items", 0, "amount", "currency"], "USD"),
        ("budget/payment", ["net", "amount"], "-0"),
        ("budget/payment", ["contract"], "K-1"),
        ("budget/payment", ["contract", "id"], ...),
        ("budget/payment", ["reverses"], 5),
    ],
)
def test_what_is_out_of_form_is_refused(kind, path, value):
    """Each member that is missing, of another type or out of its bounds is refused."""
    with pytest.raises(InvalidInput):
        KINDS[kind].read(changed(BODIES[kind], path, value))


def test_a_number_that_begins_with_zero_is_no_persons():
    """Sixteen digits beginning with 0 are a taxpayer number, not an NIK."""
    assert (
        KINDS["budget/payment"].read(changed(PAYMENT, ["payee", "id"], "0012345678901000")).claims
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [None, [], "x", 1, {}])
def test_other_values_are_refused(kind, body):
    """What is no object, or an empty one, is refused."""
    with pytest.raises(InvalidInput):
        KINDS[kind].read(body)
