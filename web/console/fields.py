"""Fields of forms: what an officer typed, read strictly; a fault names the field where it fails.

Amounts are typed as people write them (`1.250.000.000`, `1,250,000.50`) and kept as the decimal
strings of our bodies; dates are those of `<input type="date">`. Fields that come several times
(`Rows`) are answered under `<rows>-<n>-<field>`, and the answer `<rows>` says how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from web.console.amounts import Wrong, read_amount
from web.language import mark as _
from web.privacy import is_personal

Answers = dict[str, str]
Kind = Literal["text", "long", "money", "date", "choice", "number", "rows", "option", "currency"]
Pick = Literal["", "line", "party", "contract", "payment"]


@dataclass(frozen=True)
class Field:
    """One question of a form; `choices` are codes of the family `family` of web.terms.

    An `option` is chosen among what the record holds (`Form.options`). `pick` says which list the
    answer may be looked for in, and `names` the field that takes the name of what was picked.
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    family: str = ""
    longest: int = 200
    negative: bool = False
    pick: Pick = ""
    names: str = ""
    suggested: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Questions that come as often as the officer adds them, at most `most` times.

    They stand before the field `before`, or last. `one` names a row, `add` the button for another.
    """

    name: str
    label: str
    one: str
    add: str
    fields: tuple[Field, ...]
    hint: str = ""
    most: int = 20
    before: str = ""

    def count(self, answers: Answers) -> int:
        """How many rows there are."""
        typed = answers.get(self.name, "")
        return min(int(typed), self.most) if re.fullmatch(r"[0-9]{1,3}", typed) else 0

    def row(self, number: int) -> tuple[Field, ...]:
        """The questions of a row, under the names that they are answered by."""
        start = f"{self.name}-{number}-"
        return tuple(
            replace(each, name=start + each.name, names=each.names and start + each.names)
            for each in self.fields
        )

    def read(self, answers: Answers) -> list[Answers]:
        """The answers of each row, by the names of `fields`; rows left empty are passed over."""
        rows = [
            {each.name: answers.get(f"{self.name}-{n}-{each.name}", "") for each in self.fields}
            for n in range(self.count(answers))
        ]
        return [row for row in rows if any(row.values())]

    def write(self, rows: Sequence[Answers]) -> Answers:
        """The answers that hold these rows."""
        written = {
            f"{self.name}-{n}-{name}": value
            for n, row in enumerate(rows[: self.most])
            for name, value in row.items()
        }
        return {**written, self.name: str(min(len(rows), self.most))}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field: a message of the catalogue, and what stands in it."""

    field: str
    message: str
    said: Mapping[str, str | int] | None = None


def check_kept(fields: Sequence[Field], answers: Answers) -> list[Fault]:
    """The faults for which answers are not even kept in a draft: they are too long."""
    return [
        Fault(each.name, _("Terlalu panjang: paling banyak %(n)s huruf."), {"n": each.longest})
        for each in fields
        if len(answers.get(each.name, "")) > each.longest
    ]


def check_fields(fields: Sequence[Field], answers: Answers) -> list[Fault]:
    """The faults of single fields; what is well typed is put into its one written form."""
    faults, currency = [], answers.get("currency", "")
    for field in fields:
        try:
            answers[field.name] = _read(field, answers.get(field.name, "").strip(), currency)
        except Wrong as error:
            faults.append(Fault(field.name, str(error), {"n": field.longest, **error.said}))
    return faults


def check_rows(rows: Sequence[Rows], answers: Answers) -> list[Fault]:
    """The faults of fields that come several times; rows left empty are taken out."""
    faults: list[Fault] = []
    for each in rows:
        answers |= each.write(each.read(answers))
        for number in range(each.count(answers)):
            faults += check_fields(each.row(number), answers)
    return faults


def _read(field: Field, typed: str, currency: str) -> str:
    if not typed:
        if field.required:
            raise Wrong(_("Isilah bagian ini."))
        return ""
    if len(typed) > field.longest:
        raise Wrong(_("Terlalu panjang: paling banyak %(n)s huruf."))
    if is_personal(typed):
        raise Wrong(
            _("Ini tampak seperti nomor kependudukan (NIK), yang tidak boleh ada dalam catatan.")
        )
    if any(ord(each) < 0x20 and each not in "\r\n" for each in typed):
        raise Wrong(_("Ada tanda yang tidak dapat dicatat."))
    if field.kind == "money":
        return _amount(field, typed, currency)
    return _READERS[field.kind](field, typed)


def _text(field: Field, typed: str) -> str:
    return (
        typed.replace("\r\n", "\n") if field.kind in ("long", "rows") else " ".join(typed.split())
    )


def _choice(field: Field, typed: str) -> str:
    if typed not in field.choices:
        raise Wrong(_("Pilihlah salah satu."))
    return typed


def _date(_field: Field, typed: str) -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed):
            return date.fromisoformat(typed).isoformat()
    except ValueError:
        pass
    raise Wrong(_("Tanggal ini tidak ada. Contoh: 2026-11-24."))


def _number(_field: Field, typed: str) -> str:
    if not re.fullmatch(r"[0-9]{1,6}", typed):
        raise Wrong(_("Tulislah angka bulat, misalnya 2026."))
    return str(int(typed))


def _currency(_field: Field, typed: str) -> str:
    code = typed.upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Wrong(_("Mata uang ditulis dengan tiga huruf, misalnya IDR atau USD."))
    return code


def _amount(field: Field, typed: str, currency: str) -> str:
    amount = read_amount(typed, currency)
    if amount.startswith("-") and not field.negative:
        raise Wrong(_("Jumlah ini tidak boleh negatif."))
    return amount


_READERS: dict[str, Callable[[Field, str], str]] = {
    "text": _text,
    "long": _text,
    "rows": _text,
    "option": _text,
    "choice": _choice,
    "date": _date,
    "number": _number,
    "currency": _currency,
}
