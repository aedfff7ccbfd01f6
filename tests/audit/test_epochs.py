"""A stolen publisher's key anchors a junk future: the log goes on in its next epoch.

Everything by commands, on the development chain and on a real node alike; the contract's admin has
a key of its own, off line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import deployment, settings
from ledger.actfile import parse_act_file
from ledger.anchor import Chain
from ledger.devchain import serve_devchain
from ledger.kinds import KINDS
from ledger.merkle import consistency_proof, leaf_hash, root
from ledger.publication import format_publication
from ledger.stateproof import log_id
from tests.ledger.chains import FREE_OF_CHARGE, run_anvil
from tests.ledger.commands import ORIGIN, Town, run

JUNK = 1000


@pytest.fixture(params=["devchain", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A chain of its own for each story."""
    if request.param == "anvil":
        with run_anvil(*FREE_OF_CHARGE) as url:
            yield url
    else:
        with serve_devchain(tmp_path / "chain.db") as served:
            yield served.url


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str], chain_url: str) -> Town:
    """A log anchored on a chain in a contract whose admin is off line."""
    made = Town(tmp_path, capsys, tmp_path / "data")
    signed = made.signed(made.root("root.json", 2, "a", "b", "c"), "a", "b")
    made.does("init", "--origin", ORIGIN, "--root", signed, "--chain", chain_url)
    admin = made.does("anchor", "address", made.key("admin"))["address"]
    made.does("anchor", "deploy", "--admin", admin, *both(made))
    return made


def both(town: Town) -> tuple[object, ...]:
    """Two registrars who sign at once."""
    return ("--registrar", town.key("a"), "--registrar", town.key("b"))


def grow(town: Town, number: int) -> int:
    """One more entry."""
    made = ("institution", "add", f"ID-{number}", "--name-id", "Dinas")
    return int(town.does(*made, *both(town))["index"])


def anchored(town: Town) -> None:
    """The publisher set by the admin, and two anchors."""
    town.does("anchor", "publisher", "--key", town.key("admin"))
    for number in (1, 2):
        grow(town, number)
        town.does("tick", "--anchor")


def anchor_junk(town: Town, url: str) -> None:
    """What a thief does with the publisher's key: a future of junk that extends the true past."""
    own = settings.load(town.data)
    log = deployment.open_log(own, KINDS)
    hashes = list(log.leaf_hashes(0, log.size))
    hashes += [leaf_hash(b"junk %d" % at) for at in range(JUNK - log.size)]
    log.close()
    place = town.does("anchor", "status")
    node = lambda level, n: root(hashes[n << level : (n + 1) << level])  # noqa: E731
    proof = consistency_proof(place["size"], JUNK, node)
    thief = Chain(url, own.publisher_key())
    thief.anchor(place["contract"], bytes.fromhex(place["log"]), JUNK, root(hashes), proof)


def verified(town: Town, url: str, code: int = 0) -> dict[str, Any]:
    """The report of `jejak verify` from public files, trust file and chain alone."""
    town.capture.readouterr()
    trust = ("--trust", town.data / "trust.json", "--chain", url)
    assert run("--json", "verify", town.data / "log", *trust) == code
    report: dict[str, Any] = json.loads(town.capture.readouterr().out)
    return report


def test_admin_off_line_lets_the_publisher_anchor(town: Town, chain_url: str) -> None:
    """Until the admin has spoken the log is signed and waits; then it is anchored."""
    waiting = town.does("tick")
    assert waiting["anchored"] is None
    assert "jejak anchor publisher" in waiting["delayed"]
    asked = town.does("anchor", "publisher", "--call")
    assert asked["to"].lower() == town.does("anchor", "status")["contract"]
    assert asked["data"].startswith("0x")
    assert "no such role" in town.refused("anchor", "publisher")
    town.does("anchor", "publisher", "--key", town.key("admin"))
    assert town.does("tick")["anchored"] == 2
    assert verified(town, chain_url)["holds"]


