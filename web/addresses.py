"""Addresses of pages. Ids keep every character; what a path cannot hold is percent-encoded."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from web.privacy import is_personal

# RFC 3986 pchar, and "/" because line ids hold it and a reader should be able to read them.
SAFE = "/:@!$'()*,;=-._~"


def quoted(path: str) -> str:
    """A path with what it cannot hold percent-encoded."""
    return quote(path, safe=SAFE)


def entry(index: int) -> str:
    """The receipt page of an entry."""
    return f"/e/{index}"


def process(ocid: str) -> str:
    """The page of a contracting process."""
    return f"/process/{quote(ocid, safe=SAFE)}"


def changes(ocid: str) -> str:
    """The table of what was changed in a contracting process."""
    return f"{process(ocid)}#berubah"


def line(line_id: str) -> str:
    """The page of a budget line."""
    return f"/line/{quote(line_id, safe=SAFE)}"


def organisation(org: str | None) -> str | None:
    """The page of an organisation; a person's identity number has none."""
    return None if not org or is_personal(org) else f"/orgs/{quote(org, safe=SAFE)}"


def budget(year: str) -> str:
    """The page of a fiscal year."""
    return f"/budgets/{quote(year, safe=SAFE)}"


def finding(code: str) -> str:
    """The page of a rule."""
    return f"/findings/{quote(code, safe=SAFE)}"


def case(index: int) -> str:
    """The page of a case, by the index of its finding."""
    return f"/cases/{index}"


def with_query(path: str, query: Mapping[str, object]) -> str:
    """The path with those parameters that are not None or empty."""
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def twin(path: str) -> str:
    """The JSON twin of a page."""
    return "/index.json" if path == "/" else f"{path}.json"
