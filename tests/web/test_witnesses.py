"""A log and its witnesses, each behind a real server: pushed, cosigned, read, held to a policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from audit.receipt_check import check_receipt
from audit.source import open_source
from audit.verify import verify
from audit.witness_folder import WitnessFolder, found_witness, know_log
from audit.witness_store import name_of
from ledger.add_checkpoint import format_add_checkpoint
from ledger.cosignature import format_cosigner, verify_cosignatures
from ledger.kinds import KINDS
from ledger.note import Checkpoint, format_checkpoint, format_note, parse_note, sign_note
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from ledger.tick import Ticker
from ledger.trust import Trust
from ledger.witnesses import FILE, Witnesses
from tests.ledger.deployments import ORIGIN, Deployed, deploy
from tests.web.sites import serving
from web.witness import create_witness

NAMES = ("board.example.org", "paper.example.org")


@dataclass
class Standing:
    """A witness at work, and where it listens."""

    folder: WitnessFolder
    url: str

    def newest(self) -> httpx.Response:
        """What it shows of the test's log."""
        return httpx.get(f"{self.url}/{name_of(ORIGIN)}/checkpoint", verify=False)

    def ask(self, raw: bytes) -> httpx.Response:
        """Send it a request."""
        return httpx.post(f"{self.url}/add-checkpoint", content=raw, verify=False)


@contextmanager
def standing(folder: WitnessFolder) -> Iterator[Standing]:
    """A witness on a free port of 127.0.0.1."""
    with serving(create_witness(folder.server())) as url:
        yield Standing(folder, url)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Deployed]:
    """A small log without a chain."""
    deployed = deploy(tmp_path / "data")
    yield deployed
    deployed.log.close()


@pytest.fixture
def witnesses(tmp_path: Path, log: Deployed) -> Iterator[list[Standing]]:
    """Two witnesses that know the log; its policy asks for both."""
    with ExitStack() as stack:
        found = []
        for name in NAMES:
            folder = found_witness(tmp_path / name, name)
            folder = know_log(folder, ORIGIN, log.settings.log_verifiers())
            found.append(stack.enter_context(standing(folder)))
        write_policy(log, found)
        yield found


def write_policy(log: Deployed, found: list[Standing], quorum: str = "all") -> None:
    """Name the witnesses in the log's policy."""
    lines = [
        f"witness w{at} {format_cosigner(each.folder.verifier())} {each.url}"
        for at, each in enumerate(found)
    ]
    group = f"group both {quorum} " + " ".join(f"w{at}" for at in range(len(found)))
    policy = "\n".join([*lines, group, "quorum both"])
    (log.settings.folder / FILE).write_text(policy)


def trust(log: Deployed) -> Trust:
    """A reader's trust file, with the log's own policy."""
    return replace(log.trust(), policy=(log.settings.folder / FILE).read_text())


def published(log: Deployed) -> bytes:
    """The published checkpoint."""
    return (log.settings.public / "checkpoint").read_bytes()


def test_checkpoints_are_cosigned(log: Deployed, witnesses: list[Standing]):
    """Tick after tick both witnesses sign; the public note, receipts and `verify` show it."""
    ticker = Ticker(log.log, log.settings, None, log.clock)
    keys = [each.folder.verifier() for each in witnesses]
    for round_ in range(3):
        log.log.append(log.notes(5, 5 * round_))
        assert ticker.tick().unwitnessed == ()
        assert set(verify_cosignatures(parse_note(published(log)), keys)) == set(keys)
    report = verify(open_source(log.settings.public), KINDS, trust=trust(log))
    assert report.holds
    assert [check.checked for check in report.checks if check.name == "witnesses"] == [2]
    receipt = format_receipt(make_receipt(log.log, 3))
    assert check_receipt(receipt, trust(log)).holds
    shown = [parse_note(each.newest().content) for each in witnesses]
    assert {note.text for note in shown} == {parse_note(published(log)).text}


