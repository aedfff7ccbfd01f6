"""The regulations that the money rules rest on, as data of the first setting: Indonesia.

Only articles that are sure are named; a rule that is missing here rests on the general principle
that its words give. Titles are proper names and are not translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from procurement.rules import (
    AWARD_ABOVE_TENDER,
    CONTRACT_ABOVE_AWARD,
    CONTRACT_BEYOND_YEARS,
    LINE_OVERCOMMITTED,
    LINE_OVERPAID,
    PAYEE_NOT_SUPPLIER,
    PAYMENT_BEFORE_SIGNATURE,
    PAYMENTS_ABOVE_CONTRACT,
)


@dataclass(frozen=True, slots=True)
class Regulation:
    """A regulation and the part of it that matters."""

    title: str
    article: str


_TREASURY = "Undang-Undang No. 1 Tahun 2004 tentang Perbendaharaan Negara"
_FINANCE = "Undang-Undang No. 17 Tahun 2003 tentang Keuangan Negara"
_PROCUREMENT = "Peraturan Presiden No. 16 Tahun 2018 tentang Pengadaan Barang/Jasa Pemerintah"
_AMENDED = f"{_PROCUREMENT}, sebagaimana diubah dengan No. 12 Tahun 2021 dan No. 46 Tahun 2025"

_AVAILABLE = (Regulation(_TREASURY, "Pasal 3 ayat (3)"),)
_CLAIM = (Regulation(_TREASURY, "Pasal 18"),)

REGULATIONS: Mapping[str, tuple[Regulation, ...]] = {
    LINE_OVERCOMMITTED: _AVAILABLE,
    LINE_OVERPAID: _AVAILABLE,
    AWARD_ABOVE_TENDER: (Regulation(_PROCUREMENT, "Pasal 26 ayat (5)"),),
    CONTRACT_ABOVE_AWARD: (Regulation(_AMENDED, "Pasal 54"),),
    CONTRACT_BEYOND_YEARS: (Regulation(_FINANCE, "Pasal 4"),),
    PAYMENTS_ABOVE_CONTRACT: _CLAIM,
    PAYMENT_BEFORE_SIGNATURE: (Regulation(_TREASURY, "Pasal 21 ayat (1)"),),
    PAYEE_NOT_SUPPLIER: _CLAIM,
}
