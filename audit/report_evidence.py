"""The first part of a report: whether the evidence holds, and by which software."""

from __future__ import annotations

from collections.abc import Iterator

from audit.assertions import Assertion, Cell, Section, Table, Words
from audit.period_lines import flag_version, settings_told, software_lines
from audit.printable import printable
from audit.report import Check, Report
from audit.report_facts import Facts
from audit.titles import CHECKS

GROWN = Words(
    "Log terus bertambah: jumlah yang diperiksa kelak lebih besar. Bahwa log yang lebih panjang "
    "melanjutkan yang diperiksa di sini ditunjukkan oleh perintah yang sama dengan "
    "--since dan berkas checkpoint di sebelah laporan ini.",
    "The log goes on growing: later, more will be checked. That a longer log extends the one "
    "checked here is shown by the same command with --since and the file checkpoint that lies "
    "beside this report.",
)


def evidence(facts: Facts) -> Section:
    """Whether the evidence holds, what was pinned, and each check with its count."""
    report, command = facts.verified, facts.place.verify()
    assertions = [
        _verdict(report, command),
        *_failures(report, command),
        _basis(facts, command),
        *_size(report, command),
        _checks(report, command),
        *_remarks(report, command),
        *_time(report, command),
    ]
    return Section("evidence", Words("Keutuhan bukti", "The evidence"), tuple(assertions), (GROWN,))


def software(facts: Facts) -> Section:
    """The versions and settings that results depend on."""
    found, lines = facts.software, tuple(software_lines(facts.software))
    told = Words(
        "Dihitung dengan jejak {jejak} pada Python {python}; format entri {format}, tabel "
        "{tables}.",
        "Computed by jejak {jejak} on Python {python}; format of entries {format}, tables "
        "{tables}.",
    )
    named = {name: str(found[name]) for name in ("jejak", "python", "format", "tables")}
    settings = {name: str(value) for name, value in found["rules"]["settings"].items()}
    rules = Words(
        "Aturan uang memberi kontrak kelonggaran {contract_basis_points} per sepuluh ribu di atas "
        "nilai pemenang, dan pembayaran {rounding} satuan terkecil untuk pembulatan.",
        "The money rules let a contract exceed its award by {contract_basis_points} in ten "
        "thousand, and payments their contract by {rounding} minor units of rounding.",
    )
    flags = Table(
        (Words("Tanda", "Flag"), Words("Versi", "Version"), Words("Ambang", "Settings")),
        tuple(
            (code, str(each["version"]), settings_told(each["settings"]))
            for code, each in found["flags"].items()
        ),
    )
    versions = tuple(flag_version(code, each) for code, each in found["flags"].items())
    own = "jejak software"
    assertions = (
        Assertion(told, own, lines[:4], named),
        Assertion(rules, own, lines[4:5], settings),
        Assertion(
            Words("Versi dan ambang setiap tanda bahaya:", "Versions and settings of the flags:"),
            own,
            versions,
            table=flags,
        ),
    )
    note = Words(
        "Versi lain dapat memberi hasil lain; hasil dengan versi lama tidak ditulis ulang.",
        "Another version may give other results; those of an old version are never rewritten.",
    )
    return Section("software", Words("Perangkat lunak", "The software"), assertions, (note,))


def _verdict(report: Report, command: str) -> Assertion:
    if not report.holds:
        told = Words(
            "BUKTI GAGAL. Yang pertama gagal disebut oleh perintah di samping; laporan ini tidak "
            "memuat hasil lain, sebab tidak ada yang dapat disandarkan padanya.",
            "THE EVIDENCE FAILS. The command beside this names the first failure; this report has "
            "no other results, because nothing can stand on such evidence.",
        )
        return Assertion(told, command, (printable(report.verdict),), kind="fails")
    if report.pinned:
        told = Words(
            "Bukti utuh: tidak satu pun pemeriksaan gagal.",
            "The evidence holds: no check has failed.",
        )
    else:
        told = Words(
            "Log sesuai dengan dirinya sendiri. Tanpa berkas kepercayaan, pengelola dapat saja "
            "menunjukkan log lain kepada orang lain.",
            "The log is consistent with itself. Without a trust file the operator may be showing "
            "another log to others.",
        )
    return Assertion(told, command, (report.verdict,), kind="holds" if report.pinned else "fact")


