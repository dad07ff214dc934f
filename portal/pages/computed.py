"""The computed figures of the written pages: facts of the releases, never typed."""

from typing import Any

from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Regime, Status
from layers.release import Manifest, MeasureInfo
from portal.frame.elements import html
from portal.frame.page import Visit
from portal.frame.parts import closing_sentence, day, freshness, note, status_word, table
from portal.language import N_, _, link, number, woven
from portal.pages.protection import NOT_HERE
from portal.queries.change import RULE_MANY
from portal.queries.change import rules as change_rules
from portal.statistics.anomalies import RULES
from portal.words.released import inside, told
from portal.words.wording import count_text, day_text, moment_text, validity_text

_REGIME = {
    Regime.EXACT: N_("exact; concerns no home"),
    Regime.MEASURED: N_("measured once, with noise"),
    Regime.SOURCE: N_("as counted by the source"),
    Regime.APPORTIONED: N_("estimated from other areas"),
}


def measures(visit: Visit) -> Component:
    """Every measure of every topic."""
    manifests = visit.releases.manifests()
    if not manifests:
        return _nothing()
    return html.Div([_measures_of(manifest) for manifest in manifests])


def _measures_of(manifest: Manifest) -> Component:
    listed = [each for each in manifest.measures if not each.name.endswith("_per_1000")]
    rows = [[told(each.title), _(_REGIME[each.regime]), _meaning(each)] for each in listed]
    return html.Div(
        [
            html.H3(told(manifest.title)),
            table([_("Measure"), _("How it is made"), _("Meaning")], rows, caption=told(manifest.is_not), stacks=True),
        ]
    )


def _meaning(measure: MeasureInfo) -> str:
    floor = [_("Not shown below {floor}.", floor=measure.floor)] if measure.floor else []
    return " ".join([told(measure.help), *floor])


def denominators(visit: Visit) -> Component:
    """The sentences that name the denominators and their vintages."""
    sentences = dict.fromkeys(s for manifest in visit.releases.manifests() for s in manifest.denominators)
    return html.Ul([html.Li(told(each)) for each in sentences]) if sentences else _nothing()


def rules(visit: Visit) -> Component:
    """When a difference is called a change: the very sentences of the rule's code."""
    return html.Ul([html.Li(_(rule)) for rule in (*change_rules(protected=True), RULE_MANY)])


def anomalies(visit: Visit) -> Component:
    """By which rules a figure stands out: the very sentences of the rules' code."""
    return html.Ul([html.Li([html.Strong(_(rule.title)), ": ", _(rule.meaning)]) for rule in RULES])


def statuses(visit: Visit) -> Component:
    """The five statuses as they look on a page."""
    rows: list[list[Any]] = [[status_word(each), _(STATUS_MEANING[each])] for each in Status]
    return table([_("On a page"), _("Meaning")], rows, caption=_("The five statuses of a count"), stacks=True)


def closings(visit: Visit) -> Component:
    """Last closed period and next release of each protected topic."""
    rows = [
        [told(manifest.title), closing_sentence(manifest, each.grain)]
        for manifest in visit.releases.manifests()
        for each in manifest.closings
    ]
    return (
        table([_("Topic"), _("Closed and next")], rows, caption=_("Closed periods"))
        if rows
        else note(html.P(_(NOT_HERE)))
    )


def places(visit: Visit) -> Component:
    """The kinds of areas, where their boundaries come from and for how long they hold."""
    kinds = visit.releases.area_kinds()
    if not kinds:
        return _nothing()
    rows = [
        [
            told(kind.plural),
            str(len(kind.units)),
            told(kind.source or "–"),
            validity_text(kind.valid_from, kind.valid_to),
        ]
        for kind in kinds
    ]
    return table(
        [_("Areas"), _("How many"), _("Boundaries from"), _("Valid")],
        rows,
        caption=_("Areas of the city"),
        numbers=frozenset({1}),
        stacks=True,
    )


def quality(visit: Visit) -> Component:
    """Figures about the records; of protected topics only what was measured, in whole percents."""
    rows: list[list[Any]] = [
        [
            f"{told(manifest.title)}: {inside(each.title)}",
            each.period or _("whole period"),
            f"{number(each.value)} {told(each.unit)}",
        ]
        for manifest in visit.releases.manifests()
        for each in manifest.quality
        if each.value is not None
    ]
    if not rows:
        return note(html.P(_("No quality figures are published yet.")))
    return table(
        [_("Figure"), _("Period"), _("Value")],
        rows,
        caption=_("Quality of the records"),
        numbers=frozenset({2}),
        stacks=True,
    )


def freshness_table(visit: Visit) -> Component:
    """Last success, next due, late or held, per topic."""
    status = visit.releases.status
    if status is None:
        return note(html.P(_("No run has been recorded yet.")))
    rows = [
        [
            told(each.title),
            [freshness(each), html.Span(told(each.reason), className="quiet block") if each.reason else None],
            moment_text(visit.releases.local(each.last_success)) if each.last_success else _("never"),
            moment_text(visit.releases.local(each.next_due)) if each.next_due else _("not scheduled"),
        ]
        for each in status.topics
    ]

    said = [_("Computed {moment}.", moment=moment_text(visit.releases.local(status.written_at)))]
    if status.clock:
        said.append(_("The clock of this city stands still at {day}.", day=day_text(status.clock)))
    return table([_("Topic"), _("State"), _("Last success"), _("Next due")], rows, caption=" ".join(said), stacks=True)


def speaks_for(visit: Visit) -> Component:
    """Coverage and closed periods per topic."""
    rows: list[list[Any]] = [
        [
            html.A(told(manifest.title), href=link(f"/data/{manifest.topic}")),
            woven("{first} to {last}", first=day(manifest.covers_from), last=day(manifest.covers_to)),
            " ".join(filter(None, (closing_sentence(manifest, each.grain) for each in manifest.closings))) or "–",
        ]
        for manifest in visit.releases.manifests()
    ]
    if not rows:
        return _nothing()
    return table([_("Topic"), _("Covers"), _("Closed periods")], rows, caption=_("Coverage"), stacks=True)


def releases_now(visit: Visit) -> Component:
    """The releases that the site shows at this moment."""
    rows: list[list[Any]] = [
        [
            told(manifest.title),
            day(manifest.as_of),
            html.Span(manifest.release, className="mono"),
            count_text(manifest.rows),
        ]
        for manifest in visit.releases.manifests()
    ]
    if not rows:
        return _nothing()
    return table(
        [_("Topic"), _("As of"), _("Release"), _("Rows")],
        rows,
        caption=_("Current releases"),
        numbers=frozenset({3}),
        stacks=True,
    )


def _nothing() -> Component:
    return note(html.P(_("Nothing has been published yet.")))
