"""How OCDS 1.1 merges the members that are not merged field by field.

Source: OCDS 1.1.5, merging; the table is ours. A path is the names of members, arrays passed over.
"""

from __future__ import annotations

from typing import Any

OMITTED = ("id", "date", "tag")
_REPLACED_WHOLE = (
    "parties.additionalIdentifiers",
    "parties.roles",
    "buyer.additionalIdentifiers",
    "tender.procuringEntity.additionalIdentifiers",
    "tender.tenderers.additionalIdentifiers",
    "tender.items.additionalClassifications",
    "tender.additionalProcurementCategories",
    "tender.submissionMethod",
    "tender.amendments.changes",
    "tender.amendment.changes",
    "awards.suppliers.additionalIdentifiers",
    "awards.items.additionalClassifications",
    "awards.amendments.changes",
    "awards.amendment.changes",
    "contracts.items.additionalClassifications",
    "contracts.implementation.transactions.payer.additionalIdentifiers",
    "contracts.implementation.transactions.payee.additionalIdentifiers",
    "contracts.relatedProcesses.relationship",
    "contracts.amendments.changes",
    "contracts.amendment.changes",
    "relatedProcesses.relationship",
)

MERGE_RULES: dict[tuple[str, ...], str] = {
    **{(name,): "omitWhenMerged" for name in OMITTED},
    **{tuple(path.split(".")): "wholeListMerge" for path in _REPLACED_WHOLE},
}


def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for *parents, name in MERGE_RULES:
        below = tree
        for each in parents:
            below = below.setdefault(each, {})
        below[name] = None
    return tree


# The same paths as objects in objects, None at their ends: for walking down a release.
MERGE_TREE: dict[str, Any] = _tree()
