"""Fields of forms: what an officer typed, read strictly; a fault names the field where it fails.

Amounts are typed as people write them (`1.250.000.000`, `1,250,000.50`) and kept as the decimal
strings of our bodies; dates are those of `<input type="date">`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.errors import InvalidInput
from procurement.money import format_amount, parse_money
from web.language import mark as _
from web.privacy import is_personal

Answers = dict[str, str]
Kind = Literal["text", "long", "money", "date", "choice", "number", "rows"]

CURRENCY = "IDR"

_GROUPED = re.compile(r"-?[0-9]{1,3}(?:([.,])[0-9]{3}(?:\1[0-9]{3})*)?(?:[.,][0-9]{1,2})?")
_PLAIN = re.compile(r"-?[0-9]{1,18}(?:[.,][0-9]{1,2})?")


@dataclass(frozen=True)
class Field:
    """One question of a form; `choices` are codes of the family `family` of web.terms."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    family: str = ""
    longest: int = 200
    negative: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field: a message of the catalogue, and what stands in it."""

    field: str
    message: str
    said: Mapping[str, str | int] | None = None


class Wrong(Exception):
    """A value that cannot be taken: a message of the catalogue."""


def check_fields(fields: Sequence[Field], answers: Answers) -> list[Fault]:
    """The faults of single fields; what is well typed is put into its one written form."""
    faults = []
    for field in fields:
        try:
            answers[field.name] = _read(field, answers.get(field.name, "").strip())
        except Wrong as error:
            faults.append(Fault(field.name, str(error), {"n": field.longest}))
    return faults


def _read(field: Field, typed: str) -> str:
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
        raise Wrong(_("Tulislah angka bulat, misalnya 5."))
    return str(int(typed))


def _amount(field: Field, typed: str) -> str:
    amount = read_amount(typed)
    if amount.startswith("-") and not field.negative:
        raise Wrong(_("Jumlah ini tidak boleh negatif."))
    return amount


def read_amount(typed: str) -> str:
    """An amount as typed, as a decimal string with all decimals. Raises Wrong."""
    compact = typed.removeprefix("Rp").replace(" ", "").replace("\u00a0", "").replace("−", "-")
    grouped = _GROUPED.fullmatch(compact)
    if grouped and grouped[1]:
        compact = compact.replace(grouped[1], "")
    if not _PLAIN.fullmatch(compact):
        raise Wrong(_("Tulislah jumlah dengan angka, misalnya 1.250.000.000."))
    try:
        return format_amount(parse_money(compact.replace(",", "."), CURRENCY))
    except InvalidInput as error:
        raise Wrong(_("Jumlah ini terlalu besar.")) from error


_READERS: dict[str, Callable[[Field, str], str]] = {
    "text": _text,
    "long": _text,
    "rows": _text,
    "choice": _choice,
    "date": _date,
    "number": _number,
    "money": _amount,
}
