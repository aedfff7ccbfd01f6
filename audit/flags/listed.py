"""All flags, and flags from settings.

Settings are an object of objects, `{"R003": {"threshold": 10}}`: a code and the fields of its
dataclass. An unknown code or field is refused, so that a misspelt threshold cannot pass for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from audit.flags.b001 import B001
from audit.flags.b002 import B002
from audit.flags.b003 import B003
from audit.flags.b004 import B004
from audit.flags.b005 import B005
from audit.flags.b006 import B006
from audit.flags.b007 import B007
from audit.flags.b008 import B008
from audit.flags.flag import Flag
from audit.flags.r001 import R001
from audit.flags.r002 import R002
from audit.flags.r003 import R003
from audit.flags.r005 import R005
from audit.flags.r010 import R010
from audit.flags.r011 import R011
from audit.flags.r013 import R013
from audit.flags.r016 import R016
from audit.flags.r018 import R018
from audit.flags.r021 import R021
from audit.flags.r022 import R022
from audit.flags.r024 import R024
from audit.flags.r025 import R025
from audit.flags.r028 import R028
from audit.flags.r029 import R029
from audit.flags.r030 import R030
from audit.flags.r031 import R031
from audit.flags.r035 import R035
from audit.flags.r036 import R036
from audit.flags.r038 import R038
from audit.flags.r040 import R040
from audit.flags.r047 import R047
from audit.flags.r048 import R048
from audit.flags.r050 import R050
from audit.flags.r051 import R051
from audit.flags.r055 import R055
from audit.flags.r058 import R058
from audit.flags.r059 import R059
from audit.flags.r060 import R060
from audit.flags.r061 import R061
from audit.flags.r062 import R062
from audit.flags.r063 import R063
from audit.flags.r064 import R064
from audit.flags.r067 import R067
from audit.flags.r068 import R068
from ledger.errors import Malformed

FLAGS: tuple[type[Flag], ...] = (
    R001,
    R002,
    R003,
    R005,
    R010,
    R011,
    R013,
    R016,
    R018,
    R021,
    R022,
    R024,
    R025,
    R028,
    R029,
    R030,
    R031,
    R035,
    R036,
    R038,
    R040,
    R047,
    R048,
    R050,
    R051,
    R055,
    R058,
    R059,
    R060,
    R061,
    R062,
    R063,
    R064,
    R067,
    R068,
    B001,
    B002,
    B003,
    B004,
    B005,
    B006,
    B007,
    B008,
)


def flags_from(settings: Mapping[str, Any]) -> tuple[Flag, ...]:
    """Every flag, with the settings given for it. Raises Malformed."""
    codes = {flag.code for flag in FLAGS}
    for code, chosen in settings.items():
        if code not in codes:
            raise Malformed(f"there is no flag {code[:20]!r}")
        if not isinstance(chosen, dict):
            raise Malformed(f"the settings of {code} are not an object")
    return tuple(_made(flag, settings.get(flag.code, {})) for flag in FLAGS)


def _made(flag: type[Flag], chosen: Mapping[str, Any]) -> Flag:
    known = {each.name: each for each in fields(flag)}  # type: ignore[arg-type]
    for name, value in chosen.items():
        if name not in known:
            raise Malformed(f"{flag.code} has no setting {name[:40]!r}; it has {', '.join(known)}")
        _check_setting(flag.code, name, value, str(known[name].type))
    return flag(**{name: _frozen(value) for name, value in chosen.items()})


_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "bool": (bool,),
    "int | None": (int, type(None)),
    "str | None": (str, type(None)),
    "tuple[str, ...]": (list,),
    "Mapping[str, int]": (dict,),
}


def _check_setting(code: str, name: str, value: object, expected: str) -> None:
    allowed = _TYPES[expected]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise Malformed(f"the setting {name} of {code} is not of the type {expected}")


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