def test_junk_future_is_closed_and_the_log_goes_on(town: Town, chain_url: str) -> None:
    """Nothing is signed until the admin has closed the id and registrars have named the next."""
    anchored(town)
    anchor_junk(town, chain_url)
    assert "stolen" in town.refused("tick")
    made = ("institution", "add", "ID-3", "--name-id", "Dinas", *both(town))
    assert "read-only" in town.refused(*made)

    identifier = town.does("anchor", "status")["log"]
    assert "not closed" in town.refused("anchor", "next", *both(town))
    assert "no such role" in town.refused("anchor", "close", identifier)
    assert "not the log id" in town.refused("anchor", "close", "ab" * 32)
    town.does("anchor", "close", identifier, "--key", town.key("admin"))
    assert town.does("anchor", "status")["closed"]

    act = town.folder / "act.json"
    town.does("anchor", "next", "--act", act)
    assert "1 of 2 registrars" in town.refused("act", "submit", town.signed(act, "a"))
    assert "read-only" in town.refused(*made)
    town.does("act", "submit", town.signed(act, "c"))

    stolen = settings.load(town.data).publisher_key()
    town.does("anchor", "rekey")
    town.does("anchor", "publisher", "--key", town.key("admin"))
    assert settings.load(town.data).publisher_key() != stolen
    grow(town, 3)
    assert town.does("tick", "--anchor")["anchored"] == 6
    status = town.does("anchor", "status")
    assert (status["size"], status["closed"]) == (6, False)
    assert status["log"] != identifier

    report = verified(town, chain_url)
    assert report["holds"]
    told = [each for each in report["remarks"] if each["check"] == "anchors"]
    (junk,) = [each for each in told if each.get("size") == JUNK]
    assert "registrars and the contract's admin disown" in junk["what"]
    assert identifier[:16] in junk["what"]


def test_receipts_of_both_epochs_hold(town: Town, chain_url: str) -> None:
    """An entry anchored before the theft, and one after, each proven off line."""
    anchored(town)
    anchor_junk(town, chain_url)
    town.refused("tick")
    identifier = town.does("anchor", "status")["log"]
    town.does("anchor", "close", identifier, "--key", town.key("admin"))
    town.does("anchor", "next", *both(town))
    town.does("anchor", "publisher", "--key", town.key("admin"))
    grow(town, 3)
    town.does("tick", "--anchor")
    for index in (0, 2, 5):
        receipt = town.folder / "receipt.json"
        town.does("receipt", index, "-o", receipt)
        assert run("check-receipt", receipt, "--trust", town.data / "trust.json") == 0


def test_history_left_behind_in_an_open_id_is_no_junk(town: Town, chain_url: str) -> None:
    """Registrars alone do not declare what was anchored junk: without the admin verify fails."""
    anchored(town)
    anchor_junk(town, chain_url)
    own = settings.load(town.data)
    log = deployment.open_log(own, KINDS)
    place = town.does("anchor", "status")
    body = {
        **{name: place[name] for name in ("chainId", "genesis", "contract")},
        "log": log_id(ORIGIN, 1).hex(),
        "fromSize": 5,
    }
    act = town.folder / "act.json"
    made = deployment.act(ORIGIN, "registry/anchor", body["log"], body)
    act.write_bytes(format_publication(made))
    log.append_one(parse_act_file(town.signed(act, "a", "b").read_bytes()))
    log.close()
    town.does("tick")
    report = verified(town, chain_url, code=1)
    findings = [each for check in report["checks"] for each in check["findings"]]
    assert ["never closed" in each["what"] for each in findings] == [True]


def test_new_contract_takes_the_sizes_after_the_last_anchor(town: Town, chain_url: str) -> None:
    """Anchors made in the contract before stay its own."""
    anchored(town)
    admin = town.does("anchor", "address", town.key("admin"))["address"]
    placed = town.does("anchor", "deploy", "--admin", admin, *both(town))
    assert placed["fromSize"] == 5
    town.does("anchor", "publisher", "--key", town.key("admin"))
    grow(town, 3)
    assert town.does("tick", "--anchor")["anchored"] == 6
    report = verified(town, chain_url)
    assert report["holds"]
    remarks = [each["what"] for each in report["remarks"]]
    assert "anchored on another chain or contract" in remarks
