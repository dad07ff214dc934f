"""A city as declared: what the rest of the program `etl` is given."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from etl.city.agencies import Agency
from etl.city.connectors import LocalFile
from etl.city.models import (
    Alerts,
    AreaDeclaration,
    CitySettings,
    Contact,
    Event,
    ExactReview,
    Geocoder,
    Partner,
    PolicyOverride,
    Slug,
    Streets,
    ZoneSizes,
)
from etl.city.source import SourceFile
from etl.city.targets import Target
from layers.policy import PROTECTED_TOPICS, Tier
from layers.release import Translation
from layers.topics import TOPICS, Group, GroupKind, topic


class Source(SourceFile):
    """A source with its id, which is the name of its file."""

    id: Slug = Field(description="Name of the file without .toml.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the feed that is kept or that rows are chosen by, without blanks around the names."""
        names = [name for declared in self.fields.values() for name in declared.columns]
        names += [chosen.column for chosen in self.rows]
        if self.counted is not None:
            names += [self.counted.unit, *self.counted.values.values()]
            names += [self.counted.period.column] if self.counted.period.column else []
        return tuple(dict.fromkeys(name.strip() for name in names))

    def plain_groups(self) -> tuple[Group, ...]:
        """The plain-language groups of this source: its own where it declares any, else the topic's."""
        if not self.groups:
            return topic(self.topic).groups
        return tuple(Group(key, said.title, GroupKind(said.kind)) for key, said in self.groups.items())


@dataclass(frozen=True, slots=True)
class City:
    """One city folder, checked. Paths of declarations are relative to `folder`."""

    folder: Path
    settings: CitySettings
    contacts: tuple[Contact, ...]
    events: tuple[Event, ...]
    areas: tuple[AreaDeclaration, ...]
    sources: tuple[Source, ...]
    policy: Mapping[str, PolicyOverride]
    zones: ZoneSizes = field(default_factory=ZoneSizes)
    partner: Partner | None = None
    exact: Mapping[str, ExactReview] = field(default_factory=dict)
    """By topic: who found that its exact figures concern no home."""
    alerts: Alerts = field(default_factory=Alerts)
    streets: Streets | None = None
    geocoder: Geocoder | None = None
    targets: tuple[Target, ...] = ()
    agencies: tuple[Agency, ...] = ()
    translations: tuple[Translation, ...] = ()

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    def source(self, name: str) -> Source:
        """The source of that id. Raises KeyError."""
        for source in self.sources:
            if source.id == name:
                return source
        raise KeyError(name)

    def area(self, kind: str) -> AreaDeclaration:
        """The area kind of that name. Raises KeyError."""
        for area in self.areas:
            if area.kind == kind:
                return area
        raise KeyError(kind)

    @property
    def lines_of(self) -> dict[str, str]:
        """Of other lines of a kind of area: the kind."""
        return {area.kind: area.lines_of for area in self.areas if area.lines_of is not None}

    def sources_of(self, topic_name: str) -> tuple[Source, ...]:
        """The sources of one topic, in the order of their ids."""
        return tuple(source for source in self.sources if source.topic == topic_name)

    def override(self, topic_name: str, tier: str) -> PolicyOverride | None:
        """What the city declares otherwise than the default policy of a topic in a tier."""
        if tier == Tier.PUBLIC:
            return self.policy.get(topic_name)
        return self.partner.policy.get(topic_name) if self.partner else None

    def topics_of(self, tier: str) -> tuple[str, ...]:
        """The topics that are published in a tier; for partners, those of whose records homes are measured."""
        measured = PROTECTED_TOPICS if tier == Tier.PARTNER else None
        return tuple(
            known.name
            for known in TOPICS
            if (measured is None or known.name in measured)
            and any(s.publish and (measured is None or s.counted is None) for s in self.sources_of(known.name))
        )

    def zone_of(self, source: Source) -> ZoneInfo:
        """The time zone in which a source writes its dates."""
        return ZoneInfo(source.time_zone or self.settings.time_zone)

    def today(self, now: datetime) -> date:
        """The city's day at an aware moment, or the day at which its clock stands still."""
        return self.settings.as_of or now.astimezone(self.time_zone).date()

    def resolve(self, path: str) -> Path:
        """A declared path as a place on this machine."""
        return self.folder / path

    def matches(self, path: str) -> tuple[Path, ...]:
        """The files that a declared path or glob means, in the order of their names."""
        found = glob.glob(str(self.resolve(path)), recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
        return tuple(map(Path, sorted(found)))

    def feed_files(self, source: Source) -> tuple[Path, ...]:
        """The files of a source's feed on this machine; empty if there are none."""
        return self.matches(source.connector.path) if isinstance(source.connector, LocalFile) else ()
