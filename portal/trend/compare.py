"""Up to four places on one axis, the same figures as a table and as a file, and places like the first one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl
from dash.development.base_component import Component

from portal.agency.words import category_options
from portal.charts.lines import Line, beside_figure
from portal.frame.controls import form, select, view_link
from portal.frame.elements import html
from portal.frame.parts import closing_sentence, icon
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import _, _n
from portal.queries.choice import Choice
from portal.queries.figure import NOTHING, Figure, overlap
from portal.queries.names import names_of
from portal.queries.offer import CITY, base_of, is_protected, measure_of, told_days
from portal.queries.series import figure_at, series, with_unfinished
from portal.releases import Releases
from portal.trend.alike import similar_places
from portal.trend.compared import (
    MOST,
    Place,
    asked_places,
    choice_of,
    grains_of,
    key_of,
    known_places,
    lines_switch,
    lines_told,
    other_lines,
    place_name,
    told_in,
)
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import told
from portal.words.wording import capital, grain_text, list_text, period_text

_KINDS = (CITY, "district", "neighborhood", "zip", "tract")


@dataclass(frozen=True, slots=True)
class CompareView:
    """Everything the page shows for one address."""

    title: str
    lead: str
    controls: list[Any]
    chart: dict[str, Any]
    below: list[Any]


def compare_view(releases: Releases, view: View) -> CompareView | None:
    """The comparison an address asks for; None where nothing is published."""
    places = asked_places(releases, view)
    choice = choice_of(releases, view, places)
    if choice is None:
        return None
    told_of = known_places(choice, places)
    known, lost = told_of or [(CITY, CITY)], len(told_in(choice, places)) - len(told_of)
    rows = {place: _rows(choice, place) for place in known}
    lines = [_line(choice, place, rows[place]) for place in known]
    names = [line.name for line in lines]
    return CompareView(
        title=_(
            "{measure}, by {grain}: {places}",
            measure=_measure_words(choice), grain=grain_text(choice.grain), places=list_text(names),
        ),
        lead=" ".join([_lead(choice, lines, lost), *lines_told(choice, known)]),
        controls=_controls(releases, view, choice, known),
        chart=beside_figure(lines, unit=told(choice.measure.unit)),
        below=[
            _table(choice, names, rows),
            html.P(
                html.A([icon("download"), _("These figures as CSV")], href=_file(choice, known), className="get"),
                className="gets",
            ),
            html.P([told(choice.manifest.is_not), " ", _closing(choice)], className="quiet an-caveat"),
            *similar_places(releases, view, choice, known),
        ],
    )  # fmt: skip


def _rows(choice: Choice, place: Place) -> pl.DataFrame:
    found = series(choice.release, choice.measure.name, choice.category, *place, choice.grain)
    return with_unfinished(found, choice.grain, *told_days(choice.release)) if found.height else found


def _line(choice: Choice, place: Place, rows: pl.DataFrame) -> Line:
    texts = [
        f"{period_text(row['period'], choice.grain)}: {figure_text(Figure.of_row(row), choice.measure)}"
        for row in rows.iter_rows(named=True)
    ]
    return Line(place_name(choice, place), rows, city=place[0] == CITY, texts=texts)


# ---- words ----


def _measure_words(choice: Choice) -> str:
    category = "" if choice.category == "all" else f": {told(choice.manifest.group_title(choice.category))}"
    return f"{told(choice.measure.title)}{category}"


def _lead(choice: Choice, lines: Sequence[Line], lost: int) -> str:
    """One period in all places, with margins or the word for none, in the order asked for: nothing is ranked."""
    parts, missing = [], []
    for line in lines:
        if line.rows.is_empty():
            missing.append(line.name)
            continue
        figure = figure_at(line.rows, choice.period)
        parts.append(_("{place}: {figure}", place=line.name, figure=figure_text(figure, choice.measure)))
    when = period_text(choice.period, choice.grain) if choice.period else _("no period")
    text = _("In {when}: {figures}.", when=when, figures="; ".join(parts)) if parts else ""
    even = _overlapping([line for line in lines if line.rows.height], choice)
    grain, places = grain_text(choice.grain), list_text(missing)
    without = _("No figure is published by {grain} for {places}.", grain=grain, places=places) if missing else ""
    gone = (
        _n(
            "{n} place that was asked for is not in this topic.",
            "{n} places that were asked for are not in this topic.",
            lost,
        )
        if lost
        else ""
    )
    return " ".join(each for each in (text, even, without, gone) if each)


def _overlapping(lines: Sequence[Line], choice: Choice) -> str:
    """Which places cannot be told apart in that period: nobody should rank them by their figures."""
    found = [(line.name, figure_at(line.rows, choice.period)) for line in lines]
    ranged = [(name, figure) for name, figure in found if figure.measured]
    pairs = [(one, other) for one, other in combinations(ranged, 2) if overlap(one[1], other[1])]
    if not pairs:
        return ""
    if len(ranged) > 2 and len(pairs) == len(ranged) * (len(ranged) - 1) // 2:
        return _("All margins overlap: which of the places is highest cannot be said.")
    told_of = "; ".join(list_text([one[0], other[0]]) for one, other in pairs)
    return _("Margins overlap, so which is higher cannot be said: {pairs}.", pairs=told_of)


def _closing(choice: Choice) -> str:
    return closing_sentence(choice.manifest, choice.grain) if is_protected(choice.measure) else ""


# ---- controls ----


def _controls(releases: Releases, view: View, choice: Choice, known: Sequence[Place]) -> list[Any]:
    drops = "measure category grain"
    offered = choice.offer
    categories = offered.categories(choice.measure.name, choice.geography.name)
    fields = [
        select("topic", _("Topic"), [(m.topic, told(m.title)) for m in releases.manifests()], choice.release.topic,
               drops=drops),
        select("measure", _("Measure"), _measures(choice), choice.measure.name, drops="category grain"),
        select("category", _("Category"), category_options(choice.manifest, categories), choice.category),
        select("grain", _("Every"), _grains(choice, known), choice.grain.value),
    ]  # fmt: skip
    if len(known) < MOST:
        fields.append(select("places", _("Add a place"), _more(choice, known), key_of(known)))
    filters = form(fields, label=_("What is compared"), view=view)
    return [filters, _chosen(view, choice, known), *lines_switch(choice, view, known)]


def _measures(choice: Choice) -> list[tuple[str, str]]:
    offered = {m for m in choice.offer.measures() if choice.geography.name in choice.offer.geographies(m)}
    infos = [measure_of(choice.manifest, name) for name in sorted(offered)]
    order = {m.name: at for at, m in enumerate(choice.manifest.measures)}
    listed = sorted((m for m in infos if m), key=lambda m: (order.get(base_of(m.name), 99), m.name))
    return [(m.name, told(m.title)) for m in listed]


def _grains(choice: Choice, known: Sequence[Place]) -> list[tuple[str, str]]:
    """Each grain; one that some place does not have says so."""
    listed = []
    for grain, everywhere in grains_of(choice, known).items():
        name = capital(grain_text(grain))
        listed.append((grain.value, name if everywhere else _("{grain} (not for all places)", grain=name)))
    return listed


def _more(choice: Choice, known: Sequence[Place]) -> list[tuple[str, str]]:
    listed = [(key_of(known), _("choose …"))]
    for kind in (*_KINDS, *(info.name for info in other_lines(choice))):
        places = [(kind, unit) for unit in names_of(choice.release, kind) if (kind, unit) not in known]
        named = sorted((place_name(choice, place), place) for place in places)
        listed += [(key_of([*known, place]), name) for name, place in named]
    return listed


def _chosen(view: View, choice: Choice, known: Sequence[Place]) -> Component:
    """The places, each with a way to take it away."""
    items = []
    for place in known:
        name, rest = place_name(choice, place), [each for each in known if each != place]
        off = view_link(_("Take away {place}", place=name), view.query(places=key_of(rest)), className="an-step")
        items.append(html.Li([html.Strong(name), " ", *([off] if rest else [])]))
    return html.Ul(items, className="an-chosen")


# ---- table and file ----


def _table(choice: Choice, names: Sequence[str], rows: dict[Place, pl.DataFrame]) -> Component:
    figures = {
        place: {row["period"]: row for row in found.iter_rows(named=True)} for place, found in rows.items()
    }  # fmt: skip
    periods = sorted({period for found in figures.values() for period in found}, reverse=True)
    body = [_row(period, choice, list(figures.values())) for period in periods]
    caption = _("{measure}: newest first", measure=_measure_words(choice))
    return sortable(
        caption, [_("Period"), *names], body, key=f"{choice.view.query()}{key_of(list(rows))}", ident="compared"
    )


def _row(period: date, choice: Choice, figures: Sequence[dict[date, dict[str, Any]]]) -> list[Cell]:
    found = [each.get(period) for each in figures]
    unfinished = any(row and row["unfinished"] and row["value"] is not None for row in found)
    name = period_text(period, choice.grain)
    cells = [figure_cell(Figure.of_row(row) if row else NOTHING, choice.measure, margin=True) for row in found]
    return [Cell(_("{period} (not finished)", period=name) if unfinished else name, period.isoformat()), *cells]


def _file(choice: Choice, known: Sequence[Place]) -> str:
    asked = View(
        topic=choice.release.topic, measure=choice.measure.name, category=choice.category, grain=choice.grain.value,
        places=key_of(known), as_of=choice.view.as_of,
    )  # fmt: skip
    return f"/download/view.csv{asked.query(lang=None)}"
