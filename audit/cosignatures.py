"""Whether the witnesses that a reader's policy asks for have cosigned a checkpoint. Pure."""

from __future__ import annotations

from audit.report import Check
from ledger.cosignature import verify_cosignatures
from ledger.errors import BadSignature
from ledger.note import Note
from ledger.policy import NONE, Policy


def check_witnesses(check: Check, note: Note, policy: Policy, *, size: int) -> None:
    """Count each good cosignature; fail where one is bad, or the quorum is not met."""
    try:
        found = verify_cosignatures(note, policy.keys())
    except BadSignature as error:
        check.fail(error.message, size=size)
        return
    check.hold(len(found))
    if policy.is_met(found):
        if policy.quorum == NONE:
            check.remark("the policy of the trust file asks for no witness", size=size)
        return
    missing = [each.name for each in policy.witnesses if each.key not in found]
    check.fail(
        f"the policy of the trust file is not met: no cosignature of {', '.join(missing)}",
        size=size,
    )
