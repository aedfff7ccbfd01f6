"""OCDS packages as they are served: valid, byte for byte, and they compile to the records shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
from ocdsmerge import Merger

from ledger import deployment
from ledger.body import parse_body
from ledger.envelope import percent_encode
from procurement.ocds import Published, compile_record, reading_view
from procurement.records import encode_record
from tests.procurement.sets import SETS, official_schema, real_lines
from tests.web.sites import Deployed, found, served
from web.privacy import without_contacts

COPIER = "XX-COPY"
START = b'"releases":[\n'


@pytest.fixture(scope="module", params=SETS)
def copied(request, shared_data, tmp_path_factory) -> Iterator[tuple[Deployed, list[bytes]]]:
    """A site with one real set, and the set's releases."""
    lines = list(real_lines(shared_data / request.param))
    deployed = found(tmp_path_factory.mktemp(request.param))
    key = deployed.key(COPIER, "importer", covers=("*",))
    outcomes = deployed.log.append(
        [
            deployment.compose(
                deployed.settings.origin,
                "ocds/release",
                percent_encode(json.loads(raw)["ocid"]),
                COPIER,
                raw,
                [key],
            )
            for raw in lines
        ]
    )
    assert not [each for each in outcomes if hasattr(each, "error")]
    deployed.follow()
    with served(deployed) as site:
        yield site, lines


@pytest.fixture(scope="module")
def schemas(shared_vectors) -> dict[str, Any]:
    """Validators of the official schemas: of a release, and of packages around anything."""
    folder = shared_vectors / "schema-ocds-1.1.5"

    def around(name: str) -> Any:
        read = json.loads((folder / name).read_bytes(), object_hook=_without_reference)
        return jsonschema_rs.validator_for(read)

    return {
        "release": jsonschema_rs.validator_for(official_schema(shared_vectors)),
        "releases": around("release-package-schema.json"),
        "records": around("record-package-schema.json"),
        "merger": Merger(schema=official_schema(shared_vectors)),
    }


def _without_reference(members: dict[str, Any]) -> dict[str, Any]:
    """A schema that leaves the verdict on each release to the schema of releases."""
    return {} if str(members.get("$ref", "")).startswith("https:") else members


def harvest(client: httpx.Client, path: str) -> Iterator[httpx.Response]:
    """All packages from an address on, following links.next."""
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        yield answer
        following = answer.json()["links"].get("next")


def test_packages_hold_every_release_byte_for_byte(copied, schemas):
    """The packages are valid, give each release its own verdict, and hold its very bytes."""
    site, lines = copied
    spliced: list[bytes] = []
    with site.client() as client:
        for answer in harvest(client, "/api/v1/releases?limit=40"):
            package = answer.json()
            schemas["releases"].validate(package)
            indices = [each["index"] for each in package["entries"]]
            bodies = [site.log.record(index).body for index in indices]
            array = answer.content.partition(START)[2]
            assert array == b",\n".join(bodies) + b"\n]}\n"
            for served_, body in zip(package["releases"], bodies, strict=True):
                verdict = schemas["release"].is_valid(json.loads(body))
                assert schemas["release"].is_valid(served_) == verdict
            assert package["publishedDate"] == package["entries"][-1]["recorded"]
            spliced += bodies
    assert sorted(spliced) == sorted(set(lines))


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
def test_records_compile_to_what_is_shown(copied, schemas):
    """Each record is valid, and its releases merged in order are the record of the page."""
    site, _ = copied
    seen, alone = 0, 0
    with site.client() as client:
        for answer in harvest(client, "/api/v1/records?limit=10"):
            package = parse_body(answer.content)
            schemas["records"].validate(answer.json())
            for record in package["records"]:
                releases = record["releases"]
                merged = compile_record([Published(*each) for each in enumerate(releases)])
                assert _same(without_contacts(merged.release), record["compiledRelease"])
                if seen < SHOWN:
                    page = client.get(f"/process/{record['ocid']}.json").content
                    assert _same(record["compiledRelease"], json.loads(page)["record"])
                seen += 1
                alone += _merges_alone(schemas["merger"], releases, merged.release)
    assert seen == len({json.loads(line)["ocid"] for line in copied[1]})
    assert (alone, seen) == ALONE[site.settings.folder.name.rstrip("0123456789")]


# Records that ocdsmerge alone makes of the same releases in the forms of OCDS 1.1; where objects
# of several releases have no ids it would have them twice; and it drops empty objects (Moldova).
ALONE = {
    "ca-buyandsell": (11, 11),
    "co-secop": (21, 21),
    "md-mtender": (0, 51),
    "mx-gacm": (292, 292),
    "ng-bpp": (12, 12),
    "py-dncp": (12, 12),
    "ua-prozorro": (11, 11),
    "uk-contracts-finder": (192, 201),
}
SHOWN = 12


def _merges_alone(merger: Merger, releases: list[Any], ours: Any) -> bool:
    views = [reading_view(each)[0] for each in releases]
    return _same(merger.create_compiled_release(views), ours)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON with numbers of any spelling."""
    return json.loads(encode_record(one)) == json.loads(encode_record(other))