def test_a_witness_that_is_away(log: Deployed, witnesses: list[Standing], tmp_path: Path):
    """The log goes on without it and says so; readers who ask for it are told; it can come back."""
    alone = found_witness(tmp_path / "late", "late.example.org")
    alone = know_log(alone, ORIGIN, log.settings.log_verifiers())
    with standing(alone) as late:
        pass
    write_policy(log, [witnesses[0], late])
    ticker = Ticker(log.log, log.settings, None, log.clock)
    missing = ticker.tick().unwitnessed
    assert [name for name, _ in missing] == ["w1"]
    report = verify(open_source(log.settings.public), KINDS, trust=trust(log))
    assert not report.holds
    assert "no cosignature of w1" in report.verdict
    receipt = format_receipt(make_receipt(log.log, 1))
    assert not check_receipt(receipt, trust(log)).holds
    with standing(alone) as late:
        write_policy(log, [witnesses[0], late])
        assert log.tick().unwitnessed == ()
        assert verify(open_source(log.settings.public), KINDS, trust=trust(log)).holds


def test_a_log_that_shows_two_faces(log: Deployed, witnesses: list[Standing]):
    """A second history is refused by a witness that saw the first, and kept as evidence."""
    ticker = Ticker(log.log, log.settings, None, log.clock)
    log.log.append(log.notes(3))
    size = ticker.tick().size
    text = format_checkpoint(Checkpoint(ORIGIN, size, b"\x07" * 32))
    other = format_note(sign_note(text, *log.settings.log_signers()))
    answer = witnesses[0].ask(format_add_checkpoint(size, [], other))
    assert answer.status_code == 422
    kept = witnesses[0].folder.memory().evidence()
    assert len(kept) == 1
    assert kept[0].request.endswith(other)
    assert parse_note(kept[0].held or b"").text == parse_note(published(log)).text


def test_what_a_witness_answers_is_not_believed(log: Deployed, witnesses: list[Standing]):
    """Lines of another key, for another text or out of form are not taken into the note."""
    log.tick()
    bare = parse_note(published(log))
    unsigned = format_note(replace(bare, signatures=bare.signatures[:1]))
    policy = Ticker(log.log, log.settings, None).witnesses
    assert policy is not None
    honest = witnesses[0].ask(format_add_checkpoint(0, [], unsigned))
    assert (honest.status_code, honest.headers["content-type"]) == (409, "text/x.tlog.size")
    from ledger.witnesses import Reply

    for reply in (
        Reply(200, "text/plain", b""),
        Reply(200, "text/plain", b"\xff\xff"),
        Reply(200, "text/plain", "— board.example.org AAAAAAAA\n".encode()),
        Reply(200, "text/plain", format_note(bare).split(b"\n\n")[1].splitlines(True)[0]),
        Reply(409, "text/x.tlog.size", b"99999\n"),
        Reply(409, "text/x.tlog.size", b"9" * 40),
        Reply(500, "text/plain", b"no"),
    ):
        asked = Witnesses(policy.policy, lambda _url, _raw, reply=reply: reply).ask(
            unsigned, lambda _level, _index: bytes(32)
        )
        assert format_note(asked.note) == unsigned
        assert not asked.met
        assert len(asked.missing) == 2


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"old 0\n\nx", 400), (b"A" * 17_000, 413)],
)
def test_hostile_requests(witnesses: list[Standing], content: bytes, status: int):
    """What is no request, or too long, is refused with a reason."""
    answer = witnesses[0].ask(content)
    assert answer.status_code == status
    assert answer.content


def test_an_unknown_log_is_not_shown(witnesses: list[Standing]):
    """Nothing is shown of a log that was never cosigned, or of a name that is none."""
    for name in (name_of("other.example"), "x", "..%2f..%2fwitness.key"):
        assert httpx.get(f"{witnesses[0].url}/{name}/checkpoint", verify=False).status_code == 404
