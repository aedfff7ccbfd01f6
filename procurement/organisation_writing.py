"""Organisations written: met in the registry, in budgets, releases and payments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from procurement.charging import Row
from procurement.index import (
    ContractRow,
    EntrySummary,
    Involvement,
    Line,
    Organisation,
    Payment,
    Process,
)
from procurement.writing import SearchDocuments, add, core, fetch, remove

_CONTRACT = core(ContractRow)
_ENTRY = core(EntrySummary)
_INVOLVEMENT = core(Involvement)
_LINE = core(Line)
_PAYMENT = core(Payment)
_PROCESS = core(Process)

INSTITUTION = "institution"


@dataclass
class _Met:
    """What a group says of an organisation; `named` is the entry with the first name."""

    name: str = ""
    named: int | None = None
    roles: dict[str, int] = field(default_factory=dict)
    enrolled: tuple[dict[str, str], str | None] | None = None


class Organisations:
    """Organisations met in a group, joined with what the tables know of them."""

    def __init__(self, connection: Connection, search: SearchDocuments) -> None:
        self.connection, self.search = connection, search
        self.table = core(Organisation)
        self._met: dict[str, _Met] = {}
        self._doubted: dict[str, None] = {}

    def meet(self, number: str, name: str, roles: Sequence[str], index: int) -> None:
        """An organisation with these roles, called so, in the entry at an index."""
        if not number:
            return
        met = self._met.setdefault(number, _Met())
        if name and (met.named is None or index < met.named):
            met.name, met.named = name, index
        for role in roles:
            met.roles[role] = min(index, met.roles.get(role, index))

    def enrol(self, body: dict[str, Any], index: int) -> None:
        """An institution as the registry names it."""
        names = {code: str(name) for code, name in body["names"].items() if name}
        self.meet(body["id"], "", (INSTITUTION,), index)
        self._met[body["id"]].enrolled = (names, body.get("parent"))

    def doubt(self, numbers: Iterable[str | None]) -> None:
        """What named these organisations is erased: they stay only if something else does."""
        self._doubted.update(dict.fromkeys(filter(None, numbers)))

    def doubt_process(self, ocid: str) -> None:
        """The same for all organisations of a process."""
        query = select(_INVOLVEMENT.c.org).where(_INVOLVEMENT.c.ocid == ocid)
        self.doubt(self.connection.execute(query).scalars().all())
        paid = select(_PAYMENT.c.payee_id).where(_PAYMENT.c.ocid == ocid)
        self.doubt(self.connection.execute(paid).scalars().all())

    def write(self) -> None:
        """Rows of what is new or has changed."""
        for number in self._doubted:
            if number not in self._met and not self._is_named(number):
                self.search.drop("organisation", number)
                remove(self.connection, self.table, self.table.c.id, [number])
            else:
                self.meet(number, *self._name_elsewhere(number))
        known = {
            row["id"]: row for row in fetch(self.connection, self.table, self.table.c.id, self._met)
        }
        rows = []
        for number, met in self._met.items():
            before = known.get(number)
            row = _joined(number, met, before, doubted=number in self._doubted)
            if row != before:
                rows.append(row)
                said = row["names"].values()
                self.search.put("organisation", number, row["name"], "", row["first_index"], *said)
        remove(
            self.connection, self.table, self.table.c.id, {row["id"] for row in rows} & set(known)
        )
        add(self.connection, self.table, rows)

    def _is_named(self, number: str) -> bool:
        named = (
            select(_INVOLVEMENT.c.org).where(_INVOLVEMENT.c.org == number),
            select(_PAYMENT.c.payee_id).where(_PAYMENT.c.payee_id == number),
            select(_ENTRY.c.org).where(_ENTRY.c.org == number),
            select(_LINE.c.org).where(_LINE.c.org == number),
        )
        return any(self.connection.execute(query.limit(1)).first() for query in named)

    def _name_elsewhere(self, number: str) -> tuple[str, tuple[str, ...], int]:
        """What else calls an organisation by name, when an erased body may have done so first."""
        for query in (
            select(_PAYMENT.c.payee_name, _PAYMENT.c.index)
            .where(_PAYMENT.c.payee_id == number, _PAYMENT.c.payee_name != "")
            .order_by(_PAYMENT.c.index),
            select(_CONTRACT.c.supplier_name, _CONTRACT.c.index)
            .where(_CONTRACT.c.supplier_id == number, _CONTRACT.c.supplier_name != "")
            .order_by(_CONTRACT.c.index),
            select(_PROCESS.c.buyer_name, _PROCESS.c.first_index)
            .where(_PROCESS.c.buyer_id == number, _PROCESS.c.buyer_name != "")
            .order_by(_PROCESS.c.first_index),
        ):
            found = self.connection.execute(query.limit(1)).first()
            if found:
                return str(found[0]), (), int(found[1])
        return "", (), 0


def _joined(number: str, met: _Met, known: Row | None, *, doubted: bool) -> Row:
    before = known or {"names": {}, "parent": None, "met": {"name": "", "named": None, "roles": {}}}
    names, parent = met.enrolled or (before["names"], before["parent"])
    name, named = ("", None) if doubted else (before["met"]["name"], before["met"]["named"])
    if named is None or (met.named is not None and met.named < named):
        name, named = met.name, met.named
    roles = dict(before["met"]["roles"])
    for role, index in met.roles.items():
        roles[role] = min(index, roles.get(role, index))
    return organisation_row(number, {"name": name, "named": named, "roles": roles}, names, parent)


def organisation_row(
    number: str, met: Row, names: Mapping[str, str], parent: str | None
) -> dict[str, Any]:
    """The row of an organisation: an enrolled name goes before the first that an entry gave it."""
    roles = sorted(met["roles"], key=lambda role: (met["roles"][role], role))
    return {
        "id": number,
        "name": names.get("id") or names.get("en") or met["name"],
        "names": dict(names),
        "parent": parent,
        "institution": INSTITUTION in roles,
        "roles": roles,
        "met": {**met, "roles": {role: met["roles"][role] for role in roles}},
        "first_index": min(met["roles"].values(), default=met["named"] or 0),
    }
