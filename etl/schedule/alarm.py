"""The alarm clock: wakes the schedule at each source's declared time. The only importer of the scheduling library.

Its jobs are kept in the private database and outlive a restart; a job holds names only. That it rang means no more than
"look what is due": what is due is written down by `etl.schedule.occasions`, once, whatever the clock does. So a job
that was missed is made up however late, several at once ring once, and it may ring twice without harm.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from etl.city import City, Source
from etl.schedule.moments import next_moment
from etl.schedule.plan import timed

_bells: dict[str, Callable[[], None]] = {}
"""City id → what to do when it rings, in this process: a stored job can only name it."""


class CronInZone(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """A cron expression in a time zone, as `etl.schedule.moments` reads it."""

    def __init__(self, cron: str, zone: str) -> None:
        self.cron, self.zone = cron, zone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first declared moment after the one before and not before now."""
        return next_moment(self.cron, ZoneInfo(self.zone), max(previous, now) if previous else now)

    def __getstate__(self) -> dict[str, str]:
        return {"cron": self.cron, "zone": self.zone}

    def __setstate__(self, state: dict[str, str]) -> None:
        self.cron, self.zone = state["cron"], state["zone"]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CronInZone) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((self.cron, self.zone))

    def __str__(self) -> str:
        return f"{self.cron} {self.zone}"


def ring(city: str, source: str) -> None:
    """What every stored job calls."""
    if city in _bells:
        _bells[city]()


class Alarm:
    """Rings `on_ring` at the declared times of a city while the context lasts. `engine` is closed with it."""

    def __init__(self, engine: sa.Engine, city_id: str, on_ring: Callable[[], None]) -> None:
        self._city_id = city_id
        self._on_ring = on_ring
        self._scheduler = BackgroundScheduler(
            jobstores={"default": SQLAlchemyJobStore(engine=engine, tablename="jobs")},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def __enter__(self) -> Self:
        _bells[self._city_id] = self._on_ring
        self._scheduler.start(paused=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._scheduler.shutdown(wait=True)
        _bells.pop(self._city_id, None)

    def set(self, city: City, now: datetime) -> None:
        """One job for each source with a declared time: changed times replace stored ones, sources gone lose theirs."""
        wanted = {source.id: source for source in timed(city)}
        stored = {job.id: job for job in self._scheduler.get_jobs()}
        for name in stored.keys() - wanted.keys():
            self._scheduler.remove_job(name)
        for name, source in wanted.items():
            if not _stands(stored.get(name), trigger_of(city, source), now):
                self._scheduler.add_job(
                    ring, trigger_of(city, source), args=[self._city_id, name], id=name, name=source.title,
                    replace_existing=True,
                )  # fmt: skip
        self._scheduler.resume()

    def next_times(self) -> dict[str, datetime]:
        """Source → when it rings next."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}


def trigger_of(city: City, source: Source) -> CronInZone:
    """When a source rings."""
    return CronInZone(str(source.cron), str(city.zone_of(source)))


def _stands(job: Any, trigger: CronInZone, now: datetime) -> bool:
    """Whether a stored job rings when it is declared to, also after a clock went back."""
    if job is None or job.trigger != trigger or job.next_run_time is None:
        return False
    following = trigger.get_next_fire_time(None, now)
    return following is None or bool(job.next_run_time <= following)
