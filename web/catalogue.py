"""The catalogue of interface strings: taken out of templates and code, merged into `locale/`.

`python -m web.catalogue` brings every `.po` up to date; a test fails while one is not.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from web.language import LANGUAGES, LOCALE, SOURCE

FOLDER = Path(__file__).parent
METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
HEADER = """\
# The Indonesian text is the source; python -m web.catalogue keeps this file in step with it.
msgid ""
msgstr ""
"Project-Id-Version: Jejak\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def extract() -> Catalog:
    """All messages of templates and code, each with the files it is in."""
    found = Catalog(locale=SOURCE, project="Jejak")
    for name, _line, message, _comments, context in extract_from_dir(
        FOLDER, METHODS, OPTIONS, KEYWORDS
    ):
        found.add(message, locations=[(name, 0)], context=context)
    return found


def read(language: str) -> Catalog:
    """The catalogue of a language as it lies in `locale/`."""
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="Jejak")
    with path.open("rb") as source:
        return read_po(source, locale=language)


def update(language: str) -> Catalog:
    """The catalogue of a language with the messages of today; those no longer used are left out."""
    known, updated = read(language), Catalog(locale=language, project="Jejak")
    for message in extract():
        if message.id:
            earlier = known.get(message.id)
            string = earlier.string if earlier else ""
            updated.add(message.id, string, locations=message.locations, flags=message.flags)
    return updated


def format_catalogue(catalogue: Catalog) -> bytes:
    """The bytes of a `.po`, messages in alphabetical order, without dates and line numbers."""
    content = io.BytesIO()
    write_po(
        content,
        catalogue,
        width=0,
        include_lineno=False,
        sort_output=True,
        omit_header=True,
    )
    return HEADER.format(language=catalogue.locale).encode() + content.getvalue()


def main() -> None:
    """Write every catalogue again."""
    for language in LANGUAGES:
        if language != SOURCE:
            (LOCALE / f"{language}.po").write_bytes(format_catalogue(update(language)))


if __name__ == "__main__":
    main()
