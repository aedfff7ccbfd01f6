"""A compiled release read for its money: what a contracting process plans, awards, signs, pays.

Real releases miss members and have values of other types; what cannot be read is None or left
out, and nothing here raises. OCDS 1.0 and 1.1 (https://standard.open-contracting.org/1.1/).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from procurement.money import Money, read_value
from procurement.taxes import NOTHING, Taxed, added, read_taxed

MAX_ID = 240
# Framework agreements that one process is taken to call off: each is judged again with it.
MOST_AGREEMENTS = 20


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a release names it: every id it goes by, the first one ours."""

    ids: tuple[str, ...]
    name: str

    @property
    def id(self) -> str:
        """`<scheme>-<id>` of its identifier, else the id of the party, else nothing."""
        return self.ids[0] if self.ids else ""


class _Priced:
    """Something with a value, `priced` with what it says of its tax."""

    __slots__ = ()
    priced: Taxed

    @property
    def value(self) -> Money | None:
        """The value as published; None if it is not known."""
        return self.priced.money


@dataclass(frozen=True, slots=True)
class Lot(_Priced):
    """A lot of a tender."""

    id: str
    priced: Taxed


@dataclass(frozen=True, slots=True)
class Tender(_Priced):
    """The tender of a process; `framework`: what is tendered is a framework agreement.

    `ceiling` is the value of the agreement where it is given apart from that of the tender.
    """

    id: str
    title: str
    description: str
    status: str
    method: str
    priced: Taxed
    lots: tuple[Lot, ...]
    framework: bool = False
    ceiling: Taxed = NOTHING

    @property
    def whole(self) -> Taxed:
        """The value of the tender, else of all its lots together."""
        if self.priced.money is not None or not self.lots:
            return self.priced
        return added([lot.priced for lot in self.lots])


@dataclass(frozen=True, slots=True)
class Award(_Priced):
    """An award; `lots` are the lots it is for."""

    id: str
    title: str
    status: str
    priced: Taxed
    lots: tuple[str, ...]
    suppliers: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Transaction(_Priced):
    """A payment as OCDS has it; `place` is its position in its contract."""

    id: str
    place: int
    date: str
    priced: Taxed
    payee: Party | None
    payer: Party | None

    @property
    def ref(self) -> str:
        """Its id, or `#<position>` where it has none."""
        return self.id or f"#{self.place}"


@dataclass(frozen=True, slots=True)
class Contract(_Priced):
    """A contract with its current value and the suppliers of its award.

    `lots` are those it names itself; `ends` is the end of its period ("" = not known).
    """

    id: str
    award: str
    title: str
    status: str
    priced: Taxed
    signed: str
    suppliers: tuple[Party, ...]
    transactions: tuple[Transaction, ...]
    lots: tuple[str, ...] = ()
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A budget line that a process draws on, and the amount reserved there for it.

    `until` is the last day of the period that the amount is for ("" = not said).
    """

    line: str
    amount: Money | None
    until: str = ""


@dataclass(frozen=True, slots=True)
class ContractingProcess:
    """All of one ocid that the money rules read.

    `agreements` are the ocids of the framework agreements that it calls off.
    """

    ocid: str
    date: str
    buyer: Party | None
    parties: tuple[tuple[Party, tuple[str, ...]], ...]
    planned: Money | None
    shares: tuple[Share, ...]
    rationale: str
    tender: Tender | None
    awards: tuple[Award, ...]
    contracts: tuple[Contract, ...]
    agreements: tuple[str, ...] = ()

    @property
    def framework(self) -> bool:
        """Whether this is the process of a framework agreement, whose contracts are call-offs."""
        return self.tender is not None and self.tender.framework

    def award(self, number: str) -> Award | None:
        """The award with this id."""
        return next((award for award in self.awards if award.id == number), None)


def read_process(record: dict[str, Any]) -> ContractingProcess:
    """The process of a compiled release."""
    parties = _Parties(record)
    planning = members(record.get("planning"))
    budget = members(planning.get("budget"))
    tender = record.get("tender")
    awards = tuple(_award(each, parties) for each in objects(record.get("awards")))
    return ContractingProcess(
        ocid=identifier(record.get("ocid")),
        date=text(record.get("date")),
        buyer=parties.named(record.get("buyer")) or parties.buyer(),
        parties=parties.listed,
        planned=read_value(budget.get("amount")),
        shares=tuple(_shares(budget)),
        rationale=text(planning.get("rationale")) or text(budget.get("description")),
        tender=_tender(tender) if isinstance(tender, dict) else None,
        awards=awards,
        contracts=tuple(_contracts(record, awards, parties)),
        agreements=tuple(dict.fromkeys(_agreements(record)))[:MOST_AGREEMENTS],
    )


def members(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of an array, or none."""
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]


