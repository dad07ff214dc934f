"""What one file of a city folder cannot say alone: topics, groups, areas and files that must exist."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from etl.city.cityfile import CityFile
from etl.city.connectors import LocalFile
from etl.city.filedrops import DropFolderConnector
from etl.city.models import AreaDeclaration
from etl.city.policies import policy_problems
from etl.city.problems import closest
from etl.city.source import SourceFile
from etl.errors import Problem
from layers.policy import PROTECTED_TOPICS
from layers.topics import AREA_FIELD_PREFIX, TOPICS, FieldType, GroupKind, Topic

MAX_GROUPS = 20
COORDINATE_PAIRS = (("lat", "lng"), ("x", "y"))
OTHER = "other"
HOUSEHOLDS = "households"

Exists = Callable[[str], bool]


def city_problems(file: str, declared: CityFile, exists: Exists) -> Iterator[Problem]:
    """Faults of `city.toml` beyond the form of its values."""
    kinds = [area.kind for area in declared.areas]
    for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        yield Problem(
            file, "areas", f"the kind `{kind}` is declared twice.", "Keep one, or name the other kind differently."
        )
    for kind in ("district", "neighborhood"):
        if kind not in kinds:
            yield Problem(
                file, "areas", f"no area of kind `{kind}`.", "Declare one: zones of protected topics nest in it."
            )
    yield from _lines_problems(file, declared)
    for number, area in enumerate(declared.areas, start=1):
        if not exists(area.path):
            yield _no_file(file, f"areas[{number}].path", area.path)
        if area.income is not None and not exists(area.income.path):
            yield _no_file(file, f"areas[{number}].income.path", area.income.path)
    if declared.streets is not None and not exists(declared.streets.path):
        yield _no_file(file, "streets.path", declared.streets.path)
    yield from _geocoder_problems(file, declared)
    for number, event in enumerate(declared.events, start=1):
        for name in event.topics:
            yield from _unknown(file, f"events[{number}].topics", "topic", name, (t.name for t in TOPICS))
    yield from policy_problems(file, declared)


def _lines_problems(file: str, declared: CityFile) -> Iterator[Problem]:
    """Other lines of a kind that there is none of, of other lines, or in force on the same days."""
    known = {area.kind: area for area in declared.areas if area.lines_of is None}
    for number, area in enumerate(declared.areas, start=1):
        if area.lines_of is None:
            continue
        key = f"areas[{number}].lines_of"
        if area.kind in ("district", "neighborhood"):
            remedy = "Give the lines that are in force this kind, and the other ones a name such as `district_2013`."
            yield Problem(file, key, f"the zones nest in `{area.kind}`, which cannot be other lines.", remedy)
        elif area.lines_of not in known:
            names = [kind for kind in known if kind != area.kind]
            yield Problem(file, key, f"`{area.lines_of}` is no kind of area in force.", closest(area.lines_of, names))
        elif _overlap(area, known[area.lines_of]):
            what = f"they are in force on the same days as those of `{area.lines_of}`."
            yield Problem(file, key, what, "Correct `valid_from` and `valid_to`: one ends before the other begins.")


def _overlap(one: AreaDeclaration, other: AreaDeclaration) -> bool:
    ends = one.valid_to or date.max, other.valid_to or date.max
    return max(one.valid_from, other.valid_from) <= min(ends)


def _geocoder_problems(file: str, declared: CityFile) -> Iterator[Problem]:
    asked = declared.geocoder
    if asked is None:
        return
    for name in asked.topics:
        yield from _unknown(file, "geocoder.topics", "topic", name, (t.name for t in TOPICS))
    protected = [name for name in asked.topics if name in PROTECTED_TOPICS]
    if protected and not (asked.approved_by.strip() and asked.reason.strip()):
        what = f"addresses of {', '.join(protected)} would be sent to an outside service."
        yield Problem(file, "geocoder", what, "Take the topic out, or say `approved_by` and `reason`.")


def source_problems(file: str, source: SourceFile, city: CityFile | None, exists: Exists) -> Iterator[Problem]:
    """Faults of a source beyond the form of its values; area kinds are checked when `city` is known."""
    if isinstance(source.connector, LocalFile) and not exists(source.connector.path):
        yield _no_file(file, "connector.path", source.connector.path)
    if isinstance(source.connector, DropFolderConnector) and not exists(source.connector.folder):
        yield _no_file(file, "connector.folder", source.connector.folder)
    listed = source.withdrawals
    if listed is not None and isinstance(listed.connector, LocalFile) and not exists(listed.connector.path):
        yield _no_file(file, "withdrawals.connector.path", listed.connector.path)
    topic = next((each for each in TOPICS if each.name == source.topic), None)
    if topic is None:
        yield from _unknown(file, "topic", "topic", source.topic, (each.name for each in TOPICS))
        return
    kinds = None if city is None else tuple(area.kind for area in city.areas)
    yield from _field_problems(file, source, topic, kinds)
    yield from _group_problems(file, source, topic)
    yield from _value_problems(file, source, topic)
    yield from _counted_problems(file, source, topic, kinds)
    yield from _public_problems(file, source)


def _public_problems(file: str, source: SourceFile) -> Iterator[Problem]:
    """Nothing but a published address file can have its addresses published: those of records never are."""
    if not source.public_addresses:
        return
    key, remedy = "public_addresses", "Take it out. Only the city's own public address file may say it."
    if source.topic != HOUSEHOLDS or source.regime != "events":
        yield Problem(file, key, f"a feed of {source.topic} ({source.regime}) is no address file.", remedy)
    elif not source.publish:
        yield Problem(file, key, "it contradicts `publish = false`.", remedy)
    elif source.withdrawals is not None:
        yield Problem(file, key, "nothing is taken back from an address file by a list.", "Take [withdrawals] out.")
    elif "address" not in source.fields:
        yield Problem(file, key, "no field says what the address is.", "Add `fields.address`, or take it out.")


def _field_problems(file: str, source: SourceFile, topic: Topic, kinds: tuple[str, ...] | None) -> Iterator[Problem]:
    known = [field.name for field in topic.fields]
    for name in source.fields:
        if not name.startswith(AREA_FIELD_PREFIX):
            yield from _unknown(file, f"fields.{name}", f"field of topic {topic.name}", name, known)
        elif kinds is not None:
            kind = name.removeprefix(AREA_FIELD_PREFIX)
            yield from _unknown(file, f'fields."{name}"', "area kind of city.toml", kind, kinds)
    if source.regime == "source":
        return
    yield from _required_problems(file, source, topic)
    yield from _place_problems(file, source)


def _required_problems(file: str, source: SourceFile, topic: Topic) -> Iterator[Problem]:
    for name in topic.required_fields():
        if name not in source.fields:
            yield Problem(
                file, f"fields.{name}", f"topic {topic.name} needs the field `{name}`.", "Say which column it is."
            )


def _place_problems(file: str, source: SourceFile) -> Iterator[Problem]:
    names = set(source.fields)
    for pair in COORDINATE_PAIRS:
        for one, other in (pair, pair[::-1]):
            if one in names and other not in names:
                yield Problem(file, f"fields.{one}", f"`{one}` without `{other}`.", f"Add `fields.{other}`.")
    placed = any(names.issuperset(pair) for pair in COORDINATE_PAIRS) or "address" in names
    if not placed and not any(name.startswith(AREA_FIELD_PREFIX) for name in names):
        remedy = "Add lat and lng, x and y, an address, or an area such as `area.zip`."
        yield Problem(file, "fields", "no field says where a record is.", remedy)


def _group_problems(file: str, source: SourceFile, topic: Topic) -> Iterator[Problem]:
    if len(source.groups) > MAX_GROUPS:
        yield Problem(
            file, "groups", f"{len(source.groups)} groups.", f"Merge some: a reader can take in {MAX_GROUPS} at most."
        )
    for own in topic.groups:
        declared = source.groups.get(own.key)
        if own.kind is not GroupKind.PLACE and declared is not None and declared.kind == "place":
            yield Problem(
                file,
                f"groups.{own.key}.kind",
                f"`{own.key}` concerns homes; as `place` its records would be counted exactly.",
                f'Write kind = "{own.kind}".',
            )
    if source.categories and topic.field("category") is None:
        yield Problem(
            file, "categories", f"topic {topic.name} has no categories of the source.", "Remove [categories]."
        )
        return
    known = {*(source.groups or (group.key for group in topic.groups)), OTHER}
    owners: dict[str, str] = {}
    for group, codes in source.categories.items():
        yield from _unknown(file, f"categories.{group}", "group", group, known)
        for code in codes:
            first = owners.setdefault(code.strip().casefold(), group)
            if first != group:
                yield Problem(
                    file, f"categories.{group}", f"the code {code!r} is also in `{first}`.", "Keep it in one group."
                )


def _value_problems(file: str, source: SourceFile, topic: Topic) -> Iterator[Problem]:
    for name, values in source.values.items():
        field = topic.field(name)
        if field is None or field.type not in (FieldType.CHOICE, FieldType.FLAG):
            choices = (each.name for each in topic.fields if each.type in (FieldType.CHOICE, FieldType.FLAG))
            yield Problem(
                file, f"values.{name}", f"not a field of fixed values of topic {topic.name}.", closest(name, choices)
            )
            continue
        allowed = field.choices or ("yes", "no")
        for value in values:
            yield from _unknown(file, f"values.{name}.{value}", f"value of `{name}`", value, allowed)


def _counted_problems(file: str, source: SourceFile, topic: Topic, kinds: tuple[str, ...] | None) -> Iterator[Problem]:
    if topic.totals or source.totals is not None:
        yield from _totals_problems(file, source, topic)
        return
    if (source.counted is not None) != (source.regime == "source"):
        remedy = 'Use [counted] with regime = "source", and only there.'
        yield Problem(file, "counted", "[counted] and the regime do not agree.", remedy)
    if source.counted is None:
        return
    if kinds is not None:
        yield from _unknown(file, "counted.geography", "area kind of city.toml", source.counted.geography, kinds)
        for kind in source.counted.apportion:
            yield from _unknown(file, "counted.apportion", "area kind of city.toml", kind, kinds)
    if source.counted.geography in source.counted.apportion:
        remedy = "Leave it out: its figures are there as received."
        yield Problem(file, "counted.apportion", f"`{source.counted.geography}` is what was counted.", remedy)
    if "all" not in source.counted.values:
        yield Problem(file, "counted.values.all", "missing.", "Name the column of the total over all categories.")
    if source.counted.measure is not None:
        names = (measure.name for measure in topic.measures)
        yield from _unknown(file, "counted.measure", f"measure of topic {topic.name}", source.counted.measure, names)
    groups = {*(source.groups or (group.key for group in topic.groups)), "all", OTHER}
    for category in source.counted.values:
        yield from _unknown(file, f"counted.values.{category}", "group", category, groups)


def _totals_problems(file: str, source: SourceFile, topic: Topic) -> Iterator[Problem]:
    if not topic.totals:
        remedy = "Take [totals] out; counts by area are told with [counted]."
        yield Problem(file, "totals", f"feeds of topic {topic.name} are no totals of a period.", remedy)
        return
    if source.totals is None or source.counted is not None or source.regime != "source":
        remedy = 'Write regime = "source" and [totals], and no [counted].'
        yield Problem(file, "totals", f"feeds of topic {topic.name} are totals of a period.", remedy)
    if source.refresh.mode != "whole":
        yield Problem(file, "refresh.mode", "totals are read whole.", 'Write mode = "whole", or leave it out.')
    yield from _required_problems(file, source, topic)
    numbers = {field.name for field in topic.fields if field.type in (FieldType.NUMBER, FieldType.DURATION)}
    if not numbers & set(source.fields):
        yield Problem(file, "fields", "no field holds a number.", f"Name one: {', '.join(sorted(numbers))}.")
    for field in topic.fields:
        if field.type is FieldType.CHOICE and field.name in source.fields and field.name not in source.values:
            remedy = f"Add [values.{field.name}]: what each of the feed's words means."
            yield Problem(file, f"values.{field.name}", "missing.", remedy)
    channel = topic.field("channel")
    if source.totals is not None and source.totals.channel is not None and channel is not None:
        yield from _unknown(file, "totals.channel", "channel", source.totals.channel, channel.choices)
        if "channel" in source.fields:
            yield Problem(file, "totals.channel", "its rows have a channel of their own.", "Keep one of the two.")


def _unknown(file: str, key: str, noun: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    names = tuple(known)
    if name not in names:
        yield Problem(file, key, f"`{name}` is no {noun}.", closest(name, names))


def _no_file(file: str, key: str, path: str) -> Problem:
    return Problem(
        file,
        key,
        f"no file matches {path!r}.",
        "Put the file there, or correct the path (it starts at the city folder).",
    )
