"""What a trend is compared with, what was expected of it and what stands out, in words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.period import Grain
from layers.release import Event, MeasureInfo
from portal.frame.elements import html
from portal.language import N_, _
from portal.queries.figure import Figure
from portal.statistics.anomalies import RULES, Rule
from portal.statistics.baseline import Baseline, BaselineKind, compared_periods, may_be_averaged
from portal.statistics.expectation import YEARS
from portal.words.figures import figure_text, number_text
from portal.words.wording import day_text, list_text, period_text

MOST_TOLD = 6
"""Figures that stand out and are told under the chart; the table marks them all."""

_WHY_NOT = {
    "no_season": N_("No expected range is drawn: these periods have no season, or overlap."),
    "gaps": N_("No expected range is drawn: it needs {years} full years of figures without a gap."),
    "small": N_("No expected range is drawn: the figures are too small for it, or all alike."),
}


def baseline_options(
    measure: MeasureInfo, events: Sequence[Event], rows: pl.DataFrame, grain: Grain
) -> list[tuple[str, str]]:
    """The baselines of a measure: those that no period has yet say so."""
    choices = [Baseline()]
    if may_be_averaged(measure):
        choices.append(Baseline(BaselineKind.MEAN))
    choices += [Baseline(BaselineKind.BEFORE, event.start) for event in events]
    have = set(rows.filter(pl.col("value").is_not_null())["period"])
    titles = {event.start: event.title for event in events}
    return [
        (each.key if each != Baseline() else "", _option(each, titles, any(_whole(p, grain, each, have) for p in have)))
        for each in choices
    ]  # fmt: skip


def _whole(start: date, grain: Grain, baseline: Baseline, have: set[Any]) -> bool:
    periods = compared_periods(start, grain, baseline)
    return bool(periods) and all(each in have for each in periods)


def _option(baseline: Baseline, titles: dict[date, str], possible: bool) -> str:
    name = _short(baseline, titles)
    return name if possible else _("{baseline} (not enough years yet)", baseline=name)


def _short(baseline: Baseline, titles: dict[date, str]) -> str:
    if baseline.event is not None:
        return _("Before: {event}", event=titles.get(baseline.event, ""))
    if baseline.kind is BaselineKind.MEAN:
        return _("Mean of the three years before")
    return _("The year before")


def baseline_words(baseline: Baseline, events: Sequence[Event]) -> str:
    """The end of a title: `compared with the mean of the three years before`."""
    if baseline.event is not None:
        title = next((event.title for event in events if event.start == baseline.event), "")
        return _(
            "the same time of year before “{event}” ({day})", event=title, day=day_text(baseline.event)
        )  # fmt: skip
    if baseline.kind is BaselineKind.MEAN:
        return _("the mean of the three years before")
    return _("the year before")


def than_words(period: date, grain: Grain, baseline: Baseline) -> str:
    """What one period is compared with: `Sep 2025`, `the mean of Sep 2025, Sep 2024 and Sep 2023`."""
    labels = [period_text(each, grain) for each in compared_periods(period, grain, baseline)]
    if not labels:
        return _("the time before the event")
    return labels[0] if len(labels) == 1 else _("the mean of {periods}", periods=list_text(labels))


# ---- what was expected ----


def rule_of(key: str | None) -> Rule | None:
    """The rule of that name."""
    return next((rule for rule in RULES if rule.key == key), None)


def expected_text(row: dict[str, Any], measure: MeasureInfo) -> str:
    """`300 to 380`, or nothing."""
    if row["expected_low"] is None:
        return ""
    return _(
        "{low} to {high}",
        low=number_text(row["expected_low"], measure),
        high=number_text(row["expected_high"], measure),
    )


def later_text(row: dict[str, Any], measure: MeasureInfo) -> str:
    """`310 to 335`, or nothing: where a young figure will end up."""
    if row["later_low"] is None:
        return ""
    return _(
        "{low} to {high}", low=number_text(row["later_low"], measure), high=number_text(row["later_high"], measure)
    )


def stands_out(rows: pl.DataFrame, measure: MeasureInfo, grain: Grain, why_not: str) -> Component:
    """The figures that a rule marks, newest first, with the rule; or that there is none, or no range to judge by."""
    if why_not:
        return html.P(_(_WHY_NOT[why_not], years=YEARS), className="quiet")
    marked = rows.filter(pl.col("rule").is_not_null()).reverse().head(MOST_TOLD)
    if marked.is_empty():
        return html.P(_("No figure stands out from what level, trend and season let expect."), className="quiet")
    items = [html.Li(_told(row, measure, grain)) for row in marked.iter_rows(named=True)]
    caution = _(
        "Expected is what all other periods would predict for this one. A rule says that a figure is unusual, not why."
    )
    return html.Div(
        [html.H3(_("What stands out")), html.Ul(items, className="an-marked"), html.P(caution, className="quiet")]
    )


def _told(row: dict[str, Any], measure: MeasureInfo, grain: Grain) -> str:
    rule = rule_of(row["rule"])
    return _(
        "{period}: {value}, expected {expected}. Rule: {rule}.",
        period=period_text(row["period"], grain),
        value=figure_text(Figure.of_row(row), measure),
        expected=expected_text(row, measure),
        rule=_(rule.title) if rule else "",
    )
