"""A district as a whole: sentences, tiles, categories, its neighborhoods."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import polars as pl
from dash import html
from dash.development.base_component import Component

from layers.period import Grain, same_period_last_year
from layers.release import Contact, MeasureInfo
from layers.store.reader import Release
from portal.districtfocus import DISTRICT
from portal.figures import (
    change_step,
    change_text,
    change_words,
    figure_text,
    is_word,
    margin_text,
    unit_text,
    value_text,
)
from portal.language import N_, _, link, number, woven
from portal.parts import change_mark, closing_sentence, day, downloads_of_view, freshness, icon, note, status_word, tile
from portal.queries.change import RULE_EXACT, RULE_MEASURED, Direction, change_of
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import is_protected, offer_of
from portal.queries.summary import (
    Headline,
    category_figures,
    default_grain,
    headline,
    is_small,
    last_period,
    neighborhood_figures,
    top_categories,
)
from portal.released import inside, told
from portal.releases import Releases
from portal.sentences import Sentence, both, district_sentences
from portal.tables import Cell, figure_cell, sortable
from portal.view import View
from portal.wording import period_text

LEADING: tuple[tuple[str, str], ...] = (
    ("service_requests", "requests"),
    ("service_requests", "days_to_close_median"),
    ("evictions", "homes_filed"),
    ("shutoffs", "homes_scheduled"),
)
"""Topic and measure of the tiles, in this order, where the city has them."""
REMARKS = {
    "homes_filed": N_("A filing is not an eviction."),
    "homes_scheduled": N_("Not every scheduled shutoff is carried out."),
    "requests": N_("Reports, not conditions."),
}
LISTS: tuple[tuple[str, str, str], ...] = (
    ("service_requests", "requests", N_("Top 10 kinds of requests about places")),
    ("service_requests", "homes", N_("Kinds of requests about homes (protected)")),
)


def leading(releases: Releases, unit: str) -> list[Headline]:
    """The tiles' figures, each for its last closed period."""
    found = []
    for topic, name in LEADING:
        release = releases.release(topic)
        measure = release.manifest.measure(name) if release else None
        if release is None or measure is None:
            continue
        grain = default_grain(release, measure, DISTRICT)
        if grain is None:
            continue
        period = last_period(release, name, DISTRICT, grain)
        found.append(headline(release, measure, DISTRICT, unit, grain=grain, period=period))
    return found


# ---- header, sentences, tiles ----


def header(releases: Releases) -> Component:
    """One line for each topic: as of when, up to which period, on time or late."""
    items = []
    for manifest in releases.manifests():
        if manifest.topic not in {topic for topic, _measure in LEADING}:
            continue
        closing = f" {closing_sentence(manifest)}" if manifest.protected else ""
        items.append(
            html.Li(
                [*woven("{topic} as of {day}, {freshness}.", topic=html.Strong(told(manifest.title)),
                        day=day(manifest.as_of), freshness=freshness(releases.status_of(manifest.topic))), closing]
            )
        )  # fmt: skip
    return html.Ul(items, className="an-fresh")


def sentences(releases: Releases, found: Sequence[Headline], unit: str, name: str) -> Component:
    """Three to five plain sentences; each leads to its trend."""
    first = found[0] if found else None
    release = releases.release(first.topic) if first else None
    categories, measure = pl.DataFrame(), None
    if first and release and first.period:
        measure = first.measure
        categories = top_categories(release, measure, DISTRICT, unit, grain=first.grain, period=first.period, most=30)
    said = district_sentences(found, name, categories, measure if categories.height else None)
    return html.Ul([_sentence(each, unit) for each in said], className="sentences")


def _sentence(each: Sentence, unit: str) -> Component:
    tone = {Direction.ROSE: "rose", Direction.FELL: "fell"}.get(each.direction, "level")
    picture = {"rose": "up", "fell": "down"}.get(tone, "level")
    measure = next((m for t, m in LEADING if t == each.topic), None)
    view = View(topic=each.topic or LEADING[0][0], measure=each.measure or measure, geography=DISTRICT, unit=unit)
    figures = html.A(_("figures"), href=f"/trends{view.query()}")
    return html.Li([icon(picture), each.text, " (", figures, ")"], className=tone)


def tiles(found: Sequence[Headline], unit: str) -> Component:
    """Value, change against the same period last year, city figure; the caveat stands beside it."""
    return html.Div([_tile(each, unit) for each in found], className="tiles")


def _tile(each: Headline, unit: str) -> Component:
    measure, when = each.measure, period_text(each.period, each.grain) if each.period else _("no period closed yet")
    value: Any = status_word(each.now.status) if is_word(each.now) else value_text(each.now, measure)
    view = View(topic=each.topic, measure=measure.name, geography=DISTRICT, unit=unit, grain=each.grain.value)
    city = _("City: {figure}", figure=figure_text(each.city, measure))
    if each.rate.value is not None and each.city_rate.value is not None:
        city += " · " + _(
            "per 1,000 homes: {here} here, {city} in the city",
            here=number(each.rate.value, 1), city=number(each.city_rate.value, 1),
        )  # fmt: skip
    return tile(
        told(measure.title),
        value,
        unit=unit_text(each.now, measure),
        change=change_mark(change_step(each.change), change_text(each.change, measure, than=_than(each))),
        details=[" ".join(part for part in (when, margin_text(each.now, measure)) if part), city],
        href=f"/trends{view.query()}",
        remark=_(REMARKS[measure.name]) if measure.name in REMARKS else None,
    )


