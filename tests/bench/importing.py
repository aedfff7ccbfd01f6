"""Real releases imported, with projections, against ocdsmerge alone from the same bytes."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from ocdsmerge import Merger

from jejak import cli
from ledger import deployment
from ledger.cli import signing_key
from ledger.settings import load
from procurement.following import followed
from procurement.importing import import_files
from procurement.kinds import KINDS
from procurement.projections import open_index
from tests.bench.ratio import Ratio
from tests.conftest import SHARED
from tests.procurement import sets
from tests.procurement.sets import SETS, official_schema


def real_files() -> list[Path]:
    """The eight sets of real releases."""
    files = [path for name in SETS for path in (SHARED / "data" / name).glob("releases.jsonl.gz")]
    if not files:
        sys.exit("scripts/bench: no data beside the repository; name its parent in JEJAK_SHARED")
    return files


def real_lines() -> list[bytes]:
    """Their releases, each as its bytes."""
    return [line for path in real_files() for line in sets.real_lines(path.parent)]


def found_importer(folder: Path) -> None:
    """A demonstration with the key of an importer."""
    key = str(folder / "keys" / "importer.key")
    enrolment = ["--org", "XX-IMPORTER", "--office", "Import desk", "--role", "importer"]
    for command in (
        ["init", "--demo"],
        ["key", "new", key, "--unencrypted"],
        ["key", "enrol", key, *enrolment],
    ):
        cli.main(["--data", str(folder), "--json", *command], standalone_mode=False)


def found_apart(folder: Path) -> None:
    """The same in a process of its own: no thread of the chain is left, as before any import."""
    process = get_context("spawn").Process(target=_found_quietly, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == 0


def _found_quietly(folder: Path) -> None:
    with redirect_stdout(io.StringIO()):
        found_importer(folder)


def import_all(folder: Path, files: Sequence[Path]) -> None:
    """All files imported and projected."""
    settings = load(folder)
    log, index = deployment.open_log(settings, KINDS), open_index(settings.index_url)
    key = signing_key(settings, "importer")
    with followed(log, index):
        report = import_files(log, files, key=key, org="XX-IMPORTER")
    assert report.recorded
    index.close()
    log.close()


def merge_all(schema: dict[str, object], lines: Sequence[bytes]) -> None:
    """All lines parsed, and the releases of each process compiled by ocdsmerge."""
    processes: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in lines:
        release = json.loads(line)
        processes[release["ocid"]].append(release)
    merger = Merger(schema)
    with warnings.catch_warnings(action="ignore"):
        for releases in processes.values():
            merger.create_compiled_release(releases)


def bench_import() -> None:
    """The eight sets, each round into a new log."""
    schema, files, lines = official_schema(SHARED / "vectors"), real_files(), real_lines()
    ratio = Ratio("import", 0.5)
    for _ in range(3):
        with tempfile.TemporaryDirectory() as name:
            found_apart(Path(name))
            ratio.turn(
                len(lines),
                partial(merge_all, schema, lines),
                partial(import_all, Path(name), files),
            )
    ratio.report("releases")
