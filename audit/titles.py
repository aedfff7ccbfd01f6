"""Titles of checks, money rules, contradictions and flags in both languages, by code. Pure.

Red flags R001 to R068 are those of the Open Contracting Partnership's list, in our words.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.statements import Said

CHECKS: Mapping[str, Said] = {
    "form": Said(
        "setiap entri berbentuk seperti formatnya",
        "every entry is in the form of the format",
    ),
    "chain": Said(
        "setiap entri menyebut sidik entri sebelumnya",
        "every entry names the hash of the one before",
    ),
    "at": Said("waktu log tidak pernah mundur", "the log's time never goes back"),
    "signatures": Said("setiap tanda tangan cocok dengan kuncinya", "every signature fits its key"),
    "authority": Said(
        "setiap kunci berhak menandatangani itu saat itu",
        "every key was entitled to sign that, then",
    ),
    "bodies": Said(
        "setiap isi adalah yang disebut entrinya",
        "every body is the one its entry names",
    ),
    "tree": Said(
        "berkas pohon sama dengan yang dihitung ulang",
        "the files of the tree are those recomputed",
    ),
    "checkpoint": Said(
        "titik periksa ditandatangani dan akarnya cocok",
        "the checkpoint is signed and its root fits",
    ),
    "log.json": Said(
        "keterangan pengelola cocok dengan yang dipatok",
        "what the operator says fits what is pinned",
    ),
    "anchors": Said(
        "jangkar cocok dengan entri, dan dengan rantai bila ditanya",
        "anchors fit the entries, and the chain where it was asked",
    ),
    "witnesses": Said(
        "saksi yang diminta telah ikut menandatangani",
        "the witnesses asked for have cosigned",
    ),
    "since": Said(
        "log melanjutkan titik periksa yang disimpan",
        "the log extends the checkpoint that was kept",
    ),
}

RULES: Mapping[str, Said] = {
    "line-overcommitted": Said(
        "terikat kontrak melebihi mata anggaran",
        "more is committed than the budget line has",
    ),
    "line-overpaid": Said(
        "dibayar melebihi mata anggaran",
        "more is paid than the budget line has",
    ),
    "award-above-tender": Said(
        "pemenang ditetapkan di atas nilai tender",
        "awarded above the value of the tender",
    ),
    "contract-above-award": Said("kontrak di atas nilai pemenang", "contracted above the award"),
    "contract-above-lots": Said("kontrak di atas nilai lotnya", "contracted above its lots"),
    "contract-beyond-years": Said(
        "kontrak berjalan melewati tahun anggarannya",
        "a contract goes on beyond its fiscal years",
    ),
    "calloffs-above-framework": Said(
        "pesanan melebihi kontrak payung",
        "call-offs above the framework agreement",
    ),
    "payments-above-contract": Said("pembayaran melebihi kontrak", "paid more than the contract"),
    "payment-before-signature": Said(
        "pembayaran sebelum tanda tangan kontrak",
        "paid before the contract was signed",
    ),
    "payee-not-supplier": Said(
        "penerima bukan penyedia dalam kontrak",
        "paid to somebody who is no supplier",
    ),
    "reversal-above-payment": Said("pembatalan melebihi pembayaran", "more was reversed than paid"),
    "reversal-of-other-contract": Said(
        "pembatalan untuk kontrak lain",
        "a reversal for another contract",
    ),
}

CONTRADICTIONS: Mapping[str, Said] = {
    "plan-tender-value": Said(
        "tender meminta lebih daripada rencananya",
        "the tender asks for more than its plan",
    ),
    "tender-award-value": Said("pemenang melebihi tender", "the awards are above the tender"),
    "award-contract-value": Said(
        "kontrak bukan senilai pemenang",
        "the contracts are not what was awarded",
    ),
    "award-contract-date": Said(
        "kontrak ditandatangani sebelum pemenang ditetapkan",
        "a contract was signed before its award",
    ),
    "contract-payment-value": Said(
        "dibayar melebihi kontrak",
        "more was paid than the contract is worth",
    ),
    "contract-payment-date": Said(
        "pembayaran sebelum tanda tangan",
        "a payment came before the signature",
    ),
    "contract-payment-payee": Said(
        "penerima bukan penyedia",
        "paid to somebody who is no supplier",
    ),
}

FLAGS: Mapping[str, Said] = {
    "R001": Said("tidak ada dokumen perencanaan", "no planning documents"),
    "R002": Said("nilai tepat di bawah ambang batas", "a value just below a threshold"),
    "R003": Said("waktu memasukkan penawaran terlalu pendek", "a short time to hand in bids"),
    "R005": Said("dokumen tender yang pokok tidak ada", "key tender documents are missing"),
    "R010": Said(
        "metode tanpa persaingan tanpa alasan",
        "a non-competitive method without a reason",
    ),
    "R011": Said("pembelian dipecah-pecah", "a purchase split in parts"),
    "R013": Said(
        "pembeli yang jarang membuka persaingan",
        "a buyer that seldom lets others compete",
    ),
    "R016": Said(
        "tender jauh lebih mahal daripada yang sejenis",
        "a tender far dearer than others of its kind",
    ),
    "R018": Said("satu penawaran saja dalam metode bersaing", "one bid in a competitive procedure"),
    "R021": Said("kriteria memberi keleluasaan menilai", "discretion in the criteria"),
    "R022": Said("penawaran berjauhan", "bids lie far apart"),
    "R024": Said(
        "harga kedua sangat dekat dengan pemenang",
        "the second price is very close to the winning one",
    ),
    "R025": Said("sering menawar, hampir tidak pernah menang", "bids often, hardly ever wins"),
    "R028": Said("peserta berbeda, harga sama", "different tenderers, the same price"),
    "R029": Said("angka pertama yang tidak wajar", "first digits that nobody would expect"),
    "R030": Said("penawaran terlambat yang menang", "a late bid won"),
    "R031": Said(
        "harga pemenang sama atau dekat dengan perkiraan",
        "the winning price is at or near the estimate",
    ),
    "R035": Said("semua peserta lain digugurkan", "all others were disqualified"),
    "R036": Said("penawaran terendah digugurkan", "the lowest bid was disqualified"),
    "R038": Said(
        "jauh lebih banyak digugurkan daripada di tempat lain",
        "far more disqualified than with others",
    ),
    "R040": Said(
        "satu penyedia mendapat sebagian besar",
        "one supplier has most of what a buyer awards",
    ),
    "R047": Said("penyedia yang tidak dapat ditelusuri", "a supplier that cannot be traced"),
    "R048": Said("memasok terlalu banyak jenis barang", "supplies too many kinds of things"),
    "R050": Said("satu penyedia menguasai pasar", "one supplier holds a market"),
    "R051": Said("pasar di tangan segelintir penyedia", "a market in few hands"),
    "R055": Said(
        "banyak penunjukan langsung kepada satu penyedia",
        "many direct awards to one supplier",
    ),
    "R058": Said(
        "harga pemenang jauh di bawah semua yang lain",
        "the winning price lies far below all others",
    ),
    "R059": Said("nilai pemenang dan kontrak berbeda", "award and contract differ in value"),
    "R060": Said("lama antara penetapan dan tanda tangan", "a long time from award to signature"),
    "R061": Said("keputusan dalam waktu terlalu singkat", "a decision in too short a time"),
    "R062": Said("keputusan setelah waktu terlalu lama", "a decision after too long a time"),
    "R063": Said("pemenang tanpa kontrak", "an award without its contract"),
    "R064": Said("kontrak diubah", "a contract was changed"),
    "R067": Said("penyerahan gagal", "delivery failed"),
    "R068": Said("dibayar lebih daripada nilai kontrak", "more was paid than contracted"),
    "B001": Said(
        "kontrak di atas anggaran yang direncanakan",
        "contracts above the planned budget",
    ),
    "B002": Said("dibayar tanpa kontrak", "paid without a contract"),
    "B003": Said(
        "uang digeser dari mata anggaran yang sudah terikat",
        "money moved out of a line that is promised already",
    ),
    "B004": Said("belanja menumpuk di akhir tahun", "a rush to spend at the end of the year"),
    "B005": Said("mata anggaran yang tidak pernah ditetapkan", "a line that nobody appropriated"),
    "B006": Said("dicatat lama setelah tanggalnya", "recorded long after its date"),
    "B007": Said("uang digeser masuk lalu keluar lagi", "money moved in and out again"),
    "B008": Said(
        "kontrak ditandatangani sebelum pemenang ditetapkan",
        "a contract signed before its award",
    ),
}
