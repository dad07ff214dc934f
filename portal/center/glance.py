"""The contact center at a glance: how fresh, what changed by rule, a tile for each measure."""

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

from layers.measures import Kind
from layers.period import same_period_last_year
from layers.store.reader import Release
from portal.center.figures import TOPIC, Reading
from portal.frame.controls import view_link
from portal.frame.elements import html
from portal.frame.parts import change_mark, day, freshness_of, icon, status_word, tile
from portal.frame.sentence_line import sentence_line
from portal.language import N_, _, _n, link, woven
from portal.queries.change import RULE_EXACT, RULE_SHARE, RULE_TOLD, Direction
from portal.queries.target import Verdict
from portal.releases import Releases
from portal.view import View
from portal.words.figures import change_step, change_text, figure_text, flag_text, is_word, unit_text, value_text
from portal.words.released import told
from portal.words.sentences import Patterns, Sentence, headline_sentence
from portal.words.target import verdict_line
from portal.words.wording import list_text, period_text

MOST = 4
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Getting through"), ("answered", "abandoned_share", "speed_of_answer", "wait", "talk_time", "occupancy")),
    (N_("Getting it settled"),
     ("handled", "first_contact_resolution", "response_time", "satisfaction", "complaints")),
    (N_("Without calling"), ("self_service_available", "self_service_deflection")),
    (N_("Cost and staff"), ("cost_per_call", "cost_per_contact", "turnover")),
)  # fmt: skip
"""The sixteen measures, in four groups."""
OF_CENTER = Patterns(
    none=N_("{measure}: no period is closed yet."),
    unjudged=N_("{measure} cannot be judged for {now}: {why}."),
    alone=N_("{measure}: {figure} in {now}; {than} cannot be compared ({why})."),
    rose=N_("{measure} rose: {figure} in {now}, {change}."),
    fell=N_("{measure} fell: {figure} in {now}, {change}."),
    level=N_("{measure}: {figure} in {now}, {change}."),
)
RULES = (RULE_EXACT, RULE_SHARE, RULE_TOLD)
PARTS_RULE = N_("A count of which days are missing is compared with nothing.")


def header(releases: Releases, release: Release) -> Component:
    """As of when, on time or late; what was not reported."""
    manifest = release.manifest
    lines: list[Any] = [
        woven("{topic} as of {day}, {freshness}.", topic=html.Strong(told(manifest.title)), day=day(manifest.as_of),
              freshness=freshness_of(releases, manifest)),
        told(manifest.is_not),
        html.A(_("What each measure means, and all files"), href=link(f"/data/{TOPIC}")),
    ]  # fmt: skip
    return html.Ul([html.Li(line) for line in lines], className="an-fresh")


def sentences(found: Sequence[Reading]) -> Component:
    """What rose and fell by the rules of this page; then which targets were met."""
    items = [_sentence(each) for each in leading(found)]
    text = targets_text(found)
    if text:
        missed = any(each.held and each.held.verdict is Verdict.MISSED for each in found)
        items.append(html.Li([icon("caution" if missed else "check"), text], className="level"))
    return html.Ul(items, className="sentences either-way")


def leading(found: Sequence[Reading]) -> list[Reading]:
    """The few that a reader is told of first: those with a target, then those that changed."""
    order = {Direction.ROSE: 0, Direction.FELL: 0, Direction.DIFFERS: 1, Direction.LEVEL: 2, Direction.UNKNOWN: 3}
    listed = [each for each in found if each.found.now.shown]
    return sorted(listed, key=lambda each: (each.held is None, order[each.found.change.direction]))[:MOST]


def said_of(each: Reading) -> Sentence:
    """What may be said of its change."""
    return headline_sentence(each.found, "", OF_CENTER)


def _sentence(each: Reading) -> Component:
    view = View(measure=each.measure.name, grain=each.found.grain.value)
    figures = view_link(_("figures"), view.query(), focus="center-trend")
    return sentence_line(said_of(each), figures)


def targets_text(found: Sequence[Reading]) -> str:
    """How many targets were met, and which were not; empty where none can be judged."""
    judged = [each for each in found if each.held and each.held.verdict in (Verdict.MET, Verdict.MISSED)]
    if not judged:
        return ""
    missed = [each for each in judged if each.held and each.held.verdict is Verdict.MISSED]
    met = len(judged) - len(missed)
    if not missed:
        return _n("The {n} target that can be judged is met.", "All {n} targets that can be judged are met.", met)
    return _n(
        "Of {n} target {met} is met; not met: {measures}.",
        "Of {n} targets {met} are met; not met: {measures}.",
        len(judged),
        met=met,
        measures=list_text([told(each.measure.title) for each in missed]),
    )


def tiles(found: Sequence[Reading]) -> list[Component]:
    """The sixteen measures in their groups."""
    known = {each.measure.name: each for each in found}
    return [
        html.Section(
            [
                html.H2(_(title)),
                html.Div([_tile(known[name]) for name in names if name in known], className="tiles either-way"),
            ],
            className="an-gap",
        )
        for title, names in PARTS
    ]


def _tile(each: Reading) -> Component:
    found, measure = each.found, each.measure
    value: Any = status_word(found.now.status) if is_word(found.now) else value_text(found.now, measure)
    view = View(measure=measure.name, grain=found.grain.value)
    name = view_link(told(measure.title), view.query(), focus="center-trend")
    if found.period is None:
        return tile(told(measure.title), status_word(found.now.status), details=[told(measure.help)])
    than = period_text(same_period_last_year(found.period, found.grain), found.grain)
    return tile(
        name,
        value,
        unit=unit_text(found.now, measure),
        change=change_mark(change_step(found.change), change_text(found.change, measure, than=than)),
        details=[
            period_text(found.period, found.grain),
            over_text(each),
            note_of(each),
            verdict_line(each.held),
        ],
    )


def over_text(each: Reading) -> str:
    """`of 26,811 calls`: what the figure divides by."""
    if each.over is None or each.over_now.value is None or each.measure.kind is Kind.COUNT:
        return ""
    return _("over {figure} {unit}", figure=figure_text(each.over_now, each.over), unit=told(each.over.unit))


def note_of(each: Reading) -> str:
    """That not all of the period was reported."""
    text = flag_text(each.found.now.flag)
    return text[:1].upper() + text[1:] if each.partial else ""


def rules() -> Component:
    """How rising and falling is judged."""
    return html.P(" ".join(_(each) for each in (*RULES, PARTS_RULE)), className="quiet an-caveat")
