"""How the district's eviction cases ended in court, and whether appearing or a lawyer goes with another ending."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dash.development.base_component import Component

from layers.measures import Status
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.district.focus import DISTRICT
from portal.frame.elements import html
from portal.frame.parts import change_mark, downloads_of_view, note
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import N_, _, number
from portal.queries.change import Direction, change_in
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import last_told, offer_of, spans
from portal.queries.outcomes import Difference, Group, Share, difference_of, share_of
from portal.queries.summary import category_figures
from portal.releases import Releases
from portal.view import View
from portal.words.figures import change_step, change_words, figure_text
from portal.words.released import told
from portal.words.wording import period_text

TOPIC, MEASURE = "evictions", "homes_disposed"
ENDINGS: tuple[str, ...] = ("default", "judgment", "appeared_dismissed", "settled", "other")
"""Categories that add up to all homes with a disposition."""
LAWYER, NO_LAWYER = "with_lawyer", "without_lawyer"
NOT_CAUSE = N_(
    "A difference is not proof of cause: tenants who come to court, or find a lawyer, may differ in other ways from "
    "those who do not."
)
ALLOWED = N_(
    "The ranges allow for the protection of homes, for chance, and for settled cases and cases without a stated "
    "ending, of which it is not published who appeared. Mediated cases stand with the settled ones."
)


@dataclass(frozen=True, slots=True)
class Endings:
    """The published figures of one district in one period, and a year before: category → figure."""

    release: Release
    measure: MeasureInfo
    grain: Grain
    period: date
    now: Mapping[str, Figure]
    before: Mapping[str, Figure]

    @property
    def hidden(self) -> int:
        return sum(self.now.get(name, NOTHING).status is Status.HIDDEN for name in ENDINGS)


def court_outcomes(releases: Releases, unit: str) -> Component | None:
    """The section; None where the city publishes no endings of eviction cases."""
    release = releases.release(TOPIC)
    measure = release.manifest.measure(MEASURE) if release else None
    if release is None or measure is None:
        return None
    found = [_endings(release, measure, unit, *when) for when in _periods(release)]
    if not found:
        return None
    shown = next((each for each in found if not each.hidden), found[-1])
    yearly = found[-1] if LAWYER in offer_of(release).categories(MEASURE, DISTRICT) else None
    view = View(
        topic=TOPIC, measure=MEASURE, geography=DISTRICT, unit=unit, grain=shown.grain.value,
        from_=shown.period, to=shown.period,
    )  # fmt: skip
    return html.Section(
        [
            html.H2(_("How eviction cases ended")),
            html.P(_lead(shown)),
            _table(shown, unit),
            html.Ul([html.Li(said) for said in _sentences(shown, yearly)], className="sentences"),
            note([html.P(_(NOT_CAUSE)), html.P(_(ALLOWED), className="quiet")], "caution"),
            downloads_of_view(view, text=_("All endings as CSV")),
        ],
        className="an-chart-box an-gap",
    )


def _periods(release: Release) -> list[tuple[Grain, date]]:
    """The last closed period of each grain that endings are published in, fine to coarse."""
    found: list[tuple[Grain, date]] = []
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if grain in offer_of(release).grains(MEASURE, DISTRICT, ENDINGS[0]):
            last = last_told(spans(release, MEASURE, ENDINGS[0], DISTRICT, grain))
            found += [(grain, last.start)] if last else []
    return found


def _endings(release: Release, measure: MeasureInfo, unit: str, grain: Grain, period: date) -> Endings:
    now, before = (
        category_figures(release, MEASURE, DISTRICT, unit, grain=grain, period=when)
        for when in (period, same_period_last_year(period, grain))
    )
    return Endings(release, measure, grain, period, now, before)


def _lead(found: Endings) -> str:
    when = period_text(found.period, found.grain)
    figure = found.now.get("all", NOTHING)
    if not figure.shown:
        return _("Homes whose case the court disposed of in {period}: {why}.", period=when,
                 why=figure_text(figure, found.measure))  # fmt: skip
    said = {"figure": figure_text(figure, found.measure), "period": when}
    if found.hidden:
        return _("The court disposed of cases of {figure} homes in {period}. Some endings are too few to show.", **said)
    return _("The court disposed of cases of {figure} homes in {period}, the last closed period that shows every "
             "ending.", **said)  # fmt: skip


def _table(found: Endings, unit: str) -> Component:
    earlier = period_text(same_period_last_year(found.period, found.grain), found.grain)
    known = {group.key for group in found.release.manifest.groups}
    heads = [_("Ending"), period_text(found.period, found.grain), _("Share of homes"), earlier, _("Change")]
    return sortable(
        _("Homes with a disposition, by ending"), heads, [_row(found, name) for name in ENDINGS if name in known],
        key=f"endings{unit}{found.period}",
    )  # fmt: skip


def _row(found: Endings, name: str) -> list[Cell]:
    now, before = found.now.get(name, NOTHING), found.before.get(name, NOTHING)
    measure = found.measure
    change = change_in(measure, now, before)
    share = share_of([now], _others(found.now, name))
    title = told(found.release.manifest.group_title(name))
    return [
        Cell(title, title),
        figure_cell(now, found.measure, margin=True),
        Cell(share_text(share), share.low if share else None, number=True),
        figure_cell(before, found.measure, margin=True),
        Cell(change_mark(change_step(change), change_words(change, found.measure)), change.difference, number=True),
    ]


def _others(of: Mapping[str, Figure], *names: str) -> list[Figure]:
    return [of.get(each, NOTHING) for each in ENDINGS if each not in names]


# ---- sentences ----


def _sentences(shown: Endings, yearly: Endings | None) -> list[str]:
    said = [_known_to_have_appeared(shown), _appearing(shown)]
    if yearly is not None:
        said += [_represented(yearly), _with_a_lawyer(yearly)]
    return [each for each in said if each]


def _known_to_have_appeared(found: Endings) -> str:
    names = ("judgment", "appeared_dismissed")
    share = share_of([found.now.get(each, NOTHING) for each in names], _others(found.now, *names))
    return _("The tenant is known to have appeared in court: {share} of homes in {period}, settled cases not counted.",
             share=share_text(share), period=_when(found)) if share else ""  # fmt: skip


def _represented(found: Endings) -> str:
    share = share_of([found.now.get(LAWYER, NOTHING)], [found.now.get(NO_LAWYER, NOTHING)])
    return _("The tenant had a lawyer: {share} of homes in {period}.", share=share_text(share),
             period=_when(found)) if share else ""  # fmt: skip


def _appearing(found: Endings) -> str:
    difference = difference_of(Group.absent(found.now), Group.appeared(found.now))
    if difference is None:
        return _("What appearing in court goes with cannot be judged for {period}: too little is published.",
                 period=_when(found))  # fmt: skip
    return _(_APPEARING.get(_told(difference), _APPEARING_UNCLEAR), **_values(found, difference))


_APPEARING = {
    Direction.ROSE: N_(
        "Judgment for possession in {period}: {first} of homes whose tenant did not appear, {second} of homes whose "
        "tenant did. Where the tenant appeared it is rarer by at least {points} percentage points."
    ),
    Direction.FELL: N_(
        "Judgment for possession in {period}: {first} of homes whose tenant did not appear, {second} of homes whose "
        "tenant did. Where the tenant appeared it is more frequent by at least {points} percentage points."
    ),
}
_APPEARING_UNCLEAR = N_(
    "Judgment for possession in {period}: {first} of homes whose tenant did not appear, {second} of homes whose "
    "tenant did. What is published does not tell them apart."
)


def _with_a_lawyer(found: Endings) -> str:
    difference = difference_of(Group.lawyer(found.now, NO_LAWYER), Group.lawyer(found.now, LAWYER))
    if difference is None:
        return _("What having a lawyer goes with cannot be judged for {period}: too little is published.",
                 period=_when(found))  # fmt: skip
    return _(_LAWYER.get(_told(difference), _LAWYER_UNCLEAR), **_values(found, difference))


_LAWYER = {
    Direction.ROSE: N_(
        "Judgment for possession or by default in {period}: {first} of homes without a lawyer known, {second} of "
        "homes with one. With a lawyer it is rarer by at least {points} percentage points."
    ),
    Direction.FELL: N_(
        "Judgment for possession or by default in {period}: {first} of homes without a lawyer known, {second} of "
        "homes with one. With a lawyer it is more frequent by at least {points} percentage points."
    ),
}
_LAWYER_UNCLEAR = N_(
    "Judgment for possession or by default in {period}: {first} of homes without a lawyer known, {second} of "
    "homes with one. What is published does not tell them apart."
)


def _values(found: Endings, difference: Difference) -> dict[str, str]:
    least = _least(difference)
    return {
        "period": _when(found),
        "first": share_text(difference.first),
        "second": share_text(difference.second),
        "points": number(math.floor(least * 1000) / 10, 1),
    }


def _least(difference: Difference) -> float:
    return difference.low if difference.direction is Direction.ROSE else -difference.high


def _told(difference: Difference) -> Direction:
    """A difference that rounds to nothing is not told as one."""
    return difference.direction if _least(difference) >= 0.001 else Direction.LEVEL


def _when(found: Endings) -> str:
    return period_text(found.period, found.grain)


def share_text(share: Share | None) -> str:
    """`44 % (43 to 45 %)`, `26 to 53 %`; rounded outwards, so that the range never looks surer than it is."""
    if share is None:
        return _("cannot be judged")
    low, high = number(math.floor(share.low * 100 + 1e-9)), number(math.ceil(share.high * 100 - 1e-9))
    if share.value is None or share.wide:
        return _("{low} to {high}\u00a0%", low=low, high=high)
    value = number(share.value * 100)
    if low == high:
        return _("{number} %", number=value)
    return _("{value}\u00a0% ({low} to {high}\u00a0%)", value=value, low=low, high=high)
