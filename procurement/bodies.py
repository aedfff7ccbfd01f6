"""Parsed releases by index, read from the log at most once for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from ledger.log import Log
from procurement.taking import read_body

_CACHED = 10_000
_CACHED_BYTES = 8 * 1024**2
# A query for each body costs more than parsing it.
_TOGETHER = 200


class Bodies:
    """Parsed releases by index: those read lately, the others from the log again."""

    def __init__(self, log: Log, kept: int = _CACHED, octets: int = _CACHED_BYTES) -> None:
        self._log, self._kept, self._octets = log, kept, octets
        self._values: OrderedDict[int, Any] = OrderedDict()
        self._sizes: dict[int, int] = {}
        self._held = 0
        self._expected: list[int] = []
        self._place_of: dict[int, int] = {}

    def put(self, index: int, value: Any, size: int = 0) -> None:
        """Keep a value for a while; `size` is that of its body in bytes."""
        self._held += size - self._sizes.get(index, 0)
        self._values[index], self._sizes[index] = value, size
        while len(self._values) > self._kept or (
            self._held > self._octets and len(self._values) > 1
        ):
            crowded, _ = self._values.popitem(last=False)
            self._held -= self._sizes.pop(crowded)

    def expect(self, indices: Iterable[int]) -> None:
        """Which will be asked for next, in order: those missing by then are read together."""
        self._expected = list(indices)
        self._place_of = {index: at for at, index in enumerate(self._expected)}

    def get(self, index: int) -> Any:
        """The parsed body of an entry; None when it is erased. Raises NotFound."""
        if index not in self._values:
            self._read(index)
        return self._values[index]

    def _read(self, index: int) -> None:
        """Read a body, and those expected after it. The one asked for is kept last."""
        at = self._place_of.get(index, len(self._expected))
        following = self._expected[at + 1 : at + _TOGETHER]
        together = [each for each in following if each not in self._values]
        for record in (*self._log.some(together), self._log.record(index)):
            body = record.body
            self.put(record.index, None if body is None else read_body(body), len(body or b""))
