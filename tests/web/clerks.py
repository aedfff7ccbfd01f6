"""An officer with every role who fills in the forms of the console as a page has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.web.impostors import Impostor

ROLES = ("procurement", "budget", "treasury")


class Clerk(Impostor):
    """An officer who fills in forms."""

    def publish(self, form: str, entry: int | None = None, **answers: str) -> dict[str, Any]:
        """Fill in what is not prefilled, sign, and read the body that was published."""
        address = self.prepare(form, entry, **answers)
        done = self.sign(address)
        assert done.headers.get("location", "").endswith("/done"), done.text
        return self.newest()

    def prepare(self, form: str, entry: int | None = None, **answers: str) -> str:
        """A draft that is fixed for signing; its address. `about` names the process."""
        address = self.begin(form, entry, answers.pop("about", ""))
        sent = self.check(address, **answers)
        assert sent.status_code == 303, faults(sent.text)
        return address

    def begin(self, form: str, entry: int | None = None, ocid: str = "", line: str = "") -> str:
        """A new draft; its address."""
        begun = {"entry": str(entry)} if entry is not None else {"form": form}
        return str(self.send("/console/drafts", **begun, ocid=ocid, line=line).headers["location"])

    def check(self, address: str, **answers: str) -> Any:
        """Send what the page holds and these answers, and ask for the preview."""
        return self.send(address, **(self.filled(address) | answers), step="preview")

    def step(self, address: str, step: str, **answers: str) -> str:
        """Press another button of the form; where it leads."""
        sent = self.send(address, **(self.filled(address) | answers), step=step)
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    def filled(self, address: str) -> dict[str, str]:
        """What the form would send before anything is typed."""
        page = BeautifulSoup(self.web.get(address).text, "html.parser")
        form = page.select_one("main form[novalidate]")
        assert form is not None
        found = dict(filter(None, map(control, form.select("input, textarea, select"))))
        found.pop("csrf")
        return found

    def newest(self) -> dict[str, Any]:
        """The body of the newest entry."""
        log = self.office.log
        body: dict[str, Any] = json.loads(log.record(log.size - 1).body)
        return body

    def twin(self, path: str) -> dict[str, Any]:
        """The JSON twin of a public page."""
        with self.office.client() as reader:
            found: dict[str, Any] = reader.get(f"{path}.json").json()
        return found


def control(found: Tag) -> tuple[str, str] | None:
    """Name and value that a control sends, if it sends any."""
    if found.name == "textarea":
        return str(found["name"]), found.text.removeprefix("\n")
    if found.name == "select":
        chosen = found.select_one("option[selected]") or found.select_one("option")
        return str(found["name"]), str(chosen.get("value", chosen.text)) if chosen else ""
    if found.get("type") == "radio" and not found.has_attr("checked"):
        return None
    return str(found["name"]), str(found.get("value", ""))


def faults(page: str) -> list[str]:
    """What the error summary of a page says."""
    return [each.text for each in BeautifulSoup(page, "html.parser").select(".summary li")]


@pytest.fixture
def clerk(quiet_office: Any) -> Iterator[Clerk]:
    """An officer with every role, signed in, where nobody asks for a second one."""
    made = Clerk(quiet_office, roles=ROLES)
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()
