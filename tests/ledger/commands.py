"""Commands run as a user runs them, and a log of three registrars made by them alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import jejak

ORIGIN = "a.example"


def run(*arguments: object) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        jejak.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


@dataclass
class Town:
    """A folder of keys, and a data folder whose log has registrars a, b and c, two of whom act."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    data: Path

    def key(self, name: str) -> Path:
        """A key file; made, unencrypted, when it is first asked for."""
        path = self.folder / f"{name}.key"
        if not path.exists():
            assert run("key", "new", path, "--unencrypted") == 0
        return path

    def public(self, name: str) -> str:
        """The id of a key."""
        return str(json.loads(self.key(name).with_name(f"{name}.key.pub").read_bytes())["key"])

    def signed(self, act: Path, *names: str) -> Path:
        """An act, signed by each of these, one after the other."""
        for name in names:
            assert run("act", "sign", act, "--key", self.key(name)) == 0
        return act

    def does(self, *arguments: object) -> dict[str, Any]:
        """What a command that ends well tells."""
        self.capture.readouterr()
        assert run("--data", self.data, "--json", *arguments) == 0, self.capture.readouterr().err
        told: dict[str, Any] = json.loads(self.capture.readouterr().out.splitlines()[-1])
        return told

    def refused(self, *arguments: object, code: int = 2) -> str:
        """What a command that is refused, with this exit code, complains of."""
        self.capture.readouterr()
        assert run("--data", self.data, *arguments) == code
        return self.capture.readouterr().err

    def root(self, file: str, threshold: int, *names: str) -> Path:
        """A root file of these registrars that nobody has signed."""
        path = self.folder / file
        listed = [part for name in names for part in ("--registrar", f"{self.key(name)}.pub")]
        made = ("root", "new", path, "--origin", ORIGIN, "--threshold", threshold)
        assert run(*made, *listed) == 0
        return path

    def found(self) -> None:
        """Entry 0: two of a, b and c act together."""
        root = self.signed(self.root("root.json", 2, "a", "b", "c"), "a", "b")
        self.does("init", "--origin", ORIGIN, "--root", root)
