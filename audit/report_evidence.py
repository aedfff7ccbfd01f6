"""The first part of a report: whether the evidence holds, and by which software."""

from __future__ import annotations

from collections.abc import Iterator

from audit.period_lines import flag_version, settings_told, software_lines
from audit.printable import printable
from audit.report import Check, Report
from audit.report_facts import Facts
from audit.statements import Cell, Said, Section, Statement, Table
from audit.titles import CHECKS

GROWN = Said(
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
    statements = [
        _verdict(report, command),
        *_failures(report, command),
        _basis(facts, command),
        *_size(report, command),
        _checks(report, command),
        *_remarks(report, command),
        *_time(report, command),
    ]
    return Section("evidence", Said("Keutuhan bukti", "The evidence"), tuple(statements), (GROWN,))


def software(facts: Facts) -> Section:
    """The versions and settings that results depend on."""
    found, lines = facts.software, tuple(software_lines(facts.software))
    told = Said(
        "Dihitung dengan jejak {jejak} pada Python {python}; format entri {format}, tabel "
        "{tables}.",
        "Computed by jejak {jejak} on Python {python}; format of entries {format}, tables "
        "{tables}.",
    )
    named = {name: str(found[name]) for name in ("jejak", "python", "format", "tables")}
    settings = {name: str(value) for name, value in found["rules"]["settings"].items()}
    rules = Said(
        "Aturan uang memberi kontrak kelonggaran {contract_basis_points} per sepuluh ribu di atas "
        "nilai pemenang, dan pembayaran {rounding} satuan terkecil untuk pembulatan.",
        "The money rules let a contract exceed its award by {contract_basis_points} in ten "
        "thousand, and payments their contract by {rounding} minor units of rounding.",
    )
    flags = Table(
        (Said("Tanda", "Flag"), Said("Versi", "Version"), Said("Ambang", "Settings")),
        tuple(
            (code, str(each["version"]), settings_told(each["settings"]))
            for code, each in found["flags"].items()
        ),
    )
    versions = tuple(flag_version(code, each) for code, each in found["flags"].items())
    own = "jejak software"
    statements = (
        Statement(told, own, lines[:4], named),
        Statement(rules, own, lines[4:5], settings),
        Statement(
            Said("Versi dan ambang setiap tanda bahaya:", "Versions and settings of the flags:"),
            own,
            versions,
            table=flags,
        ),
    )
    note = Said(
        "Versi lain dapat memberi hasil lain; hasil dengan versi lama tidak ditulis ulang.",
        "Another version may give other results; those of an old version are never rewritten.",
    )
    return Section("software", Said("Perangkat lunak", "The software"), statements, (note,))


def _verdict(report: Report, command: str) -> Statement:
    if not report.holds:
        told = Said(
            "BUKTI GAGAL. Yang pertama gagal disebut oleh perintah di samping; laporan ini tidak "
            "memuat hasil lain, sebab tidak ada yang dapat disandarkan padanya.",
            "THE EVIDENCE FAILS. The command beside this names the first failure; this report has "
            "no other results, because nothing can stand on such evidence.",
        )
        return Statement(told, command, (printable(report.verdict),), kind="fails")
    if report.pinned:
        told = Said(
            "Bukti utuh: tidak satu pun pemeriksaan gagal.",
            "The evidence holds: no check has failed.",
        )
    else:
        told = Said(
            "Log sesuai dengan dirinya sendiri. Tanpa berkas kepercayaan, pengelola dapat saja "
            "menunjukkan log lain kepada orang lain.",
            "The log is consistent with itself. Without a trust file the operator may be showing "
            "another log to others.",
        )
    return Statement(told, command, (report.verdict,), kind="holds" if report.pinned else "fact")


def _failures(report: Report, command: str) -> Iterator[Statement]:
    for check in report.checks:
        if check.failed:
            yield Statement(
                Said(
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


def _basis(facts: Facts, command: str) -> Statement:
    if facts.verified.pinned and facts.place.folder and not facts.place.trust:
        told = Said(
            "Berkas kepercayaan diambil dari folder data itu sendiri: nama log {origin}, kunci, "
            "entri 0, rantai dan kontrak. Auditor luar membawa berkasnya sendiri: --trust.",
            "The trust file was that of the data folder itself: the name {origin}, keys of the "
            "log, entry 0, chain and contract. An auditor from outside brings one along, with "
            "--trust.",
        )
    elif facts.verified.pinned:
        told = Said(
            "Yang dipegang auditor sendiri sebelum memeriksa, dari berkas kepercayaan: nama log "
            "{origin}, kunci log, entri 0, rantai dan kontrak.",
            "What the auditor brought along in a trust file: the name {origin}, keys of the log, "
            "entry 0, chain and contract.",
        )
    else:
        told = Said(
            "Tidak ada berkas kepercayaan: nama {origin}, kunci dan rantai adalah kata pengelola.",
            "There was no trust file: the name {origin}, keys and chain are the operator's word.",
        )
    return Statement(told, command, (printable(facts.verified.basis),), {"origin": facts.origin})


def _size(report: Report, command: str) -> Iterator[Statement]:
    if report.root:
        yield Statement(
            Said(
                "Diperiksa {size} entri; akarnya, dihitung ulang dari entri-entri itu: {root}.",
                "{size} entries were checked; their root, recomputed from them, is {root}.",
            ),
            command,
            (f"log: {report.size} entries, root {report.root.hex()}",),
            {"size": str(report.size), "root": report.root.hex()},
        )


def _checks(report: Report, command: str) -> Statement:
    columns = (
        *(Said("Pemeriksaan", "Check"), Said("Artinya", "What must be so")),
        *(Said("Diperiksa", "Checked"), Said("Hasil", "Outcome")),
    )
    return Statement(
        Said("Setiap pemeriksaan, dengan jumlahnya:", "Each check, with its count:"),
        command,
        tuple(printable(check.line) for check in report.checks),
        table=Table(columns, tuple(map(_check_row, report.checks))),
    )


def _check_row(check: Check) -> tuple[Cell, ...]:
    what = CHECKS.get(check.name, Said("", ""))
    if not check.checked:
        return check.name, what, "", "not checked"
    outcome = f"{check.failed} failed" if check.failed else "all hold"
    return check.name, what, str(check.checked), outcome


def _remarks(report: Report, command: str) -> Iterator[Statement]:
    for check in report.checks:
        if check.remarked:
            first = check.remarks[0]
            line = f"remark, {check.name}: {check.remarked} like{first.place}: {first.what}"
            yield Statement(
                Said(
                    "Bukan kegagalan, tetapi patut diketahui; catatan pada {name}: {count}.",
                    "No failure, but to be known; remarks on {name}: {count}.",
                ),
                command,
                (printable(line),),
                {"name": check.name, "count": str(check.remarked)},
            )


def _time(report: Report, command: str) -> Iterator[Statement]:
    time = report.newest_independent_time
    if time is not None:
        yield Statement(
            Said(
                "Menurut rantai, semua yang dijangkar sudah ada pada {time}.",
                "By the chain, all that is anchored existed at {time}.",
            ),
            command,
            (f"newest independent time: {time}",),
            {"time": time},
        )
