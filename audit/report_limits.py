"""The last part of a report: what was not checked, and what no ledger shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from audit import finding_lines
from audit.assertions import Assertion, Named, Section, Table, Words
from audit.flag_lines import flag_total
from audit.printable import printable
from audit.report_facts import Facts, Results
from audit.report_results import CODE, WHAT
from audit.titles import FLAGS, RULES


def unchecked(facts: Facts) -> Section:
    """What was not checked, or could not be computed, and what no ledger can show."""
    title = Words("Yang tidak diperiksa", "What was not checked")
    assertions = list(_left_out(facts))
    if facts.results is not None:
        assertions += [
            *_never_judged(facts, facts.results),
            *_never_computable(facts, facts.results),
        ]
    return Section("unchecked", title, tuple(assertions), tuple(_limits(facts)))


def _left_out(facts: Facts) -> Iterator[Assertion]:
    for each in facts.verified.unchecked:
        yield Assertion(
            Words(
                "Pemeriksaan bukti tidak mencakup hal yang disebut perintah di samping.",
                "The check of the evidence left out what the command beside this names.",
            ),
            facts.place.verify(),
            (printable(f"not checked: {each}"),),
        )


def _never_judged(facts: Facts, found: Results) -> Iterator[Assertion]:
    codes = [code for code, each in found.rules.items() if not each["judged"]]
    if codes:
        yield Assertion(
            Words(
                "Aturan uang yang tidak pernah dinilai, sebab tidak ada yang dapat dinilainya:",
                "Money rules that were never judged, because there is nothing for them to judge:",
            ),
            facts.place.read("findings", *codes, at=found.size),
            tuple(finding_lines.count_line(code, found.rules[code]) for code in codes),
            table=Table((CODE, WHAT), tuple((code, RULES[code]) for code in codes)),
        )


def _never_computable(facts: Facts, found: Results) -> Iterator[Assertion]:
    codes = [
        code for code, each in found.flags.items() if not each["flagged"] and not each["clear"]
    ]
    if codes:
        yield Assertion(
            Words(
                "Tanda bahaya yang tidak dapat dihitung satu kali pun dari data yang diumumkan:",
                "Red flags that could not be computed once from what was published:",
            ),
            facts.place.read("flags", *codes, at=found.size),
            tuple(flag_total(code, found.flags[code], None, {}) for code in codes),
            table=Table(
                (CODE, WHAT, Words("Tak terhitung", "Not computable")),
                tuple(
                    (
                        code,
                        FLAGS[code],
                        Named.after("not-computable", found.flags[code]["not-computable"]),
                    )
                    for code in codes
                ),
            ),
        )


def _limits(facts: Facts) -> Iterator[Words]:
    yield Words(
        "Apa yang tidak diterbitkan ke log tidak ada di sini: laporan ini tentang catatan, bukan "
        "tentang barang, jalan, atau harga pasar. Tidak diperiksa apakah sesuatu sudah diserahkan, "
        "apakah mutunya baik, dan apakah harganya wajar.",
        "What was not published to the log is not here: this report is about records, not about "
        "goods, roads or market prices. Whether something was delivered, is of good quality, or "
        "was worth its price was not checked.",
    )
    yield Words(
        "Tanda tangan membuktikan kantor mana yang menerbitkan, bukan bahwa isinya benar. "
        "Dokumen yang hanya disebut (berita acara, faktur, mutasi bank) tidak dilihat.",
        "A signature proves which office has published, not that what it says is true. Documents "
        "that are only named (minutes, invoices, bank assertions) were not seen.",
    )
    yield Words(
        "Yang ditolak ketika suatu berkas disalin tidak ada di dalam log; bandingkan berkas "
        "asalnya. Kapan kunci log diganti tidak dicatat di dalam log: berkas kepercayaan "
        "menyebut kunci-kuncinya.",
        "What was refused when a file was copied is not in the log; compare the original. When "
        "the log's key was changed is not recorded in the log: the trust file names its keys.",
    )
    yield Words(
        "Isi yang telah dihapus tidak dapat dihitung lagi: yang tinggal adalah entrinya, dan "
        "perintah penghapusannya.",
        "Bodies that were erased can be counted no more: their entries remain, and the order.",
    )
    if not any(check.name == "witnesses" for check in facts.verified.checks):
        yield Words(
            "Tidak ada saksi yang diminta: berkas kepercayaan tidak menyebut aturan saksi. Bahwa "
            "pengelola tidak menunjukkan log lain kepada orang lain hanya dibuktikan oleh rantai.",
            "No witnesses were asked for: the trust file has no policy. That the operator shows "
            "no other log to others is proven by the chain alone.",
        )
    if facts.development:
        yield Words(
            "Rantainya adalah rantai pengembangan milik pengelola: tidak ada pihak lain yang "
            "menjaganya, sehingga jangkarnya belum membuktikan waktu kepada siapa pun.",
            "The chain is the operator's own development chain: nobody else guards it, so that "
            "its anchors prove the time to nobody yet.",
        )
