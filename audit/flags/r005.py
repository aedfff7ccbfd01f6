"""R005: key tender documents are missing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import tender_of
from procurement.contracting import objects, text

TENDER_TYPES = frozenset(
    (
        "tenderNotice",
        "biddingDocuments",
        "technicalSpecifications",
        "evaluationCriteria",
        "eligibilityCriteria",
        "clarifications",
        "shortlistedFirms",
        "illustration",
        "submissionDocuments",
        "contractDraft",
        "contractProforma",
    )
)


@dataclass(frozen=True)
class R005(ProcessFlag):
    """No document of the tender is of one of `types`.

    Source: OCP's list; the codes are those of OCDS documentType.
    """

    code: ClassVar[str] = "R005"
    version: ClassVar[int] = 1
    types: tuple[str, ...] = ("biddingDocuments", "technicalSpecifications")

    def judge(self, process: Process) -> Judgement:
        """Raised when none is. Raises NotComputable."""
        documents = objects(tender_of(process).get("documents"))
        types = [text(each.get("documentType")) for each in documents]
        if documents and not TENDER_TYPES & set(types):
            raise NotComputable("the documents of the tender have no types of the codelist")
        found = [each for each in types if each in self.types]
        figures = (
            Figure("documents", str(len(documents))),
            Figure("of these types", ", ".join(sorted(set(found)))),
        )
        return Judgement(not found, Fraction(len(found)), figures)
