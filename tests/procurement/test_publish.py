"""Publishing one body: as its bytes are, about the id that is found in it."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from ledger import deployment, store
from ledger.errors import NotAuthorised, Unacceptable
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.settings import Settings
from procurement.kinds import KINDS
from procurement.publish import publish_body

ORIGIN = "test.jejak.example"
ORG = "ID-DINAS"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log of one registrar, whose key is `registrar`."""
    engine = store.open_engine(store.sqlite_url(tmp_path / "log.db"), store.SCHEMA)
    deployment.create_log(engine)
    return Log(engine, ORIGIN, KINDS)


def treasury(log: Log, folder: Path) -> SigningKey:
    """The key of the treasury, enrolled."""
    registrar, key = (SigningKey(secrets.token_bytes(32)) for _ in range(2))
    log.append_one(deployment.demonstration_root(ORIGIN, registrar))
    deployment.enrol(
        Settings(folder, ORIGIN),
        log,
        [registrar],
        deployment.public_member(key),
        org=ORG,
        office="Treasury",
        roles=["treasury"],
        covers=[ORG],
    )
    return key


def payment(number: str) -> bytes:
    """An advance with this number."""
    return deployment.body_bytes(
        {
            "id": number,
            "date": "2026-01-05",
            "method": "SP2D-UP",
            "payee": {"id": "ID-DINAS", "name": "Bendahara"},
            "items": [],
            "net": {"amount": "1000.00", "currency": "IDR"},
        }
    )


@pytest.mark.parametrize("number", ["SP2D-1", "SP2D 1/2026", "100%", "SP2D-é"])
def test_any_id_can_be_published(log: Log, tmp_path: Path, number: str) -> None:
    """A blank, a percent sign or a letter outside ASCII in an id is encoded for the publisher."""
    recorded = publish_body(
        log, [treasury(log, tmp_path)], "budget/payment", number, body := payment(number)
    )
    assert log.record(recorded.index).body == body
    log.close()


def test_the_subject_must_be_the_bodys(log: Log, tmp_path: Path) -> None:
    """A slip of the keyboard is refused, and nothing is recorded."""
    key = treasury(log, tmp_path)
    with pytest.raises(Unacceptable, match="subject"):
        publish_body(log, [key], "budget/payment", "SP2D-2", payment("SP2D-1"))
    assert log.size == 2
    log.close()


def test_a_key_nobody_enrolled(log: Log, tmp_path: Path) -> None:
    """It is told to be enrolled."""
    treasury(log, tmp_path)
    with pytest.raises(NotAuthorised, match="not enrolled"):
        publish_body(log, [SigningKey(bytes(32))], "budget/payment", "SP2D-1", payment("SP2D-1"))
    log.close()


def test_a_registrar_records_an_institution(log: Log) -> None:
    """Its names and the prefix of its processes are what the registry then knows."""
    registrar = SigningKey(secrets.token_bytes(32))
    log.append_one(deployment.demonstration_root(ORIGIN, registrar))
    body = {
        "id": ORG,
        "names": {"id": "Dinas", "en": "Office"},
        "ocids": ["ocds-abc123-"],
        "validFrom": "2026-01-01T00:00:00Z",
    }
    raw = deployment.body_bytes(body)
    publish_body(log, [registrar], "registry/institution", ORG, raw)
    assert log.registry().owner_of_ocid("ocds-abc123-1") == ORG
    log.close()
