"""Dates, sizes, lists and statuses in words, in the language of the page. One way each, on every page."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from babel.lists import format_list

from layers.measures import Status
from layers.period import Grain, period_end, period_label
from portal.language import N_, SOURCE, _, language, locale, locale_of, number

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

STATUS_WORD: dict[Status, str] = {
    Status.VALUE: N_("figure"),
    Status.ZERO: N_("none"),
    Status.HIDDEN: N_("too few to show"),
    Status.NOT_COLLECTED: N_("not collected"),
    Status.NOT_REPORTED: N_("not reported yet"),
}
"""What stands where a number would; said by `status_text`."""

CADENCE_WORD = {
    "daily": N_("every day"),
    "weekly": N_("every week"),
    "monthly": N_("every month"),
    "quarterly": N_("every quarter"),
    "yearly": N_("every year"),
    "once": N_("once"),
}

_GRAIN_WORD = {
    Grain.DAY: N_("day"),
    Grain.WEEK: N_("week"),
    Grain.MONTH: N_("month"),
    Grain.QUARTER: N_("quarter"),
    Grain.YEAR: N_("year"),
    Grain.ROLLING_12M: N_("rolling 12 months"),
    Grain.ROLLING_4W: N_("rolling 4 weeks"),
}

_SKELETON = {Grain.DAY: "yMMMd", Grain.WEEK: "yMMMd", Grain.MONTH: "yMMM", Grain.QUARTER: "yQQQ"}


def status_text(status: Status) -> str:
    """`too few to show`: what stands where a number would."""
    return _(STATUS_WORD[status])


def cadence_text(cadence: str) -> str:
    """`every month`."""
    return _(CADENCE_WORD.get(cadence, cadence))


def grain_text(grain: Grain) -> str:
    """`month`, in a sentence."""
    return _(_GRAIN_WORD[grain])


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def day_text(day: date) -> str:
    """`5 October 2026`, `5 de octubre de 2026`."""
    if language() == SOURCE:
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return format_date(day, "long", locale())


def month_text(day: date) -> str:
    """`October 2026`, `octubre de 2026`."""
    if language() == SOURCE:
        return f"{MONTHS[day.month - 1]} {day.year}"
    name: str = format_skeleton("yMMMM", day, locale=locale())
    return name


def moment_text(moment: datetime) -> str:
    """`5 October 2026, 06:10`, in the moment's own time zone."""
    return f"{day_text(moment.date())}, {moment:%H:%M}"


def period_text(start: date, grain: Grain) -> str:
    """The name of a period, in the language: `12 Oct 2026`, `week of 12 Oct 2026`, `Oct 2026`, `Q4 2026`, `2026`.

    Data files have `layers.period.period_label`, in English.
    """
    return period_label(start, grain) if language() == SOURCE else _period(language(), start, grain)


@lru_cache(maxsize=4096)
def _period(code: str, start: date, grain: Grain) -> str:
    if grain is Grain.YEAR:
        return str(start.year)
    if grain is Grain.ROLLING_12M:
        return _("12 months to {month}", month=_period(code, period_end(start, grain).replace(day=1), Grain.MONTH))
    if grain is Grain.ROLLING_4W:
        return _("4 weeks to {day}", day=_period(code, period_end(start, grain), Grain.DAY))
    name: str = format_skeleton(_SKELETON[grain], start, locale=locale_of(code))
    return _("week of {day}", day=name) if grain is Grain.WEEK else name


def validity_text(first: date | None, last: date | None) -> str:
    """`from 1 January 2024 to 31 December 2026`; a dash where neither end is known."""
    if first and last:
        return _("from {first} to {last}", first=day_text(first), last=day_text(last))
    if first:
        return _("from {first}", first=day_text(first))
    return _("to {last}", last=day_text(last)) if last else "–"


def month_names() -> list[str]:
    """`Jan` to `Dec`, for an axis."""
    if language() == SOURCE:
        return [name[:3] for name in MONTHS]
    return [locale().months["stand-alone"]["abbreviated"][month] for month in range(1, 13)]


def bytes_text(size: int) -> str:
    """`812 B`, `3.1 MB`: decimal units, as browsers show."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{number(size / scale, 1)} {unit}"
    return f"{size} B"


def count_text(count: int) -> str:
    """`84,112`."""
    return number(count)


def list_text(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`; in English without a comma before `and`."""
    if language() != SOURCE:
        return format_list(parts, locale=locale())
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
