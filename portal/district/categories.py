"""The categories of a district's requests, the most frequent first."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import quote

import polars as pl
from dash.development.base_component import Component

from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.agency.words import agency_text, agency_words
from portal.district.focus import DISTRICT
from portal.district.oldest import OLDEST, OPEN, oldest_cell
from portal.frame.elements import html
from portal.frame.parts import change_mark, downloads_of_view
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _
from portal.queries.change import change_in
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import offer_of
from portal.queries.summary import (
    category_figures,
    default_grain,
    last_period,
    top_categories,
)
from portal.queries.target import target_of
from portal.releases import Releases
from portal.view import View
from portal.words.figures import (
    change_step,
    change_words,
)
from portal.words.released import told
from portal.words.sentences import both
from portal.words.target import verdict_mark
from portal.words.wording import period_text

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
MOST, EVERY = 10, 1000


def category_lists(releases: Releases, unit: str, path: str) -> list[Component]:
    """Two lists, never added up: requests about places, and homes with a request."""
    found = [
        category_list(releases.release(topic), name, title=title, place=(DISTRICT, unit), path=path)
        for topic, name, title in LISTS
    ]
    return [each for each in found if each is not None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the rows of one list are about."""

    release: Release
    measure: MeasureInfo
    place: tuple[str, str]
    path: str
    grain: Grain
    period: date
    timed: tuple[str, ...]


def category_list(
    release: Release | None, name: str, *, title: str, place: tuple[str, str], path: str, only: Collection[str] = ()
) -> Component | None:
    """The most frequent categories at a place; `only` those, where any are named: then the agency is not told."""
    measure = release.manifest.measure(name) if release else None
    grain = default_grain(release, measure, place[0]) if release and measure else None
    period = last_period(release, name, place[0], grain) if release and grain else None
    if release is None or measure is None or grain is None or period is None:
        return None
    rows = top_categories(release, measure, *place, grain=grain, period=period, most=EVERY if only else MOST)
    rows = rows.filter(pl.col("category").is_in(list(only))) if only else rows
    if rows.is_empty():
        return None
    timed = tuple(each for each in TIMES if each in offer_of(release).measures()) if name == "requests" else ()
    asked = _Asked(release, measure, place, path, grain, period, timed)
    than = period_text(same_period_last_year(period, grain), grain)
    named = not only and any(each.agency for each in release.manifest.groups)
    heads = [_("Category"), period_text(period, grain), than, _("Change")]
    heads += [*(_(TIMES[each]) for each in timed), *([_("Agency")] if named else [])]
    body = [_category_row(asked, row, named=named) for row in rows.iter_rows(named=True)]
    exact = View(
        topic=release.topic, measure=name, geography=place[0], unit=place[1], grain=grain.value, from_=period, to=period
    )
    return html.Section(
        [html.H2(_(title)),
         sortable(_("{measure} by category", measure=told(measure.title)), heads, body, key=f"{name}{period}"),
         downloads_of_view(exact, text=_("All categories as CSV"))],
        className="an-chart-box",
    )  # fmt: skip


def _category_row(asked: _Asked, row: dict[str, Any], *, named: bool) -> list[Cell]:
    release, measure, category = asked.release, asked.measure, row["category"]
    now, before = both(row)
    change = change_in(measure, now, before)
    view = View(topic=release.topic, measure=measure.name, category=category)
    inside: dict[str, str] = {"data-view": ""}  # the page itself shows the category
    if asked.place[0] != DISTRICT:
        view, inside = replace(view, geography=asked.place[0], unit=asked.place[1]), {}
    title = told(row["title"])
    who = [Cell(agency_words(release.manifest, category), agency_text(release.manifest, category))] if named else []
    return [
        Cell(html.A(title, href=f"{asked.path}{view.query()}", **inside), title),
        figure_cell(now, measure, margin=True),
        figure_cell(before, measure, margin=True),
        Cell(change_mark(change_step(change), change_words(change, measure)), change.difference, number=True),
        *(_timed(asked, name, category) for name in asked.timed),
        *who,
    ]


def _timed(asked: _Asked, name: str, category: str) -> Cell:
    """How long it took: with the target of the category beside it, where the city declared one."""
    measure = asked.release.manifest.measure(name)
    if measure is None:
        return Cell("–")
    found = _at(asked, name).get(category, NOTHING)
    if name == OLDEST:
        return oldest_cell(found, _at(asked, OPEN).get(category, NOTHING), measure)
    cell = figure_cell(found, measure)
    target = target_of(
        asked.release.manifest, name, category=category, geography=asked.place[0], grain=asked.grain,
        period=asked.period,
    )  # fmt: skip
    if target is None:
        return cell
    content = [*(cell.content if isinstance(cell.content, list) else [cell.content]), " "]
    return replace(cell, content=[*content, verdict_mark(found, target, measure)])


def _at(asked: _Asked, name: str) -> dict[str, Figure]:
    return category_figures(asked.release, name, *asked.place, grain=asked.grain, period=asked.period)


def page_of(unit: str) -> str:
    """The address of a district's page."""
    return f"/district/{quote(unit)}"
