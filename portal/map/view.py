"""The heat map as a whole: question, words, controls, places, list. The other view of it is `portal.map.concern`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.measures import Status
from layers.period import Grain
from layers.release import City, GeographyInfo, Manifest
from layers.store.reader import Release
from portal.agency.words import category_options
from portal.charts.heat_map import Ground, Places, heat_places, zoom_for
from portal.frame.controls import Option, form, reasons, select, toggle, view_link
from portal.frame.elements import html
from portal.frame.parts import closing_sentence, downloads_of_view, pictures_of_view
from portal.language import _, _n, language, woven
from portal.map.fold import chosen
from portal.map.legend import heat_legend, supply_key
from portal.map.notes import map_notes
from portal.map.panel import empty_panel, place_panel
from portal.map.shapeview import adds_up, ring_of, sum_panel
from portal.map.spotview import LAYER, outlined, spot_key, spot_list, spot_option
from portal.map.table import ALL_LISTED, page_of_places, paged, place_list
from portal.map.timeslider import time_slider
from portal.map.tools import places_offered
from portal.queries.choice import Choice, choose, is_mapped, on_a_map
from portal.queries.figure import FIGURE_COLUMNS, Figure
from portal.queries.heat import HeatMap, heat_map, ranked
from portal.queries.offer import CELLS, CITY, Span, base_of, geographies_of, is_protected, is_rate, offer_of, spans
from portal.queries.spots import Spotted, spots_of
from portal.queries.supply import SUPPLY, mismatch_places, supply_points
from portal.releases import Releases
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import inside, told
from portal.words.sentences import map_sentence
from portal.words.wording import capital, count_text, grain_text, period_text

RATE = "_per_1000"
_ALL_KEYS = "measure category geography grain from to unit"
_BELOW_MEASURE = "category grain from to unit"


@dataclass(frozen=True, slots=True)
class MapView:
    """Everything the page shows for one address."""

    title: str
    lead: str
    said: str
    """What is chosen, in short: the words of the folded choices."""
    controls: list[Any]
    legend: list[Any]
    ground: Ground
    places: Places
    list_: list[Any]
    panel: list[Any]
    below: list[Any]
    told: list[Any] = field(default_factory=list)
    """What the scripts of the map are told: periods, and the kinds of places to look for."""
    wide_list: bool = False
    """The list is a table of many columns, and needs the room."""


def heat_view(releases: Releases, view: View) -> MapView | None:
    """The heat map that an address asks for; None where nothing is published."""
    view = on_a_map(releases, view)
    choice = choose(releases, view)
    if choice is None:
        return None
    found = heat_map(choice)
    order = ranked(found.rows)
    unit = view.unit if view.unit in set(found.rows["unit"]) else None
    when = period_text(choice.period, choice.grain) if choice.period else _("no period")
    points = _points(releases, view)
    places = heat_places(found.rows, found.breaks, _texts(found.rows, choice), unit=unit, points=points)
    spots = spots_of(choice) if view.layer == LAYER else None
    legend = [heat_legend(choice.measure, found.breaks, found.tally), *([supply_key()] if points is not None else [])]
    legend += [*([spot_key(spots)] if spots else []), map_notes(choice)]
    lead = map_sentence(order, choice.measure, city=found.city, where=inside(choice.geography.title), when=when)
    return MapView(
        title=title_of(choice, when),
        lead=lead,
        said=chosen(choice, _listed(choice), told(choice.geography.plural)),
        controls=_controls(releases, view, choice),
        legend=legend,
        ground=ground_of(choice.manifest, choice.geography, _cells(choice)),
        places=replace(places, outlined=outlined(spots) if spots else {}, ring=ring_of(view)),
        list_=[
            *([spot_list(spots, found.rows, choice, view, unit)] if spots else []),
            *place_list(order, choice, view, unit, spots),
        ],
        panel=_panel(choice, view, unit),
        below=_below(choice, view, found, order, spots),
        told=[*time_slider(choice), places_offered(choice.offer.geographies(choice.measure.name) - {CITY}, sums=True)],
    )


def _panel(choice: Choice, view: View, unit: str | None) -> list[Any]:
    if unit:
        return place_panel(choice, view, unit)
    return sum_panel(choice, view) if adds_up(view) else empty_panel()


def title_of(choice: Choice, when: str) -> str:
    """`Homes with an eviction filing per 1,000 homes, by neighborhood, Q3 2026`: what the filters say, nothing else."""
    said = {"measure": told(choice.measure.title), "places": inside(choice.geography.title), "period": when}
    if choice.category == "all":
        return _("{measure}, by {places}, {period}", **said)
    category = told(choice.manifest.group_title(choice.category))
    return _("{measure}: {category}, by {places}, {period}", **said, category=category)


def ground_of(manifest: Manifest, geography: GeographyInfo, cells: tuple[str, ...] = ()) -> Ground:
    """Where the map of a geography opens, with the districts' outlines and names."""
    district = manifest.geography("district")
    named = geography if geography.name == "neighborhood" else district
    lat, lng, zoom = opening(manifest.city)
    box = manifest.city.bounds
    return Ground(
        shapes=address_of(geography),
        geography=geography.name,
        lat=lat,
        lng=lng,
        zoom=zoom,
        box=box,
        outlines=address_of(district) if district and district.shapes and geography.name != "district" else None,
        names=[(unit.name, unit.lat, unit.lng) for unit in named.units] if named else [],
        cells=cells,
        keep=manifest.city.id,
    )


