"""Parquet, where pyarrow is installed (`pip install jejak[parquet]`): columnar, for analysts.

The only module that imports pyarrow, and only the job that makes files imports this one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GROUP = 1000


def is_available() -> bool:
    """Whether pyarrow is installed."""
    return importlib.util.find_spec("pyarrow") is not None


class Parquet:
    """A Parquet file of columns of text, whole numbers and truth values, in groups of rows."""

    def __init__(self, path: Path, columns: Sequence[tuple[str, type]]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        kinds = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
        self._arrow = pa
        self._schema = pa.schema([(name, kinds[kind]) for name, kind in columns])
        self._file = path.open("wb")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._waiting: list[Sequence[Any]] = []

    def write(self, row: Sequence[Any]) -> None:
        """Add a row, one value a column; None is not known."""
        self._waiting.append(row)
        if len(self._waiting) >= GROUP:
            self._flush()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def close(self) -> None:
        """End the file."""
        self._flush()
        self._writer.close()
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            columns = zip(*self._waiting, strict=True)
            arrays = [
                self._arrow.array(values, kind)
                for values, kind in zip(map(list, columns), self._schema.types, strict=True)
            ]
            self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
            self._waiting = []
