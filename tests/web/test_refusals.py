"""Refusals are said in the reader's language: by their sentence, or else by their code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import web.api.refusals  # noqa: F401  # its errors are among those walked
from ledger.errors import JejakError
from web.catalogue import read
from web.refusals import BY_CODE, refusal

ROOT = Path(__file__).parent.parent.parent
CONSOLE = sorted((ROOT / "web" / "console").glob("*.py"))
LEDGER = [
    ROOT / "ledger" / f"{name}.py" for name in ("admission", "checking", "placing", "registry")
]
LEDGER += [ROOT / "ledger" / "submission.py", ROOT / "procurement" / "budget.py"]
LEDGER += [ROOT / "procurement" / "past.py"]
# What only registrars do, by the command line, and what is said when the server starts.
ELSEWHERE = (
    "registrar",
    "registry",
    "erasure",
    "erased",
    "replacement",
    "is revoked already",
    "settings file",
)


def errors(kind: type[JejakError] = JejakError) -> Iterator[type[JejakError]]:
    """Every class of error, those of the API too, but for what no page runs: audits, the chain."""
    yield kind
    for each in kind.__subclasses__():
        if not each.__module__.startswith(("audit.", "ledger.devchain.", "tests.")):
            yield from errors(each)


def sentences(path: Path) -> Iterator[str]:
    """What a module raises, with `x` for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        name = getattr(node.exc.func, "id", "")
        if name in {each.__name__ for each in errors()} and node.exc.args:
            yield written(node.exc.args[0])


def written(node: ast.expr) -> str:
    """The text of a constant or of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(written, node.values))
    if isinstance(node, ast.FormattedValue):
        number = any(
            each in ast.unparse(node)
            for each in ("len(", "MAX_", "index", "line_num", "number", "width")
        )
        return "'x'" if node.conversion == ord("r") else "7" if number else "x"
    assert isinstance(node, ast.Constant), ast.dump(node)
    return str(node.value)


def test_every_code_has_a_sentence_in_both_languages():
    """Whatever the ledger answers on append or check, a page has words for its code."""
    english = read("en")
    for each in errors():
        assert each.code in BY_CODE, each
        assert english.get(BY_CODE[each.code]).string, each


@pytest.mark.parametrize("path", LEDGER + CONSOLE, ids=lambda path: path.stem)
def test_what_an_officer_may_meet_is_said_in_full(path):
    """Each error that a draft or the console can lead to has a sentence of its own."""
    english = read("en")
    for each in sentences(path):
        if any(word in each for word in ELSEWHERE):
            continue
        said = refusal("error", each)
        assert said.whole, each
        assert english.get(said.message).string, each


def test_a_sentence_names_what_it_is_about():
    """The line, the office, the entry: what stood in the English stands in the page."""
    said = refusal("conflict", "'appropriation:ID-X/2026/1.2' is published already")
    assert said.said == {"what": "ID-X/2026/1.2"}
    said = refusal("not-authorised", "the key of 'PPK Jalan' may not speak for 'ID-Y'")
    assert said.said == {"office": "PPK Jalan", "org": "ID-Y"}
    said = refusal("conflict", "something quite new")
    assert (said.message, said.whole) == (BY_CODE["conflict"], False)
