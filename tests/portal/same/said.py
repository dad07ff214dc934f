"""What a text says of a figure, read as a reader of its language reads it; and what it has to say, from the release."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import parse_decimal

LOCALE = {"en": "en_US", "es": "es_US"}
WORDS = {
    "en": {"too few to show": "hidden", "not collected": "not_collected", "not reported yet": "not_reported"},
    "es": {"muy pocos para mostrar": "hidden", "no se recopila": "not_collected", "aún sin reportar": "not_reported"},
}
"""Language → the word that stands where a number would, and which status it tells."""
_NUMBER = r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?"
_FIGURE = re.compile(rf"({_NUMBER})( %)?(?: ± ({_NUMBER})( %)?)?(?![\d.,]*\d)")


@dataclass(frozen=True, slots=True)
class Said:
    """A number with its margin, or the status that a word tells. `percent`: whether a percent sign stands behind it."""

    number: Decimal | None = None
    margin: Decimal | None = None
    status: str | None = None
    percent: bool = False

    def without_margin(self) -> "Said":
        return Said(self.number, None, self.status, self.percent)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a release, and how its measure is written."""

    status: str
    value: float | None
    low: float | None
    high: float | None
    flag: str | None
    decimals: int
    percent: bool

    @property
    def said(self) -> Said:
        """What every form has to say of it: rounded on paper, the margin where a range is published."""
        if self.value is None:
            return Said(status=self.status)
        margin = None
        if self.low is not None and self.high is not None:
            margin = self._written(max(self.high - self.value, self.value - self.low))
        return Said(self._written(self.value), margin, percent=self.percent)

    def _written(self, value: float) -> Decimal:
        exact = Decimal(f"{value:.9f}") * (100 if self.percent else 1)
        return exact.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)


def plain(text: str) -> str:
    """Blanks of any kind as one."""
    return " ".join(text.split())


def read(text: str, language: str) -> Said:
    """The figure that a text begins with, or the status word; a Said of nothing where it tells neither."""
    text = plain(text)
    for word, status in WORDS[language].items():
        if text.startswith(word):
            return Said(status=status)
    found = _FIGURE.match(text)
    if found is None:
        return Said()
    number, percent, margin, _percent = found.groups()
    return Said(_number(number, language), _number(margin, language) if margin else None, percent=bool(percent))


def numbers(text: str, language: str) -> list[Decimal]:
    """All numbers of a text."""
    return [_number(each, language) for each in re.findall(_NUMBER, text)]


def _number(text: str, language: str) -> Decimal:
    return Decimal(parse_decimal(text, locale=LOCALE[language], strict=True))


def day(when: date, language: str) -> str:
    """As a reader writes it: `5 October 2026`, `5 de octubre de 2026`."""
    if language == "en":
        return f"{when.day} {format_date(when, 'MMMM y', 'en_US')}"
    return format_date(when, "long", LOCALE[language])
