"""The recursion limit, kept as it is while a library is imported.

py-evm raises it to 100,000, past the end of the stack: after that a deeply nested JSON text would
crash the process instead of raising RecursionError.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_recursion_limit() -> Iterator[None]:
    """Put the limit back when the block ends."""
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
