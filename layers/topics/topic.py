"""What a topic is made of."""

from dataclasses import dataclass
from enum import StrEnum

from layers.measures import Measure, Regime


class FieldType(StrEnum):
    """How validate reads a field. `choice` takes the canonical values of the field, `flag` is yes, no or unknown;
    `duration` is seconds, from a number or from `1:02:03`."""

    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    MOMENT = "moment"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field that a source may fill.

    `private` fields place or name a record: they are dropped, or only hashed, once the record is located.
    """

    name: str
    type: FieldType
    meaning: str
    required: bool = False
    private: bool = False
    choices: tuple[str, ...] = ()


class GroupKind(StrEnum):
    """What a plain-language group is about: a place, a home (protected), or something never published."""

    PLACE = "place"
    HOME = "home"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Group:
    """A plain-language group of a source's codes; `key` is the `category` in published rows."""

    key: str
    title: str
    kind: GroupKind = GroupKind.PLACE
    help: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A family of records: its fields, plain-language groups, measures and caveats.

    `event_date` names the field whose day puts a record into a period. A topic without one is a register (stock).
    `totals`: the rows of its feeds are no records, but totals of a day, week or month that its agency made.
    """

    name: str
    title: str
    summary: str
    is_not: str
    protected: bool
    fields: tuple[Field, ...]
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    caveats: tuple[str, ...]
    event_date: str | None = None
    totals: bool = False
    exact_because: str = ""
    """Why its exact measures concern no home; a topic that has any must say so."""

    def __post_init__(self) -> None:
        exact = [measure.name for measure in self.measures if measure.regime is Regime.EXACT]
        if exact and not self.exact_because:
            raise ValueError(f"topic {self.name}: say in exact_because why {', '.join(exact)} may be exact")

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)

    def measure(self, name: str) -> Measure | None:
        return next((m for m in self.measures if m.name == name), None)

    def required_fields(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields if f.required)


LOCATION_FIELDS: tuple[Field, ...] = (
    Field("lat", FieldType.NUMBER, "Latitude, degrees", private=True),
    Field("lng", FieldType.NUMBER, "Longitude, degrees", private=True),
    Field("x", FieldType.NUMBER, "Easting in the declared coordinate system", private=True),
    Field("y", FieldType.NUMBER, "Northing in the declared coordinate system", private=True),
    Field("address", FieldType.TEXT, "Street address", private=True),
    Field("apartment", FieldType.TEXT, "Apartment or unit", private=True),
    Field("zip", FieldType.TEXT, "ZIP code of the address", private=True),
)
"""Fields any topic may use to place a record. `area.<kind>` fields, one per area kind, are allowed beside them."""
AREA_FIELD_PREFIX = "area."
