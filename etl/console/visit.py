"""One look at a page of the console: who looks, at what, and what pages may use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from etl.city import City
from etl.console.desk import Desk
from etl.console.drafts import Drafts
from etl.console.jobs import Worker
from etl.console.sessions import Session


class NotThere(Exception):
    """There is no such page, source, topic or act."""


@dataclass(frozen=True)
class Visit:
    """A signed-in person at a page. `names` are the parts of its address."""

    desk: Desk
    worker: Worker
    drafts: Drafts
    session: Session
    path: str
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def city(self) -> City:
        """The city folder as it is now."""
        return self.desk.city()

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return self.city.time_zone


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows. `live` is the part that Dash keeps up to date, as it is now."""

    title: str
    body: Any
    status: int = 200


Page = Callable[[Visit], Shown]
