"""Concern against supply: eviction filings and shutoffs beside affordable units, in nine classes and a ranked table."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.measures import Status
from layers.period import Grain
from layers.release import GeographyInfo
from layers.store.reader import Release
from portal.charts.heat_map import Ground, Places, bivariate_places
from portal.errors import Gone, NotFound
from portal.frame.controls import Option, form, select, toggle, view_link
from portal.frame.elements import html
from portal.frame.parts import icon, note, pictures_of_view, status_word
from portal.frame.tables import Cell, sortable
from portal.language import N_, _, number, woven
from portal.map.legend import bivariate_legend
from portal.map.notes import notes_of_several
from portal.map.panel import HINT
from portal.map.table import PANEL
from portal.map.tools import places_offered
from portal.map.view import MapView, concern_option, ground_of, heat_view
from portal.queries.supply import CONCERNS, SUPPLY, Mismatch, mismatch, mismatch_places
from portal.releases import Releases
from portal.view import View
from portal.words.released import inside, told
from portal.words.sentences import mismatch_sentence
from portal.words.wording import capital, grain_text, period_text, status_text

STANDING = (
    (N_("low concern, low supply"), N_("low concern, middle supply"), N_("low concern, high supply")),
    (N_("middle concern, low supply"), N_("middle concern, middle supply"), N_("middle concern, high supply")),
    (N_("high concern, low supply"), N_("high concern, middle supply"), N_("high concern, high supply")),
)
_LEVELS = (N_("low"), N_("middle"), N_("high"))


@dataclass(frozen=True, slots=True)
class Concern:
    """Concern against supply as an address asks for it. `releases` stand behind it, supply last."""

    found: Mismatch
    rows: pl.DataFrame
    """By unit, with `status`."""
    geography: str
    info: GeographyInfo
    unit: str | None
    offered: list[tuple[str, Grain]]
    releases: tuple[Release, ...]

    @property
    def period(self) -> date:
        """That of the two concerns."""
        return self.found.periods[CONCERNS[0][0]]


@dataclass(frozen=True, slots=True)
class ConcernMap:
    """What is drawn of it, and said of that."""

    title: str
    lead: str
    ground: Ground
    places: Places


def concern_of(releases: Releases, view: View) -> Concern | None:
    """None where the city lacks one of the topics."""
    offered = mismatch_places(releases)
    geography, grain = _asked(view, offered)
    found = mismatch(releases, geography, grain) if offered else None
    behind = tuple(each for topic in (*(t for t, _m in CONCERNS), SUPPLY) if (each := releases.release(topic)))
    info = behind[-1].manifest.geography(geography) if behind else None
    if found is None or info is None:
        return None
    rows = found.rows.with_columns(status=_status()).sort("unit")
    unit = view.unit if view.unit in set(rows["unit"]) else None
    return Concern(found, rows, geography, info, unit, offered, behind)


def concern_map(asked: Concern) -> ConcernMap:
    """The map by itself."""
    return ConcernMap(
        title=_("Concern against supply, by {places}, {period}", places=inside(asked.info.title),
                period=_when(asked.found)),
        lead=mismatch_sentence(asked.found.rows),
        ground=ground_of(asked.releases[-1].manifest, asked.info),
        places=bivariate_places(
            asked.rows, [_text(row) for row in asked.rows.iter_rows(named=True)], unit=asked.unit
        ),
    )  # fmt: skip


def concern_view(releases: Releases, view: View) -> MapView | None:
    """Concern against supply as the address asks for it; the heat map where the city lacks one of the topics."""
    shown, named = _pinned(releases, view)
    asked = concern_of(shown, view)
    if asked is None:
        return heat_view(releases, replace(view, show=None))
    drawn, found = concern_map(asked), asked.found
    concern, supply, tally = found.concern_breaks, found.supply_breaks, _tally(asked.rows)
    infos = asked.releases[-1].manifest.geographies
    return MapView(
        title=drawn.title,
        lead=drawn.lead,
        said=" · ".join((_("Concern against supply"), told(asked.info.plural), _when(found))),
        controls=_controls(releases, view, asked.offered, (asked.geography, found.grain), infos),
        legend=[
            bivariate_legend(concern, supply, tally),
            notes_of_several([release.manifest for release in asked.releases]),
        ],
        ground=drawn.ground,
        places=drawn.places,
        list_=[_table(found, view, asked.unit, asked.info)],
        panel=_panel(asked.rows, asked.unit, view) if asked.unit else [html.P(_(HINT), className="quiet an-hint")],
        below=_below(asked, view),
        told=[*_earlier(asked, shown, view, named),
              places_offered({place for place, _ in asked.offered}, sums=False)],
        wide_list=True,
    )  # fmt: skip


def _pinned(releases: Releases, view: View) -> tuple[Releases, bool]:
    """The releases that the address names, and whether all of them are here; else the newest."""
    if view.as_of is None:
        return releases, True
    try:
        return releases.pinned(view.as_of), True
    except (NotFound, Gone):
        return releases, False


def _earlier(asked: Concern, shown: Releases, view: View, named: bool) -> list[Component]:
    """That these are not the newest figures, or not those that the address names."""
    if not named:
        words: list[Any] = [_("The release this link names is not here. These are the newest figures.")]
    elif any(shown.superseded(release.manifest) for release in asked.releases):
        newest = html.A(_("See the newest figures"), href=f"/map{view.query(as_of=None)}")
        words = woven("You are looking at earlier releases. {newest}.", newest=newest)
    else:
        return []
    return [note(html.P(words), "caution")]


def _asked(view: View, offered: list[tuple[str, Grain]]) -> tuple[str, Grain]:
    """The places and grain asked for; else neighborhoods by year, where most figures show."""
    places = [place for place, _ in offered]
    geography = (
        view.geography if view.geography in places else "neighborhood" if "neighborhood" in places else "district"
    )
    grains = [grain for place, grain in offered if place == geography]
    if view.grain in [grain.value for grain in grains]:
        return geography, Grain(view.grain)
    return geography, Grain.YEAR if Grain.YEAR in grains or not grains else grains[-1]


def _when(found: Mismatch) -> str:
    return period_text(found.periods[CONCERNS[0][0]], found.grain)


def _status() -> pl.Expr:
    unjudged = pl.when(pl.col("concern").is_null()).then("concern_status").otherwise("units_status")
    return pl.when(pl.col("gap").is_null()).then(unjudged).otherwise(pl.lit("value"))


def _tally(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows.group_by("status").len().iter_rows())


def _controls(
    releases: Releases,
    view: View,
    offered: list[tuple[str, Grain]],
    asked: tuple[str, Grain],
    infos: tuple[GeographyInfo, ...],
) -> list[Any]:
    geography, grain = asked
    titles = {info.name: told(info.plural) for info in infos}
    grains = [(g.value, capital(grain_text(g))) for place, g in offered if place == geography]
    plain = replace(view, unit=None)
    places = [
        Option(titles.get(place, place), plain.query(geography=place), place == geography)
        for place in dict.fromkeys(place for place, _ in offered)
    ]
    period = select("grain", _("Last closed"), grains, grain.value)
    also = toggle(_("Also"), [concern_option(releases, view, on=True)])
    return [
        form([period], label=_("Concern against supply"), view=view),
        html.Div([toggle(_("Places"), places), also], className="an-toggles"),
    ]


def _table(found: Mismatch, view: View, unit: str | None, info: GeographyInfo) -> Component:
    heads = [_("Place"), _("Filings"), _("Shutoffs"), _("Concern"), _("Units"), _("Concern / supply")]
    rows = [_row(row, view, unit) for row in found.rows.iter_rows(named=True)]
    caption = _(
        "{places}, highest concern with least supply first. All figures per 1,000 homes", places=told(info.plural)
    )
    return sortable(caption, heads, rows, key=f"{view.query()}", ident="mismatch")


def _row(row: dict[str, Any], view: View, unit: str | None) -> list[Cell]:
    link = view_link(row["name"], view.query(unit=row["unit"]), focus=PANEL, current=row["unit"] == unit)
    parts = [_rate(row[topic], row[f"{topic}_status"]) for topic, _ in CONCERNS]
    return [
        Cell(link, row["name"]),
        *parts,
        _rate(row["concern"], row["concern_status"]),
        _rate(row["units"], row["units_status"]),
        Cell(short_standing(row), row["gap"], number=True),
    ]


def _rate(value: float | None, status: str) -> Cell:
    if value is None:
        return Cell(status_word(Status(status)), None, number=True)
    return Cell(number(value, 1), value, number=True)


def _standing(row: dict[str, Any]) -> str:
    if row["gap"] is None:
        return _("not judged")
    concern, supply = row["concern_class"], row["supply_class"]
    return _(STANDING[concern][supply])


def short_standing(row: dict[str, Any]) -> str:
    """`high / low`: concern and supply of a place."""
    if row["gap"] is None:
        return _("not judged")
    concern, supply = row["concern_class"], row["supply_class"]
    return f"{_(_LEVELS[concern])} / {_(_LEVELS[supply])}"


def _text(row: dict[str, Any]) -> str:
    if row["gap"] is None:
        return f"<b>{row['name']}</b><br>{status_text(Status(row['status']))}"
    figures = _(
        "{concern} filings and shutoffs, {units} affordable units per 1,000 homes",
        concern=number(row["concern"], 1), units=number(row["units"], 1),
    )  # fmt: skip
    return f"<b>{row['name']}</b><br>{_standing(row)}<br>{figures}"


def _panel(rows: pl.DataFrame, unit: str, view: View) -> list[Any]:
    row = rows.filter(pl.col("unit") == unit).row(0, named=True)
    lines: list[Component] = []
    for label, column in (
        (_("Homes with an eviction filing, per 1,000 homes"), "evictions"),
        (_("Homes with a scheduled shutoff, per 1,000 homes"), "shutoffs"),
        (_("Both added up, per 1,000 homes"), "concern"),
        (_("Affordable units, per 1,000 homes"), "units"),
    ):
        cell = _rate(row[column], row[f"{column}_status"])
        lines += [html.Dt(label), html.Dd(html.Strong(cell.content))]
    return [
        view_link(_("Close"), view.query(unit=None), focus="map-list", className="an-close"),
        html.H2(row["name"]),
        html.P(_standing(row), className="an-standing"),
        html.Dl(lines),
    ]


def _of(each: View, release: Release, view: View) -> View:
    """Pinned where the address is."""
    return replace(each, as_of=release.id) if view.as_of else each


CAUTION = N_(
    "A filing is not an eviction, a scheduled shutoff is not always carried out, and stock is not vacancy. The two "
    "rates are added up, so a home with both counts twice."
)


def _below(asked: Concern, view: View) -> list[Any]:
    found = asked.found
    thirds = _(
        "Thirds of the places that can be judged make the classes: filings and shutoffs of {closed}, affordable units "
        "of {stock}.",
        closed=_when(found), stock=period_text(found.periods[SUPPLY], Grain.YEAR),
    )  # fmt: skip
    links = [
        html.A(
            [icon("download"), told(release.manifest.title)],
            href=f"/download/view.csv{_of(each, release, view).query()}",
            className="get",
        )
        for each, release in zip(figures_of(asked), asked.releases, strict=True)
    ]
    return [
        note(html.P(f"{_(CAUTION)} {thirds}")),
        html.P(_("The three sets of figures behind this map, as CSV:")),
        html.P(links, className="gets an-downloads"),
        pictures_of_view(replace(view, unit=None)),
    ]


def figures_of(asked: Concern) -> list[View]:
    """Where the figures of each release are, in the order of the releases."""
    return [_view(asked.found, topic, measure, asked.geography) for topic, measure in (*CONCERNS, (SUPPLY, "units"))]


def _view(found: Mismatch, topic: str, measure: str, geography: str) -> View:
    period = found.periods[topic]
    grain = Grain.YEAR if topic == SUPPLY else found.grain
    return View(
        topic=topic, measure=f"{measure}_per_1000", category="all", grain=grain.value, from_=period, to=period,
        geography=geography,
    )  # fmt: skip
