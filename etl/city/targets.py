"""What a city set out to reach, as `[[targets]]` of `city.toml` may say it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from etl.city.agencies import FIELD, Agency
from etl.city.models import Declaration, Slug, Text
from etl.city.problems import closest
from etl.errors import Problem
from layers.measures import Kind, Measure, rate_of
from layers.tables import AGENCY_PREFIX
from layers.topics import TOPICS, GroupKind, Topic, topic

if TYPE_CHECKING:
    from etl.city.city import Source

ALL, OTHER = "all", "other"


class Target(Declaration):
    """A promise that figures are held against: at most so many days, at least so many percent."""

    measure: Text = Field(description="`TOPIC.MEASURE`, such as `service_requests.days_to_close_median`.")
    category: Slug = Field(
        default=ALL,
        description="The group it is about, or `agency_ID` for all that an agency answers for; without it, all.",
    )
    value: float = Field(description="In the measure's own unit; a share in percent: 85 is 85 %.")
    at: Literal["most", "least"] = Field(description="`most`: no more than that; `least`: no less.")
    from_: date | None = Field(
        default=None, alias="from", description="First day it holds; earlier periods are not held against it."
    )
    source: str = Field(default="", description="Who set it, and where.")
    geography: Slug | None = Field(
        default=None, description="Places it is for: `city` or an area kind; without it, every place. Counts need it."
    )
    grain: Literal["week", "month", "quarter", "year", "rolling_12m"] | None = Field(
        default=None, description="Periods it is for; without it, all. Counts and rates need it."
    )

    @property
    def topic_name(self) -> str:
        """The topic's part of `measure`."""
        return self.measure.partition(".")[0]

    @property
    def measure_name(self) -> str:
        """The measure's own part of `measure`."""
        return self.measure.partition(".")[2]

    def published_value(self) -> float:
        """The value as releases write it: shares are parts of 1."""
        measure = _measures(topic(self.topic_name)).get(self.measure_name)
        return self.value / 100 if measure is not None and measure.kind is Kind.SHARE else self.value


def target_problems(
    file: str, targets: Sequence[Target], kinds: Sequence[str], sources: "Sequence[Source]", agencies: Sequence[Agency]
) -> Iterator[Problem]:
    """Targets of measures, groups or places that there are none of, or that leave open what they are held against."""
    for number, target in enumerate(targets, start=1):
        yield from _problems(file, f"targets[{number}]", target, kinds, sources, agencies)
    seen: dict[tuple[object, ...], int] = {}
    for number, target in enumerate(targets, start=1):
        first = seen.setdefault(_same(target), number)
        if first != number:
            what = f"says the same as targets[{first}], from the same day."
            yield Problem(file, f"targets[{number}]", what, "Keep one of the two, or give the later one its `from`.")


def _same(target: Target) -> tuple[object, ...]:
    return target.measure, target.category, target.geography, target.grain, target.from_


def _problems(
    file: str,
    key: str,
    target: Target,
    kinds: Sequence[str],
    sources: "Sequence[Source]",
    agencies: Sequence[Agency],
) -> Iterator[Problem]:
    about = next((each for each in TOPICS if each.name == target.topic_name), None)
    if about is None or not target.measure_name:
        what = f"`{target.measure}` names no topic and measure."
        yield Problem(file, f"{key}.measure", what, closest(target.measure, _every_measure()))
        return
    known = _measures(about)
    measure = known.get(target.measure_name)
    if measure is None:
        what = f"`{target.measure_name}` is no measure of topic {about.name}."
        yield Problem(file, f"{key}.measure", what, closest(target.measure_name, known))
        return
    groups = [*_groups(about, sources), *(_of_agencies(agencies) if about.field(FIELD) else ())]
    if target.category not in groups:
        what = f"`{target.category}` is no group of topic {about.name}."
        yield Problem(file, f"{key}.category", what, closest(target.category, groups))
    if target.geography is not None and target.geography not in ("city", *kinds):
        what = f"`{target.geography}` is neither `city` nor an area kind of city.toml."
        yield Problem(file, f"{key}.geography", what, closest(target.geography, ("city", *kinds)))
    yield from _value_problems(file, key, target, measure)


def _value_problems(file: str, key: str, target: Target, measure: Measure) -> Iterator[Problem]:
    if measure.kind is Kind.SHARE and not 1 < target.value <= 100:
        what = f"{target.value:g} is no share in percent."
        yield Problem(file, f"{key}.value", what, "Write percent, such as 85 for 85 %.")
    elif target.value < 0:
        what = f"{target.value:g} is less than nothing."
        yield Problem(file, f"{key}.value", what, f"Give it in {measure.unit}, not below 0.")
    missing = [
        *(["geography"] if measure.kind is Kind.COUNT and target.geography is None else []),
        *(["grain"] if _grows(measure) and target.grain is None else []),
    ]
    for name in missing:
        what = f"`{measure.name}` in {measure.unit} depends on {_DEPENDS[name]}, and the target does not say which."
        yield Problem(file, f"{key}.{name}", what, _REMEDY[name])


def _grows(measure: Measure) -> bool:
    """Whether figures are larger the longer the period is; what is divided by a measure of its own period is not."""
    return measure.kind is Kind.COUNT or (measure.kind is Kind.RATE and measure.over is None)


_DEPENDS = {"geography": "how large the place is", "grain": "how long the period is"}
_REMEDY = {"geography": "Add `geography`, such as `city`.", "grain": "Add `grain`, such as `month`."}


def _measures(about: Topic) -> dict[str, Measure]:
    rates = [rate_of(each, each.denominator) for each in about.measures if each.denominator]
    return {each.name: each for each in (*about.measures, *rates)}


def _every_measure() -> list[str]:
    return [f"{each.name}.{name}" for each in TOPICS for name in _measures(each)]


def _of_agencies(agencies: Sequence[Agency]) -> list[str]:
    return [f"{AGENCY_PREFIX}{each.id}" for each in agencies]


def _groups(about: Topic, sources: "Sequence[Source]") -> list[str]:
    """The groups that a release of the topic may have; sensitive ones are in none."""
    of_topic = [source for source in sources if source.topic == about.name]
    groups = [group for source in of_topic for group in source.plain_groups()] or list(about.groups)
    named = dict.fromkeys(group.key for group in groups if group.kind is not GroupKind.SENSITIVE)
    return [ALL, *named, *([] if OTHER in named or not named else [OTHER])]
