"""What a page is asked to show: the query keys of its address, read strictly and written shortest first.

The address is the state. Every key has a fixed shape; a value of another shape is dropped, never echoed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self
from urllib.parse import parse_qsl, quote_plus

from portal.language import asked

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNIT = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._-]{0,63}")
_UNITS = re.compile(rf"(?:{_UNIT.pattern})(?:,{_UNIT.pattern}){{0,3}}")
_PLACE = rf"(?:[a-z][a-z0-9_]{{0,63}}:{_UNIT.pattern})"
_PLACES = re.compile(rf"{_PLACE}(?:,{_PLACE}){{0,3}}")
_RELEASE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}(?:,[0-9A-Za-z][0-9A-Za-z._-]{0,127}){0,7}")
_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_MONTH = re.compile(r"\d{4}-\d{2}")
_SHAPE = re.compile(r"-?\d{1,6}_-?\d{1,7}(?:_-?\d{1,7}_-?\d{1,7}){2,49}")
_CHOSEN = re.compile(rf"(?:{_UNIT.pattern})(?:,{_UNIT.pattern}){{0,49}}")
_ON = re.compile("1")
_PLAIN = re.compile(r"[0-9A-Za-z._-]*")
"""Stays as it is in an address."""
_LANG = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")

_SHAPES = {
    "topic": _SLUG,
    "measure": _SLUG,
    "category": _SLUG,
    "geography": _SLUG,
    "unit": _UNIT,
    "grain": _SLUG,
    "from": _DAY,
    "to": _DAY,
    "compare": _UNITS,
    "as_of": _RELEASE,
    "lang": _LANG,
    "layer": _SLUG,
    "show": _SLUG,
    "baseline": _SLUG,
    "month": _MONTH,
    "around": _DAY,
    "places": _PLACES,
    "shape": _SHAPE,
    "chosen": _CHOSEN,
    "present": _ON,
}


@dataclass(frozen=True, slots=True)
class View:
    """The query keys used on every page; `None` where the address does not say.

    `from_` and `to` are the first days of the first and last period (key `from`; `2026-09` means its first day).
    `unit` may name the place; `compare` up to four more, comma separated. `layer` and `show` are for a page's own
    switches (which overlay, table or chart). `baseline` says what a trend is compared with. `as_of` names a release;
    that of a report, one for each topic, comma separated. `month` is the first day of a report's month,
    `around` the day of an event that figures are compared before and after.
    `places` names up to four places of any kind: `district:5,city:city`. `shape` is a drawn outline
    (`portal.map.shape`), `chosen` up to 50 units of the geography: what a map adds up. `present` is `1` on a projector.
    """

    topic: str | None = None
    measure: str | None = None
    category: str | None = None
    geography: str | None = None
    unit: str | None = None
    grain: str | None = None
    from_: date | None = None
    to: date | None = None
    compare: str | None = None
    as_of: str | None = None
    lang: str | None = None
    layer: str | None = None
    show: str | None = None
    baseline: str | None = None
    month: date | None = None
    around: date | None = None
    places: str | None = None
    shape: str | None = None
    chosen: str | None = None
    present: str | None = None

    @classmethod
    def read(cls, query: str | Mapping[str, str]) -> Self:
        """The view of a query string (with or without `?`) or of its pairs. Unknown keys and odd values are dropped."""
        pairs = _pairs(query) if isinstance(query, str) else dict(query)
        kept: dict[str, Any] = {}
        for key, shape in _SHAPES.items():
            value = pairs.get(key, "")
            if shape.fullmatch(value):
                kept[key] = value
        for key in ("from", "to", "month", "around"):
            if key in kept:
                kept[key] = _day(kept[key])
        kept["from_"] = kept.pop("from", None)
        return cls(**kept)

    def query(self, **changes: Any) -> str:
        """The query string (with `?`, or empty) of this view with some keys changed; `None` takes a key away.

        Where the view says no language, the one that the page's address names is kept.
        """
        said = {"lang": self.lang or asked(), **changes}
        if not said.keys() <= _KEYS.keys():
            raise TypeError("a view has no such key")
        text = ""
        for name, key in _KEYS.items():
            value = said[name] if name in said else getattr(self, name)
            if value is not None:
                text += f"{'&' if text else '?'}{key}={_quoted(_written(key, value))}"
        return text

    def by_unit(self) -> Callable[[str], str]:
        """`query(unit=…)` for many places."""
        before, after = self.query(unit="\0").split("%00")
        return lambda unit: f"{before}{_quoted(unit)}{after}"

    def pairs(self) -> list[tuple[str, str]]:
        """The keys that the view says, as an address writes them."""
        found = ((key, getattr(self, name)) for name, key in _KEYS.items())
        return [(key, _written(key, value)) for key, value in found if value is not None]


_KEYS = {field.name: field.name.rstrip("_") for field in fields(View)}
"""Field → key: a map’s answer writes fifty addresses, and looks the fields up once."""


def _pairs(query: str) -> dict[str, str]:
    """As the server reads a request's: of a key said twice the last counts, also where it is blank."""
    return dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote_plus(text)


def _written(key: str, value: str | date) -> str:
    return f"{value:%Y-%m}" if key == "month" else str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        return None
