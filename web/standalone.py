"""The checker of receipts: one script for the site, and one file that runs from a USB stick.

`python -m web.standalone` joins `web/verifier/*.js` to `assets/verify.js`, writes
`assets/verify.html` with script, style and words inside, and puts its SHA-256 into the READMEs.
A test fails while one of them is out of date.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256

from web import render
from web.language import LANGUAGES, SOURCE

SOURCES = render.FOLDER / "verifier"
MODULES = (
    *("bytes", "keccak", "trie", "seals", "tree", "witnesses"),
    *("reading", "signatures", "anchor", "receipt", "extension", "verify"),
)
READMES = tuple(render.FOLDER.parent / name for name in ("README.md", "README.id.md"))
DIGEST = re.compile(r"[0-9a-f]{64}(?=  verify\.html)")

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_MARGIN = re.compile(r"^\s+", re.MULTILINE)


def script() -> str:
    """The modules as one, in an order in which each finds what it imports; comments left out."""
    texts = ((SOURCES / f"{name}.js").read_text("utf-8") for name in MODULES)
    joined = "".join(_IMPORT.sub("", text) for text in texts)
    return _MARGIN.sub("", _COMMENT.sub("", joined))


def page() -> str:
    """The one file, in every language; its policy allows this script, this style and nodes."""
    code, style = script(), _MARGIN.sub("", (SOURCES / "standalone.css").read_text("utf-8"))
    drawn = {
        language: render.draw(
            language, "standalone.html", language=language, hidden=language != SOURCE
        )
        for language in LANGUAGES
    }
    given = {"policy": _policy(code, style), "style": style, "code": code, "drawn": drawn}
    return render.draw(SOURCE, "standalone_frame.html", languages=LANGUAGES, source=SOURCE, **given)


def digest_of(content: bytes) -> str:
    """SHA-256 in hex: what a reader compares."""
    return sha256(content).hexdigest()


def _policy(code: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(code)}; style-src {_hash(style)}; img-src data:; "
        "connect-src https: http:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def main() -> None:
    """Write both files again, and the digest into the READMEs."""
    content = page().encode()
    (render.ASSETS / "verify.js").write_text(script(), "utf-8")
    (render.ASSETS / "verify.html").write_bytes(content)
    for path in READMES:
        path.write_text(DIGEST.sub(digest_of(content), path.read_text("utf-8")), "utf-8")
    print(f"{digest_of(content)}  verify.html")


if __name__ == "__main__":
    main()
