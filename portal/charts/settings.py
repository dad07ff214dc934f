"""What every chart is told besides its figure: no mode bar, no zoom by wheel, and the language of its axes."""

from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from portal.language import SOURCE, language, locale


def chart_settings(*, scroll_zoom: bool = False) -> dict[str, Any]:
    """Plotly's `config` for `dcc.Graph`. Its names of months and days are Babel's, so no further file is loaded."""
    plain: dict[str, Any] = {"displayModeBar": False, "scrollZoom": scroll_zoom, "doubleClick": False}
    if language() == SOURCE:
        return plain
    return plain | {"locale": language(), "locales": {language(): {"dictionary": {}, "format": _format()}}}


def _format() -> dict[str, Any]:
    here = locale()
    days = [6, 0, 1, 2, 3, 4, 5]  # Plotly's weeks begin on Sunday, Babel's on Monday
    months = range(1, 13)
    return {
        "days": [get_day_names("wide", locale=here)[day] for day in days],
        "shortDays": [get_day_names("abbreviated", locale=here)[day] for day in days],
        "months": [get_month_names("wide", locale=here)[month] for month in months],
        "shortMonths": [get_month_names("abbreviated", "stand-alone", here)[month] for month in months],
        "decimal": get_decimal_symbol(here),
        "thousands": get_group_symbol(here),
        "year": "%Y",
        "month": "%b %Y",
        "dayMonth": "%-d %b",
        "dayMonthYear": "%-d %b %Y",
        "date": _day_first(format_date(date(2006, 5, 4), "short", here)),
    }


def _day_first(written: str) -> str:
    """Plotly's pattern of a day in figures, from how the locale writes the fourth of May."""
    return "%d/%m/%Y" if written.startswith(("4", "04")) else "%m/%d/%Y"
