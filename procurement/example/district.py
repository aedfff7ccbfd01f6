"""The institutions, offices, budget lines, works and companies of the fictional district."""

from __future__ import annotations

from dataclasses import dataclass

YEAR = "2025"
DISTRICT = "Kabupaten Sagara Wetan"
SCHEME = "XI-SAGARA"
PREFIX = "ocds-xsgr00"
LEGAL_BASIS = f"Perda {DISTRICT} No. 9/2024 (fiktif)"
REVISED_BASIS = f"Perda {DISTRICT} No. 5/2025 (fiktif)"


@dataclass(frozen=True)
class Institution:
    """An institution: its short code makes its id and its ocid prefix."""

    code: str
    name_id: str
    name_en: str
    procures: bool = True

    @property
    def id(self) -> str:
        """Organisation id."""
        return f"{SCHEME}-{self.code}"

    @property
    def prefix(self) -> str:
        """Prefix of its ocids."""
        return f"{PREFIX}-{self.code}-"


@dataclass(frozen=True)
class Office:
    """An office that signs: of an institution, with roles, about subjects of these codes."""

    name: str
    code: str
    title: str
    roles: tuple[str, ...]
    covers: tuple[str, ...]


@dataclass(frozen=True)
class Budget:
    """A budget line: amount in whole rupiah."""

    org: str
    code: str
    title: str
    amount: int
    functional: str
    economic: str
    programme: str
    fund: str
    year: str = YEAR

    @property
    def id(self) -> str:
        """Line id."""
        return f"{SCHEME}-{self.org}/{self.year}/{self.code}"


@dataclass(frozen=True)
class Work:
    """Something to be procured from a line: share of the line's amount in percent."""

    line: str
    title: str
    place: str
    category: str
    percent: int


INSTITUTIONS = (
    Institution("PEMKAB", f"Pemerintah {DISTRICT}", "Sagara Wetan District Government", False),
    Institution(
        "BPKAD",
        "Badan Pengelolaan Keuangan dan Aset Daerah",
        "Regional Finance and Assets Agency",
        False,
    ),
    Institution("INSP", "Inspektorat Daerah", "District Inspectorate", False),
    Institution(
        "PUPR",
        "Dinas Pekerjaan Umum dan Penataan Ruang",
        "Public Works and Spatial Planning Office",
    ),
    Institution("DIKBUD", "Dinas Pendidikan dan Kebudayaan", "Education and Culture Office"),
    Institution("DINKES", "Dinas Kesehatan", "Health Office"),
    Institution("DISTAN", "Dinas Pertanian dan Pangan", "Agriculture and Food Office"),
    Institution(
        "PERKIM", "Dinas Perumahan dan Kawasan Permukiman", "Housing and Settlements Office"
    ),
    Institution("SETDA", "Sekretariat Daerah", "District Secretariat"),
)
PROCURING = tuple(each.code for each in INSTITUTIONS if each.procures)

OFFICES = (
    Office("budget", "BPKAD", "Bidang Anggaran BPKAD", ("budget",), PROCURING),
    Office("treasury", "BPKAD", "Kuasa BUD BPKAD", ("treasury",), (*PROCURING, "BPKAD")),
    Office("audit", "INSP", "Inspektur Pembantu Wilayah I", ("auditor",), ("INSP",)),
    *(Office(code.lower(), code, f"UKPBJ {code}", ("procurement",), (code,)) for code in PROCURING),
)

_JUTA = 1_000_000

