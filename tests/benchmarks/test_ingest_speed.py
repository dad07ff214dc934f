"""Five million requests from CSV to counts: against pandas with h3-py, and against the least that Polars can do.

`HEARTHMAP_BENCH_ROWS` makes it smaller; the bars hold for the full size.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.ingest_speed import WAYS, write_requests

ROWS = 5_000_000
TIMES = {"hearthmap": 3, "bare polars": 3, "pandas + h3-py": 1}
FASTER_THAN_PANDAS, SLOWER_THAN_POLARS, PEAK_MB = 4.0, 2.0, 2000
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.bench
def test_ingest_speed(tmp_path: Path) -> None:
    rows = int(os.environ.get("HEARTHMAP_BENCH_ROWS", ROWS))
    file = tmp_path / "requests.csv"
    write_requests(file, rows)
    # Taken in turns, so that a busy moment of the machine does not fall on one of them alone.
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for turn in range(max(TIMES.values())):
        for way in WAYS:
            if turn < TIMES[way]:
                runs[way].append(_run(way, file))
    best = {way: min(each["seconds"] for each in runs[way]) for way in WAYS}
    processor = {way: min(each["processor"] for each in runs[way]) for way in WAYS}
    peak = {way: max(each["peak_mb"] for each in runs[way]) for way in WAYS}
    print(f"\n{rows:,} requests, {file.stat().st_size / 1e9:.2f} GB of CSV → counts by cell × month × category")
    for way in WAYS:
        times = best[way] / best["hearthmap"]
        took = f"{best[way]:>7.2f} s ({processor[way]:.1f} s of processors) {peak[way]:>7,} MB peak"
        print(f"  {way:<16}{took} {times:>5.2f} ×")
    faster, slower = best["pandas + h3-py"] / best["hearthmap"], best["hearthmap"] / best["bare polars"]
    print(f"  {faster:.1f} times faster than pandas (bar: {FASTER_THAN_PANDAS}), ", end="")
    print(
        f"{slower:.2f} times bare Polars (bar: {SLOWER_THAN_POLARS}), peak {peak['hearthmap']:,} MB (bar: {PEAK_MB:,})"
    )
    told = {(each["rows"], each["counted"], each["groups"]) for way in WAYS for each in runs[way]}
    assert len(told) == 1, "the three did not count the same"
    if rows == ROWS:
        assert faster >= FASTER_THAN_PANDAS
        assert slower <= SLOWER_THAN_POLARS
        assert peak["hearthmap"] < PEAK_MB


def _run(way: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.ingest_speed", way, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return dict(json.loads(done.stdout))
