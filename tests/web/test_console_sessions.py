"""Signing in: whose passkey it is, at what cost, and what becomes of the session before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledger.keys import verify_signature
from tests.web.impostors import Impostor
from web.console import sessions


@pytest.fixture
def office(any_office: Any) -> Any:
    """An institution, once on each database."""
    return any_office


@pytest.fixture
def officers(office: Any) -> Iterator[list[Impostor]]:
    """Three officers with passkeys, none signed in."""
    made = [Impostor(office, title=f"PPK {number}") for number in range(3)]
    yield made
    for each in made:
        each.web.close()


def sign_in_as(officer: Impostor, credential: str) -> httpx.Response:
    """Sign in with one's own passkey under the credential id of another."""
    challenge = officer.challenge()
    signed = f"jejak/sign-in/1\n{officer.office.log.origin}\n{challenge}".encode()
    fields = {**officer.assertion(signed), "credential": credential, "challenge": challenge}
    return officer.web.post("/console/sign-in", data=fields)


def test_nobody_locks_a_colleague_out(officers):
    """Whoever claims the credential id of a colleague stays who they are, and so do both."""
    victim, attacker, _ = officers
    assert victim.sign_in().status_code == 303
    for _again in range(2):
        assert sign_in_as(attacker, victim.key[:20]).status_code == 303
        assert "PPK 1" in attacker.web.get("/console").text
        assert victim.sign_in().status_code == 303
        assert "PPK 0" in victim.web.get("/console").text
    assert victim.sign(victim.fixed()).headers["location"].endswith("/done")


def test_a_sign_in_verifies_one_signature_at_most(officers, monkeypatch):
    """However many keys are enrolled, a stranger's assertion costs none, an officer's one."""
    tried = []

    def counted(*given: Any) -> None:
        tried.append(given)
        verify_signature(*given)

    monkeypatch.setattr(sessions, "verify_signature", counted)
    stranger = Impostor(officers[0].office, enrolled=False)
    assert stranger.sign_in().status_code == 403
    assert tried == []
    assert officers[2].sign_in().status_code == 303
    assert len(tried) == 1
    stranger.web.close()


def test_a_new_sign_in_ends_the_old_session(officers):
    """Of the same key wherever it was, and of another key in the same browser; not of others."""
    officer, colleague, other = officers
    assert officer.sign_in().status_code == 303
    assert other.sign_in().status_code == 303
    stolen = httpx.Cookies(officer.web.cookies)
    assert officer.sign_in().status_code == 303
    assert not _is_open(officer, stolen)
    assert _is_open(officer, officer.web.cookies)
    kept = httpx.Cookies(officer.web.cookies)
    colleague.web.cookies = officer.web.cookies
    assert colleague.sign_in().status_code == 303
    assert not _is_open(officer, kept)
    assert _is_open(other, other.web.cookies)


def _is_open(officer: Impostor, cookies: httpx.Cookies) -> bool:
    with httpx.Client(base_url=officer.url, cookies=cookies, verify=False) as browser:
        return browser.get("/console").status_code == 200
