"""An audit report as a page by itself: one file, no script, fit to be printed and read off line."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from hashlib import sha256

from markupsafe import Markup, escape

from audit.assertions import Assertion, Cell, Named, Section, Words
from audit.report_facts import AuditReport
from ledger.training import is_training
from web import render
from web.privacy import withhold

FILES: Mapping[str, str] = {"id": "report.html", "en": "report.en.html"}
"""The page of each language."""

LISTED = 200
FLAGGED = 20
"""Rows shown of a table; the command and `report.json` have all of them."""

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"
_AMOUNT = re.compile(r"(?<![\w.])(\d{1,18})((?:\.\d{1,4})?)(?= [A-Z]{3}(?!\w))")

WORDS: Mapping[str, Words] = {
    "title": Words("Laporan audit", "Audit report"),
    "period": Words("Masa", "Period"),
    "read": Words("Dibaca dari", "Read from"),
    "made": Words("Dibuat", "Made"),
    "by": Words("Oleh", "By"),
    "holds": Words("Bukti utuh", "The evidence holds"),
    "unpinned": Words(
        "Hanya sesuai dengan dirinya sendiri: tidak ada berkas kepercayaan",
        "Consistent with itself alone: there was no trust file",
    ),
    "fails": Words("BUKTI GAGAL", "THE EVIDENCE FAILS"),
    "contents": Words("Isi", "Contents"),
    "how": Words("Cara membaca laporan ini", "How to read this report"),
    "what": Words(
        "Log adalah buku catatan umum uang publik: anggaran, tender, kontrak dan pembayaran "
        "diterbitkan oleh lembaga yang bertanggung jawab, masing-masing ditandatangani, dan setiap "
        "entri terikat pada entri sebelumnya.",
        "The log is a public ledger of public money: budgets, tenders, contracts and payments are "
        "published by the institutions that answer for them, each one signed, and each entry is "
        "tied to the one before it.",
    ),
    "reproduce": Words(
        "Di bawah setiap pernyataan ada perintah yang menghasilkannya lagi, dan apa yang "
        "dicetaknya. Jangan percaya laporan ini: pasang jejak di komputer Anda, jalankan "
        "perintahnya dari folder mana pun, dan bandingkan. Setiap baris tabel adalah satu baris "
        "keluaran perintah. Kolom berhuruf miring hanya penjelasan.",
        "Below each assertion stands the command that reproduces it, and what it prints. Do not "
        "believe this report: install jejak on your machine, run the commands from any folder, "
        "and compare. Each row of a table is one line of the command's output. Columns in italics "
        "only explain.",
    ),
    "roots": Words(
        "Perintah yang membaca entri menyebut di akhir berapa entri yang dibacanya dan akarnya. "
        "Akar itu harus sama dengan yang tertulis di sini, kalau tidak Anda membaca log lain.",
        "Commands that read entries say last how many they read, and their root. It must be the "
        "one written here; otherwise you are reading another log.",
    ),
    "prints": Words("mencetak", "prints"),
    "more": Words(
        "dan {count} baris lagi, dalam report.json dan keluaran perintah ini",
        "and {count} more rows, in report.json and in what this command prints",
    ),
    "glossary": Words("Istilah", "Terms"),
}

TERMS: tuple[tuple[Words, Words], ...] = (
    (
        Words("entri", "entry"),
        Words(
            "satu catatan dalam log, dengan nomor urut mulai 0",
            "one record of the log, numbered from 0",
        ),
    ),
    (
        Words("akar", "root"),
        Words(
            "sidik jari seluruh log: berubah bila satu bita saja berubah",
            "the fingerprint of a whole log: it changes if one byte does",
        ),
    ),
    (
        Words("titik periksa (checkpoint)", "checkpoint"),
        Words(
            "jumlah entri dan akar pada suatu saat, ditandatangani kunci log",
            "the number of entries and the root at one moment, signed by the log's key",
        ),
    ),
    (
        Words("jangkar (anchor)", "anchor"),
        Words(
            "titik periksa yang diterima kontrak di suatu rantai blok, yang menolak riwayat lain",
            "a checkpoint accepted by a contract on a chain, which refuses any other history",
        ),
    ),
    (
        Words("berkas kepercayaan (trust file)", "trust file"),
        Words(
            "yang dibawa auditor sendiri dan tidak diambil dari pengelola: nama log, kunci, "
            "entri 0, rantai",
            "what an auditor brings along and does not take from the operator: the log's name, "
            "keys, entry 0, chain",
        ),
    ),
    (
        Words("registrar", "registrars"),
        Words(
            "yang mendaftarkan dan mencabut kunci kantor-kantor penerbit",
            "those who enrol and revoke the keys of publishing offices",
        ),
    ),
    (
        Words("ocid", "ocid"),
        Words(
            "nomor satu proses pengadaan, dari rencana sampai pembayaran",
            "the number of one contracting process, from plan to payment",
        ),
    ),
    (
        Words("tidak dapat dihitung", "not computable"),
        Words(
            "ada nilai yang tidak diumumkan; bukan nol, dan bukan bersih",
            "a value was not published; this is neither zero nor clear",
        ),
    ),
)


def format_page(report: AuditReport, language: str) -> str:
    """The report as one HTML file in a language."""
    style = (render.FOLDER / "assets" / "report.css").read_text("utf-8")
    hashed = base64.b64encode(sha256(style.encode()).digest()).decode()
    say = {name: getattr(word, language) for name, word in WORDS.items()}
    return render.draw(
        language,
        "report.html",
        report=report,
        training=is_training(report.facts.origin),
        language=language,
        files=FILES,
        say=say,
        terms=[(getattr(word, language), getattr(told, language)) for word, told in TERMS],
        style=Markup(style),  # noqa: S704 our own file
        policy=f"{_POLICY}; style-src 'sha256-{hashed}'",
        where=report.facts.place.named,
        text=lambda said: getattr(said, language),
        cell=lambda each: _shown(each, language),
        rows=_rows,
    )


def _rows(section: Section, assertion: Assertion) -> int:
    """How many rows of a assertion's table are shown."""
    assert assertion.table is not None
    count = len(assertion.table.rows)
    limit = FLAGGED if section.code == "flags" and assertion.values else LISTED
    return min(count, limit)


def _shown(cell: Cell, language: str) -> Markup:
    """A cell: what explains in italics; digits in groups that are gone when copied."""
    if isinstance(cell, Words):
        return Markup("<i>{}</i>").format(getattr(cell, language))
    text = withhold(cell.value if isinstance(cell, Named) else cell)
    return Markup(_AMOUNT.sub(_grouped, str(escape(text))))  # noqa: S704 escaped before


def _grouped(found: re.Match[str]) -> str:
    """An amount in one piece, by thousands; what is copied are the digits as they were."""
    digits, rest = found[1], found[2]
    first = len(digits) % 3 or 3
    groups = [digits[:first], *(digits[at : at + 3] for at in range(first, len(digits), 3))]
    told = "".join(f"<b>{each}</b>" for each in groups)
    return f'<span class="n">{told}{rest}</span>'
