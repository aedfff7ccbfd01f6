"""A release as it is read: OCDS 1.0 forms in those of 1.1, and what pages may show of it.

The bytes published are never touched; these are views of the parsed value for merging, for the
projections and for pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

AMOUNT_AS_TEXT = "amount-as-text"
WITHHELD = "(withheld)"

_CONTAINERS = (dict, list)
_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?")
# A person's Indonesian NIK; a company's NPWP of 16 digits begins with 0.
_NIK = re.compile(r"(?<![0-9])[1-9][0-9]{15}(?![0-9])")
_PRIVATE = frozenset({"contactPoint", "email", "telephone", "faxNumber"})
_ORGANISATIONS = frozenset(
    {
        "parties",
        "buyer",
        "procuringEntity",
        "suppliers",
        "tenderers",
        "payer",
        "payee",
        "providerOrganization",
        "receiverOrganization",
        "sourceParty",
        "identifier",
        "additionalIdentifiers",
    }
)


def reading_view(release: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A copy of a parsed release in OCDS 1.1 forms, and marks of what had to be read kindly.

    - `amendment` joins `amendments`
    - a transaction's `amount`, `providerOrganization` and `receiverOrganization` become `value`,
      `payer` and `payee`; a budget's `value` becomes its `amount`
    - organisations given in place get an `id` and `name` from their identifier, and stand in
      `parties` with their roles, where the release has none
    - an amount that is text of a plain decimal number becomes that number (`amount-as-text`)
    """
    marks: set[str] = set()
    view: dict[str, Any] = {name: copied(value, marks) for name, value in release.items()}
    _renew(view)
    return view, tuple(sorted(marks))


def shallow_view(release: Mapping[str, Any], marks: set[str]) -> dict[str, Any]:
    """The reading view of a release, sharing with it what has no older form.

    Amounts that are text are left to whoever copies on, but where amendments are compared.
    """
    view = dict(release)
    _own(_own(view, "planning"), "budget")
    _own(view, "buyer")
    tender = _own(view, "tender")
    _own(tender, "procuringEntity")
    _own_each(tender, "tenderers")
    awards, contracts = _own_each(view, "awards"), _own_each(view, "contracts")
    for award in awards:
        _own_each(award, "suppliers")
    for contract in contracts:
        for transaction in _own_each(_own(contract, "implementation"), "transactions"):
            _own(transaction, "payer")
            _own(transaction, "payee")
    for amended in (tender, *awards, *contracts):
        if "amendment" in amended:
            for name in {"amendment", "amendments"} & amended.keys():
                amended[name] = copied(amended[name], marks)
    _renew(view)
    return view