def opening(city: City) -> tuple[float, float, float]:
    """Latitude, longitude and zoom at which the whole city is seen."""
    if city.bounds is None:
        return city.lat, city.lng, city.zoom
    south, west, north, east = city.bounds
    return (south + north) / 2, (west + east) / 2, zoom_for(south, west, north, east)


def address_of(geography: GeographyInfo) -> str:
    """Where a geography's shapes are served."""
    return f"/geo/{geography.name}.{geography.vintage}.geojson"


def _cells(choice: Choice) -> tuple[str, ...]:
    offered = choice.offer.geographies(choice.measure.name)
    return tuple(cell for cell in CELLS if cell in offered)


def _points(releases: Releases, view: View) -> pl.DataFrame | None:
    release = releases.release(SUPPLY)
    if view.layer != "supply" or release is None:
        return None
    points = supply_points(release)
    counts = points.select(pl.col("units", "developments").cast(pl.Int64)).iter_rows()
    return points.with_columns(text=pl.Series([_supply_text(*each) for each in counts], dtype=pl.String))


def _supply_text(units: int, developments: int) -> str:
    return _n(
        "{units} affordable units in {n} developments",
        "{units} affordable units in {n} developments",
        developments,
        units=count_text(units),
    )


def _texts(rows: pl.DataFrame, choice: Choice) -> list[str]:
    """Name and figure of each place, for the pointer."""
    figures = list(zip(*(rows[name].to_list() for name in FIGURE_COLUMNS), strict=True))
    said = {each: figure_text(Figure(Status(each[0]), *each[1:]), choice.measure) for each in set(figures)}
    return [f"<b>{name}</b><br>{said[each]}" for name, each in zip(rows["name"].to_list(), figures, strict=True)]


# ---- controls ----


def _controls(releases: Releases, view: View, choice: Choice) -> list[Any]:
    plain = replace(view, unit=None)
    fields = [
        select("topic", _("Topic"), _topics(releases), choice.release.topic, drops=_ALL_KEYS),
        select("measure", _("Measure"), _measures(choice), base_of(choice.measure.name), drops=_BELOW_MEASURE),
        _categories(choice),
        select("grain", _("Every"), _grains(choice), choice.grain.value, drops="from to"),
        select("to", _("Period"), _periods(choice), choice.period.isoformat() if choice.period else "", drops="from"),
    ]  # fmt: skip
    geographies = _geographies(choice, plain)
    also = [*_overlay(releases, plain), spot_option(plain, choice), concern_option(releases, plain, on=False)]
    return [
        form(fields, label=_("What the map shows"), view=view),
        html.Div(
            [
                toggle(_("Places"), geographies),
                toggle(_("Show"), _kinds(choice, plain)),
                toggle(_("Also"), also),
            ],
            className="an-toggles",
        ),
        html.P([_steps(choice, plain), " ", html.Span(_closing(choice), className="quiet")], className="an-steps"),
        reasons([*geographies, *also]),
        *_not_mapped(releases),
    ]


