"""The center's measures at a glance: now, a year before, what they divide by, and the target."""

from dataclasses import dataclass
from datetime import date

from layers.measures import Status
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from layers.topics.contact_center import CENTER_MEASURES
from portal.queries.change import change_in
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import CITY, last_told, offer_of, spans
from portal.queries.series import figure_at, series
from portal.queries.summary import Headline
from portal.releases import Releases
from portal.view import View
from portal.words.target import Held, against

TOPIC = "contact_center"
GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
SLOW = ("turnover",)
"""Measures of so few events that a month of them says nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure: its headline, the figures it divides by now and a year before, and its target."""

    found: Headline
    over: MeasureInfo | None
    over_now: Figure
    held: Held | None

    @property
    def measure(self) -> MeasureInfo:
        return self.found.measure

    @property
    def partial(self) -> bool:
        """Whether not all of its period was reported."""
        return self.found.now.flag == "partial"


def release_of(releases: Releases, view: View) -> Release | None:
    """The release that the address names, or the current one; None where the city publishes none."""
    return (releases.release(TOPIC, view.as_of) if view.as_of else None) or releases.release(TOPIC)


def grain_of(view: View) -> Grain:
    """Months, unless the address asks for quarters or years."""
    return next((grain for grain in GRAINS if grain.value == view.grain), Grain.MONTH)


def grain_for(measure: MeasureInfo, grain: Grain) -> Grain:
    """The grain in which a measure is told: of few events, such as people who left, the last twelve months."""
    return Grain.ROLLING_12M if measure.name in SLOW and grain is not Grain.YEAR else grain


def readings(release: Release, grain: Grain) -> list[Reading]:
    """The sixteen measures, each for its last period that is over and told; also those that nobody collects."""
    infos = (release.manifest.measure(name) for name in CENTER_MEASURES)
    return [reading(release, info, grain_for(info, grain)) for info in infos if info is not None]


def reading(release: Release, measure: MeasureInfo, grain: Grain, category: str = "all") -> Reading:
    """One measure of one category, in its last period that is over and told."""
    last = last_told(spans(release, measure.name, category, CITY, grain))
    return reading_at(release, measure, grain, last.start if last else None, category)


def reading_at(
    release: Release, measure: MeasureInfo, grain: Grain, period: date | None, category: str = "all"
) -> Reading:
    """The same in a period of choice; None where there is none."""
    earlier = same_period_last_year(period, grain) if period else None
    over = over_of(release, measure, category)

    def at(name: str) -> tuple[Figure, Figure]:
        rows = series(release, name, category, CITY, CITY, grain)
        return figure_at(rows, period), figure_at(rows, earlier)

    now, before = at(measure.name)
    over_now, _over_before = at(over.name) if over else (NOTHING, NOTHING)
    change = change_in(measure, now, before)
    found = Headline(TOPIC, measure, grain, period, now, before, now, NOTHING, NOTHING, change)
    return Reading(found, over, over_now, against(release.manifest, found, CITY, category))


def over_of(release: Release, measure: MeasureInfo, category: str = "all") -> MeasureInfo | None:
    """What the measure divides by, where the release has it for the category."""
    over = release.manifest.measure(measure.over) if measure.over else None
    return over if over is not None and category in offer_of(release).categories(over.name, CITY) else None


def whole_year(release: Release, measure: str) -> tuple[int | None, Figure]:
    """The last year that is over and was reported whole, and its figure."""
    rows = series(release, measure, "all", CITY, CITY, Grain.YEAR)
    done = {span.start for span in spans(release, measure, "all", CITY, Grain.YEAR) if span.finished}
    for row in reversed(list(rows.iter_rows(named=True))):
        figure = Figure.of_row(row)
        if row["period"] in done and figure.flag is None and figure.status in (Status.VALUE, Status.ZERO):
            return row["period"].year, figure
    return None, NOTHING
