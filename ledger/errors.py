"""The errors of Jejak.

    JejakError
    ├── InvalidInput        422  the input is at fault
    │   ├── Malformed            bytes out of form; the only error a parser raises
    │   └── Unacceptable         well formed, but a rule refuses it
    ├── NotAuthorised       403  no key that may say this said it
    ├── NotFound            404
    ├── Conflict            409  the state of the log or the chain forbids it
    ├── VerificationError   422  evidence fails
    │   ├── BadSignature
    │   ├── BadProof
    │   ├── BrokenChain
    │   └── AnchorMismatch
    └── Unavailable         503  the only one worth retrying

Each carries a lower-case sentence saying what could not be done and a remedy for a human.
"""

from __future__ import annotations

from typing import ClassVar


class JejakError(Exception):
    """Base of all errors; `exit` is the command line's exit code, `status` the HTTP status."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit: ClassVar[int] = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}: {self.remedy}" if self.remedy else self.message


class InvalidInput(JejakError):
    """The input is at fault."""

    code = "invalid-input"
    status = 422


class Malformed(InvalidInput):
    """Bytes that do not have the form they should; parsers raise nothing else."""

    code = "malformed"


class Unacceptable(InvalidInput):
    """Well-formed input that a rule refuses."""

    code = "unacceptable"


class NotAuthorised(JejakError):
    """No key that may say this has said it."""

    code = "not-authorised"
    status = 403


class NotFound(JejakError):
    """The thing named is not there."""

    code = "not-found"
    status = 404


class Conflict(JejakError):
    """The state of the log or of the chain forbids it."""

    code = "conflict"
    status = 409


class VerificationError(JejakError):
    """Evidence fails."""

    code = "verification"
    status = 422
    exit = 1


class BadSignature(VerificationError):
    """A signature does not verify."""

    code = "bad-signature"


class BadProof(VerificationError):
    """An inclusion, consistency or state proof does not lead to its root."""

    code = "bad-proof"


class BrokenChain(VerificationError):
    """An entry does not follow from the entry before it."""

    code = "broken-chain"


class AnchorMismatch(VerificationError):
    """The chain holds another history than the log."""

    code = "anchor-mismatch"


class Unavailable(JejakError):
    """A part that is needed does not answer; worth retrying."""

    code = "unavailable"
    status = 503
    exit = 3
