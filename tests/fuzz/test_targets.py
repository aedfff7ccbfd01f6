"""The fuzzing targets do not rot: each reads its seeds, and refuses what is cut or changed."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from ledger.errors import Malformed
from tests.fuzz.mutating import mutated
from tests.fuzz.targets import TARGETS

ROUNDS = 30
"""Changes of each seed: enough to see that a target works; findings are the fuzzer's."""


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str):
    """What fuzzing begins with is in form, so that it reaches behind the first check."""
    for seed in TARGETS[name].seeds():
        TARGETS[name].read(seed)


@pytest.mark.parametrize("name", [name for name, each in TARGETS.items() if each.json])
def test_json_changed_by_its_structure_raises_only_malformed(name: str):
    """The same where values are changed, taken away, moved or odd, and the whole stays JSON."""
    for seed in TARGETS[name].seeds():
        for number in range(ROUNDS):
            with suppress(Malformed):
                TARGETS[name].read(mutated(seed, 2 * len(seed), number, lambda raw, _: raw[::-1]))


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_raise_only_malformed(name: str):
    """A short run without a fuzzer: bytes changed, left out or put in."""
    chance = random.Random(name)
    for seed in TARGETS[name].seeds():
        for _ in range(ROUNDS):
            at, width = chance.randrange(len(seed)), chance.randrange(3)
            changed = seed[:at] + chance.randbytes(chance.randrange(4)) + seed[at + width :]
            with suppress(Malformed):
                TARGETS[name].read(changed)
