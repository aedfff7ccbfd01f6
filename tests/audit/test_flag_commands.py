"""`jejak flags` on the log of a data folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jejak import cli
from ledger.errors import InvalidInput, Malformed, NotFound


def run(folder: Path, *arguments: str) -> Any:
    """What a command prints as JSON. Raises what it raises."""
    command = ["--data", str(folder), "--json", *arguments]
    result = CliRunner().invoke(cli, command, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three tenders, the second of which came twice."""
    folder = tmp_path_factory.mktemp("flags") / "data"
    key = str(folder / "keys" / "importer.key")
    run(folder, "init", "--demo")
    run(folder, "key", "new", key, "--unencrypted")
    run(folder, "key", "enrol", key, "--org", "XX-I", "--office", "Import", "--role", "importer")
    file = folder.parent / "releases.jsonl"
    lines = [release("a", 1), release("b", 1), release("b", 4, day=2), release("c", 2)]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    run(folder, "import", str(file), "--key", "importer")
    return folder


def release(ocid: str, tenderers: int, day: int = 1) -> dict[str, Any]:
    """A release of an open tender."""
    return {
        "ocid": f"ocds-213czf-{ocid}",
        "id": f"{ocid}-{day}",
        "date": f"2026-03-0{day}T00:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "tender": {"id": ocid, "procurementMethod": "open", "numberOfTenderers": tenderers},
    }


def test_flagged_subjects(imported: Path) -> None:
    """What is flagged is listed with its value and the entries read; the rest is counted."""
    told = run(imported, "flags", "R018", "R003")
    assert [(each["code"], each["subject"]) for each in told["results"]] == [
        ("R018", "ocds-213czf-a")
    ]
    assert told["results"][0]["value"] == "1"
    assert len(told["results"][0]["entries"][0]["leaf"]) == 64
    assert told["counts"]["R018"] == {"flagged": 1, "clear": 2, "not-computable": 0}
    assert told["counts"]["R003"] == {"flagged": 0, "clear": 0, "not-computable": 3}


def test_an_older_result_again(imported: Path) -> None:
    """With `--at` a flag says what it said when the log was shorter, of the entries then."""
    now = run(imported, "flags", "R018", "--subject", "ocds-213czf-b", "--outcome", "all")
    size = now["results"][0]["entries"][1]["index"]
    then = run(
        imported, "flags", "R018", "--subject", "ocds-213czf-b", "--at", str(size)
    )  # fmt: skip
    assert now["results"][0]["outcome"] == "clear"
    assert then["results"][0]["outcome"] == "flagged"
    assert then["results"][0]["entries"] == now["results"][0]["entries"][:1]
    assert then["size"] == size


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(["R999"], NotFound), (["--at", "100000"], InvalidInput)],
)
def test_what_cannot_be_raised(
    imported: Path, arguments: list[str], error: type[Exception]
) -> None:
    """An unknown flag and a size beyond the log are refused."""
    with pytest.raises(error):
        run(imported, "flags", *arguments)


def test_settings_file(imported: Path, tmp_path: Path) -> None:
    """A file of settings is heard; one that is no object is refused."""
    file = tmp_path / "settings.json"
    file.write_text('{"R018": {"methods": ["limited"]}}')
    told = run(imported, "flags", "R018", "--settings", str(file))
    assert told["counts"]["R018"]["not-computable"] == 3
    file.write_text("[" * 100_000)
    with pytest.raises(Malformed):
        run(imported, "flags", "--settings", str(file))
