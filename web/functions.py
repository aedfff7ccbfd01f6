"""What codes of functions of government stand for, in words of ours.

Source: Classification of the Functions of Government (COFOG 1999, United Nations), its ten
divisions and their groups: `cofog.csv` has a line a code, with the words in each language.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

CLASSIFICATION = "functional"
_TABLE = Path(__file__).parent / "cofog.csv"
_CODE = re.compile(r"([0-9]{2}(?:\.[0-9])?)(?:\.[0-9])?")


def class_label(classification: str, code: str | None, language: str) -> str:
    """What a code is called, a class by the name of its group; "" where we know no name of it."""
    found = _CODE.fullmatch(code or "") if classification == CLASSIFICATION else None
    return _labels(language).get(found[1], "") if found else ""


@cache
def _labels(language: str) -> Mapping[str, str]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return {row["code"]: row[language] for row in csv.DictReader(table)}
