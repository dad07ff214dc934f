"""A district at a glance: how fresh, what rose and fell, the tiles."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.measures import rate_name
from layers.period import same_period_last_year
from layers.release import Manifest
from portal.district.focus import DISTRICT
from portal.frame.elements import html
from portal.frame.parts import change_mark, closing_sentence, day, fold, freshness_of, status_word, tile
from portal.frame.sentence_line import sentence_line
from portal.language import N_, _, woven
from portal.queries.change import rules as change_rules
from portal.queries.offer import is_protected, measure_of
from portal.queries.summary import (
    Headline,
    default_grain,
    headline,
    last_period,
    top_categories,
)
from portal.releases import Releases
from portal.view import View
from portal.words.figures import (
    change_step,
    change_text,
    figure_text,
    is_word,
    margin_text,
    of_text,
    unit_text,
    value_text,
)
from portal.words.released import inside, told
from portal.words.sentences import Sentence, district_sentences
from portal.words.target import held, verdict_line
from portal.words.wording import list_text, period_text, validity_text

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


def header(releases: Releases) -> Component:
    """As of when, up to which period, on time or late: a line for the topics of which the same is true.

    All topics that the page can show: those with figures of districts.
    """
    lines: dict[Any, list[Manifest]] = {}
    for manifest in releases.manifests():
        places = manifest.geography(DISTRICT)
        if places is not None and places.grains:
            state = (manifest.as_of, releases.superseded(manifest), _state(releases, manifest), _closing(manifest))
            lines.setdefault(state, []).append(manifest)
    return html.Ul([html.Li(_fresh(releases, each)) for each in lines.values()], className="an-fresh")


def _fresh(releases: Releases, same: Sequence[Manifest]) -> list[Any]:
    first, *others = same
    titles = list_text([told(first.title), *(inside(each.title) for each in others)])
    said = woven(
        "{topic} as of {day}, {freshness}.",
        topic=html.Strong(titles), day=day(first.as_of), freshness=freshness_of(releases, first),
    )  # fmt: skip
    return [*said, f" {closed}"] if (closed := _closing(first)) else said


def _state(releases: Releases, manifest: Manifest) -> tuple[bool, bool] | None:
    status = releases.status_of(manifest.topic)
    return (status.held, status.late) if status else None


def _closing(manifest: Manifest) -> str:
    return closing_sentence(manifest) if manifest.protected else ""


def boundaries(releases: Releases, kind: str) -> list[str]:
    """Which lines the areas of a kind have, and since when; nothing for what has none."""
    info = next((each for each in releases.area_kinds() if each.name == kind), None)
    if info is None:
        return []
    said = {"places": told(info.plural), "vintage": info.vintage, "source": info.source or "–"}
    if info.valid_from is None and info.valid_to is None:
        return [_("Boundaries: {places}, version {vintage}, {source}.", **said)]
    validity = validity_text(info.valid_from, info.valid_to)
    return [_("Boundaries: {places} in force {validity}, version {vintage}, {source}.", validity=validity, **said)]


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
    measure = next((m for t, m in LEADING if t == each.topic), None)
    view = View(topic=each.topic or LEADING[0][0], measure=each.measure or measure, geography=DISTRICT, unit=unit)
    return sentence_line(each, html.A(_("figures"), href=f"/trends{view.query()}"))


def tiles(releases: Releases, found: Sequence[Headline], unit: str) -> Component:
    """Value, change against the same period last year, city figure, target; the caveat stands beside it."""
    return html.Div([_tile(releases, each, unit) for each in found], className="tiles")


def _tile(releases: Releases, each: Headline, unit: str) -> Component:
    measure, when = each.measure, period_text(each.period, each.grain) if each.period else _("no period closed yet")
    value: Any = status_word(each.now.status) if is_word(each.now) else value_text(each.now, measure)
    view = View(topic=each.topic, measure=measure.name, geography=DISTRICT, unit=unit, grain=each.grain.value)
    city = _("City: {figure}", figure=figure_text(each.city, measure))
    release = releases.release(each.topic)
    rate = measure_of(release.manifest, rate_name(measure.name)) if release else None
    if rate is not None and each.rate.shown and each.city_rate.shown:
        city += " · " + _(
            "per 1,000 homes: {here} here, {city} in the city",
            here=figure_text(each.rate, rate), city=figure_text(each.city_rate, rate),
        )  # fmt: skip
    return tile(
        told(measure.title),
        value,
        unit=unit_text(each.now, measure),
        change=change_mark(change_step(each.change), change_text(each.change, measure, than=_than(each))),
        details=[
            " · ".join(part for part in (margin_text(each.now, measure), of_text(each.now, measure), when) if part),
            city,
            verdict_line(held(releases, each, DISTRICT)),
        ],
        href=f"/trends{view.query()}",
        remark=_(REMARKS[measure.name]) if measure.name in REMARKS else None,
    )


def _than(each: Headline) -> str:
    if each.period is None:
        return _("the year before")
    return period_text(same_period_last_year(each.period, each.grain), each.grain)


def rules(found: Sequence[Headline]) -> Component:
    """How rising and falling is judged, once."""
    protected = any(is_protected(each.measure) for each in found)
    said = [html.P(_(each)) for each in change_rules(protected=protected)]
    return fold(_("When a figure is called higher or lower"), said)
