"""The second part of a report: money rules, contradictions and red flags. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit import contradiction_lines, finding_lines
from audit.assertions import Assertion, Cell, Named, Section, Table, Words
from audit.flag_lines import figures_of, flag_line, flag_total, places_of, value_of
from audit.flags.flag import OUTCOMES, Result
from audit.printable import printable
from audit.report_facts import Facts, Results
from audit.titles import CONTRADICTIONS, FLAGS, RULES

NEW = Words("Baru", "New")
CODE = Words("Kode", "Code")
WHAT = Words("Artinya bila ada", "What it says where there is one")
SUBJECT = Words("Tentang", "About")
ENTRY = Words("Entri", "Entry")

_SYSTEMS = (
    *(Words("Rencana", "Plan"), Words("Tender", "Tender"), Words("Pemenang", "Award")),
    *(Words("Kontrak", "Contracts"), Words("Pembayaran", "Payments")),
)


def rules(facts: Facts, found: Results) -> Section:
    """How often each money rule was judged and what it said; then each that is broken."""
    title = Words("Aturan uang", "Money rules")
    note = Words(
        "Aturan yang dilanggar berarti dua catatan tidak cocok, bukan bahwa seseorang bersalah. "
        "Tidak dapat dihitung berarti ada nilai yang tidak diumumkan; itu bukan nol.",
        "A broken rule says that two records do not fit each other, not that anybody is guilty. "
        "Not computable says that a value was not published; it is not zero.",
    )
    assertions = (
        _rule_totals(facts, found),
        *_broken(facts, found),
        *_not_computable(facts, found),
    )
    return Section("rules", title, assertions, (*_newness(found), note))


def contradictions(facts: Facts, found: Results) -> Section:
    """Where plan, tender, contract and payments disagree: counts, each process, each one."""
    title = Words(
        "Rencana, tender, kontrak, dan pembayaran yang tidak sama",
        "Where plan, tender, contract and payments disagree",
    )
    note = Words(
        "Di sini setiap selisih disebut sampai satuan terkecil; aturan uang membiarkan selisih "
        "pembulatan. Jumlah yang tidak diketahui tertulis not known.",
        "Here every difference is told, to the last unit; the money rules let rounding pass. "
        "What the record does not say is told as not known.",
    )
    assertions = [_contradiction_totals(facts, found)]
    if found.systems:
        assertions.append(_processes(facts, found))
    return Section(
        "contradictions",
        title,
        (*assertions, *_each_contradiction(facts, found)),
        (*_newness(found), note),
    )


def flags(facts: Facts, found: Results) -> Section:
    """How often each red flag was raised; then the subjects of each."""
    title = Words("Tanda bahaya", "Red flags")
    note = Words(
        "Tanda bahaya adalah pertanyaan, bukan tuduhan: patut dilihat sekali lagi. Banyak tanda "
        "berulang karena cara suatu penerbit mengisi datanya. Apa yang diukur oleh nilainya dan di "
        "mana batasnya dijelaskan docs/flags dari jejak; uang dalam satuan terkecil mata uangnya.",
        "A red flag is a question and no accusation: it deserves a second look. Many recur "
        "because of the way a publisher fills in its data. What a value measures, and its limits, "
        "docs/flags of jejak says; money is in the smallest unit of its currency.",
    )
    totals = _flag_totals(facts, found)
    return Section("flags", title, (totals, *_raised(facts, found)), (*_newness(found), note))


def _newness(found: Results) -> tuple[Words, ...]:
    """What the last column counts, where a period begins in the middle of a log."""
    if found.first is None:
        return ()
    return (
        Words(
            f"Keadaan pada akhir masa ini. Kolom Baru: yang menyangkut entri {found.first} atau "
            "sesudahnya, yaitu entri dari masa ini.",
            f"As things stood at the end of the period. New counts what involves entry "
            f"{found.first} or a later one: those of this period.",
        ),
    )


def _rule_totals(facts: Facts, found: Results) -> Assertion:
    columns = (
        *(CODE, WHAT, Words("Dinilai", "Judged"), Words("Dipenuhi", "Holds")),
        *(Words("Dilanggar", "Broken"), Words("Tak terhitung", "Not computable")),
    )
    names = ("judged", "holds", "broken", "not-computable")
    rows: list[tuple[Cell, ...]] = [
        (code, RULES[code], *(Named.after(name, each[name]) for name in names), *_new(found, each))
        for code, each in found.rules.items()
    ]
    lines = [
        finding_lines.count_line(code, each, found.first) for code, each in found.rules.items()
    ]
    return Assertion(
        Words(
            "Setiap aturan uang, dan berapa kali dinilai, dipenuhi, dilanggar, atau tidak dapat "
            "dihitung:",
            "Each money rule, and how often it was judged, held, was broken, or could not be "
            "computed:",
        ),
        facts.place.read("findings", at=found.size, first=found.first),
        tuple(lines),
        table=Table((*columns, *_column(found)), tuple(rows)),
    )


def _broken(facts: Facts, found: Results) -> Iterator[Assertion]:
    columns = (SUBJECT, Words("Yang dibandingkan", "What was compared"), ENTRY)
    for code, counts in found.rules.items():
        if not counts["broken"]:
            continue
        own = [
            each for each in found.findings if (each["code"], each["status"]) == (code, "broken")
        ]
        rows = [
            (
                printable(each["subject"]),
                finding_lines.figures_of(each),
                Named.after("entry", each["index"]),
            )
            for each in own
        ]
        yield Assertion(
            Words(
                f"{RULES[code].id.capitalize()} ({code}): {{broken}} dari {{judged}}.",
                f"{RULES[code].en.capitalize()} ({code}): {{broken}} of {{judged}}.",
            ),
            facts.place.read("findings", code, at=found.size),
            (*map(finding_lines.finding_line, own), finding_lines.count_line(code, counts)),
            {"broken": str(counts["broken"]), "judged": str(counts["judged"])},
            Table(columns, tuple(rows)),
        )


def _not_computable(facts: Facts, found: Results) -> Iterator[Assertion]:
    reasons = finding_lines.reason_counts(found.findings)
    listed = [
        (code, reason, count) for code, why in reasons.items() for reason, count in why.items()
    ]
    if listed:
        columns = (CODE, Words("Jumlah", "Count"), Words("Yang kurang", "What is wanting"))
        yield Assertion(
            Words("Mengapa aturan tidak dapat dihitung:", "Why rules could not be computed:"),
            facts.place.read("findings", at=found.size),
            tuple(finding_lines.reason_line(*each) for each in listed),
            table=Table(
                columns, tuple((code, str(count), printable(why)) for code, why, count in listed)
            ),
        )


def _contradiction_totals(facts: Facts, found: Results) -> Assertion:
    columns = (CODE, WHAT, Words("Jumlah", "Count"), Words("Proses", "Processes"))
    rows: list[tuple[Cell, ...]] = [
        (
            code,
            CONTRADICTIONS[code],
            str(each["count"]),
            Named(str(each["processes"]), f"{each['processes']} processes"),
            *_new(found, each),
        )
        for code, each in found.disagreeing.items()
    ]
    lines = [
        contradiction_lines.contradiction_total(code, each, found.first)
        for code, each in found.disagreeing.items()
    ]
    return Assertion(
        Words("Apa yang tidak sama, dan berapa kali:", "What disagrees, and how often:"),
        facts.place.read("contradictions", at=found.size, first=found.first),
        tuple(lines),
        table=Table((*columns, *_column(found)), tuple(rows)),
    )


def _processes(facts: Facts, found: Results) -> Assertion:
    rows: list[tuple[Cell, ...]] = [
        (
            printable(each["ocid"]),
            *(Named.after(name, each[name]) for name in contradiction_lines.SYSTEMS),
            each["codes"],
        )
        for each in found.systems
    ]
    return Assertion(
        Words(
            "Setiap pengadaan yang keempat catatannya tidak sama, dengan jumlah masing-masing:",
            "Each process whose four records disagree, with what each of them comes to:",
        ),
        facts.place.read("contradictions", at=found.size),
        tuple(map(contradiction_lines.systems_line, found.systems)),
        table=Table(
            (Words("Pengadaan", "Process"), *_SYSTEMS, Words("Yang tidak sama", "What disagrees")),
            tuple(rows),
        ),
    )


def _each_contradiction(facts: Facts, found: Results) -> Iterator[Assertion]:
    columns = (
        *(Words("Pengadaan", "Process"), Words("Bagian", "Part")),
        *(Words("Yang dikatakan masing-masing", "What each says"), ENTRY),
    )
    for code, counts in found.disagreeing.items():
        own = [each for each in found.contradictions if each.code == code]
        if not own:
            continue
        rows = [
            (
                printable(each.ocid),
                printable(each.part),
                contradiction_lines.figures_of(each),
                Named.after("entry", contradiction_lines.newest(each)),
            )
            for each in own
        ]
        title = CONTRADICTIONS[code]
        yield Assertion(
            Words(
                f"{title.id.capitalize()} ({code}): {{count}}.",
                f"{title.en.capitalize()} ({code}): {{count}}.",
            ),
            facts.place.read("contradictions", code, at=found.size),
            (
                *map(contradiction_lines.contradiction_line, own),
                contradiction_lines.contradiction_total(code, counts),
            ),
            {"count": str(len(own))},
            Table(columns, tuple(rows)),
        )


def _flag_totals(facts: Facts, found: Results) -> Assertion:
    columns = (
        *(CODE, WHAT, Words("Ditandai", "Flagged"), Words("Bersih", "Clear")),
        Words("Tak terhitung", "Not computable"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            code,
            FLAGS[code],
            *(Named.after(name, each[name]) for name in OUTCOMES),
            *_new(found, {"new": found.new_flags.get(code, 0)}),
        )
        for code, each in found.flags.items()
    ]
    lines = [
        flag_total(code, each, found.first, found.new_flags) for code, each in found.flags.items()
    ]
    return Assertion(
        Words(
            "Setiap tanda bahaya, dan tentang berapa pengadaan, pembeli, peserta, pasar atau mata "
            "anggaran:",
            "Each red flag, and of how many processes, buyers, tenderers, markets or lines:",
        ),
        facts.place.read("flags", at=found.size, first=found.first),
        tuple(lines),
        table=Table((*columns, *_column(found)), tuple(rows)),
    )


def _raised(facts: Facts, found: Results) -> Iterator[Assertion]:
    columns = (
        *(SUBJECT, Words("Nilai", "Value"), Words("Dihitung dari", "Computed from")),
        Words("Entri yang dibaca", "Entries read"),
    )
    for code, counts in found.flags.items():
        own = [each for each in found.flagged if each.code == code]
        if not own:
            continue
        yield Assertion(
            Words(
                f"{FLAGS[code].id.capitalize()} ({code}): ditandai {{flagged}}, bersih {{clear}}; "
                "yang lain tidak dapat dihitung.",
                f"{FLAGS[code].en.capitalize()} ({code}): flagged {{flagged}}, clear {{clear}}; "
                "the others cannot be computed.",
            ),
            facts.place.read("flags", code, at=found.size),
            (*map(flag_line, own), flag_total(code, counts, None, {})),
            {"flagged": str(len(own)), "clear": str(counts["clear"])},
            Table(columns, tuple(map(_flag_row, own))),
        )


def _flag_row(each: Result) -> tuple[Cell, ...]:
    places: tuple[Cell, ...] = ("",)
    if each.entries:
        places = (Named.after("entries", places_of(each)),)
    subject, value = printable(f"{each.scope} {each.subject}"), printable(value_of(each))
    return (subject, value, figures_of(each), *places)


def _new(found: Results, counts: Mapping[str, int]) -> tuple[Cell, ...]:
    """The cell of the last column; none where the period begins with the log."""
    if found.first is None:
        return ()
    return (Named.after(f"from entry {found.first} on", counts.get("new", 0)),)


def _column(found: Results) -> tuple[Words, ...]:
    return () if found.first is None else (NEW,)