LINES = (
    Budget("PUPR", "1.03.10.2.01.09", "Peningkatan Jalan Kabupaten", 38_500 * _JUTA,
           "04.5.1", "5.2.04.01", "Penyelenggaraan Jalan", "DAK Fisik"),
    Budget("PUPR", "1.03.10.2.01.12", "Rehabilitasi Jembatan", 12_400 * _JUTA,
           "04.5.1", "5.2.04.01", "Penyelenggaraan Jalan", "DAU"),
    Budget("PUPR", "1.03.06.2.01.05", "Pembangunan Drainase Perkotaan", 6_800 * _JUTA,
           "05.2.0", "5.2.04.02", "Pengelolaan Drainase", "PAD"),
    Budget("PUPR", "1.03.10.2.01.20", "Pemeliharaan Rutin Jalan", 3_200 * _JUTA,
           "04.5.1", "5.1.02.03", "Penyelenggaraan Jalan", "PAD"),
    Budget("PUPR", "1.03.01.2.08.02", "Listrik, Air dan Telepon Dinas PUPR", 240 * _JUTA,
           "01.1.1", "5.1.02.02", "Penunjang Urusan", "PAD"),
    Budget("DIKBUD", "1.01.02.2.01.07", "Rehabilitasi Ruang Kelas SD", 15_600 * _JUTA,
           "09.1.2", "5.2.03.01", "Pengelolaan Pendidikan", "DAK Fisik"),
    Budget("DIKBUD", "1.01.02.2.01.14", "Pengadaan Meubelair SD", 2_900 * _JUTA,
           "09.1.2", "5.2.02.05", "Pengelolaan Pendidikan", "DAU"),
    Budget("DIKBUD", "1.01.02.2.02.09", "Buku Teks dan Bacaan SMP", 1_850 * _JUTA,
           "09.2.1", "5.1.02.01", "Pengelolaan Pendidikan", "DAU"),
    Budget("DIKBUD", "1.01.01.2.08.02", "Listrik dan Air Dinas Pendidikan", 180 * _JUTA,
           "01.1.1", "5.1.02.02", "Penunjang Urusan", "PAD"),
    Budget("DINKES", "1.02.02.2.01.03", "Pembangunan Puskesmas Pembantu", 8_200 * _JUTA,
           "07.2.1", "5.2.03.01", "Upaya Kesehatan", "DAK Fisik"),
    Budget("DINKES", "1.02.02.2.01.16", "Obat dan Vaksin", 5_400 * _JUTA,
           "07.1.1", "5.1.02.01", "Upaya Kesehatan", "DAU"),
    Budget("DINKES", "1.02.02.2.01.20", "Alat Kesehatan Puskesmas", 4_700 * _JUTA,
           "07.1.3", "5.2.02.08", "Upaya Kesehatan", "DAK Fisik"),
    Budget("DINKES", "1.02.01.2.08.02", "Listrik dan Air Dinas Kesehatan", 210 * _JUTA,
           "01.1.1", "5.1.02.02", "Penunjang Urusan", "PAD"),
    Budget("DISTAN", "3.27.03.2.02.01", "Jaringan Irigasi Usaha Tani", 4_300 * _JUTA,
           "04.2.1", "5.2.04.02", "Prasarana Pertanian", "DAK Fisik"),
    Budget("DISTAN", "3.27.02.2.01.04", "Benih dan Pupuk", 1_600 * _JUTA,
           "04.2.1", "5.1.02.01", "Sarana Pertanian", "DAU"),
    Budget("DISTAN", "3.27.01.2.08.02", "Listrik dan Air Dinas Pertanian", 95 * _JUTA,
           "01.1.1", "5.1.02.02", "Penunjang Urusan", "PAD"),
    Budget("PERKIM", "1.04.03.2.01.08", "Sistem Penyediaan Air Minum Desa", 7_100 * _JUTA,
           "06.3.0", "5.2.04.02", "Kawasan Permukiman", "DAK Fisik"),
    Budget("PERKIM", "1.04.03.2.03.02", "Penerangan Jalan Umum", 2_300 * _JUTA,
           "06.4.0", "5.2.02.05", "Kawasan Permukiman", "PAD"),
    Budget("SETDA", "4.01.01.2.09.09", "Pemeliharaan Gedung Kantor", 1_950 * _JUTA,
           "01.1.1", "5.1.02.03", "Penunjang Urusan", "PAD"),
    Budget("SETDA", "4.01.01.2.07.05", "Peralatan dan Jaringan Komputer", 1_420 * _JUTA,
           "01.3.3", "5.2.02.10", "Penunjang Urusan", "PAD"),
    Budget("SETDA", "4.01.01.2.08.02", "Listrik, Air dan Telepon Sekretariat", 620 * _JUTA,
           "01.1.1", "5.1.02.02", "Penunjang Urusan", "PAD"),
)  # fmt: skip

UTILITIES = tuple(line for line in LINES if line.economic == "5.1.02.02")

