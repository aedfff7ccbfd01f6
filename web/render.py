"""Views to bytes: a page in the reader's language, or its JSON twin.

Personal identity numbers are taken out at the last step of both, so that no template or view can
let one through by mistake.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ledger.training import NOTICE
from web import addresses, charts, refusals, terms
from web.functions import class_label
from web.language import LANGUAGES, translations
from web.privacy import withhold, without_contacts
from web.views import Amount, View

if TYPE_CHECKING:
    from web.formats import Formats
    from web.reader import Reader

FOLDER = Path(__file__).parent
ASSETS = FOLDER / "assets"

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def page(reader: Reader, template: str, view: Any, **more: Any) -> bytes:
    """The page of a view, UTF-8; `more` is what else its template is given."""
    drawn = _environment(reader.language).get_template(template)
    given = {"view": view, "reader": reader, "site": reader.site, **_writing(reader), **more}
    return drawn.render(given).encode()


def draw(language: str, template: str, /, **given: Any) -> str:
    """A template that belongs to no reader's request, in a language."""
    return _environment(language).get_template(template).render(given)


def twin(reader: Reader, view: View) -> bytes:
    """The JSON twin of a view: its members, the log's origin and how far the page has read."""
    members = without_contacts(msgspec.to_builtins(view, builtin_types=(Decimal,)))
    site = reader.site
    mark = {"training": NOTICE} if site.training else {}
    standing = {"origin": site.origin, "position": reader.position}
    return msgspec.json.format(_ENCODE({**mark, **standing, **members}), indent=1)


@cache
def asset(name: str) -> tuple[bytes, str]:
    """An asset's bytes and the tag of its content, for addresses that never change meaning."""
    content = (ASSETS / name).read_bytes()
    return content, sha256(content).hexdigest()[:16]


def asset_address(name: str) -> str:
    """The address of an asset, with the tag of its content."""
    return f"/assets/{asset(name)[1]}/{name}"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.policies["ext.i18n.trimmed"] = True
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        addresses=addresses,
        charts=charts,
        languages=LANGUAGES,
        asset=asset_address,
        term=lambda family, code: terms.label(catalogue, family, code),
        explain=lambda code: terms.rule(catalogue, code),
        refusal=refusals.refusal,
        labelled=lambda name, code: class_label(name, code, language),
    )
    return environment


def _finalize(value: Any) -> Any:
    return withhold(value) if type(value) is str else value


def _writing(reader: Reader) -> dict[str, Any]:
    """How values are written for this reader."""
    formats: Formats = reader.formats
    return {
        "link": lambda path, **query: Markup.escape(reader.link(path, **query)),
        "money": lambda value: _money(formats.amount, value),
        "short": lambda value: _money(formats.short, value),
        "spelled": lambda value: formats.spelled(value.minor, value.currency),
        "number": formats.number,
        "percent": formats.percent,
        "size": formats.size,
        "day": formats.day,
        "moment": formats.moment,
        "digest": lambda text: f"{text[:8]}…{text[-8:]}" if len(text) > 20 else text,
    }


def _money(write: Any, value: Amount | None) -> str:
    return "–" if value is None else str(write(value.minor, value.currency))
