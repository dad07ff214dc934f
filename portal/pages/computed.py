"""The computed figures of the written pages: facts of the releases, never typed."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Regime, Status
from layers.release import GeographyInfo, Manifest, MeasureInfo
from layers.wording import in_sentence
from portal.page import Visit
from portal.pages.protection import NOT_HERE
from portal.parts import closing_sentence, day, freshness, note, status_word, table
from portal.queries.change import RULE_EXACT, RULE_MEASURED
from portal.wording import count_text, day_text, moment_text

_REGIME = {
    Regime.EXACT: "exact; concerns no home",
    Regime.MEASURED: "measured once, with noise",
    Regime.SOURCE: "as counted by the source",
    Regime.APPORTIONED: "estimated from other areas",
}


def measures(visit: Visit) -> Component:
    """Every measure of every topic."""
    manifests = visit.releases.manifests()
    if not manifests:
        return _nothing()
    return html.Div([_measures_of(manifest) for manifest in manifests])


def _measures_of(manifest: Manifest) -> Component:
    listed = [each for each in manifest.measures if not each.name.endswith("_per_1000")]
    rows = [[each.title, _REGIME[each.regime], _meaning(each)] for each in listed]
    return html.Div(
        [html.H3(manifest.title), table(["Measure", "How it is made", "Meaning"], rows, caption=manifest.is_not)]
    )


def _meaning(measure: MeasureInfo) -> str:
    floor = f" Not shown below {measure.floor}." if measure.floor else ""
    return measure.help + floor


def denominators(visit: Visit) -> Component:
    """The sentences that name the denominators and their vintages."""
    sentences = dict.fromkeys(s for manifest in visit.releases.manifests() for s in manifest.denominators)
    return html.Ul([html.Li(each) for each in sentences]) if sentences else _nothing()


def rules(visit: Visit) -> Component:
    """When a difference is called a change: the very sentences of the rule's code."""
    return html.Ul([html.Li(RULE_MEASURED), html.Li(RULE_EXACT)])


def statuses(visit: Visit) -> Component:
    """The five statuses as they look on a page."""
    rows: list[list[Any]] = [[status_word(each), STATUS_MEANING[each]] for each in Status]
    return table(["On a page", "Meaning"], rows, caption="The five statuses of a count")


def closings(visit: Visit) -> Component:
    """Last closed period and next release of each protected topic."""
    rows = [
        [manifest.title, closing_sentence(manifest, each.grain)]
        for manifest in visit.releases.manifests()
        for each in manifest.closings
    ]
    return table(["Topic", "Closed and next"], rows, caption="Closed periods") if rows else note(html.P(NOT_HERE))


def places(visit: Visit) -> Component:
    """The kinds of areas, where their boundaries come from and for how long they hold."""
    kinds = visit.releases.area_kinds()
    if not kinds:
        return _nothing()
    rows = [[kind.plural, str(len(kind.units)), kind.source or "–", _valid(kind)] for kind in kinds]
    return table(
        ["Areas", "How many", "Boundaries from", "Valid"], rows, caption="Areas of the city", numbers=frozenset({1})
    )


def _valid(kind: GeographyInfo) -> str:
    start = f"from {day_text(kind.valid_from)}" if kind.valid_from else ""
    end = f" to {day_text(kind.valid_to)}" if kind.valid_to else ""
    return start + end or "–"


def quality(visit: Visit) -> Component:
    """Figures about the records; of protected topics only what was measured, in whole percents."""
    rows: list[list[Any]] = [
        [
            f"{manifest.title}: {in_sentence(each.title)}",
            each.period or "whole period",
            f"{each.value:,.0f} {each.unit}",
        ]
        for manifest in visit.releases.manifests()
        for each in manifest.quality
        if each.value is not None
    ]
    if not rows:
        return note(html.P("No quality figures are published yet."))
    return table(["Figure", "Period", "Value"], rows, caption="Quality of the records", numbers=frozenset({2}))


def freshness_table(visit: Visit) -> Component:
    """Last success, next due, late or held, per topic."""
    status = visit.releases.status
    if status is None:
        return note(html.P("No run has been recorded yet."))
    rows = [
        [
            each.title,
            [freshness(each), html.Span(each.reason, className="quiet block") if each.reason else None],
            moment_text(visit.releases.local(each.last_success)) if each.last_success else "never",
            moment_text(visit.releases.local(each.next_due)) if each.next_due else "not scheduled",
        ]
        for each in status.topics
    ]
    caption = f"Computed {moment_text(visit.releases.local(status.written_at))}"
    still = f" The clock of this city stands still at {day_text(status.clock)}." if status.clock else ""
    return table(["Topic", "State", "Last success", "Next due"], rows, caption=f"{caption}.{still}")


def speaks_for(visit: Visit) -> Component:
    """Coverage and closed periods per topic."""
    rows: list[list[Any]] = [
        [
            html.A(manifest.title, href=f"/data/{manifest.topic}"),
            [day(manifest.covers_from), " to ", day(manifest.covers_to)],
            " ".join(filter(None, (closing_sentence(manifest, each.grain) for each in manifest.closings))) or "–",
        ]
        for manifest in visit.releases.manifests()
    ]
    return table(["Topic", "Covers", "Closed periods"], rows, caption="Coverage") if rows else _nothing()


def releases_now(visit: Visit) -> Component:
    """The releases that the site shows at this moment."""
    rows: list[list[Any]] = [
        [manifest.title, day(manifest.as_of), html.Span(manifest.release, className="mono"), count_text(manifest.rows)]
        for manifest in visit.releases.manifests()
    ]
    if not rows:
        return _nothing()
    return table(["Topic", "As of", "Release", "Rows"], rows, caption="Current releases", numbers=frozenset({3}))


def _nothing() -> Component:
    return note(html.P("Nothing has been published yet."))
