"""What the ledger, the console and the pages refuse, in the reader's language.

Errors speak English, for programs and logs. A page says the same in its own words: by the sentence
of the error where an officer may meet it, else by its code; the English one stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from web.language import mark as _
from web.reading_refusals import WORDS


@dataclass(frozen=True)
class Said:
    """A message of the catalogue and what stands in it; `whole` if nothing is left unsaid."""

    message: str
    said: Mapping[str, str]
    whole: bool


BY_CODE: Mapping[str, str] = {
    "error": _("Terjadi kesalahan yang tidak diduga."),
    "invalid-input": _("Yang dikirim tidak dapat diterima."),
    "malformed": _("Yang dikirim tidak berbentuk sebagaimana mestinya."),
    "unacceptable": _("Aturan buku catatan tidak mengizinkannya."),
    "not-authorised": _("Kunci Anda tidak berwenang untuk ini."),
    "erased": _("Isinya telah dihapus atas perintah."),
    "not-found": _("Yang dicari tidak ada."),
    "conflict": _("Keadaannya sekarang tidak mengizinkan ini."),
    "verification": _("Buktinya tidak cocok."),
    "bad-signature": _("Tanda tangannya tidak cocok."),
    "bad-proof": _("Bukti letaknya dalam log tidak cocok."),
    "broken-chain": _("Entri ini tidak menyambung entri sebelumnya."),
    "anchor-mismatch": _("Rantai menyimpan riwayat yang lain daripada log."),
    "unavailable": _("Bagian yang diperlukan sedang tidak menjawab. Cobalah lagi sebentar."),
    "wrong-content-type": _("Yang dikirim bukan JSON."),
    "too-large": _("Yang dikirim terlalu besar."),
    "length-required": _("Panjang kiriman tidak disebutkan."),
    "too-slow": _("Kirimannya tidak sampai pada waktunya."),
    "too-many-requests": _("Terlalu banyak permintaan. Cobalah lagi sebentar."),
}

_WORDS: Mapping[str, str] = {
    # The ledger, of what an officer publishes.
    r"'appropriation:(?P<what>.*)' is published already": _(
        "Anggaran untuk mata anggaran %(what)s sudah ditetapkan. Ubahlah dengan perubahan "
        "anggaran, atau koreksilah entri yang lama."
    ),
    r"'payment:(?P<what>.*)' is published already": _(
        "Pembayaran dengan nomor %(what)s sudah terbit. Pakailah nomornya sendiri, atau koreksilah "
        "entri yang lama."
    ),
    r"'(revision|transfer):(?P<what>.*)' is published already": _(
        "Nomor %(what)s sudah dipakai. Pakailah nomor lain, atau koreksilah entri yang lama."
    ),
    r"'?(?P<what>.*?)'? is published already": _("%(what)s sudah terbit."),
    r"no earlier entry is '(payment:)?(?P<what>.*)'": _(
        "Yang disebut, %(what)s, belum ada dalam catatan."
    ),
    r"entry (?P<what>[0-9]+) is corrected already": _(
        "Entri %(what)s sudah dikoreksi. Koreksilah koreksinya."
    ),
    r"a correction has the org, kind and subject of what it corrects": _(
        "Koreksi menyebut lembaga, jenis dan nomor yang sama dengan entri yang dikoreksi: nomornya "
        "tidak boleh berubah."
    ),
    r"'replaces' names no earlier entry": _("Entri yang hendak dikoreksi tidak ada."),
    r"the key of '(?P<office>.*)' may not speak for '(?P<org>.*)'": _(
        "Kunci %(office)s tidak didaftarkan untuk berbicara tentang %(org)s. Registrar dapat "
        "mendaftarkannya."
    ),
    r"the key speaks for '(?P<org>.*)', not for '(?P<other>.*)'": _(
        "Kunci ini milik %(org)s, bukan %(other)s."
    ),
    r"no role of the key of '(?P<office>.*)' allows (?P<kind>\S+)": _(
        "Peran %(office)s tidak mencakup ini (%(kind)s)."
    ),
    r"no role of your key allows (?P<kind>\S+)": _(
        "Peran kunci Anda tidak mencakup ini (%(kind)s). Mintalah pejabat yang berperan untuk itu."
    ),
    r"no key of '(?P<org>.*)' may sign (?P<kind>\S+) now": _(
        "Sekarang tidak ada kunci %(org)s yang boleh menandatangani ini (%(kind)s)."
    ),
    r"key \S+ is not enrolled": _("Kunci ini belum didaftarkan oleh registrar."),
    r"key \S+ is revoked": _("Kunci ini sudah dicabut."),
    r"key \S+ is valid from (?P<start>\S+) to (?P<end>.+), not at \S+": _(
        "Kunci ini berlaku dari %(start)s sampai %(end)s, tidak sekarang."
    ),
    r"the log is read-only: .*": _(
        "Buku catatan sedang tidak menerima entri. Beri tahu pengelolanya."
    ),
    r"the database holds no log": _("Di sini belum ada buku catatan."),
    r"entry of (?P<n>[0-9]+) bytes; (?P<most>[0-9]+) are allowed": _(
        "Entri ini terlalu panjang: %(n)s bita, paling banyak %(most)s."
    ),
    r"another process has appended meanwhile|too many entries wait to be recorded"
    r"|too many requests are in hand": _("Buku catatan sedang sibuk. Cobalah lagi sebentar."),
    r"the body is not the one whose SHA-256 the statement names": _(
        "Isinya bukan isi yang dinyatakan: sidiknya lain."
    ),
    r"the body has been erased from this log": _("Isi ini telah dihapus atas perintah."),
    r"the statement's time \S+ is more than 5 minutes after \S+": _(
        "Jam perangkat ini terlalu maju. Betulkan jamnya, lalu tandatangani lagi."
    ),
    r"the statement is for log '(?P<one>.*)', not for '(?P<other>.*)'": _(
        "Pernyataan ini untuk log %(one)s, bukan %(other)s."
    ),
    r"the statement's subject is not the body's: .*": _(
        "Nomor dalam pernyataan bukan nomor dalam isinya."
    ),
    r"unknown kind .*": _("Jenis entri ini tidak dikenal."),
    r"kind, log, org or subject is not 1-200 characters of 0x21-0x7E": _(
        "Nomornya terlalu panjang, atau memuat tanda yang tidak boleh ada dalam nomor."
    ),
    # Our own bodies.
    r"line id '(?P<line>.*)' is not <org>/<fiscalYear>/<code> of its own line": _(
        "Mata anggaran %(line)s tidak tersusun dari lembaga, tahun dan kodenya."
    ),
    r"a payment is in one currency": _(
        "Satu pembayaran memakai satu mata uang. Terbitkan satu pembayaran untuk setiap mata uang."
    ),
    r"the items of a payment add up to 2\^63 minor units or more": _(
        "Jumlah seluruh beban pembayaran ini terlalu besar."
    ),
    r"member '(?P<name>\w+)' may not be negative: .*": _(
        "Jumlah ini tidak boleh negatif (%(name)s)."
    ),
    r"the payee id has the form of a person's national number": _(
        "Nomor penerima tampak seperti NIK. Pakailah nomor badan usaha, atau nomor Anda sendiri "
        "untuk orang itu."
    ),
    r"member 'date' is not a real date YYYY-MM-DD: .*": _("Tanggal ini tidak ada."),
    r"member '(?P<name>\w+)': .*": _("Isian ini tidak dapat diterima (%(name)s)."),
    # The console.
    r"there is no such form|no form makes such an entry": _(
        "Tidak ada isian untuk entri semacam ini. Koreksilah dengan perintah jejak publish."
    ),
    r"the entry is of another institution": _(
        "Entri ini milik lembaga lain; hanya lembaga itu yang dapat mengoreksinya."
    ),
    r"there is no such entry": _("Entri itu tidak ada. Nomornya tertulis di tanda terimanya."),
    r"this step belongs to a procurement": _("Pilihlah dahulu pengadaannya."),
    r"this question has no list|the form has no such rows": _("Kembalilah ke isiannya."),
    r"there are (?P<n>[0-9]+) drafts already": _(
        "Sudah ada %(n)s rancangan. Terbitkan atau hapuslah sebagian."
    ),
    r"this passkey is not enrolled": _(
        "Passkey ini belum didaftarkan. Serahkan berkasnya kepada registrar dahulu."
    ),
    r"the field .* holds a character that cannot be recorded.*": _(
        "Ada tanda yang tidak dapat dicatat."
    ),
    r"there is no such draft": _("Rancangan itu tidak ada. Carilah di meja kerja."),
    r"the draft has not been checked": _("Periksalah rancangannya dan lihat pratinjaunya dahulu."),
    r"the draft has changed (meanwhile|since its preview)": _(
        "Rancangannya sudah berubah. Bukalah lagi dan lihat pratinjaunya."
    ),
    r"a draft is returned with a reason": _("Tulislah apa yang harus diperbaiki."),
    r"your office has signed already": _(
        "Jabatan Anda sudah menandatangani. Yang kedua ialah jabatan lain dari lembaga Anda."
    ),
    r"\S+ asks for the signatures of two offices from .*": _(
        "Jumlah ini perlu tanda tangan dua jabatan; baru satu yang menandatangani."
    ),
    r"\S+: this breaks a money rule and gives no reason": _(
        "Ini melanggar aturan uang. Tulislah alasannya di pratinjau."
    ),
    r"the form comes from another site|the form is not of this session|the form cannot be read": _(
        "Isian ini tidak berasal dari sesi Anda di meja kerja. Bukalah halamannya lagi."
    ),
    r"the form is too large": _("Isiannya terlalu besar. Kirimlah dalam bagian yang lebih kecil."),
    r"the challenge is not one of this site|the sign-in page has grown old"
    r"|this sign-in has been used already": _("Bukalah lagi halaman masuk, lalu coba lagi."),
    r"the form names no passkey|the form has no .* of a passkey|the public key is too long": _(
        "Passkey tidak terbaca. Cobalah sekali lagi."
    ),
    r"there is no such batch": _("Daftar itu tidak ada. Carilah di meja kerja."),
    r"fewer than two records are left": _(
        "Kurang dari dua catatan tersisa. Tandatangani yang terakhir sendiri."
    ),
    r"a record has been changed and not been checked|the batch has changed since its list": _(
        "Daftarnya sudah berubah. Bukalah lagi dan lihat kembali."
    ),
    r"one office has signed only some of the records": _(
        "Satu jabatan baru menandatangani sebagian catatan. Kembalikan yang itu, atau biarkan "
        "jabatan lain menandatanganinya satu per satu."
    ),
    r"a draft has at most (?P<n>[0-9]+) characters": _(
        "Rancangan memuat paling banyak %(n)s huruf."
    ),
    r"with these there are more than (?P<n>[0-9]+) drafts": _(
        "Dengan ini rancangannya lebih dari %(n)s. Terbitkan atau hapuslah sebagian."
    ),
    r"a batch is returned with a reason": _("Tulislah apa yang harus diperbaiki."),
    r"(?P<n>\S+) records break a money rule and give no reason": _(
        "%(n)s catatan melanggar aturan uang tanpa alasan. Tulislah alasannya di daftar."
    ),
    # Cases.
    r"only a key with the role auditor opens a case": _(
        "Hanya kunci dengan peran pemeriksa yang membuka kasus."
    ),
    r"the case is (opened|answered|resolved|rejected) already": _(
        "Kasus ini sudah ditutup. Bukalah kasus lain bila perlu dipersoalkan lagi."
    ),
    r"the finding does not concern '(?P<who>.*)'": _(
        "Temuan ini tidak menyangkut %(who)s. Yang menjawab ialah lembaga yang disangkut."
    ),
    r"only an auditor's key of the organisation that opened a case ends it": _(
        "Hanya lembaga pemeriksa yang membuka kasus ini yang menutupnya."
    ),
    r"there is no case of entry (?P<n>\S+)": _("Tidak ada kasus pada entri %(n)s."),
    r"this is said in a case": _(
        "Ini ditulis dalam suatu kasus. Pilihlah kasus atau entrinya dahulu."
    ),
    r"member '(words|text)' is not a text of at most .*": _("Ada tanda yang tidak dapat dicatat."),
    # Tables.
    r"there is no table for this form": _("Untuk entri ini tidak ada tabel."),
    r"the table has no rows under the first one": _(
        "Di bawah baris pertama tidak ada baris. Isilah satu baris atau lebih."
    ),
    r"the first row does not name the fields of the form.*": _(
        "Baris pertama harus memuat nama kolom, masing-masing satu kali."
    ),
    r"row (?P<n>\S+) is not readable: .*": _(
        "Baris %(n)s tidak terbaca. Periksalah tanda kutipnya."
    ),
    r"row (?P<n>\S+) has more than (?P<most>[0-9]+) columns": _(
        "Baris %(n)s memuat lebih dari %(most)s kolom."
    ),
    r"the table has more than (?P<most>[0-9]+) (rows|letters)|the workbook has too many cells"
    r"|unpacked the workbook is larger than .*": _(
        "Tabelnya terlalu besar. Bagilah menjadi beberapa."
    ),
    r"the file's letters are in no encoding known here"
    r"|the file is neither CSV in UTF-8 nor an \.xlsx workbook"
    r"|the workbook is of the old kind \(\.xls\), or has a password"
    r"|the file is an archive, but no Excel workbook|the workbook has macros": _(
        "Berkas ini tidak dapat dibaca. Simpanlah sebagai buku kerja Excel (.xlsx) tanpa sandi dan "
        "makro, atau sebagai CSV UTF-8."
    ),
    r"the workbook has no sheet that is shown": _(
        "Semua lembar buku kerja ini tersembunyi. Tampilkan lembar tabelnya."
    ),
    r"the workbook counts its days from 1904": _(
        "Buku kerja ini menghitung hari sejak 1904. Matikan setelan itu, lalu simpan lagi."
    ),
    r"cells are merged: (?P<what>.*)": _(
        "Ada sel yang digabung (%(what)s). Pisahkan: satu nilai di setiap sel."
    ),
    r"a part of the workbook declares a document type|the workbook is damaged.*": _(
        "Buku kerja ini rusak. Bukalah dan simpanlah lagi."
    ),
    # Pages as they stood.
    r"the log had no entry then": _(
        "Log ini belum berisi apa pun pada hari itu. Yang dihitung ialah hari entrinya dicatat di "
        "log, bukan tanggal kejadiannya. Pilih hari yang lebih baru, atau tulis nomor entri."
    ),
    r"no page stands at entry (?P<what>.*)": _(
        "Log ini belum sampai entri %(what)s. Tulis nomor entri yang sudah ada."
    ),
    # Signatures.
    r"signature of key \S+ does not verify": _("Tanda tangannya tidak cocok dengan pernyataan."),
    r"the assertion lacks user presence or user verification": _(
        "Passkey dipakai tanpa memeriksa orangnya. Pakailah PIN, sidik jari atau wajah."
    ),
    r"the assertion's type, challenge or origin is not the one expected"
    r"|the assertion is for another relying party": _(
        "Passkey menandatangani sesuatu yang lain. Bukalah lagi halaman tanda tangan."
    ),
}
_KNOWN = [
    (re.compile(words, re.DOTALL), message) for words, message in (*_WORDS.items(), *WORDS.items())
]


def refusal(code: str, message: str) -> Said:
    """How a page says an error; by its code where its sentence is not one of those known."""
    for words, known in _KNOWN:
        found = words.fullmatch(message)
        if found:
            said = {name: value or "" for name, value in found.groupdict().items()}
            return Said(known, said, whole=True)
    return Said(BY_CODE.get(code, BY_CODE["error"]), {}, whole=False)
