"""In which forms a page can be had besides HTML and JSON."""

from __future__ import annotations

import re

_LISTS = re.compile(
    r"/(?:entries|processes|orgs|search|budgets|findings|log|tenders|cases)"
    r"|/(?:budgets|findings)/[^/]+|/(?:orgs|process|line)/.+"
)
_EVIDENCE = re.compile(r"/(?:process|orgs)/.+|/e/[0-9]+")


def forms_of(page: str) -> tuple[str, ...]:
    """`csv` and `atom` where a page is a list, `evidence.zip` where there is a pack of it."""
    lists = ("csv", "atom") if _LISTS.fullmatch(page) else ()
    return (*lists, "evidence.zip") if _EVIDENCE.fullmatch(page) else lists
