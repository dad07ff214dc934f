"""A town that declares times and nothing to read, for tests of when things run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.city import City
from etl.city.models import CitySettings, Point
from tests.etl.declared import source

EASTERN = "America/New_York"
AGREEMENT = {"audience": ["Legal Aid"], "agreement": "MOU 12", "expires": "2027-12-31"}


def town(crons: Mapping[str, str | None], *, folder: Path = Path("town"), **said: Any) -> City:
    """A city with one source for each topic named, run at the time given; the source is called like its topic."""
    settings = CitySettings(id="town", name="Town", time_zone=EASTERN, center=Point(lat=36.0, lng=-84.0))
    sources = tuple(source({}, id=topic, topic=topic, cron=cron, cadence="daily") for topic, cron in crons.items())
    return City(folder, settings, (), (), (), sources, {}, **said)
