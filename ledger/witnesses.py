"""The log asks its witnesses to cosign: all at once, each for a moment, none waited for.

Whom to ask stands in `witnesses.policy` of the data folder (ledger.policy). A checkpoint is
published with the lines that came, enough of them or not: a log that waited could be silenced by
its witnesses. Who reads it holds it against a policy of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from ledger.add_checkpoint import format_add_checkpoint
from ledger.cosignature import verify_cosignature, verify_cosignatures
from ledger.errors import BadSignature, Conflict, JejakError, Malformed, Unavailable
from ledger.merkle import NodeReader, consistency_proof
from ledger.note import Note, SignatureLine, format_note, parse_checkpoint, parse_note
from ledger.policy import MAX_POLICY, Policy, Witness, parse_policy

FILE = "witnesses.policy"
SECONDS = 2.0
QUIET_SECONDS = 10.0
"""For one answer; and how long a witness that gave none is left alone."""
MAX_ANSWER = 8 * 1024
SIZE_TYPE = "text/x.tlog.size"

Post = Callable[[str, bytes], "Reply"]


@dataclass(frozen=True)
class Reply:
    """What a witness answered: HTTP status, content type, and at most MAX_ANSWER bytes."""

    status: int
    kind: str
    body: bytes


@dataclass(frozen=True)
class Asked:
    """A note with the lines that came; whether they satisfy the policy; who gave none, and why."""

    note: Note
    met: bool
    missing: tuple[tuple[str, str], ...]


def read_policy(folder: Path) -> Policy | None:
    """The policy of a data folder; None where it asks no witness. Raises Malformed."""
    path = folder / FILE
    if not path.is_file():
        return None
    with path.open("rb") as file:
        raw = file.read(MAX_POLICY + 1)
    try:
        return parse_policy(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"{FILE} is not UTF-8") from error


class Witnesses:
    """The witnesses of a policy, and the sizes that they were last seen to hold."""

    def __init__(
        self,
        policy: Policy,
        post: Post | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy, self._clock = policy, clock
        self._post = post or post_to
        self._held: dict[str, int] = {}
        self._quiet_until: dict[str, float] = {}

    def ask(self, raw: bytes, node: NodeReader) -> Asked:
        """Ask all who have not signed this note yet. Raises Malformed for a note out of form."""
        note = parse_note(raw)
        signed = verify_cosignatures(note, self.policy.keys())
        due = [each for each in self.policy.witnesses if each.url and each.key not in signed]
        answers = self._answers(due, lambda each: self._line(each, raw, note, node))
        lines = [answer for answer in answers if isinstance(answer, SignatureLine)]
        missing = [
            (witness.name, answer.message)
            for witness, answer in zip(due, answers, strict=True)
            if isinstance(answer, JejakError)
        ]
        whole = Note(note.text, (*note.signatures, *lines))
        now = verify_cosignatures(whole, self.policy.keys())
        return Asked(whole, self.policy.is_met(now), tuple(missing))

    def _answers(
        self, due: list[Witness], ask: Callable[[Witness], SignatureLine]
    ) -> list[SignatureLine | JejakError]:
        """The answer of each witness; one that is late, or was a moment ago, is not waited for."""
        now = self._clock()
        ready = [each for each in due if self._quiet_until.get(each.name, 0) <= now]
        pool = ThreadPoolExecutor(max(len(ready), 1))
        futures = {each.name: pool.submit(ask, each) for each in ready}
        wait(futures.values(), timeout=2 * SECONDS)
        pool.shutdown(wait=False, cancel_futures=True)
        return [self._answer(each, futures.get(each.name)) for each in due]

    def _answer(
        self, witness: Witness, future: Future[SignatureLine] | None
    ) -> SignatureLine | JejakError:
        if future is None:
            return Unavailable("gave no line a moment ago")
        try:
            return future.result(timeout=0)
        except JejakError as error:
            answer: JejakError = error
        except (TimeoutError, CancelledError):
            answer = Unavailable("does not answer in time")
        self._quiet_until[witness.name] = self._clock() + QUIET_SECONDS
        return answer

    def _line(self, witness: Witness, raw: bytes, note: Note, node: NodeReader) -> SignatureLine:
        size = parse_checkpoint(note.text).size
        old = self._held.get(witness.name, 0)
        reply = self._send(witness, min(old, size), size, raw, node)
        if reply.status == 409 and reply.kind.partition(";")[0].strip() == SIZE_TYPE:
            held = _size(reply.body)
            if held > size:
                raise Conflict(f"holds {held} entries, the log has signed only {size}")
            reply = self._send(witness, held, size, raw, node)
        if reply.status != 200:
            raise Unavailable(f"answers {reply.status}")
        line = _own_line(witness, note, reply.body)
        self._held[witness.name] = size
        return line

    def _send(self, witness: Witness, old: int, size: int, raw: bytes, node: NodeReader) -> Reply:
        proof = consistency_proof(old, size, node) if 0 < old < size else []
        request = format_add_checkpoint(old, proof, raw)
        return self._post(f"{str(witness.url).rstrip('/')}/add-checkpoint", request)


def post_to(url: str, request: bytes) -> Reply:
    """Send a request, without redirects, bounded in bytes and time. Raises Unavailable."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                url, data=request, timeout=SECONDS, allow_redirects=False, stream=True
            ) as response:
                body = _bounded(response)
                kind = response.headers.get("Content-Type", "")
    except (requests.RequestException, HTTPError, OSError) as error:
        raise Unavailable(f"does not answer ({type(error).__name__})") from error
    return Reply(response.status_code, kind, body)


def _bounded(response: requests.Response) -> bytes:
    deadline = time.monotonic() + SECONDS
    parts, size = [], 0
    while part := response.raw.read1(MAX_ANSWER, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER or time.monotonic() > deadline:
            raise Unavailable("answers at too great a length, or too slowly")
    return b"".join(parts)


def _size(body: bytes) -> int:
    digits = body.removesuffix(b"\n")
    if not digits.isdigit() or len(digits) > 18:
        raise Malformed("names a size that is none")
    return int(digits)


def _own_line(witness: Witness, note: Note, body: bytes) -> SignatureLine:
    """The witness's own line among those answered. Raises Malformed, BadSignature."""
    answered = parse_note(format_note(Note(note.text, ())) + body)
    for line in answered.signatures:
        if (line.name, line.key_id) == (witness.key.name, witness.key.key_id):
            verify_cosignature(note.text, line, witness.key)
            return line
    raise BadSignature("answers without a line of its own key")
