"""The part about the places within: neighborhoods of a district, districts of the city."""

from datetime import date

from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.language import _
from portal.queries.figure import NOTHING, Figure
from portal.queries.heat import place_rows
from portal.queries.offer import is_protected, offer_of
from portal.queries.summary import default_grain, neighborhoods_of
from portal.report.asked import DISTRICT, Question
from portal.report.cells import figure, figures, heads, words
from portal.report.model import Section, Table
from portal.words.released import told
from portal.words.wording import period_text

LEADING = (
    ("service_requests", "requests"), ("evictions", "homes_filed"), ("shutoffs", "homes_scheduled"),
    ("housing_supply", "units"),
)  # fmt: skip


def section(question: Question) -> Section | None:
    """None where there are no places within."""
    geography = DISTRICT if question.place.whole else "neighborhood"
    info = question.pins.areas(geography)
    columns = [found for each in LEADING if (found := _column(question, geography, *each)) is not None]
    if info is None or not columns:
        return None
    inside = None if question.place.whole else set(_inside(question))
    names = {each.id: each.name for each in info.units if inside is None or each.id in inside}
    if not names:
        return None
    by_name = sorted(names, key=lambda unit: names[unit]) if inside is not None else list(names)
    rows = [(words(names[unit]), *(figure(of.get(unit, NOTHING), m) for m, _h, of in columns)) for unit in by_name]
    heading = tuple(column for measure, head, _shown in columns for column in figures([head], measure))
    table = Table(
        key=f"by-{geography}",
        caption=_("{places}, and what was counted there", places=told(info.plural)),
        columns=(*heads(told(info.title)), *heading),
        rows=tuple(rows),
        notes=tuple(_notes([measure for measure, _head, _shown in columns])),
    )
    return Section(key="places", title=told(info.plural), lead=tuple(_vintage(question, geography)), tables=(table,))


_Column = tuple[MeasureInfo, str, dict[str, Figure]]


def _column(question: Question, geography: str, topic: str, name: str) -> _Column | None:
    """A measure, its heading with the period, and its figure per place."""
    release = question.pins.release(topic)
    measure = release.manifest.measure(name) if release else None
    if release is None or measure is None or geography not in offer_of(release).geographies(name):
        return None
    grain, period = _when(question, release, measure, geography)
    if grain is None or period is None:
        return None
    rows = place_rows(release, name, "all", geography, grain, period)
    shown = {row["unit"]: Figure.of_row(row) for row in rows.iter_rows(named=True)}
    head = _("{measure}, {period}", measure=told(measure.title), period=period_text(period, grain))
    return measure, head, shown


def _when(
    question: Question, release: Release, measure: MeasureInfo, geography: str
) -> tuple[Grain | None, date | None]:
    if release.topic == "housing_supply":
        return Grain.YEAR, question.month.replace(month=1)
    grain = default_grain(release, measure, geography)
    return grain, question.last_told(release, measure.name, grain, geography) if grain else None


def _inside(question: Question) -> list[str]:
    """Neighborhoods with homes in the district, as the newest release that names any says."""
    pins = question.pins
    newest = sorted(pins.by_topic.values(), key=lambda each: each.manifest.built_at, reverse=True)
    found = (neighborhoods_of(each, question.place.unit) for each in newest)
    return next((each for each in found if each), [])


def _notes(measures: list[MeasureInfo]) -> list[str]:
    said = [_("Places differ in size: these are counts, not rates, so their order is no ranking.")]
    if any(is_protected(each) for each in measures):
        said.append(
            _(
                "Margins of protected figures are wide beside small counts: two places whose ranges overlap "
                "cannot be told apart."
            )
        )
    return said  # fmt: skip


def _vintage(question: Question, geography: str) -> list[str]:
    info = question.pins.areas(geography)
    if info is None or not info.vintage:
        return []
    if info.source:
        return [_("Boundaries: {vintage}, from {source}.", vintage=info.vintage, source=info.source)]
    return [_("Boundaries: {vintage}.", vintage=info.vintage)]
