"""The words by which something is found."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from procurement.searching import words


def test_words_have_neither_case_nor_accents_nor_signs():
    """Letters and digits stay, in order; everything else parts them."""
    assert words("Jalan Raya_II, Nº 7/2026") == ["jalan", "raya", "ii", "no", "7", "2026"]
    assert words("LICITAÇÃO São-Tomé") == ["licitacao", "sao", "tome"]
    assert words("Закупівля ПрАТ") == ["закупівля", "прат"]
    assert words("ᴬ ℡") == ["a", "tel"]


@given(st.text())
def test_texts_of_ascii_have_the_words_of_all_texts(text):
    """The short way for ASCII gives the runs of letters and digits that Unicode's rule gives."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    folded = re.sub("[\u0300-\u036f]+", "", folded).casefold()
    assert words(text) == [each[:60] for each in re.findall(r"[^\W_]+", folded)]
