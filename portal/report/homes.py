"""The parts about homes: eviction filings with their court outcomes, and scheduled shutoffs. Protected figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from layers.measures import Kind, rate_name
from layers.period import Grain, same_period_last_year
from layers.release import Manifest, MeasureInfo
from layers.store.reader import Release
from portal.frame.parts import closing_sentence
from portal.language import _
from portal.queries.offer import CITY, measure_of, offer_of
from portal.queries.series import figure_at, series
from portal.report.asked import Question
from portal.report.cells import change, figure, figures, heads, words
from portal.report.model import Cell, Column, Remark, Section, Table, Tone
from portal.report.requests import at
from portal.words.released import told
from portal.words.wording import period_text

LAWYER, NO_LAWYER = "with_lawyer", "without_lawyer"


@dataclass(frozen=True, slots=True)
class HomesTopic:
    """Which measure leads a topic, and which tells by category how it went on."""

    topic: str
    leading: str
    followed: str


EVICTIONS = HomesTopic("evictions", "homes_filed", "homes_disposed")
SHUTOFFS = HomesTopic("shutoffs", "homes_scheduled", "homes_scheduled")


def section(question: Question, asked: HomesTopic) -> Section | None:
    """None where the releases have nothing of the topic for this place."""
    release = question.pins.release(asked.topic)
    measure = release.manifest.measure(asked.leading) if release else None
    if (
        release is None
        or measure is None
        or question.place.geography not in offer_of(release).geographies(measure.name)
    ):
        return None
    tables = [_periods(question, release, measure), *_followed(question, release, asked)]
    return Section(
        key=asked.topic,
        title=told(release.manifest.title),
        lead=(told(release.manifest.summary), *_closed(question, release, measure)),
        tables=tuple(each for each in tables if each is not None),
        remarks=tuple(
            Remark(told(text), Tone.CAUTION)
            for text in dict.fromkeys((release.manifest.is_not, *release.manifest.caveats))
        ),
    )


def _closed(question: Question, release: Release, measure: MeasureInfo) -> list[str]:
    """Up to when the topic is closed, where the month of the report is not."""
    if question.last_told(release, measure.name, Grain.MONTH) == question.month:
        return []
    return [text] if (text := closing_sentence(release.manifest)) else []


# ---- periods ----


def _periods(question: Question, release: Release, measure: MeasureInfo) -> Table:
    """Three months, then the last quarter and year: what is hidden in a month often shows in a longer period."""
    rate = measure_of(release.manifest, rate_name(measure.name))
    rate = rate if rate and rate.name in offer_of(release).measures() else None
    rows = [
        _period(question, release, (measure, rate), grain, start) for grain, start in _spans(question, release, measure)
    ]
    here = _("Per 1,000 homes"), _("City, per 1,000 homes")
    per = () if rate is None else figures(here[:1] if question.place.whole else here, rate)
    return Table(
        key=f"{release.topic}-by-period",
        caption=_("{measure}: months, quarter and year", measure=told(measure.title)),
        columns=(
            *heads(_("Period")),
            *figures([_capital(told(measure.unit)), _("A year before")], measure),
            *heads(_("Change in a year")),
            *per,
        ),
        rows=tuple(rows),
        notes=(_("A home counts once in each period, so the months do not add up to the quarter or the year."),),
    )


def _spans(question: Question, release: Release, measure: MeasureInfo) -> list[tuple[Grain, date]]:
    offered = offer_of(release).grains(measure.name, question.place.geography)
    found = [(Grain.MONTH, start) for start in question.months] if Grain.MONTH in offered else []
    longer = [(grain, question.last_told(release, measure.name, grain)) for grain in (Grain.QUARTER, Grain.YEAR)]
    return found + [(grain, start) for grain, start in longer if grain in offered and start is not None]


def _period(
    question: Question, release: Release, measures: tuple[MeasureInfo, MeasureInfo | None], grain: Grain, start: date
) -> tuple[Cell, ...]:
    (measure, rate), place = measures, question.place
    now = at(release, question, measure.name, grain, start)
    before = at(release, question, measure.name, grain, same_period_last_year(start, grain))
    cells = [words(period_text(start, grain)), figure(now, measure), figure(before, measure)]
    cells.append(change(now, before, measure))
    if rate is not None:
        where = [(place.geography, place.unit), *([] if place.whole else [(CITY, CITY)])]
        rates = (figure_at(series(release, rate.name, "all", *each, grain), start) for each in where)
        cells += [figure(each, rate) for each in rates]
    return tuple(cells)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


# ---- what followed ----


def _followed(question: Question, release: Release, asked: HomesTopic) -> Sequence[Table | None]:
    """By category, in the last closed periods of the grains that categories are published in."""
    measure = release.manifest.measure(asked.followed)
    if measure is None or measure.kind is not Kind.COUNT:
        return []
    offer, geography = offer_of(release), question.place.geography
    periods = [
        (grain, start)
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
        if grain in offer.grains(measure.name, geography, _some(release, asked))
        and (start := question.last_told(release, measure.name, grain)) is not None
    ]
    if not periods:
        return []
    return [_outcomes(question, release, measure, periods[-2:]), _lawyers(question, release, measure, periods[-1])]


def _some(release: Release, asked: HomesTopic) -> str:
    """A category of the measure, to ask in which grains categories are published."""
    measure = release.manifest.measure(asked.followed)
    return next((each for each in measure.categories if each != "all"), "all") if measure else "all"


def _plain(manifest: Manifest, measure: MeasureInfo) -> list[str]:
    """Categories that add up to all, in the manifest's order: without the lawyer, and without crossings."""
    known = set(measure.categories)
    keys = [group.key for group in manifest.groups if group.key in known]
    return [each for each in keys if not each.endswith((LAWYER, NO_LAWYER))]