# Lines of what is not one tender, one award and one contract (procurement.example.unusual).
BRIDGE_BEFORE = Budget(
    "PUPR",
    "1.03.10.2.01.15",
    "Pembangunan Jembatan Sungai Wetan",
    6_000 * _JUTA,
    "04.5.1",
    "5.2.04.01",
    "Penyelenggaraan Jalan",
    "DAU",
    "2024",
)
BRIDGE = Budget(
    "PUPR",
    "1.03.10.2.01.15",
    "Pembangunan Jembatan Sungai Wetan",
    9_500 * _JUTA,
    "04.5.1",
    "5.2.04.01",
    "Penyelenggaraan Jalan",
    "DAU",
)
UNIFORMS = Budget(
    "DIKBUD",
    "1.01.02.2.01.18",
    "Seragam dan Alat Tulis SD",
    1_300 * _JUTA,
    "09.1.2",
    "5.1.02.01",
    "Pengelolaan Pendidikan",
    "DAU",
)
SUPPLIES = Budget(
    "DINKES",
    "1.02.02.2.01.24",
    "Bahan Medis Habis Pakai",
    1_500 * _JUTA,
    "07.1.1",
    "5.1.02.01",
    "Upaya Kesehatan",
    "DAU",
)
MICROSCOPES = Budget(
    "DINKES",
    "1.02.02.2.01.28",
    "Mikroskop dan Suku Cadang",
    1_100 * _JUTA,
    "07.1.3",
    "5.2.02.08",
    "Upaya Kesehatan",
    "DAU",
)
SOFTWARE = Budget(
    "SETDA",
    "4.01.01.2.07.11",
    "Perangkat Lunak Perkantoran",
    900 * _JUTA,
    "01.3.3",
    "5.1.02.04",
    "Penunjang Urusan",
    "PAD",
)
FIBRE = Budget(
    "SETDA",
    "4.01.01.2.07.14",
    "Sewa Jaringan Serat Optik",
    480 * _JUTA,
    "01.3.3",
    "5.1.02.04",
    "Penunjang Urusan",
    "PAD",
)
ADVICE = Budget(
    "SETDA",
    "4.01.01.2.07.17",
    "Jasa Konsultansi Tata Kelola Arsip",
    350 * _JUTA,
    "01.3.3",
    "5.1.02.04",
    "Penunjang Urusan",
    "PAD",
)
TRAVEL = Budget(
    "SETDA",
    "4.01.01.2.06.02",
    "Perjalanan Dinas",
    420 * _JUTA,
    "01.1.1",
    "5.1.02.05",
    "Penunjang Urusan",
    "PAD",
)
UNUSUAL_LINES = (
    BRIDGE_BEFORE, BRIDGE, UNIFORMS, SUPPLIES, MICROSCOPES, SOFTWARE, FIBRE, ADVICE, TRAVEL,
)  # fmt: skip

