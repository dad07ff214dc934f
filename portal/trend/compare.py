"""Up to four places on one axis, the same figures as a table and as a file, and places like the first one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from layers.period import Grain
from portal.agency.words import category_options
from portal.charts.lines import Line, beside_figure
from portal.frame.controls import form, select, view_link
from portal.frame.parts import closing_sentence, icon
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import _, _n, number
from portal.queries.alike import Attributes, attributes_of
from portal.queries.choice import Choice, choose
from portal.queries.figure import NOTHING, Figure
from portal.queries.names import name_of, names_of
from portal.queries.offer import CITY, base_of, is_protected, is_rate, measure_of, told_days
from portal.queries.series import figure_at, series, with_unfinished
from portal.releases import Releases
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import told
from portal.words.wording import capital, grain_text, list_text, period_text

MOST = 4
_KINDS = (CITY, "district", "neighborhood", "zip", "tract")
Place = tuple[str, str]
"""Kind and id."""


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
    places = _places(releases, view)
    choice = _choice(releases, view, places)
    if choice is None:
        return None
    told_of = [place for place in places if place[1] in names_of(choice.release, place[0])]
    known, lost = told_of or [(CITY, CITY)], len(places) - len(told_of)
    rows = {place: _rows(choice, place) for place in known}
    lines = [_line(choice, place, rows[place]) for place in known]
    names = [line.name for line in lines]
    return CompareView(
        title=_(
            "{measure}, by {grain}: {places}",
            measure=_measure_words(choice), grain=grain_text(choice.grain), places=list_text(names),
        ),
        lead=_lead(choice, lines, lost),
        controls=_controls(releases, view, choice, known),
        chart=beside_figure(lines, unit=told(choice.measure.unit)),
        below=[
            _table(choice, names, rows),
            html.P(html.A([icon("download"), _("These figures as CSV")], href=_file(choice, known), className="get")),
            html.P([told(choice.manifest.is_not), " ", _closing(choice)], className="quiet an-caveat"),
            *_similar(releases, view, choice, known),
        ],
    )  # fmt: skip


def _places(releases: Releases, view: View) -> list[Place]:
    """The places asked for, each once; the city and its first district where none is."""
    asked = [tuple(each.split(":", 1)) for each in (view.places or "").split(",") if ":" in each]
    found: list[Place] = [(kind, unit) for kind, unit in dict.fromkeys(asked)][:MOST]
    if found:
        return found
    return [*(("district", unit.id) for unit in releases.areas("district")[:1]), (CITY, CITY)]


def _choice(releases: Releases, view: View, places: Sequence[Place]) -> Choice | None:
    """Rates where there are any: places differ in size."""
    kind = next((kind for kind, _unit in places if kind != CITY), CITY)
    choice = choose(releases, view, geography=kind)
    if choice is None or view.measure is not None or is_rate(choice.measure.name):
        return choice
    rate = f"{choice.measure.name}_per_1000"
    if all(choice.grain in choice.offer.grains(rate, each, choice.category) for each, _unit in places):
        return choose(releases, replace(view, measure=rate, topic=choice.release.topic), geography=kind)
    return choice


def _rows(choice: Choice, place: Place) -> pl.DataFrame:
    found = series(choice.release, choice.measure.name, choice.category, *place, choice.grain)
    return with_unfinished(found, choice.grain, *told_days(choice.release)) if found.height else found


def _line(choice: Choice, place: Place, rows: pl.DataFrame) -> Line:
    shown = rows
    if rows.height:
        shown = rows.with_columns(value=pl.when(~pl.col("unfinished")).then("value"))
    return Line(name_of(choice.release, *place), shown, city=place[0] == CITY)


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
    return " ".join(each for each in (text, without, gone) if each)


def _closing(choice: Choice) -> str:
    return closing_sentence(choice.manifest, choice.grain) if is_protected(choice.measure) else ""


# ---- controls ----


def _key(places: Sequence[Place]) -> str:
    return ",".join(f"{kind}:{unit}" for kind, unit in places)


def _controls(releases: Releases, view: View, choice: Choice, known: Sequence[Place]) -> list[Any]:
    drops = "measure category grain"
    offered = choice.offer
    categories = offered.categories(choice.measure.name, choice.geography.name)
    fields = [
        select("topic", _("Topic"), [(m.topic, told(m.title)) for m in releases.manifests()], choice.release.topic,
               drops=drops),
        select("measure", _("Measure"), _measures(choice), choice.measure.name, drops="category grain"),
        select("category", _("Category"), category_options(choice.manifest, categories), choice.category),
        select("grain", _("Every"), [(each.value, capital(grain_text(each))) for each in _grains(choice)],
               choice.grain.value),
    ]  # fmt: skip
    if len(known) < MOST:
        fields.append(select("places", _("Add a place"), _more(choice, known), _key(known)))
    return [form(fields, label=_("What is compared"), view=view), _chosen(view, choice, known)]


def _measures(choice: Choice) -> list[tuple[str, str]]:
    offered = {m for m in choice.offer.measures() if choice.geography.name in choice.offer.geographies(m)}
    infos = [measure_of(choice.manifest, name) for name in sorted(offered)]
    order = {m.name: at for at, m in enumerate(choice.manifest.measures)}
    listed = sorted((m for m in infos if m), key=lambda m: (order.get(base_of(m.name), 99), m.name))
    return [(m.name, told(m.title)) for m in listed]


def _grains(choice: Choice) -> list[Grain]:
    return choice.offer.grains(choice.measure.name, choice.geography.name, choice.category)


def _more(choice: Choice, known: Sequence[Place]) -> list[tuple[str, str]]:
    listed = [(_key(known), _("choose …"))]
    for kind in _KINDS:
        names = sorted(names_of(choice.release, kind).items(), key=lambda each: each[1])
        listed += [(_key([*known, (kind, unit)]), name) for unit, name in names if (kind, unit) not in known]
    return listed


def _chosen(view: View, choice: Choice, known: Sequence[Place]) -> Component:
    """The places, each with a way to take it away."""
    items = []
    for place in known:
        name, rest = name_of(choice.release, *place), [each for each in known if each != place]
        off = view_link(_("Take away {place}", place=name), view.query(places=_key(rest)), className="an-step")
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
        caption, [_("Period"), *names], body, key=f"{choice.view.query()}{_key(list(rows))}", ident="compared"
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
        places=_key(known), as_of=choice.view.as_of,
    )  # fmt: skip
    return f"/download/view.csv{asked.query(lang=None)}"


# ---- places like the first ----


def _similar(releases: Releases, view: View, choice: Choice, known: Sequence[Place]) -> list[Any]:
    """The three places most like the first that is no city, what they are alike in, and how that was found."""
    place = next((each for each in known if each[0] != CITY), None)
    found = attributes_of(releases, place[0]) if place else None
    if place is None or found is None or not found.alike(place[1]):
        return []
    kind, unit = place
    name = name_of(choice.release, kind, unit)
    rows = [_like(found, choice, place, unit, None, view)]
    rows += [_like(found, choice, (kind, other), unit, alike.distance, view) for other, alike in found.alike(unit)]
    heads = [_("Place"), _("Homes rented"), _("Homes per km²"), _("Distance"), _("Compare")]
    method = _(
        "Similar means alike in the share of homes that are rented and in homes per square kilometer, both public. "
        "Each counts in standard deviations over all places of the kind; the distance is Euclidean. Income would "
        "belong here and is not among what this city publishes."
    )
    caption = _("Places most like {place}", place=name)
    return [
        html.H2(_("Similar places")),
        sortable(caption, heads, rows, key=f"{kind}{unit}", ident="similar"),
        html.P(method, className="quiet"),
    ]


def _like(
    found: Attributes, choice: Choice, place: Place, first: str, distance: float | None, view: View
) -> list[Cell]:  # fmt: skip
    rented, dense = found.of(place[1])
    name = name_of(choice.release, *place)
    href = view.query(places=_key([(place[0], first), place, (CITY, CITY)]))
    link = view_link(_("Compare with {place}", place=name), href) if distance is not None else ""
    return [
        Cell(name, name),
        Cell(f"{number(rented)} %", rented, number=True),
        Cell(number(dense), dense, number=True),
        Cell("–" if distance is None else number(distance, 2), distance, number=True),
        Cell(link),
    ]
