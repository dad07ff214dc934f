"""The language of the answer that is being written: its words, its numbers, its dates.

English is the source: a message is its own key. A language is offered once its catalog is there
(`portal/locale/<code>/LC_MESSAGES/portal.po`). What is being answered sets the language with `speaking`; the words
are asked for with `_`, `_n` and `woven` while they are written, never while a module is imported (`N_` marks those).
"""

import gettext
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import resources
from itertools import chain
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

SOURCE = "en"
"""The language of the code; it needs no catalog."""

_TERRITORY = "US"
"""Whose numbers and dates: Spanish in the United States writes 84,112 and 3.4."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class _Spoken:
    language: str = SOURCE
    in_address: bool = False


_SPOKEN: ContextVar[_Spoken] = ContextVar("spoken", default=_Spoken())  # noqa: B039 - frozen


def language() -> str:
    """The code of the language that is being written: `en`, `es`."""
    return _SPOKEN.get().language


def asked() -> str | None:
    """The language that the reader's address names; None where it names none."""
    spoken = _SPOKEN.get()
    return spoken.language if spoken.in_address else None


@contextmanager
def speaking(code: str, *, in_address: bool = False) -> Iterator[None]:
    """Write in that language. `in_address`: the reader's address names it, so every link keeps it."""
    token = _SPOKEN.set(_Spoken(code, in_address))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def link(address: str) -> str:
    """An address of this site that keeps the language, where the address of the page names it."""
    spoken = _SPOKEN.get()
    if not spoken.in_address:
        return address
    path, mark, fragment = address.partition("#")
    if re.search(r"[?&]lang=", path) is None:
        path += f"{'&' if '?' in path else '?'}lang={spoken.language}"
    return path + mark + fragment


# ---- words ----


def _(message: str, **values: Any) -> str:
    """The message in the page's language, its `{places}` filled in. Unknown messages (a city's own names) stay."""
    text = words_of(_SPOKEN.get().language).gettext(message) if message else ""
    return text.format(**values) if values else text


def _n(one: str, many: str, n: float, **values: Any) -> str:
    """One of the plural forms, by the language's own rule. `{n}` is the number as the language writes it."""
    text = words_of(_SPOKEN.get().language).ngettext(one, many, n)  # type: ignore[arg-type]  # rules take decimals too
    return text.format(**{"n": number(n)} | values)


def N_(message: str) -> str:
    """Marks a message that is looked up later, with `_`, by whoever shows it."""
    return message


def woven(message: str, **values: Any) -> list[Any]:
    """The message as a list: words, and values that are no words (a link, a day) where its `{places}` are."""
    pieces = _PLACE.split(_(message))
    return [values[piece] if index % 2 else piece for index, piece in enumerate(pieces) if index % 2 or piece]


@cache
def words_of(code: str) -> gettext.NullTranslations:
    """The catalog of a language, compiled in memory; English as it stands in the code where there is none."""
    found = catalogs().get(code)
    if found is None:
        return gettext.NullTranslations()
    catalog, compiled = read_po(io.StringIO(found()), locale=code), io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def catalogs() -> dict[str, Callable[[], str]]:
    """Language code → what reads its catalog. A folder with a catalog is all that a language needs."""
    folders = sorted(resources.files("portal").joinpath("locale").iterdir(), key=lambda each: each.name)
    files = {each.name: each.joinpath("LC_MESSAGES", "portal.po") for each in folders}
    return {code: partial(file.read_text, "utf-8") for code, file in files.items() if file.is_file()}


# ---- choosing ----


@cache
def offered() -> dict[str, str]:
    """Language code → its own name (`Español`), English first."""
    return {code: _own_name(code) for code in (SOURCE, *(each for each in catalogs() if each != SOURCE))}


def _own_name(code: str) -> str:
    name = str(Locale.parse(code).get_language_name(code) or code)
    return name[:1].upper() + name[1:]


def pick(asked: str | None, accepted: str, city: Callable[[], Sequence[str]]) -> str:
    """The language of a page: asked for in the address, else accepted by the browser, else the city's first offered."""
    wishes = [asked or "", *(part.split(";")[0].strip()[:2] for part in accepted.split(","))]
    return next((wish for wish in chain(wishes, _lazily(city)) if wish in offered()), SOURCE)


def _lazily(city: Callable[[], Sequence[str]]) -> Iterator[str]:
    yield from city()


# ---- numbers ----


def locale() -> Locale:
    """What Babel needs to write dates and lists in the page's language."""
    return locale_of(_SPOKEN.get().language)


@cache
def locale_of(code: str) -> Locale:
    """The language as the United States writes it, or in general."""
    try:
        return Locale.parse(f"{code}_{_TERRITORY}")
    except UnknownLocaleError:
        return Locale.parse(code)


def number(value: float, decimals: int = 0) -> str:
    """`84,112`, `3.4`: grouped by thousands, with the language's own signs; halves as `rounded` says."""
    return _number(value, decimals, _SPOKEN.get().language)


@lru_cache(maxsize=16_384)
def _number(value: float, decimals: int, code: str) -> str:
    """A map writes hundreds of numbers, and most of them were written before. 2 MB at most."""
    text, signs = f"{rounded(value, decimals):,.{decimals}f}", _signs(code)
    return text.translate(signs) if signs else text


def rounded(value: float, decimals: int = 0) -> float:
    """The value as it is written: a half goes away from zero, as spreadsheets and readers round it.

    Python alone would write 12.5 as 12, and the spreadsheet beside the page 13.
    """
    scaled = abs(value) * 10**decimals
    whole, rest = scaled // 1, scaled % 1
    nearest = whole + 1 if rest > _HALF else whole
    return math.copysign(nearest / 10**decimals, value) if nearest else 0.0


_HALF = 0.5 - 1e-9
"""What binary fractions make of a half: 0.285 · 100 is 28.499999999999996."""


@cache
def _signs(code: str) -> dict[int, str] | None:
    """Only the two signs: Babel's own formatting takes twenty times as long, and a map writes thousands of numbers."""
    found = {",": get_group_symbol(locale_of(code)), ".": get_decimal_symbol(locale_of(code))}
    return None if all(sign == own for sign, own in found.items()) else str.maketrans(found)
