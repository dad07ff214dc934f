"""200 simulated readers at once, and as many map callbacks as the machine can answer. No time is asserted.

`HEARTHMAP_BENCH_STORE` names a public store to use instead of a new demonstration city; `HEARTHMAP_BENCH_SECONDS` how
long the readers read.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from tests.benchmarks.bare_dash import VALUES
from tests.benchmarks.walkers import UPDATE, Heard, Line, Offered, Walker, callback, offered
from tests.machinery.process import end, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
READERS, THINKING, LINES = 200, 3.0, 32
SECONDS = float(os.environ.get("HEARTHMAP_BENCH_SECONDS", "60"))
COLD = 15.0
BARS = {"median": 30, "95th percentile": 100}
PER_SECOND = 500


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[str]:
    """A bare Dash callback, with as many workers as the portal."""
    port = free_port()
    served = ["--factory", "tests.benchmarks.bare_dash:create", "--workers", "2", "--port", str(port)]
    command = [sys.executable, "-m", "uvicorn", *served, "--log-level", "error"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until(lambda: _up(f"http://127.0.0.1:{port}/_dash-layout"), process, tmp_path / "log", seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process, 15)


@pytest.mark.bench
def test_many_readers_at_once(serve: Callable[..., str], city_store: Path, bare: str) -> None:
    known = offered(city_store)
    origin = serve(city_store, "--workers", "2")
    cold, heard = asyncio.run(_read(origin, known))
    print(f"\n{READERS} readers, {THINKING:.0f} s of thinking time, 2 workers")
    _tell(f"first {COLD:.0f} s, nothing kept yet", cold)
    _tell(f"the {SECONDS - COLD:.0f} s after them", heard)
    ours = asyncio.run(_saturate(origin, _map_bodies(origin, known)))
    least = asyncio.run(_saturate(bare, _bare_bodies(bare)))
    print(
        f"  at saturation, {LINES} connections: {ours:.0f} map callbacks a second ({ours / PER_SECOND:.2f}× of bar);"
        f" a bare Dash callback of {VALUES} values {least:.0f} ({ours / least:.2f}×)"
    )
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
    ask = next(callback(_dependencies(origin), "map-figure", "/map", {"map-drawn.data": ["", ""]}))
    until = time.monotonic() + SECONDS

    async def reader(seed: int) -> None:
        walker, line = Walker(known, seed), Line(origin, cold)
        await asyncio.sleep(walker.pause(THINKING))
        while time.monotonic() < until:
            line.heard = cold if time.monotonic() < until - SECONDS + COLD else heard
            await line.ask("district", walker.district())
            for _ in range(5):
                await asyncio.sleep(walker.pause(THINKING))
                await line.ask("map", UPDATE, ask(walker.step()))
            await asyncio.sleep(walker.pause(THINKING))
        line.close()

    first = Line(origin, warm)
    await first.ask("district", Walker(known, 0).district())
    first.close()
    await asyncio.gather(*(reader(seed) for seed in range(1, READERS + 1)))
    return cold, heard


async def _saturate(origin: str, bodies: list[bytes], seconds: float = 10.0) -> float:
    """Callbacks answered per second by LINES connections that never think."""
    heard = Heard()
    until = time.monotonic() + seconds

    async def hurry(offset: int) -> None:
        line, at = Line(origin, heard), offset
        while time.monotonic() < until:
            await line.ask("map", UPDATE, bodies[at % len(bodies)])
            at += 1
        line.close()

    await asyncio.gather(*(hurry(each * 7) for each in range(LINES)))
    assert heard.errors == 0
    return len(heard.seconds["map"]) / seconds


def _map_bodies(origin: str, known: Offered) -> list[bytes]:
    """What 40 readers ask of the map in ten steps each."""
    ask = next(callback(_dependencies(origin), "map-figure", "/map", {"map-drawn.data": ["", ""]}))
    walkers = [Walker(known, 1000 + seed) for seed in range(40)]
    return [ask(walker.step()) for walker in walkers for _ in range(10)]


def _bare_bodies(origin: str) -> list[bytes]:
    ask = next(callback(_dependencies(origin), "numbers.data", "/", {}))
    return [ask(f"?to={number}") for number in range(400)]


def _dependencies(origin: str) -> list[dict[str, Any]]:
    urllib.request.urlopen(f"{origin}/", timeout=60).read()
    with urllib.request.urlopen(f"{origin}/_dash-dependencies", timeout=60) as answer:
        return list(json.load(answer))


def _up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