def _failures(report: Report, command: str) -> Iterator[Assertion]:
    for check in report.checks:
        if check.failed:
            yield Assertion(
                Words(
                    "Pemeriksaan {name} gagal {failed} kali dari {checked}.",
                    "The check {name} has failed {failed} times of {checked}.",
                ),
                command,
                (printable(check.line),),
                {
                    "name": check.name,
                    "failed": f"{check.failed} failed",
                    "checked": f"{check.checked} checked",
                },
                kind="fails",
            )


def _basis(facts: Facts, command: str) -> Assertion:
    if facts.verified.pinned and facts.place.folder and not facts.place.trust:
        told = Words(
            "Berkas kepercayaan diambil dari folder data itu sendiri: nama log {origin}, kunci, "
            "entri 0, rantai dan kontrak. Auditor luar membawa berkasnya sendiri: --trust.",
            "The trust file was that of the data folder itself: the name {origin}, keys of the "
            "log, entry 0, chain and contract. An auditor from outside brings one along, with "
            "--trust.",
        )
    elif facts.verified.pinned:
        told = Words(
            "Yang dipegang auditor sendiri sebelum memeriksa, dari berkas kepercayaan: nama log "
            "{origin}, kunci log, entri 0, rantai dan kontrak.",
            "What the auditor brought along in a trust file: the name {origin}, keys of the log, "
            "entry 0, chain and contract.",
        )
    else:
        told = Words(
            "Tidak ada berkas kepercayaan: nama {origin}, kunci dan rantai adalah kata pengelola.",
            "There was no trust file: the name {origin}, keys and chain are the operator's word.",
        )
    return Assertion(told, command, (printable(facts.verified.basis),), {"origin": facts.origin})


def _size(report: Report, command: str) -> Iterator[Assertion]:
    if report.size_line is not None:
        yield Assertion(
            Words(
                "Diperiksa {size} entri; akarnya, dihitung ulang dari entri-entri itu: {root}.",
                "{size} entries were checked; their root, recomputed from them, is {root}.",
            ),
            command,
            (report.size_line,),
            {"size": str(report.size), "root": report.root.hex()},
        )


def _checks(report: Report, command: str) -> Assertion:
    columns = (
        *(Words("Pemeriksaan", "Check"), Words("Artinya", "What must be so")),
        *(Words("Diperiksa", "Checked"), Words("Hasil", "Outcome")),
    )
    return Assertion(
        Words("Setiap pemeriksaan, dengan jumlahnya:", "Each check, with its count:"),
        command,
        tuple(printable(check.line) for check in report.checks),
        table=Table(columns, tuple(map(_check_row, report.checks))),
    )


def _check_row(check: Check) -> tuple[Cell, ...]:
    what = CHECKS.get(check.name, Words("", ""))
    if not check.checked:
        return check.name, what, "", "not checked"
    outcome = f"{check.failed} failed" if check.failed else "all hold"
    return check.name, what, str(check.checked), outcome


def _remarks(report: Report, command: str) -> Iterator[Assertion]:
    for check in report.checks:
        if check.remark_line is not None:
            yield Assertion(
                Words(
                    "Bukan kegagalan, tetapi patut diketahui; catatan pada {name}: {count}.",
                    "No failure, but to be known; remarks on {name}: {count}.",
                ),
                command,
                (printable(check.remark_line),),
                {"name": check.name, "count": str(check.remarked)},
            )


def _time(report: Report, command: str) -> Iterator[Assertion]:
    time, line = report.newest_independent_time, report.time_line
    if time is not None and line is not None:
        yield Assertion(
            Words(
                "Menurut rantai, semua yang dijangkar sudah ada pada {time}.",
                "By the chain, all that is anchored existed at {time}.",
            ),
            command,
            (line,),
            {"time": time},
        )
