"""From the feed to the published release with 1, 3 and 10 million requests, and a night of 10,000 changes on each.

`HEARTHMAP_BENCH_ROWS` (numbers with commas between) takes other sizes; `HEARTHMAP_BENCH_FOLDER` keeps the cities there
(some 15 GB). The sizes of time and memory are printed and compared with the bars; only the bar of memory is asserted.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.resampled import write_changes, write_city

ROWS = (1_000_000, 3_000_000, 10_000_000)
CHANGES, NIGHTS = 10_000, 2
PEAK_MB, NIGHT_SECONDS = 4_000, 60
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a run took, and what it said of its steps."""

    took: dict[str, Any]
    said: list[dict[str, Any]]

    def figure(self, step: str, name: str) -> Any:
        """A figure of a step of the topic."""
        told = [each for each in self.said if each.get("step") == step and each.get("topic") == "service_requests"]
        return told[-1][name]


@pytest.mark.bench
@pytest.mark.timeout(7200)
def test_scale(tmp_path: Path) -> None:
    folder = Path(os.environ.get("HEARTHMAP_BENCH_FOLDER", tmp_path))
    asked = os.environ.get("HEARTHMAP_BENCH_ROWS")
    sizes = tuple(int(number) for number in asked.split(",")) if asked else ROWS
    first: dict[int, Ran] = {}
    nights: dict[int, list[Ran]] = {}
    for rows in sizes:
        first[rows], nights[rows] = _lived(folder / f"{rows}", rows)
    print(f"\nfrom feed to release, {os.cpu_count()} cores")
    for rows, ran in first.items():
        _tell(f"{rows:>12,} requests", ran, rows)
    if len(sizes) > 1:
        few, many = first[sizes[0]], first[sizes[-1]]
        grown = many.took["processor"] / few.took["processor"]
        print(f"  {sizes[-1] / sizes[0]:.0f} times the requests take {grown:.1f} times the work of the processors")
    print(f"a night of {CHANGES:,} changed records (bar: {NIGHT_SECONDS} s)")
    for rows, ran in ((rows, night) for rows, each in nights.items() for night in each):
        counted, kept = ran.figure("count", "periods"), ran.figure("count", "as_kept")
        _tell(f"{CHANGES:>7,} on {rows:>12,}", ran, CHANGES, f"{counted} periods counted, {kept} as they were")
    peak = max(ran.took["peak_mb"] for ran in first.values())
    print(f"peak {peak:,} MB (bar: {PEAK_MB:,})")
    assert peak < PEAK_MB


def _lived(folder: Path, rows: int) -> tuple[Ran, list[Ran]]:
    """A city's first run and its nights."""
    city, var = folder / "city", folder / "var"
    if not (city / "city.toml").exists():
        write_city(city, rows)
    first = _run(city, var)
    nights = []
    for night in range(1, NIGHTS + 1):
        write_changes(city, night, CHANGES)
        nights.append(_run(city, var))
    return first, nights


def _run(city: Path, var: Path) -> Ran:
    command = [sys.executable, "-m", "tests.benchmarks.run_city", "run", city, "service_requests", "--var", var]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return Ran(told[-1], told[:-1])


def _tell(what: str, ran: Ran, rows: int, more: str = "") -> None:
    took = ran.took
    rate = f"{rows / took['seconds']:>9,.0f} rows/s"
    print(
        f"  {what}  {took['seconds']:>7.1f} s ({took['processor']:.1f} s of processors) {rate} "
        f"{took['peak_mb']:>6,} MB peak  {more}"
    )
