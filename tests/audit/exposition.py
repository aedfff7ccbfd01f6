"""A strict reader of Prometheus' text format 0.0.4, for what a scrape is answered."""

from __future__ import annotations

import re

_HELP = re.compile(r"# HELP ([a-z_]+) (\S.*)")
_TYPE = re.compile(r"# TYPE ([a-z_]+) (gauge|counter)")
_SAMPLE = re.compile(
    r'([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? '
    r"(-?[0-9]+(?:\.[0-9]+)?)"
)


def parse_exposition(text: str) -> dict[str, float]:
    """Samples by name and labels; each metric has HELP, TYPE and then its samples, once."""
    assert text.endswith("\n")
    found: dict[str, float] = {}
    known: list[str] = []
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if helped := _HELP.fullmatch(line):
            typed = _TYPE.fullmatch(next(lines))
            assert typed, line
            assert typed[1] == helped[1]
            assert helped[1] not in known
            known.append(helped[1])
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample, line
        assert sample[1] == known[-1]
        name = sample[1] + (sample[2] or "")
        assert name not in found
        found[name] = float(sample[3])
    return found
