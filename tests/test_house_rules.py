"""The habits of CONTRIBUTING.md that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("contracts", "ledger", "procurement", "audit", "web")
SOURCES = [ROOT / "jejak.py"] + [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "node_modules" not in path.parts
]
VAGUE = {"manager", "service", "handler", "helper", "helpers", "util", "utils", "info"}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of body, without the docstring, of each function in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_concept(path: Path) -> None:
    """No module is longer than 400 lines, no function than 50, and no name is vague."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert [name for name, lines in functions(path) if lines > 50] == []
    assert not VAGUE & set(path.stem.split("_"))


def test_functions_are_short() -> None:
    """Half of all functions have at most 8 lines, nine of ten at most 25."""
    lengths = [lines for path in SOURCES for _, lines in functions(path)]
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 25


def test_nothing_is_async() -> None:
    """Below the web, which speaks ASGI at its edge, nothing is or has an async twin."""
    below = [path for path in SOURCES if not path.is_relative_to(ROOT / "web")]
    assert [path for path in below if "async def" in path.read_text(encoding="utf-8")] == []
