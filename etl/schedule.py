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
            trigger = CronTrigger.from_crontab(with_named_days(source.cron), timezone=city.zone_of(source))
            scheduler.add_job(
                run_topic, trigger, args=[source.topic], id=source.id, name=source.title, coalesce=True,
                max_instances=1, misfire_grace_time=_LATE_SECONDS,
            )  # fmt: skip
    if not scheduler.get_jobs():
        raise DeclarationError.of(
            "sources/*.toml", "cron", "no source declares when to run.", 'Add cron = "15 5 * * *" to a source.'
        )
    return scheduler


def with_named_days(cron: str) -> str:
    """The same five fields with the days of the week named: cron counts from Sunday, the library from Monday."""
    *others, days = cron.split()
    if days == "*":
        return cron
    named = [_DAYS[number] for part in days.lower().split(",") for number in _days_in(part)]
    return " ".join([*others, ",".join(dict.fromkeys(named))])


_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days_in(part: str) -> range:
    """The days that `mon`, `1`, `1-5`, `mon-fri`, `*/2` or `1-5/2` mean, counted from Sunday."""
    span, _, step = part.partition("/")
    first, _, last = ("0", "-", "6") if span == "*" else span.partition("-")
    begin = _number(first)
    end = _number(last) if last else begin
    return range(begin, end + 1, int(step or 1))


def _number(day: str) -> int:
    return _DAYS.index(day) if day in _DAYS else int(day)
