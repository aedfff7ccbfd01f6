"""Bounds of what a query string may ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

# The log index, or a row's number, below which the page begins.
Before = Annotated[int | None, Query(ge=0, lt=2**63)]
# What lists are narrowed to.
Kind = Annotated[str | None, Query(max_length=40)]
Org = Annotated[str | None, Query(max_length=250)]
Open = Annotated[str, Query(pattern="^open$")]
Year = Annotated[str | None, Query(max_length=40)]
Words = Annotated[str, Query(max_length=1000)]
# "1" for words as they are typed, without their other forms.
Exact = Annotated[str, Query(pattern="^1?$")]
# The id of the last line of the page before.
After = Annotated[str | None, Query(max_length=250)]
# The currency and organisation of the last sum of the page before, as CURRENCY/ORG.
Below = Annotated[str | None, Query(max_length=260)]
