"""Entries and organisations as lists mention them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ledger.acts import Enrolment
from ledger.envelope import Entry
from ledger.errors import NotFound
from procurement import queries
from procurement.index import EntrySummary
from procurement.index import Organisation as OrganisationRow
from procurement.projections import Projections
from web import addresses
from web.privacy import is_personal
from web.reader import Reader
from web.releases import tags_of, titles_of
from web.views import Amount, Organisation, View, amount


class EntryItem(View, frozen=True):
    """An entry in one line of a list; `offices` are those whose keys have signed it."""

    index: int
    kind: str
    at: str
    org: Organisation
    offices: list[str]
    title: str
    amount: Amount | None
    date: str | None
    ocid: str | None
    line: str | None
    tags: list[str]
    marks: list[str]
    copied: bool
    replaced_by: int | None


class Names:
    """The names of organisations, asked for once a page."""

    def __init__(self, reader: Reader, ids: Iterable[str | None]) -> None:
        wanted = sorted({each for each in ids if each})
        self.language = reader.language
        self.known = reader.organisations(wanted) if wanted else {}

    def mention(self, org: str | None, name: str | None = None) -> Organisation:
        """An organisation by id; `name` is what the record at hand calls it."""
        row = self.known.get(org or "")
        shown = (name_of(row, self.language) if row else "") or name or org or "–"
        return Organisation(id=org, name=shown, page=addresses.organisation(org) if row else None)


def name_of(row: OrganisationRow, language: str) -> str:
    """An organisation's name in a language, else as records call it."""
    return row.names.get(language) or row.names.get("id") or row.name


def entry_items(
    reader: Reader, rows: Sequence[EntrySummary], titles: Mapping[str, str] | None = None
) -> list[EntryItem]:
    """Entries as list items; `titles` of processes stand in where an entry has none."""
    site = reader.site
    names, tags = Names(reader, (row.org for row in rows)), tags_of(site.log, rows)
    if titles is None:
        titles = titles_of(site.index, (row.ocid for row in rows if not row.title))
    enrolments = site.log.registry().enrolments
    return [
        _entry_item(
            names,
            row,
            row.title or titles.get(row.ocid or "", ""),
            tags.get(row.index),
            _offices(enrolments, site.log.record(row.index).entry),
        )
        for row in rows
    ]


def _offices(enrolments: Mapping[str, Enrolment], entry: Entry) -> list[str]:
    """The offices that signed, each once; none for a key of the registry itself."""
    keys = (each.key for each in entry.signatures)
    return list(dict.fromkeys(enrolments[key].office for key in keys if key in enrolments))


def _entry_item(
    names: Names, row: EntrySummary, title: str, tags: list[str] | None, offices: list[str]
) -> EntryItem:
    return EntryItem(
        index=row.index,
        kind=row.kind,
        at=row.at,
        org=names.mention(row.org),
        offices=offices,
        title=title,
        amount=amount(row.amount, row.currency),
        date=row.date,
        ocid=row.ocid,
        line=row.line,
        tags=tags or [],
        marks=list(row.marks),
        copied=row.copied,
        replaced_by=row.replaced_by,
    )


def known_organisation(reader: Reader, org: str) -> OrganisationRow:
    """An organisation that has a page. Raises NotFound, for a person's number too."""
    if is_personal(org):
        raise NotFound("there is no page of persons", "search for the payment or the contract")
    return queries.organisation(reader.site.index, org)


def payment_receipt(index: Projections, number: str) -> str | None:
    """The receipt of the payment in force with this number, where there is one."""
    try:
        return addresses.entry(queries.payment(index, number).index)
    except NotFound:
        return None
