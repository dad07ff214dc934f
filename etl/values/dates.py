"""Moments as agencies write them, as naive Datetime in the city's time zone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

EPOCH_SECONDS = "%s"
"""The format of moments that are written as seconds since 1970 (UTC)."""

FIRST_DAY = datetime(1900, 1, 1)  # noqa: DTZ001 - compared with moments of the city's own clock
"""Moments before it are a format misread (18 for 2018), never a record."""

_HALF_DAY = " %p"
_WITH_TIME = ("%H", "%I", "%T", "%R", "%k", "%l", "%c", "%X")
_WITH_ZONE = ("%z", "%:z", "%#z", "%+")
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND


def with_moments(
    frame: pl.LazyFrame,
    columns: Mapping[str, str],
    *,
    formats: Sequence[str],
    written_in: ZoneInfo,
    city: ZoneInfo,
) -> pl.LazyFrame:
    """The frame with a Datetime[us] of the city's clock for each `{name: text column}`.

    The first format that fits exactly wins, null where none does. Days are midnights. Formats with an offset and
    seconds since 1970 know their own zone; all others are read on the clock of `written_in`. It works in stages, so
    that each text is parsed once.
    """
    readings = [(_stage(name, n), pl.col(text), given) for name, text in columns.items() for n, given in _nth(formats)]
    frame = frame.with_columns(_clock(text, given).alias(stage) for stage, text, given in readings)
    frame = frame.with_columns(
        _moment(pl.col(stage), text, given, written_in, city).alias(stage) for stage, text, given in readings
    )
    frame = frame.with_columns(
        pl.when(pl.col(stage) >= FIRST_DAY).then(pl.col(stage)).alias(stage) for stage, _, _ in readings
    )
    return frame.with_columns(pl.coalesce(_stage(name, n) for n, _ in _nth(formats)).alias(name) for name in columns)


def _nth(formats: Sequence[str]) -> Iterable[tuple[int, str]]:
    return enumerate(formats)


def _stage(name: str, place: int) -> str:
    return f"\x00moment.{place}.{name}"


def _clock(text: pl.Expr, given: str) -> pl.Expr:
    """The parsed text. A clock of twelve hours is read as if it had twenty-four, which Polars does six times faster."""
    if given == EPOCH_SECONDS:
        return (
            (text.cast(pl.Float64, strict=False) * _SECOND).cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))
        )
    if any(mark in given for mark in _WITH_ZONE):
        return text.str.to_datetime(given, time_unit="us", time_zone="UTC", strict=False)
    if not any(mark in given for mark in _WITH_TIME):
        return text.str.to_date(given, strict=False).cast(pl.Datetime("us"))
    if _of_twelve_hours(given):
        text, given = text.str.head(-len("_PM")), given.removesuffix(_HALF_DAY).replace("%I", "%H")
    return text.str.to_datetime(given, time_unit="us", strict=False, cache=False)


def _moment(clock: pl.Expr, text: pl.Expr, given: str, written_in: ZoneInfo, city: ZoneInfo) -> pl.Expr:
    if given == EPOCH_SECONDS or any(mark in given for mark in _WITH_ZONE):
        return clock.dt.convert_time_zone(city.key).dt.replace_time_zone(None)
    if _of_twelve_hours(given):
        clock = _of_the_day(clock, text)
    return clock if written_in.key == city.key else _other_clock(clock, written_in, city)


def _of_twelve_hours(given: str) -> bool:
    return given.endswith(_HALF_DAY) and "%I" in given


def _of_the_day(clock: pl.Expr, text: pl.Expr) -> pl.Expr:
    """From 12 PM and 1 AM to hours of the day; null where the clock does not say 1 to 12, or no half."""
    half = text.str.tail(2)
    afternoon, morning = (half == "PM") | (half == "pm"), (half == "AM") | (half == "am")
    moment = clock.to_physical()
    of_day = moment % (24 * _HOUR)
    shift = afternoon.cast(pl.Int8) - (of_day >= 12 * _HOUR).cast(pl.Int8)
    told = (afternoon | morning) & of_day.is_between(1 * _HOUR, 13 * _HOUR, closed="left")
    return pl.when(told).then(moment + shift.cast(pl.Int64) * (12 * _HOUR)).cast(pl.Datetime("us"))


def _other_clock(naive: pl.Expr, written_in: ZoneInfo, city: ZoneInfo) -> pl.Expr:
    """Of an hour that comes twice the first is meant; one that a clock skips is read an hour later."""
    known = naive.dt.replace_time_zone(written_in.key, ambiguous="earliest", non_existent="null")
    later = (naive + pl.duration(hours=1)).dt.replace_time_zone(
        written_in.key, ambiguous="earliest", non_existent="null"
    )
    return pl.coalesce(known, later).dt.convert_time_zone(city.key).dt.replace_time_zone(None)
