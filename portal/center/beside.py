"""What other centers published of themselves, beside the city's own last whole year; channels and languages."""

from datetime import date
from typing import Any

from dash.development.base_component import Component

from layers.measures import Kind
from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.center.figures import whole_year
from portal.center.published import CALLS, CENTERS, COMPARED, SOURCES, Center
from portal.frame.elements import html
from portal.frame.parts import icon, note
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _, number
from portal.queries.offer import CITY, last_told, offer_of, spans
from portal.queries.summary import category_figures
from portal.view import View
from portal.words.figures import number_text
from portal.words.released import told
from portal.words.wording import period_text

OWN_CALLS = "offered"
CAUTION = N_(
    "Figures of other centers are what they published, in the year that stands beside them. They are not measured "
    "alike: what counts as abandoned, when a call begins to wait and what a cost holds differ from center to center. "
    "Costs are dollars of their year. Compare the order of magnitude, not the rank."
)


def other_centers(release: Release) -> Component:
    """A table of the published figures, the city's own on top."""
    infos = {name: release.manifest.measure(name) for name in COMPARED if name != CALLS}
    heads = [_("Center"), _("Year"), *(_head(name, infos.get(name)) for name in COMPARED), _("Source")]
    body = [_own(release, infos), *(_row(each, infos) for each in CENTERS)]
    also = [_("{center}: {also}.", center=each.name, also=_(each.also)) for each in CENTERS if each.also]
    return html.Section(
        [
            html.H2(_("Other centers")),
            note(html.P(_(CAUTION)), "caution"),
            sortable(_("Published figures of other centers"), heads, body, key=f"centers{release.id}"),
            html.P(_("They also published: {figures}", figures=" ".join(also)), className="quiet"),
            html.H3(_("Sources")),
            html.Ol([html.Li(_(source)) for source in SOURCES], className="quiet"),
        ],
        className="an-chart-box an-gap",
    )


def _head(name: str, info: MeasureInfo | None) -> str:
    if name == CALLS:
        return _("Calls in the year")
    if info is None:
        return name
    title = told(info.title)
    return (
        title if info.kind in (Kind.SHARE, Kind.COUNT) else _("{measure}, {unit}", measure=title, unit=told(info.unit))
    )


def _own(release: Release, infos: dict[str, MeasureInfo | None]) -> list[Cell]:
    years, cells = [], []
    for name in COMPARED:
        info = infos.get(name) if name != CALLS else release.manifest.measure(OWN_CALLS)
        year, figure = whole_year(release, info.name) if info else (None, None)
        years += [year] if year else []
        cells.append(figure_cell(figure, info) if info and figure and figure.shown else Cell("–", None, number=True))
    when = "–" if not years else str(years[0]) if len(set(years)) == 1 else f"{min(years)}–{max(years)}"
    return [
        Cell(html.Strong(release.manifest.city.name), release.manifest.city.name),
        Cell(when, when),
        *cells,
        Cell("–", None, number=True),
    ]


def _row(center: Center, infos: dict[str, MeasureInfo | None]) -> list[Cell]:
    cells = [Cell(center.name, center.name), Cell(str(center.year), str(center.year))]
    for name in COMPARED:
        value, info = center.figures.get(name), infos.get(name)
        if value is None:
            cells.append(Cell("–", None, number=True))
        else:
            text = number(value) if info is None else _text(value, info)
            cells.append(Cell(text, value, number=True))
    number_of = SOURCES.index(center.source) + 1
    return [*cells, Cell(html.Span(str(number_of), title=_(center.source)), number_of, number=True)]


def _text(value: float, info: MeasureInfo) -> str:
    """As finely as it was published: 71.3 %, 4.64."""
    return number_text(value, info.model_copy(update={"decimals": 1}) if info.kind is Kind.SHARE else info)


# ---- channels and languages ----

CHANNEL_COLUMNS = ("handled", "cost_per_contact", "survey_answers", "satisfaction")
LANGUAGE_COLUMNS = ("handled_by_language", "survey_answers_by_language", "satisfaction_by_language")


def channels(release: Release, grain: Grain) -> Component | None:
    """Contacts, cost and survey by channel."""
    return _table(release, grain, CHANNEL_COLUMNS, _("By channel"), _("Channel"), "")


def languages(release: Release, grain: Grain) -> Component | None:
    """Contacts and survey by language, with what is hidden."""
    why = _("Languages of few contacts or answers are hidden, and sometimes a further one that would give them away.")
    return _table(release, grain, LANGUAGE_COLUMNS, _("By language"), _("Language"), why)


def _table(release: Release, grain: Grain, names: tuple[str, ...], title: str, head: str, why: str) -> Component | None:
    manifest, offer = release.manifest, offer_of(release)
    infos = [info for name in names if (info := manifest.measure(name)) and len(offer.categories(name, CITY)) > 1]
    if not infos:
        return None
    keys = [g.key for g in manifest.groups if any(g.key in offer.categories(i.name, CITY) for i in infos)]
    ends = [last_told(spans(release, info.name, "all", CITY, grain)) for info in infos]
    columns = [
        (info, end.start, category_figures(release, info.name, CITY, CITY, grain=grain, period=end.start))
        for info, end in zip(infos, ends, strict=True)
        if end is not None
    ]
    if not columns:
        return None
    heads = [head, *(_("{measure}, {period}", measure=_head(info.name, info), period=period_text(start, grain))
                     for info, start, _figures in columns)]  # fmt: skip
    body: list[list[Cell]] = []
    for key in ("all", *keys):
        words = _("All together") if key == "all" else told(manifest.group_title(key))
        body.append([Cell(words, words), *(_cell(figures, key, info) for info, _start, figures in columns)])
    links = [
        html.A([icon("download"), _("{measure} as CSV", measure=told(info.title))], className="get",
               href=f"/download/view.csv{_rows(release, info, grain, start).query(lang=None)}")
        for info, start, _figures in columns
    ]  # fmt: skip
    parts = [
        html.H2(title),
        sortable(_("{title}: the newest figures", title=title), heads, body, key=f"{title}{release.id}{grain}"),
        html.P(why, className="quiet") if why else None,
        html.P(links, className="gets"),
    ]
    return html.Section(parts, className="an-chart-box an-gap")


def _rows(release: Release, info: MeasureInfo, grain: Grain, start: date) -> View:
    """The rows of a column of the table."""
    return View(topic=release.topic, measure=info.name, geography=CITY, unit=CITY, grain=grain.value, from_=start,
                to=start, as_of=release.id)  # fmt: skip


def _cell(figures: dict[str, Any], key: str, info: MeasureInfo) -> Cell:
    figure = figures.get(key)
    return Cell("–", None, number=True) if figure is None else figure_cell(figure, info)
