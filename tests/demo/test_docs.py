"""docs/demo-city.md names every planted defect with its figure, every event and every feed."""

import re
from pathlib import Path

import pytest

from etl.city import load_city
from etl.demo import court, requests, utility, write_demo_city

TEXT = (Path(__file__).parents[2] / "docs" / "demo-city.md").read_text("utf-8")
COLUMNS = {"311": requests.DEFECTS, "court": court.DEFECTS, "utility": utility.DEFECTS}


def figures() -> dict[str, dict[str, str]]:
    """The table of defects: defect to feed to figure."""
    rows = (line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| `"))
    table = {}
    for row in rows:
        for name in re.findall(r"`(\w+)`", row[0]):
            table[name] = dict(zip(COLUMNS, (cell.strip() for cell in row[1:4]), strict=True))
    return table


@pytest.mark.docs
@pytest.mark.parametrize("feed", COLUMNS)
def test_every_defect_is_documented_with_its_figure(feed: str) -> None:
    assert {name: figures()[name][feed] for name in COLUMNS[feed]} == {k: str(v) for k, v in COLUMNS[feed].items()}


@pytest.mark.docs
def test_events_and_feeds_are_documented(tmp_path: Path) -> None:
    write_demo_city(tmp_path, households=1_000, months=2)
    city = load_city(tmp_path)
    for event in city.events:
        assert f"| {event.title} | {event.from_} to {event.to} |" in TEXT
    for path in (*(area.path for area in city.areas), *(source.connector.path for source in city.sources)):
        assert f"| `{path.replace('*', 'YEAR')}` |" in TEXT
