"""The affordable homes of a district: what stands, for whom, and how old that information is."""

from datetime import date

from dash.development.base_component import Component

from layers.measures import rate_name
from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.district.focus import DISTRICT
from portal.frame.elements import html
from portal.frame.parts import downloads_of_view, note
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import _, _n
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import CITY, measure_of, offer_of
from portal.queries.series import figure_at, series
from portal.queries.summary import category_figures
from portal.queries.supply import SUPPLY, last_stock
from portal.releases import Releases
from portal.view import View
from portal.words.figures import figure_text, value_text
from portal.words.released import told
from portal.words.wording import cadence_text, day_text

UNITS, DEVELOPMENTS = "units", "developments"


def affordable_stock(releases: Releases, unit: str) -> Component | None:
    """The section; None where the city publishes no affordable homes."""
    release = releases.release(SUPPLY)
    if release is None or DISTRICT not in offer_of(release).geographies(UNITS):
        return None
    year = last_stock(release, UNITS, DISTRICT)
    shown = [found for name in (UNITS, DEVELOPMENTS) if (found := release.manifest.measure(name)) is not None]
    if year is None or not shown:
        return None
    by_kind = [category_figures(release, each.name, DISTRICT, unit, grain=Grain.YEAR, period=year) for each in shown]
    keys = [group.key for group in release.manifest.groups if group.key in by_kind[0]]
    body = [_row(release, key, list(zip(shown, by_kind, strict=True))) for key in keys]
    view = View(topic=SUPPLY, measure=UNITS, geography=DISTRICT, unit=unit, grain=Grain.YEAR.value)
    return html.Section(
        [
            html.H2(told(release.manifest.title)),
            html.P(_lead(release, unit, year, [figures.get("all", NOTHING) for figures in by_kind], shown)),
            html.P(_age(releases, release), className="quiet"),
            sortable(_("Affordable units by income band"), [_("For"), *(told(each.title) for each in shown)], body,
                     key=f"stock{unit}{release.id}"),
            note([html.P(told(text)) for text in release.manifest.caveats[:1]], "caution"),
            downloads_of_view(view, text=_("Affordable units as CSV")),
        ],
        className="an-chart-box",
    )  # fmt: skip


def _row(release: Release, key: str, shown: list[tuple[MeasureInfo, dict[str, Figure]]]) -> list[Cell]:
    title = told(release.manifest.group_title(key))
    return [Cell(title, title), *(figure_cell(figures.get(key, NOTHING), measure) for measure, figures in shown)]


def _lead(release: Release, unit: str, year: date, whole: list[Figure], shown: list[MeasureInfo]) -> str:
    rate = measure_of(release.manifest, rate_name(UNITS))
    figure = figure_text(whole[0], shown[0])
    if rate is None or rate.name not in offer_of(release).measures():
        return _("Affordable units: {figure}.", figure=figure)
    here, city = (
        value_text(figure_at(series(release, rate.name, "all", *place, Grain.YEAR), year), rate)
        for place in ((DISTRICT, unit), (CITY, CITY))
    )
    return _("Affordable units: {figure}; per 1,000 homes {here} here, {city} in the city.",
             figure=figure, here=here, city=city)  # fmt: skip


def _age(releases: Releases, release: Release) -> str:
    """How old the register is on the city's day, and how often a new one comes."""
    days = max((releases.today() - release.manifest.as_of).days, 0)
    cadences = list(dict.fromkeys(cadence_text(each.cadence) for each in release.manifest.sources))
    said = {"day": day_text(release.manifest.as_of), "cadence": cadences[0] if cadences else "–"}
    if not days:
        return _("Information of {day}; renewed {cadence}.", **said)
    return _n("Information of {day}, {n} day old; renewed {cadence}.",
              "Information of {day}, {n} days old; renewed {cadence}.", days, **said)  # fmt: skip