def _own(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name, copied so that it may be changed."""
    value = holder.get(name)
    if not isinstance(value, dict):
        return {}
    own = holder[name] = dict(value)
    return own


def _own_each(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = holder.get(name)
    if not isinstance(listed, list):
        return []
    own = holder[name] = [dict(each) if isinstance(each, dict) else each for each in listed]
    return [each for each in own if isinstance(each, dict)]


def _renew(view: dict[str, Any]) -> None:
    """Put a release into the forms of OCDS 1.1, in place."""
    tender = _object(view.get("tender"))
    awards, contracts = _objects(view, "awards"), _objects(view, "contracts")
    _set_missing(_object(_object(view.get("planning")).get("budget")), "amount", "value")
    for amended in (tender, *awards, *contracts):
        if "amendment" in amended:
            _join_amendments(amended)
    made = [
        transaction
        for contract in contracts
        if "implementation" in contract
        for transaction in _objects(_object(contract["implementation"]), "transactions")
    ]
    for transaction in made:
        _rename_transaction(transaction)
    found = _references(view, tender, awards, made)
    for _, reference in found:
        _complete(reference)
    if found and not view.get("parties"):
        view["parties"] = _gather(found)


def copied(value: Any, marks: set[str]) -> Any:
    """A copy in which amounts that are text of a plain number are numbers; a mark says so."""
    kind = type(value)
    if kind is dict:
        members = {
            name: copied(inner, marks) if type(inner) in _CONTAINERS else inner
            for name, inner in value.items()
        }
        if type(members.get("amount")) is str:
            read_amount(members, marks)
        return members
    return [copied(inner, marks) for inner in value] if kind is list else value


def read_amount(members: dict[str, Any], marks: set[str]) -> None:
    """Make `amount`, a text, a number where it is one."""
    if _AMOUNT.fullmatch(members["amount"]):
        members["amount"] = Decimal(members["amount"])
        marks.add(AMOUNT_AS_TEXT)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(container: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in an array member, whatever else is there."""
    listed = container.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _set_missing(holder: dict[str, Any], name: str, old: str) -> None:
    """Give `name` the object that stands under its older name."""
    if holder.get(name) is None and isinstance(holder.get(old), dict):
        holder[name] = holder.pop(old)


def _join_amendments(amended: dict[str, Any]) -> None:
    amendment = amended.pop("amendment", None)
    if isinstance(amendment, dict) and amendment:
        listed = amended.get("amendments")
        known = listed if isinstance(listed, list) else []
        amended["amendments"] = known if amendment in known else [*known, amendment]


def _rename_transaction(transaction: dict[str, Any]) -> None:
    _set_missing(transaction, "value", "amount")
    for name, old in (("payer", "providerOrganization"), ("payee", "receiverOrganization")):
        identifier = transaction.get(old)
        if transaction.get(name) is None and isinstance(identifier, dict):
            del transaction[old]
            transaction[name] = {"identifier": identifier}


def _references(
    view: Mapping[str, Any],
    tender: Mapping[str, Any],
    awards: Sequence[Mapping[str, Any]],
    transactions: Sequence[Mapping[str, Any]],
) -> list[tuple[str, dict[str, Any]]]:
    """Every organisation that a release refers to, with its role there."""
    named = [("buyer", view.get("buyer")), ("procuringEntity", tender.get("procuringEntity"))]
    found = [(role, each) for role, each in named if isinstance(each, dict)]
    found += [("tenderer", each) for each in _objects(tender, "tenderers")]
    for award in awards:
        found += [("supplier", each) for each in _objects(award, "suppliers")]
    for transaction in transactions:
        paid = [(role, transaction.get(role)) for role in ("payer", "payee")]
        found += [(role, each) for role, each in paid if isinstance(each, dict)]
    return found


def _complete(reference: dict[str, Any]) -> None:
    """An `id` as scheme-id and a `name`, from what else is said of the organisation."""
    if reference.get("id") is not None and reference.get("name") is not None:
        return
    identifier = _object(reference.get("identifier"))
    scheme, number = identifier.get("scheme"), identifier.get("id")
    if reference.get("id") is None and number not in (None, ""):
        scheme, number = copied(scheme, set()), copied(number, set())
        reference["id"] = f"{scheme}-{number}" if scheme else str(number)
    if reference.get("name") is None:
        spoken = sorted(name for name in reference if name.startswith("name_"))
        names = [identifier.get("legalName"), *(reference[name] for name in spoken)]
        name = next((each for each in names if isinstance(each, str) and each), None)
        if name is not None:
            reference["name"] = name


def _gather(references: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The parties of a release that only names them in place."""
    parties: dict[str, dict[str, Any]] = {}
    for role, reference in references:
        if reference.get("id") is None:
            continue
        party = parties.setdefault(str(reference["id"]), {**reference, "roles": []})
        if role not in party["roles"]:
            party["roles"].append(role)
    return list(parties.values())


def public_view(release: Mapping[str, Any]) -> dict[str, Any]:
    """What pages may show of a parsed release or record: no contact, no number of a person."""
    return {
        name: _public(value, name in _ORGANISATIONS)
        for name, value in release.items()
        if name not in _PRIVATE
    }


def _public(value: Any, organisation: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _public(inner, organisation or name in _ORGANISATIONS)
            for name, inner in value.items()
            if name not in _PRIVATE
        }
    if isinstance(value, list):
        return [_public(inner, organisation) for inner in value]
    return withhold(value) if organisation else value


def withhold(value: Any) -> Any:
    """A scalar without any number that looks like a person's: 16 digits not beginning with 0."""
    if isinstance(value, str):
        return _NIK.sub(WITHHELD, value)
    if isinstance(value, int) and _NIK.fullmatch(str(value)):
        return WITHHELD
    return value
