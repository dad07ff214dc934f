"""What the demo city's contact center adds up: calls by day and language, messages, staffing, survey, costs.

Nothing of it is drawn from the other feeds. One week the phone system told nothing; answers came faster year by year,
and what a call costs rose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from etl.demo.calendar import Planted, Span, growth, season, weekday_pattern
from etl.demo.plane import Floats, stream
from layers.period import Grain, period_range

OUTAGE = Planted("The contact center's phone system told nothing", date(2026, 8, 3), date(2026, 8, 9))
CALLS_PER_HOME = 0.0112
"""Calls offered per home and day."""
FEWEST_HOMES = 85_000
"""However small the city is drawn, its center serves as many: figures of a dozen calls a day would show nothing."""
LANGUAGES = {
    "English": 0.848,
    "Spanish": 0.124,
    "Arabic": 0.014,
    "Swahili": 0.009,
    "Ukrainian": 0.0008,
    "Other": 0.0042,
}
SURVEY_LANGUAGES = {"English": 0.85, "Spanish": 0.125, "Arabic": 0.013, "Other": 0.012}
"""Languages in which the survey is answered."""
CHANNELS = {"Chat": 0.10, "E-mail": 0.09, "Web form": 0.21, "Mobile app": 0.17, "Text": 0.04}
"""Messages of each kind per call."""
COST = {"Phone": 4.15, "Chat": 2.60, "E-mail": 3.40, "Web form": 0.85, "Mobile app": 0.55, "Text": 1.90}
"""Dollars per contact in the middle of 2025."""
SURVEYED = 0.045
SERVICES = 148


@dataclass(frozen=True, slots=True)
class CenterFeeds:
    """File name to table, in the columns of the feeds."""

    tables: dict[str, pl.DataFrame]
    truth: dict[str, Any]


def draw_center(seed: int, span: Span, *, households: int) -> CenterFeeds:
    """All feeds of the center; empty cells where its phone system told nothing."""
    rng, homes = stream(seed, "center"), max(households, FEWEST_HOMES)
    days = span.days(partial=True)
    shape = weekday_pattern(days, saturday=0.42, sunday=0.28) * season(days, peak=date(2025, 7, 10), strength=0.12)
    weight = shape * growth(days, yearly=0.02)
    dates = [date(1970, 1, 1) + timedelta(days=int(day)) for day in days]
    calls = _calls(rng, days, dates, weight * CALLS_PER_HOME * homes)
    messages = _messages(rng, dates, weight * CALLS_PER_HOME * homes * growth(days, yearly=0.10))
    months = period_range(span.first, span.last_whole, Grain.MONTH)
    handled = _by_month(calls, messages)
    tables = {
        "calls_by_day": calls,
        "messages_by_day": messages,
        "staffing_by_day": _staffing(rng, days, dates, weight * CALLS_PER_HOME * homes),
        "survey_by_month": _survey(rng, months, handled),
        "costs_by_month": _costs(rng, months, handled),
        "center_by_month": _management(rng, months, handled),
    }
    truth = {
        "rows": {name: table.height for name, table in tables.items()},
        "offered": int(calls["OFFERED"].sum()),
        "answered": int(calls["ANSWERED"].sum()),
        "blank_days": [str(day) for day in dates if OUTAGE.first <= day <= OUTAGE.last],
    }
    return CenterFeeds(tables, truth)


def _calls(rng: np.random.Generator, days: Floats, dates: list[date], expected: Floats) -> pl.DataFrame:
    """One row per day and language; times as the phone system writes them, H:MM:SS over all calls of the row."""
    patience = _trend(days, start=0.135, end=0.058)
    answer = _trend(days, start=84.0, end=27.0)
    out = OUTAGE.on(days)
    frames = []
    for language, share in LANGUAGES.items():
        offered = rng.poisson(expected * share)
        gone = rng.binomial(offered, np.clip(patience * rng.normal(1.0, 0.10, days.size), 0.01, 0.6))
        answered = offered - gone
        waited = answered * answer * np.clip(rng.normal(1.0, 0.08, days.size), 0.5, 2.0)
        usual = 186.0 if language in ("English", "Spanish") else 318.0
        talked = answered * np.clip(rng.normal(usual, 9.0, days.size), 60, None)
        hung = waited + gone * answer * 1.9
        frames.append(
            pl.DataFrame({
                "DATE": [day.strftime("%m/%d/%Y") for day in dates],
                "LANGUAGE": [language] * len(dates),
                "OFFERED": offered,
                "ANSWERED": answered,
                "ABANDONED": gone,
                "TIME_TO_ANSWER": _clock(waited),
                "TIME_IN_QUEUE": _clock(hung),
                "TALK_TIME": _clock(talked),
            }).with_columns(
                pl.when(pl.Series(out)).then(None).otherwise(pl.col(name)).alias(name)
                for name in ("OFFERED", "ANSWERED", "ABANDONED", "TIME_TO_ANSWER", "TIME_IN_QUEUE", "TALK_TIME")
            )
        )  # fmt: skip
    return pl.concat(frames).with_row_index("at").sort(pl.col("at") % len(dates), "at").drop("at")


def _messages(rng: np.random.Generator, dates: list[date], expected: Floats) -> pl.DataFrame:
    frames = []
    for channel, share in CHANNELS.items():
        handled = rng.poisson(expected * share)
        slow = {"Chat": 0.03, "Text": 0.4}.get(channel, 9.5)
        replied = rng.binomial(handled, 0.97)
        hours = replied * slow * np.clip(rng.normal(1.0, 0.15, len(dates)), 0.4, 2.5)
        frames.append(pl.DataFrame({
            "DATE": [day.isoformat() for day in dates], "CHANNEL": [channel] * len(dates), "HANDLED": handled,
            "REPLIED": replied, "REPLY_HOURS": hours.round(2),
        }))  # fmt: skip
    return pl.concat(frames).with_row_index("at").sort(pl.col("at") % len(dates), "at").drop("at")


def _staffing(rng: np.random.Generator, days: Floats, dates: list[date], expected: Floats) -> pl.DataFrame:
    busy = expected * 285 / 3600 * np.clip(rng.normal(1.0, 0.03, days.size), 0.8, 1.2)
    staffed = busy / np.clip(_trend(days, start=0.86, end=0.78) * rng.normal(1.0, 0.02, days.size), 0.4, 0.97)
    return pl.DataFrame({
        "DATE": [day.isoformat() for day in dates], "BUSY_HOURS": busy.round(2), "SIGNED_IN_HOURS": staffed.round(2),
    })  # fmt: skip


def _by_month(calls: pl.DataFrame, messages: pl.DataFrame) -> dict[tuple[date, str], int]:
    """Contacts handled by month and channel; of the week without figures nothing."""
    phone = calls.select(day=pl.col("DATE").str.to_date("%m/%d/%Y"), channel=pl.lit("Phone"), n="ANSWERED")
    rest = messages.select(day=pl.col("DATE").str.to_date("%Y-%m-%d"), channel="CHANNEL", n="HANDLED")
    both = pl.concat([phone, rest], how="vertical_relaxed")
    sums = both.group_by(pl.col("day").dt.truncate("1mo"), "channel").agg(pl.col("n").sum()).sort("day", "channel")
    return {(day, channel): int(n) for day, channel, n in sums.iter_rows()}


def _survey(rng: np.random.Generator, months: list[date], handled: dict[tuple[date, str], int]) -> pl.DataFrame:
    """Answers by month, channel and language, and how many of them were pleased."""
    rows = []
    for number, month in enumerate(months):
        done = number / max(len(months) - 1, 1)
        for channel in ("Phone", "Chat", "E-mail"):
            asked = handled.get((month, channel), 0) * SURVEYED
            for language, share in SURVEY_LANGUAGES.items():
                answers = int(rng.poisson(asked * share))
                pleased = 0.79 + 0.07 * done - (0.06 if language not in ("English", "Spanish") else 0.0)
                rows.append((month.isoformat(), channel, language, answers, int(rng.binomial(answers, pleased))))
    columns = ("MONTH", "CHANNEL", "LANGUAGE", "ANSWERS", "SATISFIED")
    return pl.DataFrame(rows, schema=columns, orient="row")


def _costs(rng: np.random.Generator, months: list[date], handled: dict[tuple[date, str], int]) -> pl.DataFrame:
    rows = []
    for month in months:
        years = (month - date(2025, 7, 1)).days / 365.25
        for channel, each in COST.items():
            dearer = each * (1.055**years if channel == "Phone" else 1.01**years) * rng.normal(1.0, 0.015)
            rows.append((month.isoformat(), channel, round(dearer * max(handled.get((month, channel), 0), 1), 2)))
    return pl.DataFrame(rows, schema=("MONTH", "CHANNEL", "COST"), orient="row")


def _management(rng: np.random.Generator, months: list[date], handled: dict[tuple[date, str], int]) -> pl.DataFrame:
    rows = []
    for number, month in enumerate(months):
        all_handled = sum(n for (start, _), n in handled.items() if start == month)
        staff = 34 + round(rng.normal(0, 0.8))
        online = min(SERVICES, 71 + round(1.1 * number))
        served = rng.poisson(all_handled * (0.20 + 0.004 * number))
        coded = int(rng.binomial(all_handled, 0.88))
        settled = int(rng.binomial(coded, 0.71 + 0.12 * number / max(len(months) - 1, 1)))
        rows.append((month.isoformat(), int(rng.poisson(max(all_handled * 0.0011, 1.0))), SERVICES, online,
                     int(served), staff, int(rng.poisson(0.75)), coded, settled))  # fmt: skip
    columns = (
        "MONTH", "COMPLAINTS", "SERVICES", "SERVICES_ONLINE", "SELF_SERVED", "STAFF", "LEFT", "CODED",
        "SETTLED_AT_ONCE",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


def _trend(days: Floats, *, start: float, end: float) -> Floats:
    """From one level in November 2023 to another in November 2026."""
    first, last = 19_662.0, 20_772.0
    return np.asarray(start + (end - start) * np.clip((days - first) / (last - first), 0, 1))


def _clock(seconds: Iterable[float]) -> list[str]:
    whole = [round(each) for each in seconds]
    return [f"{each // 3600}:{each % 3600 // 60:02d}:{each % 60:02d}" for each in whole]
