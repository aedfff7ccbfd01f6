"""The part of a report about samples that were announced in its period. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from audit.anchors import AnchorRow
from audit.announcing import Announced, announced_line, sample_words
from audit.assertions import Assertion, Cell, Named, Section, Table, Words
from audit.printable import printable
from audit.report_facts import Facts, Results
from audit.report_period import period_command
from audit.sample_lines import amount, sample_lines, seed_from
from audit.sampling import Drawn

_TITLE = Words("Contoh pembayaran yang diumumkan", "Samples announced")
_NOTE = Words(
    "Contoh diumumkan lebih dulu di dalam log; benihnya ialah sidik blok jangkar pertama sesudah "
    "itu, yang belum ada ketika diumumkan. Tiap satuan uang berpeluang sama, dan siapa pun "
    "mendapat daftar yang sama.",
    "A sample is announced in the log first; its seed is the hash of the block of the first anchor "
    "after that, which was not there yet. Each unit of money has the same chance, and anybody "
    "draws the same list.",
)
_ENTRY = Words("Entri", "Entry")


def samples(facts: Facts, found: Results) -> Section:
    """What was announced in the period, the seed of each sample, and the list drawn."""
    told, command = found.period["samples"], period_command(facts, found)
    lines = (*map(announced_line, told), f"samples announced: {len(told)}")
    if not told:
        none = Words(
            "Dalam masa ini tidak ada contoh pembayaran yang diumumkan.",
            "No sample of payments was announced in this period.",
        )
        return Section("samples", _TITLE, (Assertion(none, command, lines),), (_NOTE,))
    columns = (
        *(_ENTRY, Words("Waktu", "Time"), Words("Yang mengumumkan", "Announced by")),
        *(Words("Jumlah entri", "Entries"), Words("Titik uang", "Points of money")),
        Words("Mata uang", "Currency"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *(str(each["index"]), each["at"], printable(each["org"])),
            *(Named.after("--at", each["size"]), Named.after("--count", each["count"])),
            each["currency"],
        )
        for each in told
    ]
    listed = Assertion(
        Words("Contoh yang diumumkan: {count}.", "Samples announced: {count}."),
        command,
        lines,
        {"count": str(len(told))},
        Table(columns, tuple(rows)),
    )
    drawn = (each for sample in found.samples for each in _sample(facts, sample))
    return Section("samples", _TITLE, (listed, *drawn), (_NOTE, *_waiting(found)))


def _waiting(found: Results) -> Iterator[Words]:
    """What of the samples announced is not drawn here, and why."""
    for each in found.samples:
        if each.anchor is None:
            yield Words(
                f"Contoh yang diumumkan entri {each.index} belum dapat diambil ketika laporan ini "
                f"dibuat: belum ada jangkar sesudah {each.size} entri.",
                f"The sample that entry {each.index} announces could not be drawn yet when this "
                f"report was made: no anchor held more than {each.size} entries.",
            )
        elif each.sample is None and not each.late:
            yield Words(
                f"Dari contoh yang diumumkan entri {each.index} tidak ada yang dapat diambil: "
                f"tidak ada pembayaran dalam {each.currency}.",
                f"Of the sample that entry {each.index} announces there is nothing to draw: no "
                f"payment is in {each.currency}.",
            )
    more = len(found.period["samples"]) - len(found.samples)
    if more:
        yield Words(
            f"{more} contoh lagi yang diumumkan tidak diambil di sini; perintah yang diumumkan "
            "mengambilnya.",
            f"{more} more were announced and are not drawn here; the commands announced draw them.",
        )


def _sample(facts: Facts, each: Announced) -> Iterator[Assertion]:
    if each.anchor is None or (each.sample is None and not each.late):
        return
    _, _, _, *rest = sample_words(each.size, each.count, each.currency)
    command = facts.place.read("sample", *rest, at=each.size)
    make = _known_before if each.late else _drawn
    yield make(each, each.anchor, command)


def _known_before(each: Announced, anchor: AnchorRow, command: str) -> Assertion:
    """A sample whose seed was known when it was announced."""
    seed = f"seed: {anchor.block_hash} ({seed_from(anchor, each.size)})"
    return Assertion(
        Words(
            f"Contoh yang diumumkan entri {each.index} bukan contoh yang tidak dipilih siapa "
            "pun: ketika diumumkan benihnya sudah diketahui, sebab jangkar pertama sesudah "
            "{size} entri, di blok {block}, memuat {anchored} entri saja.",
            f"The sample that entry {each.index} announces is not one that nobody chose: its "
            "seed was known already, because the first anchor after {size} entries, in block "
            "{block}, holds no more than {anchored}.",
        ),
        command,
        (seed,),
        _known(each, anchor) | {"anchored": str(anchor.size)},
        kind="fails",
    )


def _drawn(each: Announced, anchor: AnchorRow, command: str) -> Assertion:
    """A sample, and the payments drawn."""
    assert each.sample is not None
    extent = (f"entries: {each.size}", f"root: {each.root}")
    lines = sample_lines(
        each.sample, each.currency, anchor.block_hash, seed_from(anchor, each.size)
    )
    columns = (
        *(Words("Pembayaran", "Payment"), _ENTRY, Words("Jumlah", "Amount")),
        Words("Kali, bila lebih dari satu", "Times, where more than one"),
    )
    return Assertion(
        Words(
            f"Diumumkan entri {each.index}: {{points}} titik uang dari {{population}} pembayaran "
            "dalam {size} entri pertama, berjumlah {total}. Benihnya sidik blok {block}: {seed}. "
            "Terambil {drawn} pembayaran; akar entri-entri itu {root}.",
            f"Announced by entry {each.index}: {{points}} points of money in {{population}} "
            "payments of the first {size} entries, of {total} in all. The seed is the hash of "
            "block {block}: {seed}. {drawn} payments are drawn; the root of those entries is "
            "{root}.",
        ),
        command,
        (*lines, *extent),
        {
            **_known(each, anchor),
            "points": str(each.sample.points),
            "population": str(each.sample.population),
            "total": amount(each.sample.total, each.currency),
            "seed": anchor.block_hash,
            "drawn": str(len(each.sample.drawn)),
            "root": each.root,
        },
        Table(columns, tuple(_row(drawn, each.currency) for drawn in each.sample.drawn)),
    )


def _known(each: Announced, anchor: AnchorRow) -> dict[str, str]:
    return {"size": str(each.size), "block": str(anchor.block)}


def _row(drawn: Drawn, currency: str) -> tuple[Cell, ...]:
    often = (Named(str(drawn.hits), f"{drawn.hits} times"),) if drawn.hits > 1 else ("",)
    return (
        *(
            printable(drawn.item.key),
            Named.after("entry", drawn.item.index),
            amount(drawn.item.amount, currency),
        ),
        *often,
    )
