"""200 simulated readers at once, and as many map callbacks as the machine can answer. No time is asserted.

`HEARTHMAP_BENCH_STORE` names a public store to use instead of a new demonstration city; `HEARTHMAP_BENCH_SECONDS` how
long the readers read.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.benchmarks.bare_dash import VALUES
from tests.benchmarks.crowd import LINES, READERS, THINKING, Asked, all_views, saturate, steps
from tests.benchmarks.served import served
from tests.benchmarks.walkers import (
    UPDATE,
    Heard,
    Line,
    Offered,
    Walker,
    callback,
    dependencies_of,
    map_question,
    offered,
)

SECONDS = float(os.environ.get("HEARTHMAP_BENCH_SECONDS", "60"))
COLD = 15.0
BARS = {"median": 30, "95th percentile": 100}
PER_SECOND = 500


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[str]:
    """A bare Dash callback, with as many workers as the portal."""
    with served("tests.benchmarks.bare_dash:create()", tmp_path, "/_dash-layout") as address:
        yield address


@pytest.mark.bench
def test_many_readers_at_once(serve: Callable[..., str], city_store: Path, bare: str) -> None:
    known = offered(city_store)
    origin = serve(city_store, "--workers", "2")
    cold, heard = asyncio.run(_read(origin, known))
    print(f"\n{READERS} readers, {THINKING:.0f} s of thinking time, 2 workers")
    _tell(f"first {COLD:.0f} s, nothing kept yet", cold)
    _tell(f"the {SECONDS - COLD:.0f} s after them", heard)
    questions = [map_question(origin)(query) for query in steps(known)]
    unkept, ours = (asyncio.run(saturate(origin, questions)) for _ in range(2))
    views = [map_question(origin)(query) for query in all_views(known)]
    new = asyncio.run(saturate(origin, views, once=True))
    least = asyncio.run(saturate(bare, _bare_questions(bare)))
    print(f"  at saturation, {LINES} connections: {ours:.0f} map callbacks a second ({ours / PER_SECOND:.2f}× of bar),")
    print(f"  {unkept:.0f} ({unkept / PER_SECOND:.2f}×) in ten seconds when half of them are first asked")
    print(f"  {new:.0f} ({new / PER_SECOND:.2f}×) of {len(views):,} views in no order, each asked once")
    print(f"  a bare Dash callback of {VALUES} values: {least:.0f} a second, the map {ours / least:.2f}× of that")
    assert cold.errors + heard.errors == 0


def _tell(when: str, heard: Heard) -> None:
    print(f"  {when}")
    for kind, spent in heard.seconds.items():
        if not spent:
            continue
        middle, late = median(spent) * 1000, quantiles(spent, n=20)[-1] * 1000
        print(
            f"    {kind:<9} {len(spent):>6} answers  median {middle:>5.1f} ms ({middle / BARS['median']:.2f}× of bar)"
            f"  95th percentile {late:>6.1f} ms ({late / BARS['95th percentile']:.2f}× of bar)"
            f"  {heard.size[kind] / len(spent) / 1000:>6.1f} kB each"
        )


async def _read(origin: str, known: Offered) -> tuple[Heard, Heard]:
    """What the readers met while the portal was new, and after that."""
    cold, heard, warm = Heard(), Heard(), Heard()
    ask = map_question(origin)
    until = time.monotonic() + SECONDS

    async def reader(seed: int) -> None:
        walker, line = Walker(known, seed), Line(origin, cold)
        await asyncio.sleep(walker.pause(THINKING))
        while time.monotonic() < until:
            line.heard = cold if time.monotonic() < until - SECONDS + COLD else heard
            await line.ask("district", walker.district())
            for _ in range(5):
                await asyncio.sleep(walker.pause(THINKING))
                await line.ask("map", *ask(walker.step()))
            await asyncio.sleep(walker.pause(THINKING))
        line.close()

    first = Line(origin, warm)
    await first.ask("district", Walker(known, 0).district())
    first.close()
    await asyncio.gather(*(reader(seed) for seed in range(1, READERS + 1)))
    return cold, heard


def _bare_questions(origin: str) -> list[Asked]:
    ask = next(callback(dependencies_of(origin), "numbers.data", "/", {}))
    return [(UPDATE, ask(f"?to={number}")) for number in range(400)]
