"""What the city set out to reach, in words: the target, since when, who set it, and whether a figure keeps it."""

from dataclasses import dataclass

from dash.development.base_component import Component

from layers.measures import Kind
from layers.release import Manifest, MeasureInfo, Target
from portal.frame.elements import html
from portal.frame.parts import icon
from portal.language import N_, _
from portal.queries.figure import Figure
from portal.queries.summary import Headline
from portal.queries.target import Verdict, judge, target_of
from portal.releases import Releases
from portal.words.figures import number_text
from portal.words.released import told
from portal.words.wording import day_text

_GOAL = {
    ("most", False): N_("Target at most {value}"),
    ("least", False): N_("Target at least {value}"),
    ("most", True): N_("Target at most {value} (since {day})"),
    ("least", True): N_("Target at least {value} (since {day})"),
}
VERDICTS = {
    Verdict.MET: N_("met"),
    Verdict.MISSED: N_("not met"),
    Verdict.UNCLEAR: N_("cannot be told, the margin reaches across it"),
    Verdict.NOTHING: N_("no figure to hold against it"),
}
_ICON = {Verdict.MET: "check", Verdict.MISSED: "caution", Verdict.UNCLEAR: "level", Verdict.NOTHING: "none"}


@dataclass(frozen=True, slots=True)
class Held:
    """A figure held against the target that is in force for it."""

    target: Target
    verdict: Verdict
    measure: MeasureInfo

    @property
    def text(self) -> str:
        """`Target at most 2.8 days (since 1 January 2025): met`."""
        return _("{target}: {verdict}", target=goal_text(self.target, self.measure), verdict=_(VERDICTS[self.verdict]))


def goal_text(target: Target, measure: MeasureInfo) -> str:
    """`Target at most 2.8 days (since 1 January 2025)`."""
    value = value_with_unit(target, measure)
    if target.since is None:
        return _(_GOAL[target.at, False], value=value)
    return _(_GOAL[target.at, True], value=value, day=day_text(target.since))


def value_with_unit(target: Target, measure: MeasureInfo) -> str:
    """`2.8 days`, `85 %`: as finely as it was declared, whatever the measure's own decimals."""
    share = measure.kind is Kind.SHARE
    shown = f"{round(target.value * (100 if share else 1), 6):g}".partition(".")[2]
    text = number_text(target.value, measure.model_copy(update={"decimals": min(len(shown), 3)}))
    return text if share else _("{amount} {unit}", amount=text, unit=told(measure.unit))


def held(releases: Releases, found: Headline, geography: str, category: str = "all") -> Held | None:
    """The headline's figure against its target; None where none is in force."""
    release = releases.release(found.topic)
    return against(release.manifest, found, geography, category) if release else None


def against(manifest: Manifest, found: Headline, geography: str, category: str = "all") -> Held | None:
    """The same, by the city as this release describes it."""
    target = target_of(
        manifest, found.measure.name, category=category, geography=geography, grain=found.grain,
        period=found.period,
    )  # fmt: skip
    return Held(target, judge(found.now, target, found.measure), found.measure) if target else None


def verdict_line(each: Held | None) -> Component | None:
    """An icon and the words; who set the target on hover and for screen readers."""
    if each is None:
        return None
    source = {"title": each.target.source} if each.target.source else {}
    return html.Span([icon(_ICON[each.verdict]), each.text], className=f"an-target an-target-{each.verdict}", **source)


def verdict_mark(figure: Figure, target: Target, measure: MeasureInfo, *, words: bool = False) -> Component:
    """Beside a figure in a table: the sign; its words for screen readers and on hover, or for everybody."""
    each = Held(target, judge(figure, target, measure), measure)
    said = _(VERDICTS[each.verdict]) if words else html.Span(each.text, className="visually-hidden")
    return html.Span(
        [icon(_ICON[each.verdict]), said],
        className=f"an-target an-target-{each.verdict}",
        title=each.text,
    )
