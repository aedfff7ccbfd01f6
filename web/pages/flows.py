"""Where the money of a year comes from, whom it passes and where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Response
from markupsafe import Markup

from ledger.errors import NotFound
from procurement import streams, sums
from procurement.streams import Link, Node
from procurement.year_streams import supplier_names, year_links
from web import addresses
from web.language import translations
from web.mentions import Names, known_organisation
from web.reader import Reader, ReaderOf, page
from web.sankey import Band, Place, sankey
from web.tables import Table, figure, table_answer
from web.views import Amount, Organisation, View, money

SHOWN = 12
_LAST = {streams.UNDIVIDED: 1, streams.UNCONTRACTED: 2, streams.DIRECT: 3, streams.FREE: 4}
_TONES = {
    streams.FUND: "plan",
    streams.BEYOND: "over",
    streams.UNKNOWN: "free",
    streams.ORG: "plan",
    streams.PROGRAMME: "plan",
    streams.SUPPLIER: "paid",
    streams.UNDIVIDED: "paid",
    streams.UNCONTRACTED: "due",
    streams.DIRECT: "due",
    streams.FREE: "free",
}

router = APIRouter()
Year = Annotated[str | None, Query(max_length=40)]
From = Annotated[str | None, Query(alias="from", max_length=250)]


class StreamNode(View, frozen=True):
    """A source (`fund`, `beyond`, `unknown`), `org`, `programme` or an end, and what it is called.

    Ends are `supplier`, `undivided`, `uncontracted`, `direct` and `free`; `others` stands for the
    smaller ones of the kind `id`.
    """

    kind: str
    id: str
    name: str
    page: str | None


class StreamView(View, frozen=True):
    """Money from one node to the next: layer 0 sources, 1 programmes, 2 ends."""

    layer: int
    source: StreamNode
    target: StreamNode
    amount: Amount


class CurrencyStreams(View, frozen=True):
    """The streams in one currency: what enters, what leaves explained, and what nothing explains.

    `whole` = `contracted` + `uncontracted` + `direct` + `free`.
    """

    currency: str
    whole: Amount
    contracted: Amount
    uncontracted: Amount
    direct: Amount
    free: Amount
    beyond: Amount
    streams: list[StreamView]


class FlowsView(View, frozen=True):
    """The flows of a fiscal year, of all organisations or from one."""

    year: str
    years: list[str]
    org: Organisation | None
    currencies: list[CurrencyStreams]


@page(router, "/flows")
def flows(reader: ReaderOf, year: Year = None, org: From = None) -> Response:
    """The flows of a year: the newest if none is named."""
    view = flows_view(reader, year, org)
    drawn = [draw(reader, each) for each in view.currencies]
    return reader.answer("flows.html", view, drawn=drawn)


def flows_view(reader: Reader, year: str | None, org: str | None) -> FlowsView:
    """What the page of flows shows. Raises NotFound."""
    years = sums.years(reader.site.index)
    chosen = year or next(iter(years), "")
    if year is not None and year not in years:
        raise NotFound(f"there are no flows of {year[:40]!r}", "choose one of the years")
    index = reader.site.index
    if org:
        known_organisation(reader, org)
    by_code: dict[str, list[Link]] = {}
    for link in year_links(index, chosen, org):
        by_code.setdefault(link.currency, []).append(link)
    shown = {code: streams.largest(links, SHOWN) for code, links in by_code.items()}
    mentioned = set(_organisations(shown.values()))
    names = Names(reader, [org, *mentioned])
    called = supplier_names(index, chosen, mentioned - names.known.keys())
    return FlowsView(
        year=chosen,
        years=years,
        org=names.mention(org) if org else None,
        currencies=[
            _currency(reader, names, called, code, by_code[code], shown[code])
            for code in sorted(by_code, key=lambda code: (-len(by_code[code]), code))
        ],
    )


def _organisations(shown: Iterable[Sequence[Link]]) -> Iterator[str]:
    for links in shown:
        for link in links:
            for node in (link.source, link.target):
                if node.kind in (streams.ORG, streams.SUPPLIER):
                    yield node.name


def _currency(
    reader: Reader,
    names: Names,
    called: Mapping[str, str],
    code: str,
    links: Sequence[Link],
    shown: Sequence[Link],
) -> CurrencyStreams:
    ends: dict[str, int] = {}
    for link in links:
        kind = link.source.kind if link.layer == 0 else link.target.kind
        if link.layer != 1:
            ends[kind] = ends.get(kind, 0) + link.amount
    contracted = ends.get(streams.SUPPLIER, 0) + ends.get(streams.UNDIVIDED, 0)
    sources = (streams.FUND, streams.BEYOND, streams.UNKNOWN)
    return CurrencyStreams(
        currency=code,
        whole=money(sum(ends.get(kind, 0) for kind in sources), code),
        contracted=money(contracted, code),
        uncontracted=money(ends.get(streams.UNCONTRACTED, 0), code),
        direct=money(ends.get(streams.DIRECT, 0), code),
        free=money(ends.get(streams.FREE, 0), code),
        beyond=money(ends.get(streams.BEYOND, 0), code),
        streams=[
            StreamView(
                layer=link.layer,
                source=_node(reader, names, called, link.source),
                target=_node(reader, names, called, link.target),
                amount=money(link.amount, code),
            )
            for link in sorted(shown, key=lambda link: (link.layer, -link.amount))
        ],
    )


def _node(reader: Reader, names: Names, called: Mapping[str, str], node: Node) -> StreamNode:
    name, link = node.name, None
    if node.kind in (streams.ORG, streams.SUPPLIER) and node.name:
        mention = names.mention(node.name, called.get(node.name))
        name, link = mention.name, mention.page
    elif node.kind not in (streams.FUND, streams.PROGRAMME) or not node.name:
        name = _label(reader, node)
    return StreamNode(kind=node.kind, id=node.name, name=name, page=link)


def _label(reader: Reader, node: Node) -> str:
    gettext = translations(reader.language).gettext
    return {
        streams.FUND: gettext("Sumber dana tidak disebut"),
        streams.BEYOND: gettext("Melebihi anggaran"),
        streams.UNKNOWN: gettext("Tanpa mata anggaran"),
        streams.ORG: gettext("Lembaga tidak disebut"),
        streams.PROGRAMME: gettext("Tanpa program"),
        streams.UNDIVIDED: gettext("Beberapa penyedia, tidak dapat dibagi"),
        streams.UNCONTRACTED: gettext("Terikat, belum ada kontrak"),
        streams.DIRECT: gettext("Dibayar tanpa kontrak"),
        streams.FREE: gettext("Belum terikat apa pun"),
        streams.OTHERS: gettext("Lainnya"),
    }[node.kind]


def draw(reader: Reader, view: CurrencyStreams) -> Markup:
    """The drawing of one currency; bands in the order of the table."""
    places: dict[tuple[int, str], Place] = {}
    order: dict[tuple[int, str], tuple[int, int]] = {}
    bands = []
    for each in view.streams:
        ends = (each.layer, each.source), (each.layer + 1, each.target)
        for column, node in ends:
            kind = node.id if node.kind == streams.OTHERS else node.kind
            at = (column, f"{node.kind}:{node.id}")
            places[at] = Place(node.name, _TONES.get(kind, "plan"))
            rank = _LAST.get(node.kind, 5 if node.kind in (streams.BEYOND, streams.UNKNOWN) else 0)
            order.setdefault(at, (rank, len(order)))
        source, target = (f"{node.kind}:{node.id}" for _, node in ends)
        bands.append(Band(each.layer, source, target, each.amount.minor))
    standing = {at: places[at] for at in sorted(places, key=lambda at: order[at])}
    gettext = translations(reader.language).gettext
    return sankey(bands, standing, gettext("Aliran uang; angkanya ada dalam tabel di bawah"))


@router.api_route("/flows.csv", methods=["GET", "HEAD"])
def flows_csv(reader: ReaderOf, year: Year = None, org: From = None) -> Response:
    """All links of the flows of a year, none of them summed up as others."""
    chosen = year or next(iter(sums.years(reader.site.index)), "")
    links = year_links(reader.site.index, chosen, org)
    columns = ("layer", "sourceKind", "source", "targetKind", "target", "currency", "amount")
    rows = (
        (
            *(link.layer, link.source.kind, link.source.name, link.target.kind),
            *(link.target.name, link.currency, figure(link.amount, link.currency)),
        )
        for link in links
    )
    state = f"{reader.position}\0{reader.request.url.query}"
    tag = sha256(state.encode()).hexdigest()[:32]
    return table_answer(reader.request, Table(f"flows-{chosen}", columns, rows), tag)


def address(year: str, org: str | None = None) -> str:
    """The page of the flows of a year."""
    return addresses.with_query("/flows", {"year": year, "from": org})
