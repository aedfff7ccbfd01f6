"""How a monitor tells people: a webhook, e-mail, an Atom feed.

Addresses and passwords come from settings, and stand in no message. A channel that does not work
is said on standard error and stops nothing.
"""

from __future__ import annotations

import json
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from xml.etree import ElementTree as ET

import requests

from audit.monitor import Step
from audit.monitor_history import Alert, History
from audit.printable import printable
from ledger.durable import write_file
from ledger.errors import Unavailable

SECONDS = 10.0
ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Mail:
    """Where e-mail goes: `server` as host:port, the addresses of sender and receivers."""

    server: str
    sender: str
    receivers: tuple[str, ...]


def webhook_body(log: str, step: Step) -> dict[str, object]:
    """What a webhook is sent: the log, the alerts opened and closed, those open now."""

    def told(alerts: Sequence[Alert]) -> list[dict[str, object]]:
        return [
            {"code": a.code, "what": a.what, "severity": a.severity, "opened": a.opened}
            for a in alerts
        ]

    return {
        "log": log,
        "time": step.run.time,
        "size": step.run.size,
        "holds": not step.failed,
        "opened": told(step.opened),
        "closed": told(step.closed),
        "open": told(step.open),
    }


def post_webhook(url: str, log: str, step: Step) -> None:
    """Tell a webhook. Raises Unavailable."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url, json=webhook_body(log, step), timeout=SECONDS, allow_redirects=False
            )
            answer.raise_for_status()
            if answer.status_code >= 300:
                raise Unavailable(
                    "the webhook sends on to another address, which is not followed",
                    "name the webhook by its own address",
                )
    except requests.RequestException as error:
        raise Unavailable(f"the webhook does not answer ({type(error).__name__})") from error


def mail(to: Mail, log: str, step: Step) -> EmailMessage:
    """The message about a step."""
    message = EmailMessage()
    worst = "FAILURE" if step.failed else "notice"
    message["Subject"] = f"Jejak monitor of {log}: {worst}"
    message["From"], message["To"] = to.sender, ", ".join(to.receivers)
    lines = [
        printable(f"opened: {each.severity}: {each.code}: {each.what}") for each in step.opened
    ]
    lines += [printable(f"closed: {each.code}") for each in step.closed]
    message.set_content("\n".join([f"{log} at size {step.run.size}, {step.run.time}", "", *lines]))
    return message


def send_mail(to: Mail, log: str, step: Step) -> None:
    """Send the message. Raises Unavailable."""
    host, _, port = to.server.partition(":")
    try:
        with smtplib.SMTP(host, int(port or 25), timeout=SECONDS) as server:
            server.send_message(mail(to, log, step))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Unavailable(f"the mail server does not take it ({type(error).__name__})") from error


def atom(log: str, history: History, served: bool = False) -> bytes:
    """The newest alerts as an Atom feed (RFC 4287), with links to pages where it is served."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    alerts = history.alerts()
    newest = max((each.closed or each.opened for each in alerts), default="1970-01-01T00:00:00Z")
    _text(feed, "id", f"urn:jejak:monitor:{log}")
    _text(feed, "title", f"Jejak monitor of {log}")
    _text(feed, "updated", newest)
    _text(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", "jejak monitor")
    if served:
        ET.SubElement(feed, f"{{{ATOM}}}link", {"rel": "self", "href": "/audit.atom"})
    for each in alerts:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", f"urn:jejak:monitor:{log}:alert:{each.id}")
        _text(entry, "title", f"{each.severity}: {each.code}")
        _text(entry, "updated", each.closed or each.opened)
        state = f"closed {each.closed}" if each.closed else "open"
        _text(entry, "summary", f"{each.what} ({state})")
        if served:
            ET.SubElement(entry, f"{{{ATOM}}}link", {"href": f"/audit/runs/{each.run}"})
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def write_atom(path: Path, log: str, history: History) -> None:
    """The feed as a file."""
    write_file(path, atom(log, history))


def step_json(log: str, step: Step) -> str:
    """A step on one line, as `jejak monitor --json` prints it."""
    return json.dumps(webhook_body(log, step) | {"run": step.run.id, "verdict": step.run.verdict})


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = printable(text)
