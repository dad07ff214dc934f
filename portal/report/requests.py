"""The part about service requests: three months and the year before, the top 10, how requests were handled."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from layers.measures import Kind
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.agency.words import agency_text
from portal.district.oldest import OLDEST, OPEN, none_open
from portal.language import _
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import measure_of, offer_of
from portal.queries.summary import category_figures, default_grain, top_categories
from portal.report.asked import Question
from portal.report.cells import change, figure, figures, heads, words
from portal.report.model import Cell, Column, Remark, Section, Table, Tone
from portal.words.released import told
from portal.words.sentences import both
from portal.words.wording import period_text

TOPIC = "service_requests"
COUNT, HOMES = "requests", "homes"
MEASURES = (
    "requests", "requests_per_1000", "open", "due", "closed_on_time_share", "days_to_close_median",
    "days_to_close_mean", "days_to_close_p90", "oldest_open_days", "self_service_share",
)  # fmt: skip
"""In the order of the report; those that a release does not publish are named at its end."""
STILL_MOVING = ("open", "due", "oldest_open_days")
"""A younger month has had less time: not compared with a year before."""
HANDLED = (
    "requests", "open", "due", "closed_on_time_share", "days_to_close_median", "days_to_close_mean",
    "days_to_close_p90", "oldest_open_days",
)  # fmt: skip
MOST = 10
EVERY = 1000


def section(question: Question) -> Section | None:
    """None where the releases have no service requests of this place by month."""
    release = question.pins.release(TOPIC)
    measure = release.manifest.measure(COUNT) if release else None
    if release is None or measure is None or question.last_told(release, COUNT, Grain.MONTH) is None:
        return None
    tables = (_months(question, release), _top(question, release, measure), _handled(question, release, measure))
    by_agency = _agencies(question, release)
    homes = _homes(question, release)
    return Section(
        key="requests",
        title=told(release.manifest.title),
        lead=(told(release.manifest.summary), told(release.manifest.is_not)),
        tables=(*tables, *(each for each in (by_agency, homes) if each is not None)),
        remarks=tuple(Remark(told(text), Tone.CAUTION) for text in release.manifest.caveats),
    )


def at(release: Release, question: Question, name: str, grain: Grain, period: date, category: str = "all") -> Figure:
    """One figure of the place."""
    place = question.place
    found = category_figures(release, name, place.geography, place.unit, grain=grain, period=period)
    return found.get(category, NOTHING)


def published(release: Release, question: Question, names: tuple[str, ...]) -> list[MeasureInfo]:
    """Those of the measures that the release has for the place by month."""
    offer = offer_of(release)
    monthly = [name for name in names if Grain.MONTH in offer.grains(name, question.place.geography)]
    return [found for name in monthly if (found := measure_of(release.manifest, name)) is not None]


def _months(question: Question, release: Release) -> Table:
    before = same_period_last_year(question.month, Grain.MONTH)
    labels = [period_text(each, Grain.MONTH) for each in (*question.months, before)]
    rows = []
    for measure in published(release, question, MEASURES):
        shown = [at(release, question, measure.name, Grain.MONTH, when) for when in (*question.months, before)]
        moving = measure.name in STILL_MOVING
        rows.append(
            (
                words(_titled(measure)),
                *(figure(each, measure) for each in shown),
                words(_("not compared")) if moving else change(shown[2], shown[3], measure),
            )
        )
    return Table(
        key="requests-by-month",
        caption=_("Three months, and {month} a year before", month=period_text(question.month, Grain.MONTH)),
        columns=(Column(_("Measure")), *figures(labels), Column(_("Change in a year"))),
        rows=tuple(rows),
        notes=(
            _("A younger month has had less time: more of its requests are open, and those that take long are not "
              "yet in its days to close."),
        ),
    )  # fmt: skip


def _titled(measure: MeasureInfo) -> str:
    """The measure's title with its unit, where the figure does not say it."""
    title = told(measure.title)
    return _("{measure}, days", measure=title) if _unsaid(measure) else title


def _unsaid(measure: MeasureInfo) -> bool:
    return measure.kind is Kind.DURATION and "days" not in measure.title