def _than(each: Headline) -> str:
    if each.period is None:
        return _("the year before")
    return period_text(same_period_last_year(each.period, each.grain), each.grain)


# ---- categories ----


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
    timed = "days_to_close_p90" in offer_of(release).measures() and name == "requests"
    than = period_text(same_period_last_year(period, grain), grain)
    heads = [_("Category"), period_text(period, grain), than, _("Change")]
    heads += [_("9 in 10 closed within, days"), _("Oldest open, days")] if timed else []
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
    timed: bool,
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
    for name in ("days_to_close_p90", "oldest_open_days") if timed else ():
        timing = release.manifest.measure(name)
        figures = category_figures(release, name, DISTRICT, unit, grain=grain, period=period)
        cells.append(figure_cell(figures.get(row["category"], NOTHING), timing) if timing else Cell("–"))
    return cells


# ---- neighborhoods ----


def neighborhoods(releases: Releases, found: Sequence[Headline], unit: str) -> list[Any]:
    """A table of the district's neighborhoods; those too small to compare stand apart."""
    columns = [(each, frame) for each in found if (frame := _column(releases, each, unit)) is not None]
    if not columns:
        return [html.P(_("This city has no neighborhoods."), className="quiet")]
    names = dict(columns[0][1].select("unit", "name").iter_rows())
    rows = {place: [_at(frame, place) for _each, frame in columns] for place in names}
    small = {place for place, cells in rows.items() if any(is_small(row) for row in cells)}
    heads = [_("Neighborhood"), *(_column_head(each, frame) for each, frame in columns)]
    parts: list[Any] = []
    for title, kept in (
        (_("Neighborhoods"), [p for p in names if p not in small]),
        (_(_SMALL), [p for p in names if p in small]),
    ):
        if kept:
            body = [[_link(names[p], p), *_cells(columns, rows[p])] for p in kept]
            parts.append(sortable(title, heads, body, key=f"{title}{unit}"))
    return parts


_SMALL = N_("Too small to compare: at least one figure is hidden or too uncertain")


def _column(releases: Releases, each: Headline, unit: str) -> pl.DataFrame | None:
    release = releases.release(each.topic)
    grain = default_grain(release, each.measure, "neighborhood") if release else None
    period = last_period(release, each.measure.name, "neighborhood", grain) if release and grain else None
    if release is None or grain is None or period is None:
        return None
    frame = neighborhood_figures(release, each.measure, unit, grain=grain, period=period)
    return frame.with_columns(label=pl.lit(period_text(period, grain))) if frame.height else None


def _at(frame: pl.DataFrame, place: str) -> dict[str, Any]:
    found = frame.filter(pl.col("unit") == place)
    return found.row(0, named=True) if found.height else {"value": None, "flag": None, "status": "not_collected"}


def _column_head(each: Headline, frame: pl.DataFrame) -> str:
    return f"{told(each.measure.title)}, {frame['label'][0]}"


def _cells(columns: list[tuple[Headline, pl.DataFrame]], rows: list[dict[str, Any]]) -> list[Cell]:
    return [
        figure_cell(Figure.of_row({"low": None, "high": None, **row}), each.measure, margin=True)
        for (each, _frame), row in zip(columns, rows, strict=True)
    ]


def _link(name: str, unit: str) -> Cell:
    view = View(geography="neighborhood", unit=unit)
    return Cell(html.A(name, href=f"/trends{view.query()}"), name)


def who_to_call(contacts: Sequence[Contact]) -> Component:
    """Telephone numbers first: a resident is on the line."""
    items = [
        html.Li(
            [html.Strong(html.A(each.title, href=each.url) if each.url else each.title), " ",
             html.A(each.phone, href=f"tel:{each.phone}", className="phone") if each.phone else None,
             html.Span(each.text, className="quiet block")]
        )
        for each in contacts
    ]  # fmt: skip
    return html.Ul(items, className="contacts an-contacts")


def certificates(releases: Releases) -> Component | None:
    """Where it can be checked how the homes behind this page are protected."""
    known = [each for each in releases.manifests() if each.protection is not None]
    if not known:
        return None
    links: list[Any] = []
    for each in known:
        address = link(f"/privacy/certificate/{each.topic}/{each.release}")
        links += [" · ", html.A(inside(each.title), href=address)]
    words = woven(
        "Homes are protected: a small random amount was added to every count, once. Certificates: {links}. {meaning}.",
        links=html.Span(links[1:]), meaning=html.A(_("What that means"), href=link("/privacy")),
    )  # fmt: skip
    return html.P(words, className="quiet")


def rules(found: Sequence[Headline]) -> Component:
    """How rising and falling is judged, once."""
    protected = any(is_protected(each.measure) for each in found)
    return note(html.P(f"{_(RULE_EXACT)} {_(RULE_MEASURED) if protected else ''}"))


def page_of(unit: str) -> str:
    """The address of a district's page."""
    return f"/district/{quote(unit)}"
