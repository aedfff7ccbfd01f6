"""Organisations written: met in the registry, in budgets, releases and payments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Organisations:
    """Organisations met in a group, joined with what the tables know of them."""

    def __init__(self, connection: Connection, search: SearchDocuments) -> None:
        self.connection, self.search = connection, search
        self.table = core(Organisation)
        self._met: dict[str, Row] = {}
        self._doubted: dict[str, None] = {}

    def meet(self, number: str, name: str, roles: Sequence[str], index: int) -> None:
        """An organisation with these roles, called so."""
        if not number:
            return
        known = self._met.get(number)
        if known is None:
            known = self._met[number] = {"name": "", "roles": {}, "index": index}
        known["name"] = known["name"] or name
        known["roles"].update(dict.fromkeys(roles))

    def enrol(self, body: dict[str, Any], index: int) -> None:
        """An institution as the registry names it."""
        names = {code: str(name) for code, name in body["names"].items() if name}
        self.meet(body["id"], "", ("institution",), index)
        self._met[body["id"]] |= {"names": names, "parent": body.get("parent")}

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
                self.meet(number, self._name_elsewhere(number), (), 0)
        known = {
            row["id"]: row for row in fetch(self.connection, self.table, self.table.c.id, self._met)
        }
        rows = []
        for number, met in self._met.items():
            before = known.get(number)
            kept = {**before, "name": ""} if before and number in self._doubted else before
            row = _joined(number, met, kept)
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

    def _name_elsewhere(self, number: str) -> str:
        """What else calls an organisation by name, when an erased body may have done so first."""
        for query in (
            select(_PAYMENT.c.payee_name)
            .where(_PAYMENT.c.payee_id == number, _PAYMENT.c.payee_name != "")
            .order_by(_PAYMENT.c.index),
            select(_CONTRACT.c.supplier_name)
            .where(_CONTRACT.c.supplier_id == number, _CONTRACT.c.supplier_name != "")
            .order_by(_CONTRACT.c.index),
            select(_PROCESS.c.buyer_name)
            .where(_PROCESS.c.buyer_id == number, _PROCESS.c.buyer_name != "")
            .order_by(_PROCESS.c.first_index),
        ):
            found = self.connection.execute(query.limit(1)).scalar()
            if found:
                return str(found)
        return ""


def _joined(number: str, met: Row, known: Row | None) -> Row:
    before = known or {
        "id": number,
        "name": "",
        "names": {},
        "parent": None,
        "institution": False,
        "roles": [],
        "first_index": met["index"],
    }
    names: Row = met["names"] if "names" in met else before["names"]
    return {
        **before,
        "names": names,
        "name": names.get("id") or names.get("en") or before["name"] or met["name"],
        "parent": met.get("parent", before["parent"]),
        "institution": before["institution"] or "institution" in met["roles"],
        "roles": list(dict.fromkeys((*before["roles"], *met["roles"]))),
    }