def _topics(releases: Releases) -> list[tuple[str, str]]:
    return [(m.topic, told(m.title)) for m in releases.manifests() if is_mapped(m)]


def _not_mapped(releases: Releases) -> list[Component]:
    """Topics without a map, and why."""
    found = []
    for manifest in releases.manifests():
        why = next((each.why_not for each in manifest.geographies if each.shapes and each.why_not), None)
        if why and not is_mapped(manifest):
            title = html.A(told(manifest.title), href=f"/trends{View(topic=manifest.topic).query()}")
            words = woven("{topic} has no map. {why}", topic=title, why=told(why))
            found.append(html.P(words, className="quiet"))
    return found


def _measures(choice: Choice) -> list[tuple[str, str]]:
    known = choice.offer.measures()
    drawn = [m for m in choice.manifest.measures if m.name in known and not is_rate(m.name)]
    return [(m.name, told(m.title)) for m in drawn if choice.offer.geographies(m.name) - {CITY}]


def _categories(choice: Choice) -> Component:
    listed = _listed(choice)
    field = select("category", _("Category"), listed, choice.category, drops="unit")
    elsewhere = choice.offer.categories(choice.measure.name, "district") - {"all"}
    if len(listed) == 1 and is_protected(choice.measure) and elsewhere:
        hint = _("Protected categories are published for districts and the city only.")
        return html.Div([field, html.P(hint, className="an-hint")], className="an-hinted")
    return field


def _listed(choice: Choice) -> list[tuple[str, str]]:
    return _categories_of(choice.release, choice.measure.name, choice.geography.name, language())


@lru_cache(maxsize=128)
def _categories_of(release: Release, measure: str, geography: str, _language: str) -> list[tuple[str, str]]:
    offered = offer_of(release).categories(measure, geography)
    listed = category_options(release.manifest, offered)
    known = {key for key, _ in listed}
    return listed + [(key, key.replace("_", " ")) for key in sorted(offered - known)]


