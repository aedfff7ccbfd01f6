"""The trail of money on one page: from a budget line to every payment, and back."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from ledger.errors import NotFound
from procurement.trail import REMAINDER, Step, trace
from web import addresses
from web.language import mark as _
from web.language import translations
from web.privacy import is_personal
from web.reader import Reader, ReaderOf, page
from web.views import Amount, View, amount

# Steps of one page; the twin has all of them.
SHOWN = 400

KINDS = {
    "line": _("Mata anggaran"),
    "appropriation": _("Ditetapkan"),
    "revision": _("Diubah"),
    "transfer-in": _("Digeser masuk dari"),
    "transfer-out": _("Digeser keluar ke"),
    "process": _("Pengadaan"),
    "contract": _("Kontrak"),
    "payment": _("Pembayaran"),
    "payee": _("Penerima"),
    "organisation": _("Organisasi"),
    "excess": _("Dibayar melebihi yang terikat"),
    "others": _("Lainnya"),
    "remainder": _("Sisanya"),
}
NO_REST, BEYOND = _("Tidak ada sisa"), _("Melebihi yang tersedia")
RESTS = {
    "not committed, not spent": _("Belum terikat dan belum dibayar"),
    "not paid": _("Belum dibayar"),
    "no budget line": _("Tanpa mata anggaran"),
}

router = APIRouter()


class StepView(View, frozen=True):
    """A step of a trail; `index` is the entry that says so, `left` = steps not shown under it."""

    kind: str
    name: str
    id: str
    title: str
    amount: Amount | None
    index: int | None
    page: str | None
    trail: str | None
    steps: list[StepView]
    left: int


class TrailView(View, frozen=True):
    """A subject, where its money comes from and where it goes."""

    subject: StepView
    up: list[StepView]
    down: list[StepView]


@page(router, "/trace/{subject:path}")
def trail(reader: ReaderOf, subject: str) -> Response:
    """The trail of a budget line, process, contract (`OCID#ID`), payment or organisation."""
    return reader.answer("trace.html", trail_view(reader, subject))


def trail_view(reader: Reader, subject: str) -> TrailView:
    """What the page of a trail shows. Raises NotFound."""
    if is_personal(subject):
        raise NotFound("there is no page of persons", "search for the payment or the contract")
    found = trace(reader.site.index, subject)
    views = _Views(reader, found.subject.id if found.subject.kind == "process" else "")
    return TrailView(
        subject=views.view(found.subject),
        up=views.views(found.up, ""),
        down=views.views(found.down, views.ocid),
    )


class _Views:
    """Makes views of steps, of at most SHOWN of them on a page."""

    def __init__(self, reader: Reader, ocid: str) -> None:
        self.ocid = ocid
        self.gettext = translations(reader.language).gettext
        self.room = SHOWN if not reader.twin else None

    def views(self, steps: Sequence[Step], ocid: str) -> list[StepView]:
        return [self.view(step, ocid) for step in steps]

    def view(self, step: Step, ocid: str = "") -> StepView:
        under = step.id if step.kind == "process" else ocid
        shown: Sequence[Step] = step.steps
        if self.room is not None:
            shown = shown[: max(0, self.room)]
            self.room -= len(shown)
        name, title = _named(step)
        return StepView(
            kind=step.kind,
            name=self.gettext(name),
            id=step.id,
            title=self.gettext(title) if title in RESTS.values() else title,
            amount=amount(step.money.amount, step.money.currency) if step.money else None,
            index=step.index,
            page=_page(step),
            trail=_trail(step, ocid),
            steps=[self.view(each, under) for each in shown],
            left=len(step.steps) - len(shown),
        )


def _named(step: Step) -> tuple[str, str]:
    """What a step is called, and its title; a rest of nothing, or below it, is none."""
    name, title = KINDS.get(step.kind, step.kind), RESTS.get(step.title, step.title)
    if step.kind == REMAINDER and step.money is not None and step.money.amount <= 0:
        return (BEYOND if step.money.amount else NO_REST), ""
    return name, title


def _page(step: Step) -> str | None:
    if step.kind in ("line", "transfer-in", "transfer-out") and step.id:
        return addresses.line(step.id)
    if step.kind in ("process", "excess") and step.id:
        return addresses.process(step.id)
    if step.kind in ("payee", "organisation") and step.id:
        return addresses.organisation(step.id)
    return None


def _trail(step: Step, ocid: str) -> str | None:
    """The trail of a step itself."""
    if step.kind in ("line", "process", "payment") and step.id:
        return address(step.id)
    if step.kind == "contract" and ocid and step.id:
        return address(f"{ocid}#{step.id}")
    return None


def address(subject: str) -> str:
    """The page of the trail of something."""
    return f"/trace/{addresses.quoted(subject)}"
