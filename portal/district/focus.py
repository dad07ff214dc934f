"""One measure of a district in focus: its trend, and the map of its neighborhoods."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import polars as pl
from dash.development.base_component import Component

from layers.release import MeasureInfo
from portal.agency.words import category_options
from portal.charts.heat_map import Ground, Places, heat_places, zoom_for
from portal.charts.lines import trend_figure
from portal.district.lines import asked_lines, lines_words, switch
from portal.frame.controls import select
from portal.frame.elements import html
from portal.frame.parts import downloads_of_view, icon
from portal.language import _
from portal.map.legend import heat_legend
from portal.map.view import address_of
from portal.queries.choice import Choice, choose
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.heat import HeatMap, heat_map, ranked
from portal.queries.names import unit_of
from portal.queries.offer import told_days
from portal.queries.series import series, with_rolling, with_unfinished
from portal.queries.summary import neighborhoods_of
from portal.releases import Releases
from portal.trend.key import line_key
from portal.trend.target import target_label, target_words, with_target
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import inside, told
from portal.words.sentences import map_sentence
from portal.words.wording import grain_text, period_text

DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Focus:
    """The one measure that the district's trend, map and title follow."""

    title: str
    lead: str
    controls: list[Any]
    switch: list[Any]
    """Between the lines that history is told in; empty where the city has one set."""
    trend: dict[str, Any]
    near: Choice
    """What the map asks."""
    said: str
    """What the map shows, in words."""
    ground: Ground
    places: Places
    legend: list[Any]
    below: list[Any]


def focus_of(releases: Releases, view: View, unit: str, name: str) -> Focus | None:
    """Trend and map of the measure and category that the address asks for."""
    asked = replace(view, unit=None, as_of=None)
    choice = choose(releases, asked, geography=DISTRICT)
    if choice is None:
        return None
    lines = asked_lines(choice, view, unit)
    controls, lines_switch = _focus_controls(releases, choice), switch(choice, view, unit, lines)
    choice = (choose(releases, asked, geography=lines.info.name) if lines else None) or choice
    trend, below = trend_parts(choice, unit)
    near = choose(releases, replace(view, unit=None, geography="neighborhood", grain=None, to=None)) or choice
    found = heat_map(near)
    districts = lines.within if lines else (unit,)
    within = _inside(near, found, districts)
    when = period_text(near.period, near.grain) if near.period else ""
    category = "" if choice.category == "all" else f": {told(choice.manifest.group_title(choice.category))}"
    where = {"district": lines.unit.name if lines else name, "places": inside(near.geography.title), "period": when}
    return Focus(
        title=f"{told(choice.measure.title)}{category}",
        lead=" ".join(
            part
            for part in (
                _lead(choice, near, {**where, "grain": grain_text(choice.grain)}),
                lines_words(lines, {each.id: each.name for each in releases.areas(DISTRICT)}),
            )
            if part
        ),
        controls=controls,
        switch=lines_switch,
        trend=trend,
        near=near,
        said=map_sentence(ranked(within), near.measure, city=found.city, where=inside(near.geography.title), when=when),
        ground=_ground(near, choice, unit, districts),
        places=heat_places(within, found.breaks, _names(within, near.measure)),
        legend=[
            heat_legend(near.measure, found.breaks, dict(within.group_by("status").len().iter_rows())),
            _picture(view, unit),
        ],
        below=below,
    )


def trend_parts(choice: Choice, unit: str) -> tuple[dict[str, Any], list[Any]]:
    """The chart of one place, and what stands below it: its key, the target, its figures as a file."""
    rows = with_target(_trend_rows(choice, unit), choice)
    exact = replace(choice.view, unit=unit, from_=None, to=None)
    drawn = trend_figure(
        rows,
        choice.grain,
        unit=told(choice.measure.unit),
        texts=_texts(rows, choice),
        target=target_label(rows, choice),
    )
    below = [
        line_key(rows, choice.grain),
        target_words(rows, choice),
        downloads_of_view(exact, text=_("This trend as CSV")),
    ]
    return drawn, below


def _picture(view: View, unit: str) -> Component:
    """The map as a file; on paper it stands where the live one cannot."""
    href = f"/still/district/{quote(unit)}.png{view.query()}"
    return html.P(html.A([icon("download"), _("Map as PNG")], href=href, className="get"), className="gets")


def _trend_rows(choice: Choice, unit: str) -> pl.DataFrame:
    where = choice.geography.name, unit
    rows = series(choice.release, choice.measure.name, choice.category, *where, choice.grain)
    return with_rolling(with_unfinished(rows, choice.grain, *told_days(choice.release)), choice.grain, choice.measure)


def _texts(rows: pl.DataFrame, choice: Choice) -> list[str]:
    return [
        f"{period_text(row['period'], choice.grain)}: {figure_text(Figure.of_row(row), choice.measure)}"
        for row in rows.iter_rows(named=True)
    ]


def _names(rows: pl.DataFrame, measure: MeasureInfo) -> list[str]:
    return [
        f"<b>{row['name']}</b><br>{figure_text(Figure.of_row(row), measure)}"
        for row in rows.select("name", *FIGURE_COLUMNS).iter_rows(named=True)
    ]


def _inside(near: Choice, found: HeatMap, districts: Sequence[str]) -> pl.DataFrame:
    if near.geography.name == DISTRICT:
        return found.rows.filter(pl.col("unit").is_in(list(districts)))
    return found.rows.filter(pl.col("unit").is_in(_near(near, districts)))


def _near(near: Choice, districts: Sequence[str]) -> list[str]:
    return [place for each in districts for place in neighborhoods_of(near.release, each)]


def _lead(choice: Choice, near: Choice, said: dict[str, str]) -> str:
    if near.category == choice.category:
        return _("Over time in {district}, by {grain}; on the map by {places}, {period}.", **said)
    return _(
        "Over time in {district}, by {grain}; on the map by {places}, {period} "
        "(all categories: protected categories are not published for neighborhoods).",
        **said,
    )


def _ground(near: Choice, choice: Choice, unit: str, districts: Sequence[str]) -> Ground:
    district = unit_of(choice.manifest, choice.geography.name, unit)
    west, south, east, north = (district.bbox if district else None) or (-180.0, -60.0, 180.0, 60.0)
    kept = set(_near(near, districts))
    return Ground(
        shapes=address_of(near.geography),
        geography=near.geography.name,
        lat=(south + north) / 2,
        lng=(west + east) / 2,
        zoom=zoom_for(south, west, north, east, wide=420, high=300),
        outlines=address_of(choice.geography),
        names=[(each.name, each.lat, each.lng) for each in near.geography.units if each.id in kept],
        box=(south, west, north, east),
        keep=f"{choice.geography.name} {unit}",
    )


def _focus_controls(releases: Releases, choice: Choice) -> list[Any]:
    topics = [(m.topic, told(m.title)) for m in releases.manifests() if m.topic != "households"]
    offer = choice.offer
    measures = [(m.name, told(m.title)) for m in choice.manifest.measures if DISTRICT in offer.geographies(m.name)]
    offered = offer.categories(choice.measure.name, DISTRICT)
    groups = category_options(choice.manifest, offered)
    return [
        select("topic", _("Topic"), topics, choice.release.topic, drops="measure category grain to from"),
        select("measure", _("Measure"), measures, choice.measure.name, drops="category grain to from"),
        select("category", _("Category"), groups, choice.category),
    ]
