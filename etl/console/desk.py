"""What the console stands on: the city folder as it is now, the private database, the clock, and runs of the city."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa

from etl.city import City
from etl.context import Context
from etl.folders import Folders
from etl.geography.places import load_places
from etl.progress import Progress, Silent
from etl.state import State
from layers.policy import Tier
from layers.store.reader import Store, duckdb_engine


@dataclass(frozen=True)
class Desk:
    """`city` reads the city folder anew each time, so that what was written into it shows at once."""

    city: Callable[[], City]
    folders: Folders
    engine: sa.Engine
    clock: Callable[[], datetime]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def context(self, progress: Progress | None = None, tier: str = Tier.PUBLIC) -> Iterator[Context]:
        """What an act or a run needs, at this moment."""
        city = self.city()
        self.folders.prepare(tier)
        state, told = State(self.engine), progress or Silent()
        yield Context(city, load_places(city), self.folders, state, told, self.clock(), tier, self.environ)

    @property
    def state(self) -> State:
        """The runs of the city."""
        return State(self.engine)

    def store(self, tier: str = Tier.PUBLIC) -> Store:
        """What is published in a tier."""
        return Store(self.folders.store(tier), self._reader)

    @cached_property
    def _reader(self) -> sa.Engine:
        return duckdb_engine()
