"""The forms of cases: an auditor's finding, an answer to it, and how it ended."""

from __future__ import annotations

from procurement.case_notes import MAX_TEXT, Act, EntryRef, Finding, Reply, note_body
from procurement.case_signs import unseen
from web.console.fields import Answers, Fault, Field
from web.console.forms import Body, Context, Form
from web.language import mark as _

ABOUT = "case"

_UNSEEN = _("Ada tanda yang tidak terlihat (%(sign)s). Hapuslah, atau ketik ulang teksnya.")


def texts_of(answers: Answers) -> dict[str, str]:
    """What was written, by language."""
    written = {"id": answers.get("words", ""), "en": answers.get("wordsEnglish", "")}
    return {language: text for language, text in written.items() if text}


def write_places(places: list[EntryRef]) -> str:
    """Entries as a draft keeps them: index and leaf hash, which no page sends."""
    return " ".join(f"{each.index}:{each.leaf}" for each in places)


def _places(written: str) -> tuple[EntryRef, ...]:
    parts = (each.partition(":") for each in written.split())
    return tuple(EntryRef(int(index), leaf) for index, _colon, leaf in parts)


def _finding(_context: Context, answers: Answers) -> Body:
    return note_body(Finding(_places(answers["places"]), texts_of(answers)))


def _replying(act: Act, answers: Answers) -> Body:
    (finding,) = _places(answers["case"])
    return note_body(Reply(act, finding, texts_of(answers)))


def _check(answers: Answers) -> list[Fault]:
    if not texts_of(answers):
        return [Fault("words", _("Isilah dalam satu bahasa atau keduanya."))]
    signs = ((name, unseen(answers.get(name, ""))) for name in ("words", "wordsEnglish"))
    return [Fault(name, _UNSEEN, {"sign": sign}) for name, sign in signs if sign]


_WORDS = (
    Field("words", _("Dalam Bahasa Indonesia"), "long", required=False, longest=MAX_TEXT),
    Field("wordsEnglish", _("Dalam bahasa Inggris"), "long", required=False, longest=MAX_TEXT),
)

FINDING = Form(
    "finding",
    "note",
    _("Temuan pemeriksa"),
    _("Membuka kasus tentang entri %(title)s."),
    (
        Field(
            "entries",
            _("Entri yang dipersoalkan"),
            hint=_("Nomor entri, dipisahkan koma, misalnya 812, 840."),
            longest=1000,
        ),
        *_WORDS,
    ),
    _finding,
    ABOUT,
    check=_check,
)
ANSWER = Form(
    "answer",
    "note",
    _("Jawaban atas temuan"),
    _("Menjawab kasus %(title)s."),
    _WORDS,
    lambda _context, answers: _replying("answer", answers),
    ABOUT,
    check=_check,
)
RESOLVE = Form(
    "resolve",
    "note",
    _("Nyatakan kasus selesai"),
    _("Menyatakan kasus %(title)s selesai."),
    _WORDS,
    lambda _context, answers: _replying("resolve", answers),
    ABOUT,
    check=_check,
)
REJECT = Form(
    "reject",
    "note",
    _("Nyatakan temuan tidak terbukti"),
    _("Menyatakan temuan dalam kasus %(title)s tidak terbukti."),
    _WORDS,
    lambda _context, answers: _replying("reject", answers),
    ABOUT,
    check=_check,
)

FORMS = (FINDING, ANSWER, RESOLVE, REJECT)
ACTS: dict[str, Act] = {
    "finding": "open",
    "answer": "answer",
    "resolve": "resolve",
    "reject": "reject",
}
