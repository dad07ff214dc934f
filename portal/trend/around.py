"""Before and after a dated event, or the day on which a target came into force: choice, sentences, table, file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dash.development.base_component import Component

from layers.period import Grain
from layers.release import Manifest, MeasureInfo
from layers.store.reader import Release
from portal.frame.controls import form, select
from portal.frame.elements import html
from portal.frame.parts import downloads_of_view, note, tile
from portal.frame.tables import Cell, figure_cell, sortable, twin
from portal.language import N_, _, _n
from portal.queries.around import Around, Lack, Pair, Side, Way, around
from portal.queries.change import Direction, change_in
from portal.queries.figure import Figure
from portal.queries.offer import measure_of, offer_of, told_days
from portal.queries.series import series, with_unfinished
from portal.view import View
from portal.words.figures import change_text, change_words, margin_text, number_text, unit_text, value_text
from portal.words.released import told
from portal.words.sentences import figure_in_words
from portal.words.target import value_with_unit
from portal.words.wording import day_text, list_text, period_text

IDENT = "around"
CAUTION = N_(
    "Before and after is no proof of cause: other things changed in the same time, and what stands out was chosen "
    "because it does."
)


@dataclass(frozen=True, slots=True)
class Series:
    """One measure of one place: what is compared."""

    release: Release
    measure: MeasureInfo
    category: str
    geography: str
    unit: str
    grain: Grain

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @property
    def view(self) -> View:
        """Its rows."""
        return View(
            topic=self.release.topic, measure=self.measure.name, category=self.category, geography=self.geography,
            unit=self.unit, grain=self.grain.value, as_of=self.release.id,
        )  # fmt: skip


def occasions(asked: Series, also: Sequence[str] = ()) -> dict[date, str]:
    """Day → what began on it: the city's events of the topic, and targets of the measure; newest first.

    also: further measures whose targets' days are offered.
    """
    city, found = asked.manifest.city, dict[date, list[str]]()
    for event in city.events:
        if not event.topics or asked.release.topic in event.topics:
            found.setdefault(event.start, []).append(event.title)
    for target in city.targets:
        about = (target.topic, target.category) == (asked.release.topic, asked.category)
        place = target.geography in (None, asked.geography) and target.grain in (None, asked.grain)
        info = measure_of(asked.manifest, target.measure) if target.measure in (asked.measure.name, *also) else None
        if about and place and info is not None and target.since is not None:
            goal = value_with_unit(target, info)
            words = _("Target of {value} in force", value=goal)
            other = _("{measure}: target of {value} in force", measure=told(info.title), value=goal)
            found.setdefault(target.since, []).append(words if info.name == asked.measure.name else other)
    return {each: list_text(found[each]) for each in sorted(found, reverse=True)}


def around_part(
    asked: Series, view: View, *, before: tuple[Component, ...] = (), also: Sequence[str] = (), live: bool = True
) -> Component | None:
    """The whole part; None where the city names no event and no target. `before`: further fields of its form.

    `also`: further measures whose targets are offered. `live`: whether the page changes in place.
    """
    known = occasions(asked, also)
    if not known:
        return None
    options = [("", _("choose …"))]
    options += [(day.isoformat(), _("{event} ({day})", event=title, day=day_text(day))) for day, title in known.items()]
    chosen = view.around if view.around in known else None
    field = select("around", _("Event or target"), options, chosen.isoformat() if chosen else "", prefix="around-")
    return html.Section(
        [
            html.H2(_("Before and after"), id=IDENT),
            html.Div(
                form([*before, field], label=_("Before and after"), view=view, live=live), className="an-controls"
            ),
            *(_compared(asked, chosen, known[chosen]) if chosen else [_invitation()]),
        ],
        className="an-chart-box an-gap",
    )


def _invitation() -> Component:
    words = _("Choose an event or the day of a target: as many periods before it as after it stand side by side.")
    return _said(html.P(words, className="quiet"))


def _said(*parts: Component) -> Component:
    """What the choice led to, said to who cannot see it: the same element with any choice, so that it is heard."""
    return html.Div(parts, role="status")


def _compared(asked: Series, event: date, title: str) -> list[Any]:
    found = compare_around(asked, event)
    head = html.H3(_("{event}: {measure}", event=title, measure=_measure_words(asked)))
    if found.lack is not None:
        return [_said(head, html.P(_(_LACKS[found.lack])))]
    first = min(min(each.before, each.after) for each in found.pairs)
    last = max(each.after for each in found.pairs)
    rows = replace(asked.view, from_=first, to=last)
    return [
        _said(head),
        html.Div(_tiles(found, asked.measure), className="tiles either-way"),
        html.Ul(
            [html.Li(text) for text in (*sentences(found, asked.measure), *_lasted(asked, event))],
            className="an-around",
        ),
        note(html.P(_(CAUTION)), "caution"),
        twin(_("The compared figures as a table"), _table(found, asked.measure)),
        downloads_of_view(rows, text=_("All figures from the first to the last of these periods as CSV")),
    ]


def compare_around(asked: Series, event: date) -> Around:
    """The comparison, from the release."""
    where = asked.category, asked.geography, asked.unit, asked.grain
    rows = series(asked.release, asked.measure.name, *where)
    whole = with_unfinished(rows, asked.grain, *told_days(asked.release))
    return around(whole, _over(asked), event, asked.grain, asked.measure)


def _over(asked: Series) -> dict[date, Figure]:
    info = measure_of(asked.manifest, asked.measure.over) if asked.measure.over else None
    if info is None or asked.category not in offer_of(asked.release).categories(info.name, asked.geography):
        return {}
    rows = series(asked.release, info.name, asked.category, asked.geography, asked.unit, asked.grain)
    return {row["period"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}


def _measure_words(asked: Series) -> str:
    title = told(asked.measure.title)
    if asked.category == "all":
        return title
    return _("{measure}: {category}", measure=title, category=told(asked.manifest.group_title(asked.category)))


_LACKS = {
    Lack.OVERLAP: N_(
        "Rolling periods overlap, so they cannot stand before and after a day: choose months or quarters."
    ),
    Lack.MOVING: N_("Younger periods have had less time, so this measure is not compared before and after."),
    Lack.EARLY: N_("No whole period since then is told yet."),
    Lack.NONE_BEFORE: N_("No whole period before it is told."),
    Lack.HIDDEN: N_("Too few to show in some of the periods: choose a longer period or a larger place."),
}


# ---- tiles ----


def _tiles(found: Around, measure: MeasureInfo) -> list[Component]:
    assert found.now and found.then
    befores, afters = sorted(each.before for each in found.pairs), sorted(each.after for each in found.pairs)
    return [
        _tile(_("Before"), found.then, befores, found, measure),
        _tile(_("After"), found.now, afters, found, measure),
    ]


def _tile(title: str, side: Side, periods: list[date], found: Around, measure: MeasureInfo) -> Component:
    low, high = number_text(side.low, measure), number_text(side.high, measure)
    span = _("{low} to {high}", low=low, high=high)
    alone = found.way is Way.ONE_BY_ONE
    return tile(
        title,
        span if alone else value_text(side.figure, measure),
        unit=unit_text(Figure(side.figure.status, side.low), measure),
        details=[
            "" if alone else margin_text(side.figure, measure),
            _how(found.way, len(periods)),
            _span(periods, found.grain),
            "" if alone else _("lowest to highest: {span}", span=span),
        ],
    )


def _how(way: Way, periods: int) -> str:
    if way is Way.MEAN:
        return _n("{n} period", "mean of {n} periods", periods)
    if way is Way.TOGETHER:
        return _n("{n} whole period", "{n} periods put together", periods)
    return _n("{n} single period", "{n} periods, lowest to highest", periods)


def _span(periods: list[date], grain: Grain) -> str:
    first, last = period_text(periods[0], grain), period_text(periods[-1], grain)
    return first if len(periods) == 1 else _("{first} to {last}", first=first, last=last)


# ---- sentences ----


def sentences(found: Around, measure: MeasureInfo) -> list[str]:
    """What may be said by rule, which periods were compared, and what was left out."""
    said = [_one_by_one(found) if found.way is Way.ONE_BY_ONE else _sides(found, measure), _seasons(found)]
    if found.inside is not None:
        said.append(_("{period}, in which it began, belongs to neither side.",
                      period=period_text(found.inside, found.grain)))  # fmt: skip
    if found.left_out:
        said.append(
            _n(
                "{n} period after it is left out: it or its counterpart before is not told whole.",
                "{n} periods after it are left out: they or their counterparts before are not told whole.",
                found.left_out,
            )
        )
    return said


def _lasted(asked: Series, event: date) -> list[str]:
    """Of an event that went on: until when, and what counts as after."""
    ends = [each.end for each in asked.manifest.city.events if each.start == event and each.end]
    if not ends:
        return []
    return [_("It lasted to {day}; what came after is counted from its first day.", day=day_text(max(ends)))]


def _sides(found: Around, measure: MeasureInfo) -> str:
    assert found.now and found.then
    direction = found.change.direction
    message = _CLEAR if direction in (Direction.ROSE, Direction.FELL) else _NO_RULE
    message = _CLEAR_FEW if message is _CLEAR and not found.scattered else message
    message = _SAME if direction is Direction.LEVEL else message
    message = _OTHER_SEASON if direction is Direction.DIFFERS and not found.seasons else message
    return _(
        message,
        now=_in_words(found.now, found.way, measure),
        then=_in_words(found.then, found.way, measure),
        change=change_text(found.change, measure, than=_("the time before")),
    )


def _in_words(side: Side, way: Way, measure: MeasureInfo) -> str:
    figure = figure_in_words(side.figure, measure)
    return _("{figure} on average", figure=figure) if way is Way.MEAN else figure


_CLEAR = N_(
    "After it {now}, before it {then}: {change}. The difference is larger than margins, chance and the scatter of the "
    "periods make (90 %)."
)
_CLEAR_FEW = N_(
    "After it {now}, before it {then}: {change}. The difference is larger than margins and chance make (90 %); the "
    "periods are too few to tell their scatter."
)
_SAME = N_(
    "After it {now}, before it {then}. Margins, chance and the scatter of the periods make such a difference too."
)
_NO_RULE = N_(
    "After it {now}, before it {then}: {change}. The difference is told, not judged: there are too few periods for it."
)
_OTHER_SEASON = N_(
    "After it {now}, before it {then}: {change}. The difference is told, not judged: the times of year differ, and the "
    "season may explain it."
)


def _one_by_one(found: Around) -> str:
    claim = _CLAIMS.get(found.change.direction, _NO_CLAIM)
    why = _("Medians, percentiles and shares whose parts are not published are never averaged: each period is "
            "compared with its own counterpart.")  # fmt: skip
    return f"{_(claim, n=len(found.pairs), higher=found.higher, lower=found.lower)} {why}"


_CLAIMS = {
    Direction.ROSE: N_(
        "Higher in {higher} of {n} pairs of periods, lower in {lower}: more often than chance makes it (90 %)."
    ),
    Direction.FELL: N_(
        "Lower in {lower} of {n} pairs of periods, higher in {higher}: more often than chance makes it (90 %)."
    ),
    Direction.DIFFERS: N_(
        "Higher in {higher} of {n} pairs of periods, lower in {lower}: told, not judged, as the times of year differ."
    ),
}
_NO_CLAIM = N_("Higher in {higher} of {n} pairs of periods, lower in {lower}: chance makes as much.")


def _seasons(found: Around) -> str:
    afters, befores = ([getattr(each, side) for each in found.pairs] for side in ("after", "before"))
    said = {"after": _span(sorted(afters), found.grain), "before": _span(sorted(befores), found.grain)}
    if found.grain is Grain.YEAR:
        return _("Whole years: {after} beside {before}.", **said)
    if found.seasons:
        return _("The same times of year: {after} beside {before}.", **said)
    return _("Not the same times of year, as nothing is told of a year earlier: {after} beside {before}.", **said)


# ---- table ----


def _table(found: Around, measure: MeasureInfo) -> Component:
    heads = [_("Period after"), _("After"), _("Period before"), _("Before"), _("Change")]
    rows = [_row(each, found.grain, measure) for each in sorted(found.pairs, key=lambda each: each.after)]
    return sortable(_("Each period after beside its counterpart before"), heads, rows, key=f"{found.event}{len(rows)}")


def _row(pair: Pair, grain: Grain, measure: MeasureInfo) -> list[Cell]:
    change = change_in(measure, pair.now, pair.then)
    return [
        Cell(period_text(pair.after, grain), pair.after.isoformat()),
        figure_cell(pair.now, measure, margin=True),
        Cell(period_text(pair.before, grain), pair.before.isoformat()),
        figure_cell(pair.then, measure, margin=True),
        Cell(change_words(change, measure), change.difference, number=True),
    ]
