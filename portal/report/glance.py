"""The first part: a few sentences by rule, and a handful of headline figures."""

from datetime import date

import polars as pl

from layers.measures import rate_name
from layers.period import Grain, same_period_last_year
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.district.glance import REMARKS
from portal.language import _
from portal.queries.offer import measure_of, offer_of
from portal.queries.summary import Headline, default_grain, headline, top_categories
from portal.report.asked import Question
from portal.report.cells import figure
from portal.report.model import Section, Tile
from portal.words.figures import change_text, unit_text
from portal.words.released import told
from portal.words.sentences import district_sentences
from portal.words.target import against
from portal.words.wording import period_text

LEADING: tuple[tuple[str, str], ...] = (
    ("service_requests", "requests"),
    ("service_requests", "days_to_close_median"),
    ("evictions", "homes_filed"),
    ("shutoffs", "homes_scheduled"),
    ("housing_supply", "units"),
)
"""Topic and measure of the headline figures, where the city has them."""
STOCK = "housing_supply"


def section(question: Question) -> Section:
    """Sentences over all of the topics, then their headline figures."""
    found = [told for each in LEADING if (told := leading(question, *each)) is not None]
    return Section(
        key="glance",
        title=_("At a glance"),
        points=tuple(_sentences(question, [each for each in found if each.topic != STOCK])),
        tiles=tuple(_tile(question, each) for each in found),
    )


def leading(question: Question, topic: str, name: str) -> Headline | None:
    """One measure of the place in the month; of a protected topic in its last closed period before that."""
    release = question.pins.release(topic)
    measure = release.manifest.measure(name) if release else None
    place = question.place
    if release is None or measure is None or place.geography not in offer_of(release).geographies(name):
        return None
    grain = Grain.YEAR if topic == STOCK else default_grain(release, measure, place.geography)
    period = _period(question, release, measure, grain) if grain else None
    if grain is None or period is None:
        return None
    return headline(release, measure, place.geography, place.unit, grain=grain, period=period)


def _period(question: Question, release: Release, measure: MeasureInfo, grain: Grain) -> date | None:
    if release.topic == STOCK:
        return question.month.replace(month=1)
    return question.last_told(release, measure.name, grain)


def _sentences(question: Question, found: list[Headline]) -> list[str]:
    first = next((each for each in found if each.topic == "service_requests"), None)
    release = question.pins.release("service_requests") if first else None
    categories, measure = pl.DataFrame(), None
    if first and release and first.period:
        place, measure = question.place, first.measure
        categories = top_categories(
            release, measure, place.geography, place.unit, grain=first.grain, period=first.period, most=30
        )
    sentences = district_sentences(found, question.place.name, categories, measure if categories.height else None)
    return [each.text for each in sentences]


def _tile(question: Question, shown: Headline) -> Tile:
    measure, start = shown.measure, shown.period or question.month
    before = period_text(same_period_last_year(start, shown.grain), shown.grain)
    release = question.pins.by_topic[shown.topic]
    rate = measure_of(release.manifest, rate_name(measure.name))
    whole = question.place.whole
    return Tile(
        title=told(measure.title),
        when=period_text(start, shown.grain),
        value=figure(shown.now, measure),
        unit=unit_text(shown.now, measure),
        change="" if shown.topic == STOCK else change_text(shown.change, measure, than=before),
        before=figure(shown.before, measure),
        before_when=before,
        city=None if whole else figure(shown.city, measure),
        rate=figure(shown.rate, rate) if rate and shown.rate.shown else None,
        city_rate=figure(shown.city_rate, rate) if rate and shown.city_rate.shown and not whole else None,
        remark=_(REMARKS[measure.name]) if measure.name in REMARKS else "",
        target=_target(question, shown),
    )


def _target(question: Question, shown: Headline) -> str:
    manifest = question.pins.by_topic[shown.topic].manifest
    found = against(manifest, shown, question.place.geography)
    return found.text if found else ""
