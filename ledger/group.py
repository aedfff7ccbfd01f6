"""Groups: all batches of submissions that wait, to be placed and written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.submission import Outcome, Prepared, Refused
from ledger.verifying import Verifying

WRITTEN_MEANWHILE = 10
"""One in so many signatures is verified by the other threads while the rows are written."""


class Batch:
    """Submissions as they were read; while `verifying`, their signatures are not all verified."""

    def __init__(
        self, read: Sequence[Prepared | Refused], verifying: Verifying | None = None
    ) -> None:
        self.read, self.verifying = read, verifying
        self.outcomes: list[Outcome] | None = None
        self.error: BaseException | None = None

    @property
    def answered(self) -> bool:
        """Whether its outcomes, or the reason why there are none, are known."""
        return self.outcomes is not None or self.error is not None

    def check(self) -> None:
        """There may be outcomes. Raises the error of `fail`."""
        if self.error is not None:
            raise self.error

    def verified(self) -> Sequence[Prepared | Refused]:
        """The same with all signatures verified, those that do not verify refused."""
        return self.read if self.verifying is None else self.verifying.settle(len(self.read))

    def fail(self, error: BaseException) -> None:
        """There are no outcomes, and nobody needs to verify what is left."""
        self.error = error
        if self.verifying is not None:
            self.verifying.give_up()


class Group:
    """Batches in the order in which they came."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.batches = batches
        self.read = [each for batch in batches for each in batch.read]
        self.verifying = [batch.verifying for batch in batches if batch.verifying is not None]

    def help(self) -> bool:
        """Verify one signature that nobody has begun with; whether there was one."""
        return any(each.help() for each in self.verifying)

    def help_with_most(self) -> None:
        """Verify until as many are left as the others verify while the rows are written."""
        while sum(each.left for each in self.verifying) > len(self.read) // WRITTEN_MEANWHILE:
            self.help()

    def verified(self) -> list[Prepared | Refused]:
        """What was read with all signatures verified, those that do not verify refused."""
        return [each for batch in self.batches for each in batch.verified()]

    def all_verify(self) -> bool:
        """Whether every signature of what was read verifies."""
        pairs = zip(self.read, self.verified(), strict=True)
        return all(each is before for before, each in pairs)

    def answer(self, outcomes: list[Outcome]) -> None:
        """Each batch gets its own."""
        at = 0
        for batch in self.batches:
            batch.outcomes = outcomes[at : at + len(batch.read)]
            at += len(batch.read)

    def fail(self, error: BaseException) -> None:
        """None of the batches has outcomes."""
        for batch in self.batches:
            batch.fail(error)
