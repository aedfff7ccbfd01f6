"""Parsed releases by index, read from the log at most once for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from ledger.log import Log
from procurement.taking import read_body

_CACHED = 2000
# A query for each body costs more than parsing it.
_TOGETHER = 200


class Bodies:
    """Parsed releases by index: those read lately, the others from the log again."""

    def __init__(self, log: Log, kept: int = _CACHED) -> None:
        self._log, self._kept = log, kept
        self._values: OrderedDict[int, Any] = OrderedDict()
        self._expected: list[int] = []
        self._place_of: dict[int, int] = {}

    def put(self, index: int, value: Any) -> None:
        """Keep a value for a while."""
        self._values[index] = value
        if len(self._values) > self._kept:
            self._values.popitem(last=False)

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
            self.put(record.index, None if record.body is None else read_body(record.body))
