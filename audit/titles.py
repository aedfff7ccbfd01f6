"""Titles of checks, money rules, contradictions and flags in both languages, by code. Pure.

Red flags R001 to R068 are those of the Open Contracting Partnership's list, in our words.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.assertions import Words

CHECKS: Mapping[str, Words] = {
    "form": Words(
        "setiap entri berbentuk seperti formatnya",
        "every entry is in the form of the format",
    ),
    "chain": Words(
        "setiap entri menyebut sidik entri sebelumnya",
        "every entry names the hash of the one before",
    ),
    "at": Words("waktu log tidak pernah mundur", "the log's time never goes back"),
    "signatures": Words(
        "setiap tanda tangan cocok dengan kuncinya", "every signature fits its key"
    ),
    "authority": Words(
        "setiap kunci berhak menandatangani itu saat itu",
        "every key was entitled to sign that, then",
    ),
    "bodies": Words(
        "setiap isi adalah yang disebut entrinya",
        "every body is the one its entry names",
    ),
    "tree": Words(
        "berkas pohon sama dengan yang dihitung ulang",
        "the files of the tree are those recomputed",
    ),
    "checkpoint": Words(
        "titik periksa ditandatangani dan akarnya cocok",
        "the checkpoint is signed and its root fits",
    ),
    "log.json": Words(
        "keterangan pengelola cocok dengan yang dipatok",
        "what the operator says fits what is pinned",
    ),
    "anchors": Words(
        "jangkar cocok dengan entri, dan dengan rantai bila ditanya",
        "anchors fit the entries, and the chain where it was asked",
    ),
    "witnesses": Words(
        "saksi yang diminta telah ikut menandatangani",
        "the witnesses asked for have cosigned",
    ),
    "since": Words(
        "log melanjutkan titik periksa yang disimpan",
        "the log extends the checkpoint that was kept",
    ),
}

RULES: Mapping[str, Words] = {
    "line-overcommitted": Words(
        "terikat kontrak melebihi mata anggaran",
        "more is committed than the budget line has",
    ),
    "line-overpaid": Words(
        "dibayar melebihi mata anggaran",
        "more is paid than the budget line has",
    ),
    "award-above-tender": Words(
        "pemenang ditetapkan di atas nilai tender",
        "awarded above the value of the tender",
    ),
    "contract-above-award": Words("kontrak di atas nilai pemenang", "contracted above the award"),
    "contract-above-lots": Words("kontrak di atas nilai lotnya", "contracted above its lots"),
    "contract-beyond-years": Words(
        "kontrak berjalan melewati tahun anggarannya",
        "a contract goes on beyond its fiscal years",
    ),
    "calloffs-above-framework": Words(
        "pesanan melebihi kontrak payung",
        "call-offs above the framework agreement",
    ),
    "payments-above-contract": Words("pembayaran melebihi kontrak", "paid more than the contract"),
    "payment-before-signature": Words(
        "pembayaran sebelum tanda tangan kontrak",
        "paid before the contract was signed",
    ),
    "payee-not-supplier": Words(
        "penerima bukan penyedia dalam kontrak",
        "paid to somebody who is no supplier",
    ),
    "reversal-above-payment": Words(
        "pembatalan melebihi pembayaran", "more was reversed than paid"
    ),
    "reversal-of-other-contract": Words(
        "pembatalan untuk kontrak lain",
        "a reversal for another contract",
    ),
}

CONTRADICTIONS: Mapping[str, Words] = {
    "plan-tender-value": Words(
        "tender meminta lebih daripada rencananya",
        "the tender asks for more than its plan",
    ),
    "tender-award-value": Words("pemenang melebihi tender", "the awards are above the tender"),
    "award-contract-value": Words(
        "kontrak bukan senilai pemenang",
        "the contracts are not what was awarded",
    ),
    "award-contract-date": Words(
        "kontrak ditandatangani sebelum pemenang ditetapkan",
        "a contract was signed before its award",
    ),
    "contract-payment-value": Words(
        "dibayar melebihi kontrak",
        "more was paid than the contract is worth",
    ),
    "contract-payment-date": Words(
        "pembayaran sebelum tanda tangan",
        "a payment came before the signature",
    ),
    "contract-payment-payee": Words(
        "penerima bukan penyedia",
        "paid to somebody who is no supplier",
    ),
}

FLAGS: Mapping[str, Words] = {
    "R001": Words("tidak ada dokumen perencanaan", "no planning documents"),
    "R002": Words("nilai tepat di bawah ambang batas", "a value just below a threshold"),
    "R003": Words("waktu memasukkan penawaran terlalu pendek", "a short time to hand in bids"),
    "R005": Words("dokumen tender yang pokok tidak ada", "key tender documents are missing"),
    "R010": Words(
        "metode tanpa persaingan tanpa alasan",
        "a non-competitive method without a reason",
    ),
    "R011": Words("pembelian dipecah-pecah", "a purchase split in parts"),
    "R013": Words(
        "pembeli yang jarang membuka persaingan",
        "a buyer that seldom lets others compete",
    ),
    "R016": Words(
        "tender jauh lebih mahal daripada yang sejenis",
        "a tender far dearer than others of its kind",
    ),
    "R018": Words(
        "satu penawaran saja dalam metode bersaing", "one bid in a competitive procedure"
    ),
    "R021": Words("kriteria memberi keleluasaan menilai", "discretion in the criteria"),
    "R022": Words("penawaran berjauhan", "bids lie far apart"),
    "R024": Words(
        "harga kedua sangat dekat dengan pemenang",
        "the second price is very close to the winning one",
    ),
    "R025": Words("sering menawar, hampir tidak pernah menang", "bids often, hardly ever wins"),
    "R028": Words("peserta berbeda, harga sama", "different tenderers, the same price"),
    "R029": Words("angka pertama yang tidak wajar", "first digits that nobody would expect"),
    "R030": Words("penawaran terlambat yang menang", "a late bid won"),
    "R031": Words(
        "harga pemenang sama atau dekat dengan perkiraan",
        "the winning price is at or near the estimate",
    ),
    "R035": Words("semua peserta lain digugurkan", "all others were disqualified"),
    "R036": Words("penawaran terendah digugurkan", "the lowest bid was disqualified"),
    "R038": Words(
        "jauh lebih banyak digugurkan daripada di tempat lain",
        "far more disqualified than with others",
    ),
    "R040": Words(
        "satu penyedia mendapat sebagian besar",
        "one supplier has most of what a buyer awards",
    ),
    "R047": Words("penyedia yang tidak dapat ditelusuri", "a supplier that cannot be traced"),
    "R048": Words("memasok terlalu banyak jenis barang", "supplies too many kinds of things"),
    "R050": Words("satu penyedia menguasai pasar", "one supplier holds a market"),
    "R051": Words("pasar di tangan segelintir penyedia", "a market in few hands"),
    "R055": Words(
        "banyak penunjukan langsung kepada satu penyedia",
        "many direct awards to one supplier",
    ),
    "R058": Words(
        "harga pemenang jauh di bawah semua yang lain",
        "the winning price lies far below all others",
    ),
    "R059": Words("nilai pemenang dan kontrak berbeda", "award and contract differ in value"),
    "R060": Words("lama antara penetapan dan tanda tangan", "a long time from award to signature"),
    "R061": Words("keputusan dalam waktu terlalu singkat", "a decision in too short a time"),
    "R062": Words("keputusan setelah waktu terlalu lama", "a decision after too long a time"),
    "R063": Words("pemenang tanpa kontrak", "an award without its contract"),
    "R064": Words("kontrak diubah", "a contract was changed"),
    "R067": Words("penyerahan gagal", "delivery failed"),
    "R068": Words("dibayar lebih daripada nilai kontrak", "more was paid than contracted"),
    "B001": Words(
        "kontrak di atas anggaran yang direncanakan",
        "contracts above the planned budget",
    ),
    "B002": Words("dibayar tanpa kontrak", "paid without a contract"),
    "B003": Words(
        "uang digeser dari mata anggaran yang sudah terikat",
        "money moved out of a line that is promised already",
    ),
    "B004": Words("belanja menumpuk di akhir tahun", "a rush to spend at the end of the year"),
    "B005": Words("mata anggaran yang tidak pernah ditetapkan", "a line that nobody appropriated"),
    "B006": Words("dicatat lama setelah tanggalnya", "recorded long after its date"),
    "B007": Words("uang digeser masuk lalu keluar lagi", "money moved in and out again"),
    "B008": Words(
        "kontrak ditandatangani sebelum pemenang ditetapkan",
        "a contract signed before its award",
    ),
}
