"""What changed since the month was first reported: figures that read otherwise now, releases that were taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from layers.measures import Status
from layers.period import Grain
from layers.protection import Edition, Withdrawal
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.language import _
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import offer_of
from portal.queries.summary import category_figures
from portal.report.asked import Place, Question
from portal.report.cells import figure, heads, words
from portal.report.model import Cell, Column, Section, Table
from portal.words.released import told
from portal.words.wording import day_text, period_text

COUNTS = {
    "service_requests": ("requests", "homes"),
    "evictions": ("homes_filed", "homes_disposed"),
    "shutoffs": ("homes_scheduled",),
    "housing_supply": (),
    "contact_center": ("handled", "offered", "answered"),
}
"""Counts that should stay as they were once a period is over. Open requests and days to close move by themselves."""


@dataclass(frozen=True, slots=True)
class _Corrected:
    release: Release
    first: Release
    measure: MeasureInfo
    category: str
    grain: Grain
    period: date
    was: Figure
    now: Figure


def section(question: Question) -> Section:
    """Always there: no correction is news, too."""
    found = [each for topic in question.topics for each in _of_topic(question, topic)]
    stones = question.pins.taken_back
    tables = []
    if found:
        tables.append(_table(found))
    if stones:
        tables.append(_taken_back(stones))
    editions = [each for manifest in question.manifests for each in _editions(manifest.protection)]
    points = [
        _("Measured a second time: {table}, {period}. The reason: {reason}",
          table=each.table, period=day_text(each.period), reason=each.reason)
        for each in editions
    ]  # fmt: skip
    first = _first_told(question)
    lead = [_since(first)] if tables or points else [_nothing(first)]
    return Section("corrections", _("Corrections"), lead=tuple(lead), points=tuple(points), tables=tuple(tables))


def _since(first: date | None) -> str:
    if first is None:
        return _("What was corrected or taken back since this month was first reported:")
    return _("This month was first reported as of {day}. Since then:", day=day_text(first))


def _nothing(first: date | None) -> str:
    if first is None:
        return _("This is the first report of this month. Nothing has been corrected.")
    return _("No count of this month has changed since it was first reported, as of {day}.", day=day_text(first))


def _first_told(question: Question) -> date | None:
    found = [first.manifest.as_of for first in _firsts(question).values()]
    return min(found, default=None)


def _firsts(question: Question) -> dict[str, Release]:
    pinned = question.pins.by_topic
    found = {topic: _first(question, release) for topic, release in pinned.items()}
    return {topic: first for topic, first in found.items() if first is not None}


def _first(question: Question, release: Release) -> Release | None:
    """The oldest release before this one that told of the month; None where there is none."""
    measure = next((name for name in COUNTS[release.topic] if release.manifest.measure(name)), None)
    if measure is None:
        return None
    releases = question.pins.releases
    ids = [each for each in releases.store.releases(release.topic) if question.end.isoformat() < each[:10]]
    for each in ids:
        older = releases.release(release.topic, each)
        if each[:10] > release.id[:10]:
            return None
        if older is None or older.id == release.id or older.manifest.built_at >= release.manifest.built_at:
            continue
        if question.last_told(older, measure, Grain.MONTH) == question.month:
            return older
    return None


def _of_topic(question: Question, topic: str) -> Iterator[_Corrected]:
    release = question.pins.release(topic)
    first = _first(question, release) if release else None
    if release is None or first is None:
        return
    for name in COUNTS[topic]:
        measure = release.manifest.measure(name)
        if measure is None:
            continue
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            period = question.last_told(first, name, grain)
            if period is not None and _as_long(question, release, name, grain):
                yield from _differing(question.place, (release, first), measure, grain, period)


def _as_long(question: Question, release: Release, name: str, grain: Grain) -> bool:
    return grain in offer_of(release).grains(name, question.place.geography)


def _differing(
    place: Place, pair: tuple[Release, Release], measure: MeasureInfo, grain: Grain, period: date
) -> Iterator[_Corrected]:
    release, first = pair
    now, was = (
        category_figures(each, measure.name, place.geography, place.unit, grain=grain, period=period) for each in pair
    )
    order = {key: number for number, key in enumerate(measure.categories)}
    for key in sorted({*now, *was}, key=lambda each: order.get(each, len(order))):
        earlier, later = was.get(key, NOTHING), now.get(key, NOTHING)
        if earlier != later and earlier.status is not Status.NOT_REPORTED:
            yield _Corrected(release, first, measure, key, grain, period, earlier, later)


def _table(found: list[_Corrected]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        manifest = each.release.manifest
        title = told(manifest.title) if each.category == "all" else told(manifest.group_title(each.category))
        rows.append(
            (
                words(_("{measure}: {category}", measure=told(each.measure.title), category=title)),
                words(period_text(each.period, each.grain)),
                figure(each.was, each.measure),
                words(day_text(each.first.manifest.as_of)),
                figure(each.now, each.measure),
            )
        )
    margins = any(each.was.measured or each.now.measured for each in found)
    return Table(
        key="corrections",
        caption=_("Counts that read otherwise than when this month was first reported"),
        columns=(
            *heads(_("Count"), _("Period")),
            Column(_("Was"), figures=True, margins=margins),
            *heads(_("As of")),
            Column(_("Is"), figures=True, margins=margins),
        ),
        rows=tuple(rows),
        notes=(
            _("A request that reached the records late, or was sorted anew, changes a count that was exact when it "
              "was made. Open requests and days to close change with every day and are not listed."),
        ),
    )  # fmt: skip


def _taken_back(stones: Sequence[Withdrawal]) -> Table:
    return Table(
        key="withdrawn",
        caption=_("Releases that were taken back: a report made from them is no longer valid"),
        columns=heads(_("Release"), _("Taken back on"), _("Reason")),
        rows=tuple(
            (words(f"{each.topic} {each.release}"), words(day_text(each.withdrawn_on)), words(each.reason))
            for each in stones
        ),
    )


def _editions(protection: object) -> tuple[Edition, ...]:
    return getattr(protection, "editions", ())
