"""Many readers at once over one connection each: some who think between two looks, some who never do."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from itertools import cycle

from portal.view import View
from tests.benchmarks.walkers import Heard, Line, Offered, Walker

READERS, THINKING, LINES = 200, 3.0, 32
A_SITTING = 5
"""Questions over one connection. Whichever worker wakes first takes all connections that are made at one moment: were
they kept for good, a run would measure one worker or two by chance."""

Asked = tuple[str, bytes]
"""A path and what is posted to it; nothing for a page or a file."""


async def look_around(origin: str, known: Offered, asked: Callable[[str], Asked], seconds: float) -> Heard:
    """What READERS who walk over the map meet. asked: how a server is asked for what the map's query means."""
    heard = Heard()
    until = time.monotonic() + seconds

    async def reader(seed: int) -> None:
        walker, line = Walker(known, seed), Line(origin, heard)
        await asyncio.sleep(walker.pause(THINKING))
        while time.monotonic() < until:
            await line.ask("step", *asked(walker.step()))
            await asyncio.sleep(walker.pause(THINKING))
        line.close()

    await asyncio.gather(*(reader(seed) for seed in range(1, READERS + 1)))
    return heard


async def saturate(origin: str, questions: Sequence[Asked], seconds: float = 10.0, *, once: bool = False) -> float:
    """Answers per second to LINES readers who never think. No answer may be wrong.

    once: each question is asked at most once; else they go round.
    """
    heard = Heard()
    start = time.monotonic()
    left = iter(questions) if once else cycle(questions)

    async def hurry() -> None:
        line = Line(origin, heard)
        for at, question in enumerate(left, 1):
            await line.ask("step", *question)
            if at % A_SITTING == 0:
                line.close()
            if time.monotonic() > start + seconds:
                break
        line.close()

    await asyncio.gather(*(hurry() for _ in range(LINES)))
    assert heard.errors == 0
    return len(heard.seconds["step"]) / (time.monotonic() - start)


def steps(known: Offered, readers: int = 40, each: int = 10) -> list[str]:
    """What so many readers ask of the map in so many steps each."""
    walkers = [Walker(known, 1000 + seed) for seed in range(readers)]
    return [walker.step() for walker in walkers for _ in range(each)]


def all_views(known: Offered, seed: int = 1) -> list[str]:
    """Every view of the map once, in no order: nobody asks like this, and nothing that was kept helps."""
    views = [
        View(topic=topic, measure=measure, category=category, geography=geography, grain=grain, to=period).query()
        for topic, keys in sorted(known.topics.items())
        for (measure, category, geography, grain), periods in sorted(keys.items())
        for period in periods
    ]
    random.Random(seed).shuffle(views)
    return views
