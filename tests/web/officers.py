"""Officers at the console in a real Chromium: browsers with authenticators, and their registrar."""

from __future__ import annotations

import json
from typing import Any

from ledger import deployment
from tests.web.sites import Deployed

ORG = "ID-PUPR"
PREFIX = "ocds-test01-PUPR-"
THRESHOLD = {"fourEyes": {ORG: {"amount": "1000000000.00", "currency": "IDR"}}}
TENDER = {
    "title": "Peningkatan Jalan Melati",
    "description": "Pengaspalan 2 km",
    "line": f"{ORG}/2026/1.03.01",
    "value": "1.250.000.000",
    "opens": "2026-12-01",
    "closes": "2026-12-22",
}


class Desk:
    """An officer's own browser, its authenticator, and the pages it visits."""

    def __init__(
        self, browser: Any, deployed: Deployed, width: int = 1280, language: str = "id", **more: Any
    ) -> None:
        self.deployed = deployed
        self.url = deployed.url.replace("127.0.0.1", "localhost")
        size = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=size, locale=language, **more)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda told: self.said.append(told.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.authenticator = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )["authenticatorId"]

    def troubles(self) -> list[str]:
        """What the browser has complained of, but for what is meant so."""
        meant = ("pubKeyCredParams", "422 (Unprocessable")
        return [each for each in self.said if not any(known in each for known in meant)]

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.url + path)

    def press(self, text: str) -> None:
        """Press a button or follow a link by its words, and wait for what it leads to."""
        named = self.page.get_by_role("button", name=text).or_(
            self.page.get_by_role("link", name=text)
        )
        with self.page.expect_navigation():
            named.first.click()

    def step(self, value: str = "") -> None:
        """Press the button of the passkey, or the one of this value, in any language."""
        named = f"button[value={value}]" if value else "form[data-passkey] button"
        with self.page.expect_navigation():
            self.page.locator(named).click()

    def path(self) -> str:
        """The path of the page at hand."""
        return str(self.page.url.removeprefix(self.url).partition("?")[0])

    def ask(self) -> dict[str, str]:
        """Make a passkey; the file for the registrars."""
        self.go("/console/passkey")
        self.step()
        with self.page.expect_download() as download:
            self.page.locator("a[download]").click()
        return json.loads(download.value.path().read_bytes())

    def enrol(self, office: str, *roles: str) -> str:
        """Make a passkey and have the registrar enrol it, away from the web; the key id."""
        asked = self.ask()
        deployment.enrol(
            self.deployed.settings,
            self.deployed.log,
            [self.deployed.registrar],
            asked,
            org=ORG,
            office=office,
            roles=list(roles),
            covers=[ORG],
            valid_from="2020-01-01T00:00:00Z",
        )
        return asked["key"]

    def sign_in(self) -> None:
        """Sign in with the passkey."""
        self.go("/console/sign-in")
        self.step()

    def draft(self, form: str, path: str = "/console/new", **answers: str) -> None:
        """Begin a draft and fill in its form."""
        self.go(path)
        self.page.check(f"#form-{form}")
        with self.page.expect_navigation():
            self.page.locator("main form button").nth(1).click()
        self.fill(**answers)

    def fill(self, **answers: str) -> None:
        """Fill in fields; the choices by their codes."""
        for name, value in answers.items():
            radio = self.page.query_selector(f"input[type=radio][name={name}][value='{value}']")
            if radio:
                radio.check()
            else:
                self.page.fill(f"#{name}", value)

    def sign(self) -> None:
        """From the preview through the signing step."""
        self.press("Lanjut ke tanda tangan")
        self.press("Tandatangani dengan passkey")
