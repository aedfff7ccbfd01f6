"""Coverage-guided fuzzing of one parser: `python -m tests.fuzz PARSER [libFuzzer's options]`.

The corpus grows in `$JEJAK_FUZZ` (else the folder for temporary files), one folder a parser, and
outlives the run; an input that ends in anything but Malformed is written beside it as `crash-…`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ledger", "procurement", "web"]):
    from ledger.errors import Malformed
    from tests.fuzz.targets import TARGETS, Target

from tests.fuzz.mutating import mutated

BOUNDS = ["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]


def main(arguments: list[str]) -> None:
    """Fuzz the parser named first until libFuzzer's options end it, or a finding does."""
    name, options = (arguments or [""])[0], arguments[1:]
    if name not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz {'|'.join(TARGETS)} [-max_total_time=600]")
    corpus = prepared(name, TARGETS[name])
    findings = f"-artifact_prefix={corpus.parent}/{name}-"
    arguments = [name, str(corpus), findings, *BOUNDS, *options]
    by_structure = {"custom_mutator": mutate} if TARGETS[name].json else {}
    atheris.Setup(arguments, refusing(TARGETS[name]), **by_structure)
    atheris.Fuzz()


def mutate(raw: bytes, size: int, seed: int) -> bytes:
    """A mutation by structure, as libFuzzer asks for one."""
    return mutated(raw, size, seed, atheris.Mutate)


def prepared(name: str, target: Target) -> Path:
    """The folder of a parser's corpus, its seeds in it."""
    folder = Path(os.environ.get("JEJAK_FUZZ", Path(tempfile.gettempdir(), "jejak-fuzz"))) / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    return folder


def refusing(target: Target) -> Callable[[bytes], None]:
    """The target with Malformed for an answer."""

    def read(raw: bytes) -> None:
        with suppress(Malformed):
            target.read(raw)

    return read


if __name__ == "__main__":
    main(sys.argv[1:])
