"""What is refused before a request is read; the status of each is the one of RFC 9110."""

from __future__ import annotations

from ledger.errors import InvalidInput, JejakError


class WrongType(InvalidInput):
    """The body is not `application/json`."""

    code = "wrong-content-type"
    status = 415


class TooLarge(InvalidInput):
    """The body is longer than any publication or form can be."""

    code = "too-large"
    status = 413


class NoLength(InvalidInput):
    """The request does not say how long its body is."""

    code = "length-required"
    status = 411

    def __init__(self) -> None:
        super().__init__(
            "the request does not say how long its body is",
            "send Content-Length, and no Transfer-Encoding",
        )


class TooSlow(JejakError):
    """The body has not come within the time given."""

    code = "too-slow"
    status = 408


class TooMany(JejakError):
    """More requests than the rate allows; `retry_after` seconds from now there is room again."""

    code = "too-many-requests"
    status = 429
    exit = 3

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, f"try again in {retry_after} s")
        self.retry_after = retry_after
