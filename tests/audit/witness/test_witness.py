"""A witness cosigns what grows and nothing else, whoever asks and however often at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.witness_store import WitnessServer, WitnessStore, name_of
from audit.witnessing import Behind, Refusal, WitnessedLog, judge
from ledger.add_checkpoint import format_add_checkpoint, parse_add_checkpoint
from ledger.cosignature import cosigner, verify_cosignatures
from ledger.errors import Malformed, NotFound
from ledger.note import Note, Verifier, key_id, parse_note, verify_note
from tests.audit.witness.grown import ORIGIN, GrownLog, signer
from tests.ledger.offices import parses_or_refuses

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
WITNESS = signer(9, "witness.example.org")
LOG, FORK = GrownLog(), GrownLog(b"fork")


@pytest.fixture
def server(tmp_path: Path) -> WitnessServer:
    """A witness of the log that has seen nothing yet."""
    return WitnessServer(WITNESS, LOG.known(), WitnessStore(tmp_path / "w.db"), lambda: NOW)


def status(server: WitnessServer, raw: bytes) -> int:
    """The status by which a request is answered."""
    try:
        server.add_checkpoint(raw)
    except Refusal as error:
        return error.http
    except Malformed:
        return 400
    return 200


def held(server: WitnessServer, origin: str = ORIGIN) -> Note:
    """The newest cosigned note."""
    return parse_note(server.memory.newest(name_of(origin)))


def test_growth_is_cosigned(server: WitnessServer):
    """Each greater tree gets a line that verifies, with the witness's time; the note has both."""
    for old, new in ((0, 1), (1, 3), (3, 3), (3, 8), (8, 100)):
        line = server.add_checkpoint(LOG.request(old, new))
        note = parse_note(LOG.note(new))
        signed = Note(note.text, (*note.signatures, line))
        assert verify_cosignatures(signed, [cosigner(WITNESS)]) == {
            cosigner(WITNESS): int(NOW.timestamp())
        }
        assert held(server) == signed
    verify_note(held(server), [LOG.key.verifier()])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (FORK.request(5, 9), 422),
        (FORK.request(5, 5), 422),
        (format_add_checkpoint(5, [], LOG.note(9)), 422),
        (format_add_checkpoint(5, LOG.proof(4, 9), LOG.note(9)), 422),
        (LOG.request(0, 9), 409),
        (LOG.request(4, 9), 409),
        (LOG.request(3, 4), 409),
        (format_add_checkpoint(9, [], LOG.note(5)), 400),
        (GrownLog(key=signer(2)).request(5, 9), 403),
        (GrownLog(origin="other.example", key=signer(1, "other.example")).request(0, 9), 404),
        (b"old 5\n" + b"A" * 20_000, 400),
        (b"", 400),
    ],
    ids=lambda each: "" if isinstance(each, bytes) else str(each),
)
def test_what_is_refused(server: WitnessServer, raw: bytes, expected: int):
    """A fork, a wrong proof, another size, key, log or form: refused, and nothing moves."""
    server.add_checkpoint(LOG.request(0, 5))
    before = server.memory.newest(name_of(ORIGIN))
    assert status(server, raw) == expected
    assert server.memory.newest(name_of(ORIGIN)) == before


def test_the_size_held_is_told(server: WitnessServer):
    """A log that does not know where its witness stands learns it from the refusal."""
    server.add_checkpoint(LOG.request(0, 5))
    with pytest.raises(Behind) as caught:
        server.add_checkpoint(LOG.request(0, 9))
    assert caught.value.held == 5


def test_a_fork_is_kept_as_evidence(server: WitnessServer):
    """What the log signed against its own past is kept, once, beside the note it contradicts."""
    server.add_checkpoint(LOG.request(0, 5))
    for _ in range(2):
        assert status(server, FORK.request(5, 5)) == 422
    assert status(server, FORK.request(5, 9)) == 422
    assert status(server, GrownLog(b"fork", key=signer(2)).request(5, 9)) == 403
    kept = server.memory.evidence()
    assert [each.request for each in kept] == [FORK.request(5, 5), FORK.request(5, 9)]
    assert parse_note(kept[0].held or b"").text == parse_note(LOG.note(5)).text
    assert kept[0].origin == ORIGIN


def test_it_remembers(server: WitnessServer, tmp_path: Path):
    """Started again it holds to what it cosigned."""
    server.add_checkpoint(LOG.request(0, 5))
    again = WitnessServer(WITNESS, LOG.known(), WitnessStore(tmp_path / "w.db"), lambda: NOW)
    assert status(again, FORK.request(0, 5)) == 422
    assert status(again, LOG.request(5, 6)) == 200
    with pytest.raises(NotFound):
        again.memory.newest(name_of("other.example"))


def test_two_histories_at_once(server: WitnessServer):
    """Of requests for two histories at the same moment only those of one are cosigned."""
    histories = [LOG, FORK]
    ready = threading.Barrier(8)

    def ask(at: int) -> tuple[int, int]:
        ready.wait()
        return at % 2, status(server, histories[at % 2].request(0, 5 + at // 2))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len({who for who, answer in answers if answer == 200}) == 1


@given(st.binary(max_size=300), st.data())
def test_any_request_is_read_or_malformed(raw: bytes, data: st.DataObject):
    """Random bytes, and a good request with bytes changed."""
    good = LOG.request(3, 9)
    at, width = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 3))
    for each in (raw, good[:at] + raw[:4] + good[at + width :]):
        parses_or_refuses(parse_add_checkpoint, each, Malformed)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_only_growth_is_cosigned(old: int, more: int, said: int):
    """From any size to any: cosigned when the size held is the one said, and the tree grew."""
    request = parse_add_checkpoint(
        format_add_checkpoint(said, LOG.proof(old, old + more), LOG.note(old + more))
    )
    held = parse_add_checkpoint(LOG.request(0, old)).checkpoint
    log = LOG.known()[ORIGIN]
    if said == old:
        assert judge(request, log, held).size == old + more
    else:
        with pytest.raises(Refusal):
            judge(request, log, held)


def test_published_series(shared_vectors: Path, tmp_path: Path):
    """The published series of requests gets the statuses that the specification of 2026 gives.

    But for the second: its signature is not in canonical base64, and so no note of ours at all.
    """
    path = shared_vectors / "witness-add-checkpoint-series" / "series.json"
    series = json.loads(path.read_text())
    origin, public = series["log_origin"], bytes.fromhex(series["log_ed25519_public_key_hex"])
    log = WitnessedLog(origin, (Verifier(origin, key_id(origin, public), public),))
    server = WitnessServer(
        signer(3, series["witness_name"]), {origin: log}, WitnessStore(tmp_path / "w.db")
    )
    steps = series["steps_in_order"]
    answers = [status(server, step["request_body"].encode()) for step in steps]
    expected = [step["status_per_c2sp_main_2026_07"] for step in steps]
    assert expected[1] == 403
    assert answers == [expected[0], 400, *expected[2:]]
    assert len(answers) == 9
