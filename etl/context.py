"""What every part of a run needs to know: the city, its places, its folders, the day, and where to tell of progress."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from etl.city import City, Source
from etl.engine import Here, Runs
from etl.folders import Folders
from etl.geography.places import Places
from etl.progress import Progress
from etl.state import State
from layers.policy import Tier


@dataclass(frozen=True)
class Context:
    """One run's surroundings. `now` is an aware moment, `tier` is public or partner, `environ` holds the secrets that
    declarations name, `engine` runs what can be done apart. `fence` is held while a release is pointed to, and refuses
    where another scheduler took over. `passed` is the time since `now`."""

    city: City
    places: Places
    folders: Folders
    state: State
    progress: Progress
    now: datetime
    tier: str = "public"
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    engine: Runs = field(default_factory=Here)
    fence: Callable[[], AbstractContextManager[None]] = nullcontext
    passed: Callable[[], timedelta] = timedelta

    @property
    def store(self) -> Path:
        """Where the releases of this tier are."""
        return self.folders.store(self.tier)

    @property
    def for_partners(self) -> bool:
        """Whether this is the partner tier: figures about homes alone, measured for the agencies that signed."""
        return self.tier == Tier.PARTNER

    @property
    def as_of(self) -> date:
        """The city's day on which this run speaks."""
        return self.city.today(self.now)

    def clock(self) -> datetime:
        """The moment of this run, for whatever must carry one."""
        return self.now.astimezone(UTC)

    def moment(self) -> datetime:
        """The moment that has come meanwhile: when a topic of the run begins and ends."""
        return self.clock() + self.passed()

    def last_day(self, source: Source) -> date:
        """The last day a source speaks for."""
        return min(source.covers.to or self.as_of, self.as_of)


@dataclass(frozen=True)
class Homes:
    """The city's public homes: `addresses` one row per address (None without an address file), `by_unit` their sums.

    `by_unit` may also come from an office that counted homes by area; it has no rows where nobody did. `title` says
    where the homes come from.
    """

    addresses: pl.DataFrame | None
    by_unit: pl.DataFrame
    title: str = "residential units of the public address file"

    @property
    def known(self) -> bool:
        """Whether the city has an address file."""
        return self.addresses is not None