WORKS = (
    Work("1.03.10.2.01.09", "Peningkatan Jalan Cibuaya - Tegalsari", "Kec. Cibuaya", "works", 17),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Sukalaya - Muara", "Kec. Sukalaya", "works", 15),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Pasir Angin", "Kec. Pasir Angin", "works", 12),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Lingkar Pelabuhan", "Kec. Muara", "works", 20),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Desa Karangmukti", "Kec. Cibuaya", "works", 9),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Desa Girijaya", "Kec. Pasir Angin", "works", 8),
    Work("1.03.10.2.01.09", "Peningkatan Jalan Desa Wanasari", "Kec. Sukalaya", "works", 10),
    Work("1.03.10.2.01.12", "Rehabilitasi Jembatan Kali Wetan", "Kec. Muara", "works", 38),
    Work("1.03.10.2.01.12", "Rehabilitasi Jembatan Cipanas", "Kec. Pasir Angin", "works", 30),
    Work("1.03.10.2.01.12", "Rehabilitasi Jembatan Gantung Lebak", "Kec. Cibuaya", "works", 22),
    Work("1.03.06.2.01.05", "Drainase Jalan Pasar Lama", "Kec. Muara", "works", 34),
    Work("1.03.06.2.01.05", "Drainase Permukiman Nelayan", "Kec. Muara", "works", 30),
    Work("1.03.06.2.01.05", "Drainase Kompleks Perkantoran", "Kec. Sukalaya", "works", 24),
    Work("1.03.10.2.01.20", "Pemeliharaan Jalan Wilayah Utara", "Kec. Muara", "works", 45),
    Work("1.03.10.2.01.20", "Pemeliharaan Jalan Wilayah Selatan", "Kec. Cibuaya", "works", 45),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN 1 Karangmukti", "Kec. Cibuaya", "works", 16),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN 3 Sukalaya", "Kec. Sukalaya", "works", 15),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN 2 Muara", "Kec. Muara", "works", 14),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN Girijaya", "Kec. Pasir Angin", "works", 13),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN Wanasari", "Kec. Sukalaya", "works", 14),
    Work("1.01.02.2.01.07", "Rehabilitasi SDN Tegalsari", "Kec. Cibuaya", "works", 12),
    Work("1.01.02.2.01.14", "Meubelair SD Wilayah Utara", "Kec. Muara", "goods", 44),
    Work("1.01.02.2.01.14", "Meubelair SD Wilayah Selatan", "Kec. Cibuaya", "goods", 42),
    Work("1.01.02.2.02.09", "Buku Teks SMP Semester Ganjil", "Kec. Sukalaya", "goods", 48),
    Work("1.01.02.2.02.09", "Buku Bacaan Perpustakaan SMP", "Kec. Sukalaya", "goods", 40),
    Work("1.02.02.2.01.03", "Pustu Desa Lebak", "Kec. Cibuaya", "works", 28),
    Work("1.02.02.2.01.03", "Pustu Desa Muara Timur", "Kec. Muara", "works", 27),
    Work("1.02.02.2.01.03", "Pustu Desa Girijaya", "Kec. Pasir Angin", "works", 26),
    Work("1.02.02.2.01.16", "Obat Esensial Semester I", "Kec. Sukalaya", "goods", 46),
    Work("1.02.02.2.01.16", "Obat Esensial Semester II", "Kec. Sukalaya", "goods", 44),
    Work("1.02.02.2.01.20", "Alat Laboratorium Puskesmas", "Kec. Muara", "goods", 50),
    Work("1.02.02.2.01.20", "USG dan Alat Persalinan", "Kec. Sukalaya", "goods", 38),
    Work("3.27.03.2.02.01", "Irigasi Tersier Desa Wanasari", "Kec. Sukalaya", "works", 32),
    Work("3.27.03.2.02.01", "Irigasi Tersier Desa Tegalsari", "Kec. Cibuaya", "works", 30),
    Work("3.27.03.2.02.01", "Pintu Air Kali Wetan", "Kec. Muara", "works", 26),
    Work("3.27.02.2.01.04", "Benih Padi Musim Gadu", "Kec. Cibuaya", "goods", 46),
    Work("3.27.02.2.01.04", "Pupuk Organik", "Kec. Pasir Angin", "goods", 42),
    Work("1.04.03.2.01.08", "SPAM Desa Lebak", "Kec. Cibuaya", "works", 31),
    Work("1.04.03.2.01.08", "SPAM Desa Karangmukti", "Kec. Cibuaya", "works", 29),
    Work("1.04.03.2.01.08", "SPAM Desa Pasir Angin", "Kec. Pasir Angin", "works", 27),
    Work("1.04.03.2.03.02", "Lampu Jalan Lingkar Pelabuhan", "Kec. Muara", "goods", 52),
    Work("1.04.03.2.03.02", "Lampu Jalan Kec. Sukalaya", "Kec. Sukalaya", "goods", 38),
    Work("4.01.01.2.09.09", "Pemeliharaan Gedung Setda Blok A", "Kec. Sukalaya", "works", 48),
    Work("4.01.01.2.09.09", "Pemeliharaan Aula Kabupaten", "Kec. Sukalaya", "works", 40),
    Work("4.01.01.2.07.05", "Peladen dan Jaringan Kantor", "Kec. Sukalaya", "goods", 55),
    Work("4.01.01.2.07.05", "Komputer Kecamatan", "Kec. Sukalaya", "goods", 35),
)

COMPANIES = tuple(
    (f"XI-USAHA-{number:04}", name)
    for number, name in enumerate(
        (
            "PT Bahari Karya Beton", "CV Tunas Jalan Mandiri", "PT Wetan Konstruksi Utama",
            "CV Sinar Aspal", "PT Gunung Batu Perkasa", "CV Muara Teknik",
            "PT Cakra Bangun Persada", "CV Lebak Sejahtera", "PT Pilar Sagara",
            "CV Anugerah Meubel", "PT Farma Nusa Wetan", "CV Pustaka Bocah",
            "PT Medika Alat Prima", "CV Tani Makmur Jaya", "PT Cahaya Lentera",
            "CV Data Jaringan Kita", "PT Tirta Desa Abadi", "CV Karya Rakit",
        ),
        start=101,
    )
)  # fmt: skip
UTILITY_COMPANY = ("XI-USAHA-0001", "PT Listrik dan Air Wetan")
TRAVEL_COMPANY = ("XI-USAHA-0002", "PT Biro Perjalanan Sagara")


def line_of(code: str) -> Budget:
    """The budget line with this code."""
    return next(line for line in LINES if line.code == code)
