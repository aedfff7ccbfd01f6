"""Audits of one log over and over: what has verified once need not be verified again."""

from __future__ import annotations

from functools import lru_cache

import pytest

from audit import signatures


@pytest.fixture(autouse=True, scope="session")
def _verified_once():
    """Remember by all bytes that count; a failure is never remembered."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = lru_cache(maxsize=None)(signatures.verify_signatures)
        patch.setattr(signatures, "verify_signatures", remembered)
        yield
