"""The clock: runs each source's topic at its declared time. The only importer of the scheduling library."""

from collections.abc import Callable

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from etl.city import City
from etl.errors import DeclarationError

_LATE_SECONDS = 6 * 3600
"""A start missed because the machine slept is made up for within this time."""


def build_schedule(city: City, run_topic: Callable[[str], None]) -> BlockingScheduler:
    """One job for each source that declares a `cron`, in that source's time zone.

    Two runs never overlap: there is one worker, and a missed start is made up once. Raises DeclarationError where no
    source declares a time.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor

    scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone=city.time_zone)
    for source in city.sources:
        if source.cron:
            trigger = CronTrigger.from_crontab(source.cron, timezone=city.zone_of(source))
            scheduler.add_job(
                run_topic, trigger, args=[source.topic], id=source.id, name=source.title, coalesce=True,
                max_instances=1, misfire_grace_time=_LATE_SECONDS,
            )  # fmt: skip
    if not scheduler.get_jobs():
        raise DeclarationError.of(
            "sources/*.toml", "cron", "no source declares when to run.", 'Add cron = "15 5 * * *" to a source.'
        )
    return scheduler
