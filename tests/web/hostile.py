"""Records that try to break pages: markup, odd ids, private members, impossible shapes."""

from __future__ import annotations

from typing import Any

from tests.web.sites import COPIER, Deployed

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(1)>"
NIK = "3201234567890123"
MAIL = "siti.pribadi@rumah.example"
PHONE = "0812-7777-0000"
SLASHED = "ocds-test00/a b?c#d%2F&e"
PLAIN = "ocds-test00-plain"
SHAPELESS = "ocds-test00-shapeless"
SUPPLIER = "XX-SUP/1 & <co>"
LINE = "XX-DINAS/2026/1.02/03 <b>"


def release(ocid: str, number: str, **members: Any) -> dict[str, Any]:
    """An OCDS release."""
    return {
        "ocid": ocid,
        "id": f"{ocid}-{number}",
        "date": "2026-03-01T09:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "language": "id",
        **members,
    }


def contact() -> dict[str, str]:
    """A contact point of a person."""
    return {"name": "Siti Pribadi", "email": MAIL, "telephone": PHONE, "faxNumber": PHONE}


def parties() -> list[dict[str, Any]]:
    """A buyer, a supplier and a person who bids under her own identity number."""
    return [
        {
            "id": "XX-DINAS",
            "name": f"Dinas {SCRIPT}",
            "roles": ["buyer"],
            "contactPoint": contact(),
        },
        {"id": SUPPLIER, "name": f"PT {QUOTES}", "roles": ["supplier"], "contactPoint": contact()},
        {"id": NIK, "name": f"Siti, NIK {NIK}", "roles": ["tenderer"], "contactPoint": contact()},
    ]


def marked_up() -> dict[str, Any]:
    """A release with markup and private members wherever a page shows text."""
    value = {"amount": 1000000, "currency": "IDR"}
    supplier = {"id": SUPPLIER, "name": f"PT {QUOTES}"}
    person = {"id": NIK, "name": f"Siti, NIK {NIK}"}
    return release(
        SLASHED,
        "1",
        tag=["tender", "award", "contract"],
        parties=parties(),
        buyer={"id": "XX-DINAS", "name": f"Dinas {SCRIPT}"},
        planning={"budget": {"id": LINE, "description": QUOTES, "amount": value}},
        tender={
            "id": "t",
            "title": f"Jalan {SCRIPT}",
            "description": QUOTES,
            "status": "complete",
            "value": value,
            "tenderers": [person, supplier],
            "documents": [
                {"id": "1", "title": SCRIPT, "url": "javascript:alert(1)"},
                {"id": "2", "title": QUOTES, "url": "https://doc.example/a?b=<c>"},
            ],
        },
        awards=[{"id": "a", "status": "active", "value": value, "suppliers": [supplier, person]}],
        contracts=[
            {
                "id": f"c/{SCRIPT}",
                "awardID": "a",
                "title": SCRIPT,
                "status": "active",
                "dateSigned": "2026-03-02T00:00:00Z",
                "value": value,
                "amendments": [{"id": "1", "description": QUOTES, "date": "2026-03-03T00:00:00Z"}],
            }
        ],
    )


def shapeless() -> dict[str, Any]:
    """A release whose members have other types than OCDS gives them."""
    return release(
        SHAPELESS,
        "1",
        parties="nobody",
        buyer=[1, 2],
        planning=7,
        tender={"title": 5, "tenderers": {"id": 1}, "numberOfTenderers": "many", "value": "much"},
        awards={"suppliers": None},
        contracts=[None, 3, {"id": 9, "value": {"amount": "x"}, "amendments": 4}],
        bids={"details": [{"tenderers": "x"}, 4]},
    )


def publish_hostile(deployed: Deployed) -> None:
    """Publish all of it, as somebody who may copy anything."""
    key = deployed.key(COPIER, "importer", covers=("*",))
    for body in (
        marked_up(),
        shapeless(),
        release(PLAIN, "1", tender={"id": "t", "title": "Pengadaan biasa"}),
    ):
        deployed.publish(key, "ocds/release", body["ocid"], body)
    budget = deployed.key("XX-DINAS", "budget")
    deployed.publish(
        budget,
        "budget/appropriation",
        LINE,
        {
            "line": {
                "id": LINE,
                "fiscalYear": "2026",
                "title": f"Jalan {QUOTES}",
                "org": "XX-DINAS",
                "classifications": {"functional": SCRIPT},
            },
            "amount": {"amount": "5000000.00", "currency": "IDR"},
            "legalBasis": SCRIPT,
        },
    )