def text(value: Any) -> str:
    """A string, or an empty one."""
    return value if isinstance(value, str) else ""


def storable_id(text: str) -> str:
    """An id that an index takes: one too long, or with U+0000, keeps its beginning and a hash."""
    if len(text) <= MAX_ID and "\0" not in text:
        return text
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    beginning = text[: MAX_ID - 20].replace("\0", "\ufffd")
    return f"{beginning}\u2026{mark}"


def identifier(value: Any) -> str:
    """An id, which real files also give as a number."""
    if isinstance(value, str):
        return value if len(value) <= MAX_ID else storable_id(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


class _Parties:
    """The parties of a release, found by the ids that references use."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._by_id: dict[str, Party] = {}
        self.listed = tuple(self._read(each) for each in objects(record.get("parties")))

    def _read(self, value: dict[str, Any]) -> tuple[Party, tuple[str, ...]]:
        party = _party(value)
        roles = value.get("roles")
        named = identifier(value.get("id"))
        if named:
            self._by_id.setdefault(named, party)
        listed = roles if isinstance(roles, list) else [roles]
        return party, tuple(storable_id(role) for role in listed if isinstance(role, str))

    def named(self, value: Any) -> Party | None:
        """The organisation of a reference, with all that `parties` says of it."""
        if not isinstance(value, dict) or not value:
            return None
        party = _party(value)
        known = self._by_id.get(identifier(value.get("id")))
        if known is None:
            return party if party.ids or party.name else None
        ids = tuple(dict.fromkeys((*known.ids, *party.ids)))
        return Party(ids, known.name or party.name)

    def buyer(self) -> Party | None:
        """The party with the role of the buyer, else of the procuring entity."""
        for role in ("buyer", "procuringEntity"):
            for party, roles in self.listed:
                if role in roles:
                    return party
        return None


def _party(value: dict[str, Any]) -> Party:
    # 1.0 gives a payer or payee as an Identifier itself: scheme, id, legalName.
    outer, number = identifier(value.get("id")), members(value.get("identifier"))
    ids: tuple[str, ...] = (outer,) if outer else ()
    name = text(value.get("name")) or text(value.get("legalName"))
    if number:
        scheme, inner = text(number.get("scheme")), identifier(number.get("id"))
        whole = storable_id(f"{scheme}-{inner}") if scheme and inner else ""
        ids = tuple(dict.fromkeys(filter(None, (whole, outer, inner))))
        name = name or text(number.get("legalName"))
    return Party(ids, " ".join(name.split()))


def _shares(budget: dict[str, Any]) -> Iterator[Share]:
    broken_down = objects(budget.get("budgetBreakdown"))
    default = text(members(budget.get("amount")).get("currency")) or None
    for each in broken_down:
        line = identifier(each.get("id"))
        if line:
            until = text(members(each.get("period")).get("endDate"))
            yield Share(line, read_value(each.get("amount"), default), until[:10])
    line = identifier(budget.get("id"))
    if line and not broken_down:
        yield Share(line, read_value(budget.get("amount")))


def _tender(value: dict[str, Any]) -> Tender:
    own = text(members(value.get("value")).get("currency")) or None
    techniques = members(value.get("techniques"))
    agreement = members(techniques.get("frameworkAgreement"))
    return Tender(
        id=identifier(value.get("id")),
        title=text(value.get("title")),
        description=text(value.get("description")),
        status=text(value.get("status")),
        method=text(value.get("procurementMethod")),
        priced=_priced(value.get("value")),
        lots=tuple(
            Lot(identifier(lot.get("id")), _priced(lot.get("value"), own))
            for lot in objects(value.get("lots"))
        ),
        framework=techniques.get("hasFrameworkAgreement") is True or bool(agreement),
        ceiling=_priced(agreement.get("value"), own),
    )


def _priced(value: Any, default: str | None = None) -> Taxed:
    return read_taxed(value, read_value(value, default))


def _agreements(record: dict[str, Any]) -> Iterator[str]:
    """The ocids of related processes whose relationship is `framework` (OCDS 1.1 codelist)."""
    for each in objects(record.get("relatedProcesses")):
        listed = each.get("relationship")
        if "framework" in (listed if isinstance(listed, list) else [listed]):
            named = identifier(each.get("identifier"))
            if named and each.get("scheme") in (None, "ocid"):
                yield named


def _award(value: dict[str, Any], parties: _Parties) -> Award:
    return Award(
        id=identifier(value.get("id")),
        title=text(value.get("title")),
        status=text(value.get("status")),
        priced=_priced(value.get("value")),
        lots=_lots(value),
        suppliers=_named(value.get("suppliers"), parties),
    )


def _lots(value: dict[str, Any]) -> tuple[str, ...]:
    """The lots that an award or a contract is for; each once."""
    listed = value.get("relatedLots")
    own = listed if isinstance(listed, list) else [value.get("relatedLot")]
    named = tuple(filter(None, map(identifier, own)))
    if not named:
        # Prozorro names the lot at the award's id or only at its items.
        of_items = [identifier(each.get("relatedLot")) for each in objects(value.get("items"))]
        named = tuple(filter(None, [identifier(value.get("lotID")), *of_items]))
    return tuple(dict.fromkeys(named))


def _named(value: Any, parties: _Parties) -> tuple[Party, ...]:
    found = (parties.named(each) for each in objects(value))
    return tuple(party for party in found if party is not None)


def _contracts(
    record: dict[str, Any], awards: tuple[Award, ...], parties: _Parties
) -> Iterator[Contract]:
    by_id = {award.id: award for award in reversed(awards)}
    for place, value in enumerate(objects(record.get("contracts"))):
        number = identifier(value.get("awardID"))
        award = by_id.get(number)
        own = _named(value.get("suppliers"), parties)
        yield Contract(
            id=identifier(value.get("id")) or f"#{place}",
            award=number,
            title=text(value.get("title")) or (award.title if award else ""),
            status=text(value.get("status")),
            priced=_priced(value.get("value")),
            signed=text(value.get("dateSigned")),
            suppliers=own or (award.suppliers if award else ()),
            transactions=tuple(_transactions(value, parties)),
            lots=_lots(value),
            ends=text(members(value.get("period")).get("endDate")),
        )


def _transactions(contract: dict[str, Any], parties: _Parties) -> Iterator[Transaction]:
    # Where a transaction names no currency it is paid in that of its contract.
    default = text(members(contract.get("value")).get("currency")) or None
    made = members(contract.get("implementation")).get("transactions")
    for place, value in enumerate(objects(made)):
        amount = value.get("value")
        yield Transaction(
            id=identifier(value.get("id")),
            place=place,
            date=text(value.get("date")),
            priced=_priced(value.get("amount") if amount is None else amount, default),
            payee=parties.named(value.get("payee") or value.get("receiverOrganization")),
            payer=parties.named(value.get("payer") or value.get("providerOrganization")),
        )
