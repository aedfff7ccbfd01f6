"""The money rules in words: the idea in law, how each is computed, and what it does not show.

The Indonesian text is the source, the catalogue has the others. The regulations themselves are
data of a setting: procurement.regulations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from web.language import mark as _


@dataclass(frozen=True)
class Rule:
    """A money rule: what it says, the idea in law, how it is computed, what it does not show."""

    title: str
    idea: str
    method: str
    caveat: str


_AMENDED = _(
    "Nilai yang dibandingkan adalah nilai terakhir yang diumumkan. Perubahan yang sah tetapi belum "
    "diumumkan tampak sama seperti pelanggaran."
)
_RECORDING = _(
    "Tanggal yang salah ketik tampak sama seperti pelanggaran. Bacalah dokumennya sebelum "
    "menyimpulkan."
)
_AVAILABLE = _(
    "Tidak seorang pejabat pun boleh mengikat atau membelanjakan uang yang tidak disediakan dalam "
    "anggaran."
)
_LINE = _(
    "Dihitung per mata anggaran dan per mata uang. Pengadaan yang komitmennya tidak diketahui, "
    "belum termasuk pajak, atau memakai mata uang lain membuat hasilnya tidak dapat dihitung."
)
_TAX = _(
    "Nilai dengan dan tanpa pajak hanya dibandingkan bila hasilnya pasti. Nilai yang tidak "
    "menyebut pajaknya dibandingkan apa adanya dengan nilai yang juga tidak menyebutnya."
)

RULES: Mapping[str, Rule] = {
    "line-overcommitted": Rule(
        _("Komitmen melebihi anggaran"),
        _AVAILABLE,
        _(
            "Anggaran yang ditetapkan, ditambah perubahan dan pergeseran, dibandingkan dengan "
            "semua komitmen pada mata anggaran itu, setiap kali salah satunya berubah. Kontrak "
            "atas beberapa mata anggaran dibagi menurut jumlah dalam budgetBreakdown."
        ),
        _LINE,
    ),
    "line-overpaid": Rule(
        _("Pembayaran melebihi anggaran"),
        _AVAILABLE,
        _(
            "Anggaran yang ditetapkan, ditambah perubahan dan pergeseran, dibandingkan dengan "
            "semua pembayaran yang dibebankan pada mata anggaran itu dikurangi pembatalannya, "
            "setiap kali salah satunya berubah."
        ),
        _AMENDED,
    ),
    "award-above-tender": Rule(
        _("Nilai pemenang melebihi nilai tender"),
        _("Perkiraan harga yang diumumkan sebelum penawaran adalah batas tertinggi penawaran."),
        _(
            "Per lot: jumlah nilai pemenang yang berlaku dibandingkan dengan nilai lot, atau "
            "dengan nilai tender bila lotnya tidak disebut. Pemenang kontrak payung dibandingkan "
            "satu per satu."
        ),
        _TAX,
    ),
    "contract-above-award": Rule(
        _("Kontrak melebihi nilai pemenang"),
        _(
            "Kontrak ditandatangani dengan harga yang menang. Adendum boleh menaikkannya hanya "
            "dalam batas hukum, di Indonesia umumnya sepuluh persen dari nilai kontrak awal."
        ),
        _(
            "Nilai terakhir semua kontrak dari satu penetapan pemenang dijumlahkan dan "
            "dibandingkan dengan nilai pemenang ditambah toleransi yang diatur pengelola log, "
            "mula-mula nol."
        ),
        _AMENDED,
    ),
    "contract-above-lots": Rule(
        _("Kontrak melebihi nilai lotnya"),
        _("Kontrak atas satu lot tidak boleh memakai uang yang disediakan untuk lot lain."),
        _(
            "Nilai kontrak dijumlahkan per lot yang disebut kontrak, atau disebut pemenangnya, dan "
            "dibandingkan dengan nilai lot itu ditambah toleransi kontrak."
        ),
        _TAX,
    ),
    "contract-beyond-years": Rule(
        _("Kontrak melewati tahun anggarannya"),
        _(
            "Anggaran berlaku satu tahun. Kontrak tahun jamak memerlukan anggaran pada setiap "
            "tahun yang dilaluinya, dengan persetujuan pejabat yang berwenang."
        ),
        _(
            "Tanggal akhir kontrak dibandingkan dengan hari terakhir tahun anggaran terakhir yang "
            "dibebani. Kontrak dibagi ke tahun-tahun menurut jumlah dalam budgetBreakdown; bila "
            "hanya satu tahun disebut, tahun itu menanggung seluruhnya."
        ),
        _(
            "Tahun dibaca dari nomor mata anggaran sebagai tahun kalender, kecuali budgetBreakdown "
            "memberi periodenya. Masa pemeliharaan yang ikut dihitung dalam masa kontrak tampak "
            "sama seperti pelanggaran."
        ),
    ),
    "calloffs-above-framework": Rule(
        _("Pesanan melebihi kontrak payung"),
        _(
            "Kontrak payung memberi batas nilai. Pesanan di atas batas itu membeli tanpa "
            "persaingan."
        ),
        _(
            "Semua kontrak yang memesan berdasarkan kontrak payung, dalam pengadaannya sendiri "
            "atau dalam pengadaan yang menyebutnya (relatedProcesses: framework), dijumlahkan dan "
            "dibandingkan dengan nilai kontrak payung."
        ),
        _(
            "Kontrak payung tanpa nilai tidak dapat dihitung. Pesanan lembaga yang bukan pembeli "
            "dalam kontrak payung itu disebut tetapi tidak dihitung."
        ),
    ),
    "payments-above-contract": Rule(
        _("Pembayaran melebihi kontrak"),
        _(
            "Tagihan diuji terhadap perjanjiannya: negara tidak membayar lebih dari yang "
            "disepakati."
        ),
        _(
            "Semua pembayaran bruto dikurangi pembatalannya dibandingkan dengan nilai kontrak; "
            "kelebihan satu satuan terkecil mata uang dianggap pembulatan."
        ),
        _TAX,
    ),
    "payment-before-signature": Rule(
        _("Pembayaran sebelum tanda tangan"),
        _("Pembayaran tidak boleh mendahului perjanjian dan barang atau jasa yang dibayar."),
        _("Tanggal pembayaran dibandingkan dengan tanggal kontrak ditandatangani."),
        _RECORDING,
    ),
    "payee-not-supplier": Rule(
        _("Penerima bukan penyedia kontrak"),
        _("Uang dibayarkan kepada yang berhak menagih menurut perjanjian."),
        _(
            "Penerima pembayaran dibandingkan dengan penyedia dalam kontrak yang dibayar, menurut "
            "nomor atau nama. Huruf besar atau kecil, spasi dan tanda baca tidak membedakan dua "
            "nomor, dan pembayaran nol tidak dihitung."
        ),
        _("Penerima yang sah, misalnya bank atau anak perusahaan, dapat memakai nomor lain."),
    ),
    "reversal-above-payment": Rule(
        _("Pembatalan melebihi pembayarannya"),
        _("Yang dikembalikan tidak dapat lebih besar daripada yang pernah dibayarkan."),
        _("Semua pembatalan satu pembayaran dijumlahkan dan dibandingkan dengan pembayaran itu."),
        _AMENDED,
    ),
    "reversal-of-other-contract": Rule(
        _("Pembatalan atas nama kontrak lain"),
        _(
            "Uang kembali ke kontrak yang membayarnya. Bila tidak, kontrak lain mendapat ruang "
            "yang tidak pernah diberikan kepadanya."
        ),
        _(
            "Kontrak yang disebut pembatalan dibandingkan dengan kontrak pembayaran yang "
            "dibatalkan."
        ),
        _(
            "Nomor kontrak yang salah tulis tampak sama seperti pelanggaran. Bacalah kedua entri "
            "sebelum menyimpulkan."
        ),
    ),
}
UNKNOWN = Rule(
    _("Aturan lain"),
    _("Lihat keterangan pada temuan."),
    _("Lihat keterangan pada temuan."),
    _("Bacalah entri yang dibandingkan."),
)