def _grains(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.grains(choice.measure.name, choice.geography.name, choice.category)
    return [(grain.value, capital(grain_text(grain))) for grain in offered]


def _periods(choice: Choice) -> list[tuple[str, str]]:
    """Newest first; what is not over, or not reported, says so."""
    return _told_periods(choice.release, choice.measure.name, choice.category, choice.geography.name, choice.grain,
                         language())  # fmt: skip


@lru_cache(maxsize=256)
def _told_periods(
    release: Release, measure: str, category: str, geography: str, grain: Grain, _language: str
) -> list[tuple[str, str]]:
    found = reversed(spans(release, measure, category, geography, grain))
    return [(span.start.isoformat(), _period_words(span, grain)) for span in found]


def _period_words(span: Span, grain: Grain) -> str:
    period = period_text(span.start, grain)
    if span.told and span.finished:
        return period
    return _("{period} (not finished)", period=period) if span.told else _("{period} (not reported yet)", period=period)


def _geographies(choice: Choice, view: View) -> list[Option]:
    """Cells as one choice, then zones and areas. What the measure does not have stays, with the reason."""
    offered = choice.offer.geographies(choice.measure.name)
    options: list[Option] = []
    here = choice.geography.name
    cells = [cell for cell in CELLS if cell in offered]
    if cells:
        target = here if here in CELLS else "h3_8" if "h3_8" in cells else cells[0]
        options.append(Option(_("Hexagons (finer as you zoom in)"), view.query(geography=target), here in CELLS))
    for info in geographies_of(choice.manifest):
        if info.name in offered and info.name not in CELLS:
            grains = choice.offer.grains(choice.measure.name, info.name)
            kept = view.grain if view.grain in [g.value for g in grains] else None
            href = view.query(geography=info.name, grain=kept, from_=None, to=view.to if kept else None)
            options.append(Option(_words(info, choice), href, info.name == here))
        elif info.name not in offered and (info.name not in CELLS or (info.name == CELLS[-1] and not cells)):
            options.append(
                Option(_("Hexagons") if info.name in CELLS else told(info.plural), None, why=_why(info, choice))
            )
    return options


def _words(info: GeographyInfo, choice: Choice) -> str:
    if not info.name.startswith("zone"):
        return told(info.plural)
    grains = choice.offer.grains(choice.measure.name, info.name)
    if not grains:
        return told(info.plural)
    return _("{places} (by {grain})", places=told(info.plural), grain=grain_text(grains[0]))


def _why(info: GeographyInfo, choice: Choice) -> str:
    if info.why_not:
        return told(info.why_not)
    if is_protected(choice.measure):
        return _("This measure is protected: it is published for zones, neighborhoods and districts only.")
    return _("{measure} is not published for this kind of place.", measure=told(choice.measure.title))


def _kinds(choice: Choice, view: View) -> list[Option]:
    base = base_of(choice.measure.name)
    rated = choice.geography.name in choice.offer.geographies(base + RATE)
    rate = is_rate(choice.measure.name)
    denominator = told((choice.measure.denominator or "homes").replace("_", " "))
    return [
        Option(_("Counts"), view.query(measure=base), not rate),
        Option(
            _("Rates per 1,000 {homes}", homes=denominator),
            view.query(measure=base + RATE) if rated else None,
            rate,
            why=_("This measure has no rate for these places."),
        ),
    ]


def _overlay(releases: Releases, view: View) -> list[Option]:
    if releases.release(SUPPLY) is None:
        return []
    on = view.layer == "supply"
    return [Option(_("Affordable developments"), view.query(layer=None if on else "supply"), on)]


def concern_option(releases: Releases, view: View, *, on: bool) -> Option:
    """The way into and out of concern against supply."""
    if not mismatch_places(releases):
        why = _("It needs eviction filings, shutoffs and affordable units for the same places.")
        return Option(_("Concern against supply"), None, why=why)
    href = View(lang=view.lang).query() or "?" if on else View(show="concern", lang=view.lang).query()
    return Option(_("Concern against supply"), href, on)


def _steps(choice: Choice, view: View) -> Component:
    """One period earlier or later, by link."""
    starts = [span.start for span in choice.spans]
    at = starts.index(choice.period) if choice.period in starts else -1
    links: list[Any] = []
    for offset, text in ((-1, _("← Earlier")), (1, _("Later →"))):
        if 0 <= at + offset < len(starts):
            links.append(view_link(text, view.query(to=starts[at + offset], from_=None), className="an-step"))
    return html.Span(links, className="an-stepper", role="group", **{"aria-label": _("Period by period")})


def _closing(choice: Choice) -> str:
    return closing_sentence(choice.manifest, choice.grain) if is_protected(choice.measure) else ""


def _below(choice: Choice, view: View, found: HeatMap, order: pl.DataFrame, spots: Spotted | None) -> list[Any]:
    """Downloads, caveats, and the whole table where it is asked for."""
    parts: list[Any] = []
    asked = paged(view.show)
    if asked is not None and order.height > ALL_LISTED:
        parts.append(page_of_places(order, choice, view, asked, spots))
    caveats: Sequence[str] = choice.manifest.caveats[:2]
    count = _n("This {n} figure as CSV", "These {n} figures as CSV", found.rows.height)
    return [
        *parts,
        downloads_of_view(choice.view, text=count),
        pictures_of_view(replace(choice.view, layer=view.layer)),
        html.P(
            [told(choice.manifest.is_not), " ", *(f"{told(each)} " for each in caveats)], className="quiet an-caveat"
        ),
    ]
