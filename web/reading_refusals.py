"""What readers of public pages are told when they ask for what is not there, in their language.

Patterns are the sentences of errors in full; `refusals` has those that officers meet.
"""

from __future__ import annotations

from collections.abc import Mapping

from web.language import mark as _

WORDS: Mapping[str, str] = {
    # What is not there.
    r"there is no such (page|file|sitemap)|there are no such lines": _(
        "Halaman atau berkas ini tidak ada. Mungkin alamatnya salah ketik."
    ),
    r"there is no process ['\"](?P<what>.*?)['\"]?": _(
        "Pengadaan %(what)s belum tercatat di sini. Mungkin nomornya salah ketik; carilah sebagian "
        "dari namanya."
    ),
    r"there is no (budget )?line ['\"](?P<what>.*?)['\"]?": _(
        "Mata anggaran %(what)s belum tercatat di sini. Mungkin kodenya salah ketik; carilah "
        "sebagian dari namanya."
    ),
    r"there is no organisation ['\"](?P<what>.*?)['\"]?": _(
        "Lembaga atau penyedia %(what)s belum tercatat di sini. Carilah sebagian dari namanya."
    ),
    r"there is no payment ['\"](?P<what>.*?)['\"]?": _(
        "Pembayaran %(what)s belum tercatat di sini. Mungkin nomornya salah ketik."
    ),
    r"there is no contract ['\"](?P<what>.*?)['\"]?": _(
        "Kontrak %(what)s belum tercatat di sini. Mungkin nomornya salah ketik."
    ),
    r"there is no entry (?P<what>[0-9]+)": _(
        "Log ini tidak berisi entri %(what)s. Mungkin nomornya salah ketik, atau entri itu belum "
        "dicatat."
    ),
    r"there is no entry with leaf hash (?P<what>.*)": _(
        "Log ini tidak berisi entri dengan sidik %(what)s."
    ),
    r"no line, process, contract, payment or organisation is called ['\"](?P<what>.*)['\"]": _(
        "Tidak ada mata anggaran, pengadaan, kontrak, pembayaran atau lembaga bernomor %(what)s. "
        "Carilah sebagian dari nomor atau namanya."
    ),
    r"there is no budget of ['\"](?P<what>.*)['\"]": _(
        "Anggaran tahun %(what)s belum tercatat. Pilihlah salah satu tahun yang ada."
    ),
    r"there are no flows of ['\"](?P<what>.*)['\"]": _(
        "Aliran uang tahun %(what)s belum tercatat. Pilihlah salah satu tahun yang ada."
    ),
    r"budgets are not divided like this": _(
        "Anggaran tidak dibagi menurut itu. Pilihlah salah satu tahun dan penggolongan yang ada."
    ),
    r"no budget line has this value": _(
        "Tidak ada mata anggaran dengan nilai ini. Pilihlah salah satu dari daftarnya."
    ),
    r"there is no page of persons": _(
        "Orang pribadi tidak mempunyai halaman di sini. Carilah pembayaran atau kontraknya."
    ),
    r"there is no rule ['\"](?P<what>.*)['\"]": _(
        "Tidak ada aturan bernama %(what)s. Pilihlah salah satu dari daftar temuan."
    ),
    r"there is no case of entry (?P<what>[0-9]+)": _(
        "Entri %(what)s tidak membuka kasus. Pilihlah salah satu dari daftar kasus."
    ),
    r"no checkpoint of size (?P<what>[0-9]+) was signed": _(
        "Belum ada checkpoint berukuran %(what)s yang ditandatangani. Pilihlah salah satu dari "
        "daftar log."
    ),
    r"no checkpoint covers entry (?P<what>[0-9]+) yet": _(
        "Entri %(what)s belum tercakup dalam checkpoint. Cobalah lagi beberapa detik lagi."
    ),
    r"no checkpoint (was signed|has held) yet": _(
        "Belum ada checkpoint di sini. Cobalah lagi nanti."
    ),
    r"there is no such check|no evidence is kept here|no monitor's runs are kept here": _(
        "Pemeriksaan ini tidak tersimpan di sini. Pilihlah salah satu dari halaman audit."
    ),
    r"the body of entry (?P<what>[0-9]+) has been erased": _(
        "Registrar telah memutuskan penghapusan isi entri %(what)s. Entrinya sendiri tetap "
        "tercatat."
    ),
    # What cannot be read in an address or a file.
    r"the address holds a value that cannot be read: (?P<what>\w+)": _(
        "Nilai %(what)s dalam alamat ini tidak dapat dibaca, atau terlalu panjang. Hapuslah bagian "
        "itu dari alamatnya, atau mulailah dari halaman sebelumnya."
    ),
    r"no moment is called ['\"](?P<what>.*)['\"]": _(
        "%(what)s bukan waktu yang dikenal. Tulislah at=NOMOR, nomor sebuah entri, atau "
        "at=TTTT-BB-HH, sebuah hari."
    ),
    r"it was not recorded yet at that moment": _(
        "Ini belum tercatat pada saat itu, atau alamatnya salah ketik. Hapuslah at= dari alamatnya "
        "untuk melihat keadaannya sekarang."
    ),
    r"the log has not so many entries": _(
        "Log ini belum berisi entri sebanyak itu. Sebutkan ukuran yang sudah dicapai."
    ),
    r"the file is not UTF-8": _(
        "Berkas ini bukan teks. Pilihlah checkpoint sebagaimana dahulu disimpan."
    ),
    # Whoever may ask again in a moment.
    r"too many pages of the past are being made": _(
        "Terlalu banyak orang sedang meminta halaman masa lalu. Cobalah lagi sebentar."
    ),
    r"too many samples are being drawn": _(
        "Terlalu banyak orang sedang menarik sampel. Cobalah lagi sebentar."
    ),
    r"the files are being made anew": _("Berkas ini sedang dibuat ulang. Cobalah lagi sebentar."),
    r"no database connection is free": _("Situs ini sedang sibuk. Cobalah lagi sebentar."),
    r"the database does not answer.*": _(
        "Pangkalan data sedang tidak menjawab. Cobalah lagi sebentar."
    ),
}
