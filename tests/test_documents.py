"""The documents: what they name exists, and the twins say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jejak import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])
READMES = (ROOT / "README.md", ROOT / "README.id.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands(page: Path) -> list[str]:
    """The commands in a page's shell blocks, without the comments behind them."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project names one that is there."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    files = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [file for file in files if not (page.parent / file).exists()] == []


def test_the_readmes_give_the_same_commands() -> None:
    """The English page and the Indonesian one show the same commands in the same order."""
    english, indonesian = READMES
    assert commands(english) == commands(indonesian)


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_commands_in_a_readme_exist(page: Path) -> None:
    """Every command shown, or named in the text, is one of the command line's."""
    named = re.findall(r"`jejak ([a-z-]+)", page.read_text(encoding="utf-8"))
    shown = [line.split()[1] for line in commands(page) if line.startswith("jejak ")]
    assert set(named + shown) <= set(COMMANDS)


def test_every_decision_is_in_the_index() -> None:
    """The index of decisions names each page, and each page says its status."""
    folder = ROOT / "docs" / "adr"
    index = (folder / "index.md").read_text(encoding="utf-8")
    for page in folder.glob("[0-9]*.md"):
        assert page.name in index
        assert "Status: " in page.read_text(encoding="utf-8")


def test_a_link_in_the_place_of_the_packages_is_not_followed(tmp_path: Path) -> None:
    """`scripts/venv` installs into no other tree's packages: it says what to remove."""
    (tmp_path / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts" / "venv", tmp_path / "scripts")
    (tmp_path / "other").mkdir()
    (tmp_path / ".venv").symlink_to("other")
    run = subprocess.run(
        [tmp_path / "scripts" / "venv"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 3
    assert "rm .venv" in run.stderr
    assert list((tmp_path / "other").iterdir()) == []
