"""The categories of a district's requests, the most frequent first."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.districtfocus import DISTRICT
from portal.figures import (
    change_step,
    change_words,
)
from portal.language import N_, _
from portal.parts import change_mark, downloads_of_view
from portal.queries.change import change_of
from portal.queries.figure import NOTHING
from portal.queries.offer import offer_of
from portal.queries.summary import (
    category_figures,
    default_grain,
    last_period,
    top_categories,
)
from portal.released import told
from portal.releases import Releases
from portal.sentences import both
from portal.tables import Cell, figure_cell, sortable
from portal.view import View
from portal.wording import period_text

LISTS: tuple[tuple[str, str, str], ...] = (
    ("service_requests", "requests", N_("Top 10 kinds of requests about places")),
    ("service_requests", "homes", N_("Kinds of requests about homes (protected)")),
)


TIMES: dict[str, str] = {
    "days_to_close_median": N_("Half closed within, days"),
    "days_to_close_p90": N_("9 in 10 closed within, days"),
    "closed_on_time_share": N_("Closed on time"),
    "oldest_open_days": N_("Oldest of these still open, days"),
}
"""Measures beside each category, and their heads."""


def category_lists(releases: Releases, unit: str, path: str) -> list[Component]:
    """Two lists, never added up: requests about places, and homes with a request."""
    found = [_category_list(releases.release(topic), name, title, unit, path) for topic, name, title in LISTS]
    return [each for each in found if each is not None]


def _category_list(release: Release | None, name: str, title: str, unit: str, path: str) -> Component | None:
    measure = release.manifest.measure(name) if release else None
    grain = default_grain(release, measure, DISTRICT) if release and measure else None
    period = last_period(release, name, DISTRICT, grain) if release and grain else None
    if release is None or measure is None or grain is None or period is None:
        return None
    rows = top_categories(release, measure, DISTRICT, unit, grain=grain, period=period)
    if rows.is_empty():
        return None
    timed = [each for each in TIMES if each in offer_of(release).measures()] if name == "requests" else []
    than = period_text(same_period_last_year(period, grain), grain)
    heads = [_("Category"), period_text(period, grain), than, _("Change")]
    heads += [_(TIMES[each]) for each in timed]
    body = [
        _category_row(release, measure, row, (unit, path), (grain, period), timed) for row in rows.iter_rows(named=True)
    ]
    exact = View(
        topic=release.topic, measure=name, geography=DISTRICT, unit=unit, grain=grain.value, from_=period, to=period
    )
    return html.Section(
        [html.H2(_(title)),
         sortable(_("{measure} by category", measure=told(measure.title)), heads, body, key=f"{name}{period}"),
         downloads_of_view(exact, text=_("All categories as CSV"))],
        className="an-chart-box",
    )  # fmt: skip


def _category_row(
    release: Release,
    measure: MeasureInfo,
    row: dict[str, Any],
    where: tuple[str, str],
    when: tuple[Grain, date],
    timed: Sequence[str],
) -> list[Cell]:
    (unit, path), (grain, period) = where, when
    now, before = both(row)
    change = change_of(now, before, kind=measure.kind, regime=measure.regime)
    view = View(topic=release.topic, measure=measure.name, category=row["category"])
    title = told(row["title"])
    cells = [
        Cell(html.A(title, href=f"{path}{view.query()}", **{"data-view": ""}), title),
        figure_cell(now, measure, margin=True),
        figure_cell(before, measure),
        Cell(change_mark(change_step(change), change_words(change, measure)), change.difference, number=True),
    ]
    for name in timed:
        timing = release.manifest.measure(name)
        figures = category_figures(release, name, DISTRICT, unit, grain=grain, period=period)
        cells.append(figure_cell(figures.get(row["category"], NOTHING), timing) if timing else Cell("–"))
    return cells


def page_of(unit: str) -> str:
    """The address of a district's page."""
    return f"/district/{quote(unit)}"