def _outcomes(
    question: Question, release: Release, measure: MeasureInfo, periods: Sequence[tuple[Grain, date]]
) -> Table:
    manifest = release.manifest
    spans_ = [(grain, when) for grain, start in periods for when in (start, same_period_last_year(start, grain))]
    rows = []
    for key in ("all", *_plain(manifest, measure)):
        row = [at(release, question, measure.name, grain, when, key) for grain, when in spans_]
        changes = [change(row[i], row[i + 1], measure) for i in range(0, len(row), 2)]
        title = told(measure.title) if key == "all" else told(manifest.group_title(key))
        rows.append((words(title), *(figure(each, measure) for each in row), changes[-1]))
    return Table(
        key=f"{release.topic}-outcomes",
        caption=_("{measure}, by what happened", measure=told(measure.title)),
        columns=(
            Column(_("What happened")),
            *figures((period_text(when, grain) for grain, when in spans_), measure),
            Column(_("Change, {period}", period=period_text(periods[-1][1], periods[-1][0]))),
        ),
        rows=tuple(rows),
    )


def _lawyers(question: Question, release: Release, measure: MeasureInfo, when: tuple[Grain, date]) -> Table | None:
    """Outcomes of tenants with a lawyer beside those without one known."""
    if LAWYER not in measure.categories:
        return None
    manifest, (grain, start) = release.manifest, when
    rows = []
    for key in ("", *(each for each in _plain(manifest, measure) if f"{each}_{LAWYER}" in measure.categories)):
        pair = [f"{key}_{each}" if key else each for each in (LAWYER, NO_LAWYER)]
        title = told(manifest.group_title(key)) if key else told(measure.title)
        rows.append(
            (words(title), *(figure(at(release, question, measure.name, grain, start, k), measure) for k in pair))
        )
    return Table(
        key=f"{release.topic}-lawyers",
        caption=_("{measure} in {period}, by whether the tenant had a lawyer", measure=told(measure.title),
                  period=period_text(start, grain)),
        columns=(
            Column(_("What happened")),
            *figures([told(manifest.group_title(LAWYER)), told(manifest.group_title(NO_LAWYER))], measure),
        ),
        rows=tuple(rows),
        notes=(_("A difference between tenants with and without a lawyer is not proof of cause."),),
    )  # fmt: skip
