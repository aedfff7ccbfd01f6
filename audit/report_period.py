"""The part of a report about its period: entries, acts of registrars, copied files, open cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audit.assertions import Assertion, Named, Section, Table, Words
from audit.period_lines import (
    FATES,
    LISTS,
    act_line,
    anchors_line,
    case_line,
    period_lines,
    source_line,
    within_lines,
)
from audit.printable import printable
from audit.report_facts import Facts, Results


def period(facts: Facts, found: Results) -> Section:
    """Which entries the period has, and of what kinds and publishers."""
    told, command = found.period, period_command(facts, found)
    lines = tuple(period_lines(told))
    bounds = Assertion(
        Words(
            "Masa laporan: dari {start} sampai sebelum {end}, menurut waktu log (UTC).",
            "The period: from {start} and before {end}, by the log's time (UTC).",
        ),
        command,
        lines[:1],
        {"start": str(told["from"]), "end": str(told["until"])},
    )
    assertions = [bounds, _within(told, command), _basis_of_figures(facts, found, command)]
    if told["count"]:
        assertions += [*_counts(told, command, lines), _fates(told, command, lines)]
    return Section("period", Words("Masa laporan", "The period"), tuple(assertions))


def acts(facts: Facts, found: Results) -> Section:
    """What registrars have done in the period, and the anchors of it."""
    told, command = found.period, period_command(facts, found)
    columns = (
        *(Words("Entri", "Entry"), Words("Waktu", "Time"), Words("Tindakan", "Act")),
        *(Words("Tentang", "About"), Words("Isi", "What it says")),
    )
    rows = [
        (
            str(act["index"]),
            act["at"],
            act["kind"],
            printable(act["subject"]),
            printable(act["told"]),
        )
        for act in told["acts"]
    ]
    text = Words(
        "Tindakan para registrar atas kunci, lembaga, penghapusan dan tempat jangkar: {count}.",
        "Acts of the registrars about keys, institutions, erasures and places of anchors: {count}.",
    )
    listed = _listed(
        command, text, "acts", map(act_line, told["acts"]), Table(columns, tuple(rows))
    )
    title = Words("Kunci, penghapusan, dan jangkar", "Keys, erasures and anchors")
    return Section("acts", title, (listed, _anchors(told["anchors"], command)))


def sources(facts: Facts, found: Results) -> Section:
    """The files that were copied into the log, by address and SHA-256."""
    told, command = found.period["sources"], period_command(facts, found)
    columns = (
        *(Words("Sumber", "Source"), Words("Diambil", "Retrieved"), Words("Entri", "Entries")),
        Words("SHA-256 berkas", "SHA-256 of the file"),
    )
    rows = [
        (
            printable(each["url"]),
            each["retrieved"],
            Named(str(each["entries"]), f"{each['entries']} entries"),
            each["sha256"],
        )
        for each in told
    ]
    text = Words(
        "Berkas yang disalin penyalin data ke dalam log: {count}. Siapa pun yang memiliki berkas "
        "asalnya dapat menghitung SHA-256-nya.",
        "Files that importers copied into the log: {count}. Whoever has the original can compute "
        "its SHA-256.",
    )
    listed = _listed(command, text, "sources", map(source_line, told), Table(columns, tuple(rows)))
    title = Words("Berkas yang disalin ke dalam log", "Files copied into the log")
    return Section("sources", title, (listed,))


def cases(facts: Facts, found: Results) -> Section:
    """Findings that auditors have signed into the log and that are not settled."""
    told, command = found.period["cases"], period_command(facts, found)
    columns = (
        *(Words("Entri", "Entry"), Words("Keadaan", "State"), Words("Pemeriksa", "Auditor")),
        Words("Temuan", "Finding"),
    )
    rows = [
        (str(each["index"]), each["state"], each["org"], printable(each["text"])) for each in told
    ]
    text = Words(
        "Temuan yang ditandatangani pemeriksa di dalam log dan belum selesai pada akhir masa ini: "
        "{count}.",
        "Findings that auditors have signed into the log and that are open at the end of the "
        "period: {count}.",
    )
    listed = _listed(command, text, "cases", map(case_line, told), Table(columns, tuple(rows)))
    title = Words("Temuan resmi yang belum selesai", "Open cases")
    return Section("cases", title, (listed,))


def period_command(facts: Facts, found: Results) -> str:
    """The command that tells of the period."""
    start, end = facts.asked
    return facts.place.read("period", "--from", start, "--until", end, at=found.size)


def _listed(command: str, text: Words, name: str, lines: Iterable[str], table: Table) -> Assertion:
    """How many there are of something in the period, and all of them."""
    count = str(len(table.rows))
    prints = (*lines, f"{LISTS[name]}: {count}")
    return Assertion(text, command, prints, {"count": count}, table if table.rows else None)


def _within(told: Mapping[str, Any], command: str) -> Assertion:
    lines = tuple(within_lines(told))
    if not told["count"]:
        none = Words("Dalam masa ini tidak ada entri.", "There is no entry in this period.")
        return Assertion(none, command, lines)
    names = ("count", "first", "last", "earliest", "latest")
    return Assertion(
        Words(
            "Dalam masa ini log mencatat {count} entri: nomor {first} sampai {last}, dari "
            "{earliest} sampai {latest}.",
            "In this period the log recorded {count} entries: {first} to {last}, from {earliest} "
            "to {latest}.",
        ),
        command,
        lines,
        {name: str(told[name]) for name in names},
    )


def _basis_of_figures(facts: Facts, found: Results, command: str) -> Assertion:
    whole = found.size == (found.earlier_size or facts.verified.size)
    told = (
        Words(
            "Semua angka di bawah dihitung dari {size} entri pertama, yaitu seluruh log yang "
            "diperiksa di atas: akarnya sama, {root}.",
            "All figures below are computed from the first {size} entries, which are all of the "
            "log checked above: they have the same root, {root}.",
        )
        if whole
        else Words(
            "Semua angka di bawah dihitung dari {size} entri pertama, sampai akhir masa ini; akar "
            "mereka {root}. Log yang diperiksa di atas melanjutkannya.",
            "All figures below are computed from the first {size} entries, up to the end of the "
            "period; their root is {root}. The log checked above continues them.",
        )
    )
    lines = (f"entries: {found.size}", f"root: {found.root}")
    return Assertion(told, command, lines, {"size": str(found.size), "root": found.root})


def _counts(told: Mapping[str, Any], command: str, lines: tuple[str, ...]) -> Iterator[Assertion]:
    tables = (
        ("kinds", "kind", "kind", Words("Jenis entri", "Kinds of entry")),
        ("organisations", "publisher", "", Words("Yang menerbitkan", "Who published")),
        ("marks", "mark", "mark", Words("Catatan tentang mutu data", "Marks on their quality")),
    )
    for name, word, family, text in tables:
        rows = tuple((printable(each), str(count)) for each, count in told[name].items())
        if rows:
            columns = (text, Words("Entri", "Entries"))
            own = tuple(line for line in lines if line.startswith(f"{word} "))
            named = Words(f"{text.id}:", f"{text.en}:")
            yield Assertion(named, command, own, table=Table(columns, rows, family))


def _fates(told: Mapping[str, Any], command: str, lines: tuple[str, ...]) -> Assertion:
    return Assertion(
        Words(
            "Di antaranya {corrections} entri membetulkan entri lain dan {corrected} telah "
            "dibetulkan; isi {erased} entri telah dihapus atas perintah; {copied} adalah salinan "
            "oleh penyalin data, bukan terbitan pemiliknya.",
            "Of these {corrections} correct others and {corrected} have been corrected; of "
            "{erased} the body has been erased by order; {copied} are copies by an importer, not "
            "published by those whom they are about.",
        ),
        command,
        tuple(line for line in lines if line.partition(":")[0] in FATES),
        {name: str(told[name]) for name in FATES},
    )


def _anchors(told: Mapping[str, Any], command: str) -> Assertion:
    line = (anchors_line(told),)
    if not told["count"]:
        return Assertion(
            Words(
                "Tidak ada jangkar yang bloknya dari masa ini.",
                "No anchor has a block of this period.",
            ),
            command,
            line,
        )
    return Assertion(
        Words(
            "Jangkar dalam masa ini: {count}, dari {first} sampai {last}; paling lama {longest} "
            "detik di antara dua jangkar.",
            "Anchors in this period: {count}, from {first} to {last}, with at most {longest} "
            "seconds from one to the next.",
        ),
        command,
        line,
        {name: str(told[name]) for name in ("count", "first", "last", "longest")},
    )
