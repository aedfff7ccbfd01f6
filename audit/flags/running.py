"""Flags over many processes: one pass, then what compares.

The order of processes does not matter; each appears once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.flags.flag import Flag, Observation, Process, Result


def raise_flags(flags: Iterable[Flag], processes: Iterable[Process]) -> Iterator[Result]:
    """What the flags say, results about single processes first.

    Only observations of comparing flags are kept meanwhile: a few numbers a process.
    """
    observed: list[tuple[Flag, list[Observation]]] = [(flag, []) for flag in flags]
    for process in processes:
        for flag, kept in observed:
            for found in flag.observe(process):
                if isinstance(found, Observation):
                    kept.append(found)
                else:
                    yield found
    for flag, kept in observed:
        yield from flag.conclude(kept)
