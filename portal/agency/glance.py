"""An agency at a glance: how fresh its figures are, what rose and fell, the tiles."""

from typing import Any

from dash.development.base_component import Component

from layers.measures import rate_name
from layers.period import same_period_last_year
from portal.agency.figures import Known
from portal.frame.elements import html
from portal.frame.parts import change_mark, day, fold, freshness_of, status_word, tile
from portal.frame.sentence_line import sentence_line
from portal.language import N_, _, woven
from portal.queries.change import rules as change_rules
from portal.queries.offer import CITY
from portal.queries.summary import Headline, category_figures, top_categories
from portal.releases import Releases
from portal.view import View
from portal.words.figures import change_step, change_text, figure_text, is_word, of_text, unit_text, value_text
from portal.words.released import told
from portal.words.sentences import Patterns, category_sentence, headline_sentence, judged_ones
from portal.words.target import held, verdict_line
from portal.words.wording import period_text

REMARK = N_("Reports, not conditions.")
FOR_AGENCY = Patterns(
    none=N_("{measure} for {place}: no period is closed yet."),
    unjudged=N_("{measure} for {place} cannot be judged for {now}: {why}."),
    alone=N_("{measure} for {place}: {figure} in {now}; {than} cannot be compared ({why})."),
    rose=N_("{measure} for {place} rose: {figure} in {now}, {change}."),
    fell=N_("{measure} for {place} fell: {figure} in {now}, {change}."),
    level=N_("{measure} for {place}: {figure} in {now}, {change}."),
)


def header(releases: Releases, known: Known) -> Component:
    """As of when, on time or late; what the agency answers for."""
    manifest = known.manifest
    lines: list[Any] = [
        woven("{topic} as of {day}, {freshness}.", topic=html.Strong(told(manifest.title)), day=day(manifest.as_of),
              freshness=freshness_of(releases, manifest)),
        _("Requests of these categories: {categories}. Which agency answers for a category is the city's word, or that "
          "of most of its requests.", categories=", ".join(_titles(known))),
    ]  # fmt: skip
    return html.Ul([html.Li(line) for line in lines], className="an-fresh")


def _titles(known: Known) -> list[str]:
    return [told(known.manifest.group_title(key)) for key in known.agency.groups]


def sentences(known: Known, found: list[Headline]) -> Component:
    """What rose and fell by the rules of every page; each leads to its trend."""
    sayings = [headline_sentence(each, known.agency.title, FOR_AGENCY) for each in judged_ones(found)]
    first = next((each for each in found if each.measure.name == "requests" and each.period), None)
    if first is not None and first.period is not None and len(known.agency.groups) > 1:
        rows = top_categories(known.release, first.measure, CITY, CITY, grain=first.grain, period=first.period, most=99)
        own = rows.filter(rows["category"].is_in(list(known.agency.groups)))
        moved = category_sentence(own, first.measure)
        sayings += [moved] if moved else []
    return html.Ul(
        [sentence_line(each, _figures(known, each.measure or found[0].measure.name)) for each in sayings[:5]],
        className="sentences",
    )


def _figures(known: Known, measure: str) -> Component:
    return html.A(_("figures"), href=f"/trends{_view(known, measure).query()}")


def tiles(releases: Releases, known: Known, found: list[Headline]) -> Component:
    """Value, change against the same period last year, all requests of the city, target."""
    return html.Div([_tile(releases, known, each) for each in found], className="tiles")


def _tile(releases: Releases, known: Known, each: Headline) -> Component:
    measure = each.measure
    when = period_text(each.period, each.grain) if each.period else _("no period closed yet")
    than = period_text(same_period_last_year(each.period, each.grain), each.grain) if each.period else ""
    value: Any = status_word(each.now.status) if is_word(each.now) else value_text(each.now, measure)
    change = change_mark(change_step(each.change), change_text(each.change, measure, than=than or _("the year before")))
    return tile(
        told(measure.title),
        value,
        unit=unit_text(each.now, measure),
        change=change,
        details=[
            " · ".join(part for part in (of_text(each.now, measure), when) if part),
            _whole(known, each),
            _rate(known, each),
            verdict_line(held(releases, each, CITY, known.category)),
        ],
        href=f"/trends{_view(known, measure.name).query()}",
        remark=_(REMARK) if measure.name == "requests" else None,
    )


def _whole(known: Known, each: Headline) -> str:
    """The same of all requests about places, whoever answers for them."""
    if each.period is None:
        return ""
    found = category_figures(known.release, each.measure.name, CITY, CITY, grain=each.grain, period=each.period)
    return _("All agencies: {figure}", figure=figure_text(found["all"], each.measure)) if "all" in found else ""


def _rate(known: Known, each: Headline) -> str:
    rate = known.measure(rate_name(each.measure.name))
    if rate is None or not each.rate.shown:
        return ""
    return _("per 1,000 homes: {figure}", figure=figure_text(each.rate, rate))


def rules() -> Component:
    """How rising and falling is judged, and what is not done here."""
    never = _(
        "Medians and percentiles are computed from all of the agency's requests, never from those of its categories."
    )
    return fold(
        _("When a figure is called higher or lower"),
        [*(html.P(_(each)) for each in change_rules(protected=False)), html.P(never)],
    )


def _view(known: Known, measure: str) -> View:
    return View(topic=known.release.topic, measure=measure, category=known.category, geography=CITY, unit=CITY)
