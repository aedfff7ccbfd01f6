"""Flags over many processes and budget lines: one pass, then what compares.

The order of processes and lines does not matter; each appears once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.flags.flag import Flag, Line, Observation, Process, Result


def raise_flags(
    flags: Iterable[Flag], processes: Iterable[Process], lines: Iterable[Line] = ()
) -> Iterator[Result]:
    """What the flags say, results about single processes and lines first.

    Only observations of comparing flags are kept meanwhile: a few numbers a process.
    """
    observed: list[tuple[Flag, list[Observation]]] = [(flag, []) for flag in flags]
    for process in processes:
        for flag, kept in observed:
            yield from _sorted_out(flag.observe(process), kept)
    for line in lines:
        for flag, kept in observed:
            yield from _sorted_out(flag.observe_line(line), kept)
    for flag, kept in observed:
        yield from flag.conclude(kept)


def _sorted_out(found: Iterable[Result | Observation], kept: list[Observation]) -> Iterator[Result]:
    for each in found:
        if isinstance(each, Observation):
            kept.append(each)
        else:
            yield each
