"""The portal beside Datasette and pygeoapi: the same figures, the same readers, the same number of workers.

What differs: a map callback carries the whole view (values, list, words, controls), compressed; Datasette's answer is
the rows as JSON and pygeoapi's a FeatureCollection with shapes, neither compressed by itself. The portal keeps answers
it gave before and the others do not, so at saturation every question is asked once; what is asked again stands apart.
No time is asserted.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import pytest

from tests.benchmarks.crowd import READERS, THINKING, Asked, all_views, look_around, saturate
from tests.benchmarks.peers import ask_datasette, ask_geoapi, datasette, geoapi, pairs, published
from tests.benchmarks.walkers import Offered, map_question, offered
from tests.machinery import portal

SECONDS = float(os.environ.get("HEARTHMAP_BENCH_SECONDS", "15"))
HURRY = 6.0


@pytest.mark.bench
def test_beside_datasette_and_pygeoapi(city_store: Path, tmp_path: Path) -> None:
    known, rows = offered(city_store), published(city_store)
    print(f"\n{READERS} readers, {THINKING:.0f} s of thinking time, 2 workers each, {rows.height:,} rows")
    print(f"  {'':<32} {'median':>9} {'95 of 100':>10} {'each':>10} {'at saturation':>14}")
    with portal.serving(city_store, tmp_path / "portal.log", "--workers", "2") as url:
        ours = _measured("portal, map callback", url, known, map_question(url))
        files = _measured("portal, view.geojson (never kept)", url, known, _ask_file)
    with datasette(_room(tmp_path, "datasette"), rows) as url:
        _measured("Datasette, rows as JSON", url, known, ask_datasette, ours)
    with geoapi(_room(tmp_path, "pygeoapi"), city_store, rows) as url:
        _measured("pygeoapi, FeatureCollection", url, known, ask_geoapi, files)


Measured = tuple[float, float, float, float]
"""Median and 95th percentile in milliseconds, kB each, answers per second at saturation."""


def _measured(
    name: str, origin: str, known: Offered, asked: Callable[[str], Asked], ours: Measured | None = None
) -> Measured:
    questions = [asked(query) for query in all_views(known)]
    hurried = asyncio.run(saturate(origin, questions, HURRY, once=True))
    heard = asyncio.run(look_around(origin, known, asked, SECONDS))
    spent = heard.seconds["step"]
    assert heard.errors == 0
    late = quantiles(spent, n=20)[-1]
    found = median(spent) * 1000, late * 1000, heard.size["step"] / len(spent) / 1000, hurried
    _tell(name, found, ours)
    return found


def _tell(name: str, found: Measured, ours: Measured | None) -> None:
    middle, late, size, hurried = found
    print(f"  {name:<32} {middle:>6.1f} ms {late:>7.1f} ms {size:>7.1f} kB {hurried:>8.0f} a sec.", end="")
    if ours is not None:
        quicker = f"{middle / ours[0]:.1f}× and {late / ours[1]:.1f}× quicker"
        print(f"   the portal: {quicker}, {ours[3] / hurried:.1f}× as many", end="")
    print(flush=True)


def _ask_file(query: str) -> Asked:
    asked = pairs(query)
    period = asked.pop("period")
    return f"/download/view.geojson?{urlencode({**asked, 'from': period, 'to': period})}", b""


def _room(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
