"""Plain words for codes: kinds of entry, stages, statuses, roles, marks and money rules.

Codes of OCDS and of the log stay as they are in data; here is how pages say them. The Indonesian
text is the source, the catalogue has the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from gettext import NullTranslations

from web.language import mark as _
from web.money_rules import RULES, UNKNOWN, Rule

LABELS: Mapping[str, Mapping[str, str]] = {
    "case": {
        "opened": _("Terbuka"),
        "answered": _("Dijawab"),
        "resolved": _("Selesai"),
        "rejected": _("Tidak terbukti"),
    },
    "caseAct": {
        "open": _("Temuan pemeriksa"),
        "answer": _("Jawaban"),
        "resolve": _("Dinyatakan selesai"),
        "reject": _("Dinyatakan tidak terbukti"),
    },
    "caseRemark": {
        "not-concerned": _("lembaga ini tidak menyangkut temuan itu"),
        "not-auditor": _("kunci ini bukan kunci pemeriksa yang boleh melakukannya"),
        "closed": _("kasusnya sudah ditutup"),
        "correction": _("hanya mengoreksi kata-kata catatan sebelumnya"),
        "wrong-entry": _("nomor dan sidik yang disebut bukan dari satu entri sebelumnya"),
        "no-case": _("tidak ada kasus pada entri yang disebut"),
        "malformed": _("bentuknya bukan bentuk catatan kasus"),
    },
    "kind": {
        "budget/appropriation": _("Anggaran ditetapkan"),
        "budget/revision": _("Anggaran diubah"),
        "budget/transfer": _("Anggaran digeser"),
        "budget/payment": _("Pembayaran"),
        "ocds/release": _("Pengadaan"),
        "note": _("Catatan"),
        "registry/root": _("Daftar registrar"),
        "registry/institution": _("Lembaga didaftarkan"),
        "registry/key": _("Kunci didaftarkan"),
        "registry/revocation": _("Kunci dicabut"),
        "registry/erasure": _("Isi dihapus"),
        "registry/anchor": _("Tempat jangkar"),
    },
    "stage": {
        "planning": _("Rencana"),
        "tender": _("Tender"),
        "tenderAmendment": _("Perubahan tender"),
        "award": _("Pemenang"),
        "contract": _("Kontrak"),
        "amendment": _("Adendum"),
        "implementation": _("Pelaksanaan"),
        "payment": _("Pembayaran"),
    },
    "tag": {
        "planning": _("rencana"),
        "planningUpdate": _("perubahan rencana"),
        "tender": _("pengumuman tender"),
        "tenderAmendment": _("adendum tender"),
        "tenderUpdate": _("perubahan tender"),
        "tenderCancellation": _("pembatalan tender"),
        "award": _("penetapan pemenang"),
        "awardUpdate": _("perubahan pemenang"),
        "awardCancellation": _("pembatalan pemenang"),
        "contract": _("kontrak"),
        "contractUpdate": _("perubahan kontrak"),
        "contractAmendment": _("adendum kontrak"),
        "contractTermination": _("akhir kontrak"),
        "implementation": _("pelaksanaan"),
        "implementationUpdate": _("perubahan pelaksanaan"),
        "compiled": _("rangkuman"),
    },
    "status": {
        "planning": _("direncanakan"),
        "planned": _("direncanakan"),
        "active": _("aktif"),
        "pending": _("menunggu"),
        "cancelled": _("dibatalkan"),
        "unsuccessful": _("tidak berhasil"),
        "complete": _("selesai"),
        "terminated": _("berakhir"),
        "withdrawn": _("ditarik"),
    },
    "method": {
        "open": _("tender terbuka"),
        "selective": _("tender selektif"),
        "limited": _("tender terbatas"),
        "direct": _("penunjukan langsung"),
    },
    "category": {
        "works": _("pekerjaan konstruksi"),
        "goods": _("barang"),
        "services": _("jasa"),
    },
    "tax": {
        "yes": _("sudah termasuk PPN"),
        "no": _("belum termasuk PPN"),
        "none": _("tidak disebutkan, atau tidak kena PPN"),
    },
    "bid": {
        "invited": _("diundang"),
        "pending": _("menunggu"),
        "valid": _("sah"),
        "disqualified": _("gugur"),
        "withdrawn": _("ditarik"),
    },
    "role": {
        "procurement": _("pengadaan"),
        "budget": _("anggaran"),
        "treasury": _("perbendaharaan"),
        "importer": _("penyalin data"),
        "auditor": _("pemeriksa"),
        "oversight": _("pengawas"),
        "registrar": _("registrar"),
    },
    "party": {
        "buyer": _("pembeli"),
        "procuringEntity": _("penyelenggara pengadaan"),
        "supplier": _("penyedia"),
        "tenderer": _("peserta tender"),
        "funder": _("pemberi dana"),
        "payer": _("pembayar"),
        "payee": _("penerima pembayaran"),
        "enquirer": _("penanya"),
        "reviewBody": _("badan penelaah"),
        "institution": _("lembaga terdaftar"),
        "budget": _("pemilik anggaran"),
        "budgetHolder": _("pemilik anggaran"),
        "publisher": _("penerbit catatan"),
    },
    "event": {
        "appropriation": _("Anggaran ditetapkan"),
        "revision": _("Perubahan anggaran"),
        "transfer-in": _("Pergeseran masuk"),
        "transfer-out": _("Pergeseran keluar"),
        "commitment": _("Terikat kontrak"),
        "payment": _("Pembayaran"),
    },
    "found": {
        "process": _("Pengadaan"),
        "line": _("Mata anggaran"),
        "organisation": _("Organisasi"),
        "payment": _("Pembayaran"),
        "entry": _("Entri"),
    },
    "mark": {
        "schema": _("tidak memenuhi skema OCDS; mutu datanya perlu diperbaiki"),
        "other-owner": _("tentang pengadaan milik lembaga lain; ditampilkan, tidak digabungkan"),
        "other-line": _("menyebut mata anggaran milik lembaga lain; tidak dibebankan padanya"),
        "same-id-other-content": _(
            "memakai nomor rilis yang sudah ada dengan isi lain; yang pertama yang berlaku"
        ),
        "duplicate": _("mengulang rilis yang sudah ada"),
        "earlier-date": _("bertanggal lebih awal daripada rilis yang sudah digabungkan"),
        "late": _("dicatat lama setelah kejadiannya"),
        "duplicate-id": _("memakai satu nomor untuk lebih dari satu bagian"),
        "missing-id": _("ada bagian tanpa nomor, sehingga tidak dapat digabungkan dengan pasti"),
        "amount-as-text": _("menulis jumlah uang sebagai teks, bukan angka"),
        "not-merged": _("tidak dapat digabungkan dengan rilis lain"),
        "unreadable": _("isinya tidak dapat dibaca sebagai catatan anggaran atau pengadaan"),
    },
    "classification": {
        "administrative": _("Organisasi"),
        "functional": _("Fungsi"),
        "economic": _("Jenis belanja"),
        "programme": _("Program"),
        "fund": _("Sumber dana"),
        "location": _("Lokasi"),
    },
    "change": {
        "title": _("nama"),
        "value": _("nilai"),
        "method": _("cara pemilihan"),
        "until": _("hari terakhir"),
    },
    "outcome": {
        "broken": _("aturannya dilanggar"),
        "not-computable": _("tidak dapat dihitung"),
        "flagged": _("tanda bahaya muncul"),
        "clear": _("tidak ada tanda bahaya"),
        "contradicting": _("bertentangan dengan catatan"),
    },
    "figure": {
        "available": _("Anggaran tersedia"),
        "remaining": _("Belum terpakai"),
        "net": _("Diterima bersih"),
        "committed": _("Terikat kontrak"),
        "paid": _("Dibayar"),
        "tendered": _("Nilai tender"),
        "awarded": _("Nilai pemenang"),
        "contracted": _("Nilai kontrak"),
        "signed": _("Kontrak ditandatangani"),
        "payee": _("Penerima pembayaran"),
        "supplier": _("Penyedia dalam kontrak"),
        "lots": _("Nilai lot"),
        "called-off": _("Nilai pesanan"),
        "ceiling": _("Nilai kontrak payung"),
        "not-counted": _("Tidak dihitung, bukan oleh pembelinya"),
        "ends": _("Kontrak berakhir"),
        "last-day": _("Hari terakhir tahun anggaran"),
        "charged": _("Dibebankan pada tahun anggaran"),
        "reversed": _("Dibatalkan"),
        "paid-for": _("Dibayar untuk kontrak"),
        "reversed-for": _("Dibatalkan untuk kontrak"),
    },
    "basis": {
        "gross": _("termasuk pajak"),
        "net": _("belum termasuk pajak"),
    },
    "reason": {
        "the value tendered is not known": _("nilai tender tidak diketahui"),
        "the value awarded is not known": _("nilai pemenang tidak diketahui"),
        "the value contracted is not known": _("nilai kontrak tidak diketahui"),
        "a value awarded is not known": _("ada nilai pemenang yang tidak diketahui"),
        "a value contracted is not known": _("ada nilai kontrak yang tidak diketahui"),
        "a value paid is not known": _("ada nilai pembayaran yang tidak diketahui"),
        "the contract names no award of this process": _(
            "kontrak tidak menyebut pemenang dari pengadaan ini"
        ),
        "the contract has no date of signature": _("tanggal tanda tangan kontrak tidak diketahui"),
        "a payment has no date": _("ada pembayaran tanpa tanggal"),
        "a payee or a supplier is not named, or only alike": _(
            "ada penerima atau penyedia yang tidak disebut, atau hanya mirip namanya"
        ),
        "one value is with tax and another without, or does not say": _(
            "satu nilai termasuk pajak, yang lain tidak atau tidak menyebutnya"
        ),
        "a framework agreement without a value": _("kontrak payung tidak diberi nilai"),
        "the value lots is not known": _("nilai lot tidak diketahui"),
        "a value called-off is not known": _("ada nilai pesanan yang tidak diketahui"),
        "the contract has no end date": _("tanggal akhir kontrak tidak diketahui"),
        "the fiscal year of a line is not a calendar year, and its period is not given": _(
            "tahun anggaran suatu mata anggaran bukan tahun kalender dan periodenya tidak disebut"
        ),
        "the payment that is reversed has been erased": _(
            "pembayaran yang dibatalkan telah dihapus"
        ),
        "the payment that is reversed names no contract": _(
            "pembayaran yang dibatalkan tidak menyebut kontrak"
        ),
        "nobody has appropriated the line": _("belum ada yang menetapkan anggarannya"),
        "what a process commits is not fully known": _(
            "komitmen suatu pengadaan tidak sepenuhnya diketahui"
        ),
    },
    "bulk": {
        "releases": _("Rilis OCDS"),
        "budget": _("Anggaran"),
        "contracts": _("Kontrak"),
        "payments": _("Pembayaran"),
    },
    "left-out": {
        "personal": _("isinya memuat data pribadi"),
        "erased": _("isinya dihapus atas perintah"),
        "size": _("tidak muat dalam paket ini"),
        "no-checkpoint": _("belum tercakup titik periksa"),
    },
    "check": {
        "form": _("Bentuk entri"),
        "chain": _("Rantai entri"),
        "at": _("Waktu entri"),
        "signatures": _("Tanda tangan entri"),
        "authority": _("Wewenang penanda tangan"),
        "bodies": _("Isi entri"),
        "tree": _("Pohon sidik"),
        "checkpoint": _("Titik periksa"),
        "log.json": _("Keterangan log (log.json)"),
        "anchors": _("Jangkar di rantai"),
        "witnesses": _("Tanda tangan saksi"),
        "since": _("Lanjutan dari titik periksa terakhir"),
    },
    "alert": {
        "check": _("Pemeriksaan gagal"),
        "two-faces": _("Dua akar untuk ukuran yang sama"),
        "split-view": _("Saksi diperlihatkan sejarah lain"),
        "behind": _("Saksi diperlihatkan lebih banyak"),
        "nodes-disagree": _("Simpul rantai tidak sepakat"),
        "node-silent": _("Simpul rantai tidak menjawab"),
        "witness-silent": _("Saksi tidak menjawab"),
        "witness-bad": _("Jawaban saksi tidak dapat dipakai"),
        "silent": _("Log tidak menjawab"),
        "unreadable": _("Log tidak dapat dibaca"),
        "quiet": _("Log lama tidak bertambah"),
        "anchors-lag": _("Entri lama menunggu jangkar"),
        "key-event": _("Tindakan registrar"),
    },
    "severity": {
        "failure": _("gagal"),
        "warning": _("peringatan"),
        "notice": _("pemberitahuan"),
    },
    "comparison": {
        "same": _("Sama dengan titik periksa terbaru."),
        "extended": _("Log melanjutkan titik periksa ini tanpa mengubahnya."),
        "rewritten": _("Log tidak melanjutkan titik periksa ini: sejarahnya ditulis ulang."),
        "ahead": _("Lebih besar daripada titik periksa terbaru di sini; tidak dapat dibandingkan."),
        "unsigned": _("Tidak ditandatangani kunci log ini: bukan bukti apa pun."),
        "other-log": _("Titik periksa log lain."),
        "unreadable": _("Bukan titik periksa: tidak dapat dibaca."),
    },
    "detail": {
        "line": _("Mata anggaran"),
        "change": _("Perubahan"),
        "reason": _("Alasan"),
        "legalBasis": _("Dasar hukum"),
        "from": _("Dari"),
        "to": _("Ke"),
        "payee": _("Penerima"),
        "paymentId": _("Nomor pembayaran"),
        "paymentDate": _("Tanggal pembayaran"),
        "method": _("Cara"),
        "charged": _("Dibebankan pada"),
        "net": _("Diterima bersih"),
        "reverses": _("Membatalkan pembayaran"),
        "reversedBy": _("Dibatalkan oleh pembayaran"),
        "explanation": _("Alasan penerbit"),
        "text": _("Isi catatan"),
        "url": _("Sumber"),
        "retrieved": _("Diambil"),
        "sha256": _("Sidik SHA-256 berkas"),
        "org": _("Lembaga"),
        "office": _("Jabatan"),
        "nameIndonesian": _("Nama Indonesia"),
        "nameEnglish": _("Nama Inggris"),
        "ocids": _("Awalan nomor pengadaan"),
        "key": _("Kunci"),
        "validFrom": _("Berlaku sejak"),
        "validUntil": _("Berlaku sampai"),
        "effective": _("Berlaku sejak"),
        "body": _("Sidik isi"),
        "replacement": _("Pengganti"),
        "contract": _("Kontrak pintar"),
        "genesis": _("Sidik blok pertama"),
        "log": _("Nomor log di rantai"),
        "administrative": _("Organisasi"),
        "functional": _("Fungsi"),
        "economic": _("Jenis belanja"),
        "programme": _("Program"),
        "fund": _("Sumber dana"),
        "location": _("Lokasi"),
    },
}


_CURRENCIES = re.compile(r"([a-z-]+) in ([A-Z, ]+), ([a-z-]+) in ([A-Z]{3})")
_MOVED = re.compile(r"also moved in ([A-Z, ]+)")


def label(catalogue: NullTranslations, family: str, code: str | None) -> str:
    """The words for a code; a code without words stands for itself."""
    known = LABELS[family].get(code or "")
    if known is None and family == "reason":
        return _of_currencies(catalogue, code or "")
    return catalogue.gettext(known) if known else (code or "")


def _of_currencies(catalogue: NullTranslations, text: str) -> str:
    """A reason that names the currencies which nobody may add."""
    say = catalogue.gettext
    if named := _CURRENCIES.fullmatch(text):
        used, limit = (label(catalogue, "figure", named[at]) for at in (1, 3))
        sentence = say(_("mata uang berbeda: %(used)s dalam %(codes)s, %(limit)s dalam %(code)s"))
        return sentence % {"used": used, "codes": named[2], "limit": limit, "code": named[4]}
    if moved := _MOVED.fullmatch(text):
        return say(_("juga bergerak dalam mata uang %(codes)s")) % {"codes": moved[1]}
    return text


def rule(catalogue: NullTranslations, code: str) -> Rule:
    """A money rule in words."""
    found = RULES.get(code, UNKNOWN)
    title = found.title if code in RULES else code
    say = catalogue.gettext
    return Rule(say(title), say(found.idea), say(found.method), say(found.caveat))