def _top(question: Question, release: Release, measure: MeasureInfo) -> Table:
    place, month = question.place, question.month
    found = top_categories(
        release, measure, place.geography, place.unit, grain=Grain.MONTH, period=month, most=MOST
    )  # fmt: skip
    before = same_period_last_year(month, Grain.MONTH)
    labels = [period_text(each, Grain.MONTH) for each in (*question.months, before)]
    rows: list[tuple[Cell, ...]] = []
    for row in found.iter_rows(named=True):
        now, earlier = both(row)
        past = [at(release, question, COUNT, Grain.MONTH, when, row["category"]) for when in question.months[:2]]
        cells = (figure(each, measure) for each in (*past, now, earlier))
        rows.append((words(_title(row)), *cells, change(now, earlier, measure)))
    return Table(
        key="top-10",
        caption=_("The {count} most frequent kinds of requests in {month}", count=len(rows),
                  month=period_text(month, Grain.MONTH)),
        columns=(Column(_("Category")), *figures(labels), Column(_("Change in a year"))),
        rows=tuple(rows),
    )  # fmt: skip


def _handled(question: Question, release: Release, measure: MeasureInfo) -> Table:
    place, month = question.place, question.month
    found = top_categories(
        release, measure, place.geography, place.unit, grain=Grain.MONTH, period=month, most=EVERY
    )  # fmt: skip
    shown = published(release, question, HANDLED)
    listed = [
        ("all", _("All categories")),
        *((row["category"], _title(row)) for row in found.iter_rows(named=True)),
    ]
    rows = [_handled_row(question, release, key, title, shown) for key, title in listed]
    named = bool(release.manifest.agencies)
    if named:
        rows = [
            (*row, words("–" if key == "all" else agency_text(release.manifest, key)))
            for (key, _title), row in zip(listed, rows, strict=True)
        ]
    return Table(
        key="requests-by-category",
        caption=_("How requests opened in {month} were handled, by category",
                  month=period_text(month, Grain.MONTH)),
        columns=(
            Column(_("Category")), *figures(_titled(each) for each in shown), *heads(*([_("Agency")] if named else []))
        ),
        rows=tuple(rows),
        notes=(_("Medians and percentiles cannot be added up: the first row is computed from all requests."),),
    )  # fmt: skip


def _agencies(question: Question, release: Release) -> Table | None:
    """What each agency answers for, together: computed from its requests."""
    month = question.month
    listed = [each for each in release.manifest.agencies if each.groups]
    shown = [
        each
        for each in published(release, question, HANDLED)
        if listed and listed[0].category in offer_of(release).categories(each.name, question.place.geography)
    ]
    if not shown:
        return None
    return Table(
        key="requests-by-agency",
        caption=_("How requests opened in {month} were handled, by agency", month=period_text(month, Grain.MONTH)),
        columns=(Column(_("Agency")), *figures(_titled(each) for each in shown)),
        rows=tuple(_handled_row(question, release, each.category, each.title, shown) for each in listed),
        notes=(
            _("Each row is computed from all requests of the agency's categories; no figure but a count may be added "
              "up."),
        ),
    )  # fmt: skip


def _handled_row(
    question: Question, release: Release, key: str, title: str, shown: list[MeasureInfo]
) -> tuple[Cell, ...]:
    """The figures of a category; where nothing is open the oldest open one is none, not missing."""
    found = {each.name: at(release, question, each.name, Grain.MONTH, question.month, key) for each in shown}
    return (
        words(title),
        *(
            words(_("none open"))
            if each.name == OLDEST and none_open(found[each.name], found.get(OPEN, NOTHING))
            else figure(found[each.name], each)
            for each in shown
        ),
    )


def _title(row: Mapping[str, Any]) -> str:
    """A category's words, from a row of `top_categories`."""
    title: str = row["title"]
    return told(title)


def _homes(question: Question, release: Release) -> Table | None:
    """Requests about homes are counted in homes, protected, and never added to the others."""
    measure = release.manifest.measure(HOMES)
    grain = default_grain(release, measure, question.place.geography) if measure else None
    period = question.last_told(release, HOMES, grain) if grain else None
    if measure is None or grain is None or period is None:
        return None
    place, before = question.place, same_period_last_year(period, grain)
    found = top_categories(release, measure, place.geography, place.unit, grain=grain, period=period, most=EVERY)
    whole = at(release, question, HOMES, grain, period), at(release, question, HOMES, grain, before)
    listed = [(_("All categories"), *whole), *((_title(r), *both(r)) for r in found.iter_rows(named=True))]
    return Table(
        key="homes-with-a-request",
        caption=_("{measure}, by category", measure=told(measure.title)),
        columns=(
            *heads(_("Category")),
            *figures([period_text(period, grain), period_text(before, grain)], measure),
            *heads(_("Change in a year")),
        ),
        rows=tuple(
            (words(title), figure(now, measure), figure(then, measure), change(now, then, measure))
            for title, now, then in listed
        ),
        notes=(_("A home with requests of two kinds is in two rows, and once in the first."),),
    )
