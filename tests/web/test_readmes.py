"""What the READMEs tell an auditor to type in front of the demonstration works as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import deployment
from tests.web.sites import Deployed

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^\.venv/bin/(jejak verify http.*jejak-data/trust\.json.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "README.id.md"])
def test_the_demonstration_is_verified_in_one_command(
    district: Deployed, tmp_path: Path, name: str
) -> None:
    """Pasted into a shell beside the data it ends with 0: the server, and its chain too, hold."""
    (command,) = COMMAND.findall((ROOT / name).read_text(encoding="utf-8"))
    (tmp_path / "jejak-data").symlink_to(district.settings.folder)
    python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with deployment.open_chain(district.settings):
        run = subprocess.run(
            ["sh", "-c", command.replace("http://127.0.0.1:8000", district.url)],
            cwd=tmp_path,
            env={**os.environ, "PATH": python},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("verify: holds\n")
    assert "not checked" not in run.stdout
