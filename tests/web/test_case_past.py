"""`/cases/N?at=`: the page of a case as it was shown that day."""

from __future__ import annotations

import json
from typing import Any

import pytest

from procurement.case_notes import EntryRef, Finding, Reply, note_body
from tests.web.sites import Deployed, found, served
from tests.web.test_case_pages import AGENCY, BOARD, OCID, PEOPLE
from tests.web.test_past import TRAVEL


def _release(title: str) -> dict[str, Any]:
    return {
        "ocid": OCID,
        "id": title,
        "date": "2026-02-01T00:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "buyer": {"id": AGENCY, "name": "Dinas"},
        "tender": {"id": "T", "title": title, "status": "complete"},
    }


def _place(site: Deployed, index: int) -> EntryRef:
    return EntryRef(index, site.log.record(index).leaf_hash.hex())


def test_the_page_of_a_case_is_that_of_its_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    """State, words, names and entries as they stood; what has been said since; before it none."""
    site = found(tmp_path_factory.mktemp("past"))
    keys = {name: site.key(org, role) for name, (org, role) in PEOPLE.items()}

    def say(name: str, note: Finding | Reply) -> int:
        body = {**note_body(note), "salt": "0" * 32}
        index = site.publish(keys[name], "note", body["about"][0], body)
        site.follow()
        return index

    first = site.publish(keys["agency"], "ocds/release", OCID, _release("Jembatan"))
    opened = say("board", Finding((_place(site, first),), {"id": "Mengapa?"}))
    shown: dict[int, tuple[Any, int]] = {}
    with served(site) as deployed, deployed.client() as client:

        def keep(at: int) -> None:
            shown[at] = client.get(f"/cases/{opened}.json").json(), at

        keep(opened)
        answered = say("agency", Reply("answer", _place(site, opened), {"id": "Karena."}))
        keep(answered)
        later = site.publish(keys["agency"], "ocds/release", OCID, _release("Jembatan baru"))
        ended = say("board", Reply("resolve", _place(site, opened), {"id": "Selesai."}))
        for then, at in shown.values():
            now = client.get(f"/cases/{opened}.json?at={at}").json()
            known = now.pop("asKnownOn")
            assert json.dumps(now) == json.dumps(then)
            assert ended in {each["index"] for each in known["changes"]}
        assert [each["case"]["state"] for each, _ in shown.values()] == ["opened", "answered"]
        state = client.get(f"/cases/{opened}.json?at={later}").json()["case"]["state"]
        assert state == "answered"
        assert client.get(f"/cases/{opened}.json").json()["case"]["state"] == "resolved"
        page = client.get(f"/cases/{opened}?at={opened}").text
        assert 'class="past"' in page
        assert "Karena." not in TRAVEL.sub("", page)
        assert client.get(f"/cases/{opened}?at={opened - 1}").status_code == 404
        assert client.get(f"/cases/{opened}?at=2026-13-01").status_code == 422
        assert client.get(f"/cases/{opened}?at={ended + 999}").status_code == 404
        assert 'class="travel"' in client.get(f"/cases/{opened}").text
    assert BOARD in json.dumps(shown[opened][0])
