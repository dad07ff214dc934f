"""A made-up city with two districts and one feed of requests about places: enough to hold a feed and to decide."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from etl.__main__ import main
from tests.etl.declared import city_areas
from tests.machinery.small_city import Ended

SECRET = "Quackenbush"
HEADER = ["Number", "Opened", "Type", "Status", "Caller", "Latitude", "Longitude"]
AS_OF = date(2026, 11, 8)

CITY = """
[city]
id = "made"
name = "Madeville"
time_zone = "America/New_York"
center = { lat = 36.05, lng = -83.9 }
zoom = 11
as_of = 2026-11-08

[[areas]]
kind = "district"
title = "District"
plural = "Districts"
path = "district.geojson"
id_field = "id"
name_field = "name"
valid_from = 2023-01-01

[[areas]]
kind = "neighborhood"
title = "ZIP"
plural = "ZIPs"
path = "zip.geojson"
id_field = "id"
name_field = "name"
valid_from = 2023-01-01

[exact.service_requests]
reviewed_by = "M. Tester"
reviewed_on = 2026-01-01
categories = ["potholes", "trees", "graffiti", "other"]
"""

SOURCE = """# Requests about places alone.
topic = "service_requests"
title = "Requests"
publisher = "Madeville"
license = "CC0-1.0"
cadence = "daily"
covers = { from = 2025-09-01 }  # the first whole month

[connector]
kind = "csv"
path = "requests.csv"

[fields]
id = { column = "Number", meaning = "Number" }
created = { column = "Opened", meaning = "Day" }   # a day, no hour
category = { column = "Type", meaning = "Type" }
status = { column = "Status", meaning = "Open or closed" }
lat = { column = "Latitude", meaning = "Latitude" }
lng = { column = "Longitude", meaning = "Longitude" }

[dates]
formats = ["%m/%d/%Y"]

[categories]
potholes = ["Pothole"] # streets
trees = ["Tree"]
graffiti = ["Graffiti"]

[groups]
potholes = { title = "Potholes", kind = "place" }
trees = { title = "Trees", kind = "place" }
graffiti = { title = "Graffiti", kind = "place" }
other = { title = "Other", kind = "place" }

[values.status]
open = ["Open"]
closed = ["Closed"]
"""

Row = list[str]


@dataclass(frozen=True, slots=True)
class MadeCity:
    """The city's folder, where things are kept, and the database it is told to use."""

    folder: Path
    var: Path
    state_url: str

    @property
    def declaration(self) -> Path:
        return self.folder / "sources/requests.toml"

    def etl(self, command: str, *words: str) -> Ended:
        """`python -m etl COMMAND CITY …` in this process."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            said = [command, str(self.folder), *words, "--var", str(self.var)]
            code = main(said, {"HEARTHMAP_STATE_URL": self.state_url})
        return Ended(code, out.getvalue(), err.getvalue())

    def send(self, rows: Sequence[Row], header: Sequence[str] = HEADER) -> None:
        """The agency sends another feed."""
        with (self.folder / "requests.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    def change(self, change: Callable[[str], str]) -> None:
        """The declaration is changed by hand."""
        self.declaration.write_text(change(self.declaration.read_text()))


def made_city(folder: Path, state_url: str) -> MadeCity:
    """The city with its feed of a year."""
    (folder / "city/sources").mkdir(parents=True)
    city_areas(folder / "city")
    (folder / "city/city.toml").write_text(CITY)
    made = MadeCity(folder / "city", folder / "var", state_url)
    made.declaration.write_text(SOURCE)
    made.send(list(requests()))
    return made


def requests(days: int = 400) -> Iterator[Row]:
    """Three requests a day up to the city's day, each with the name of a caller."""
    kinds = ["Pothole", "Pothole", "Tree", "Graffiti", "Pothole", "Tree"]
    for n in range(days * 3):
        day = datetime.combine(AS_OF, datetime.min.time()) - timedelta(days=days - 1 - n // 3)
        lat, lng = 36.001 + n % 90 * 0.001, -83.99 + n % 170 * 0.001
        status = "Open" if n % 2 else "Closed"
        yield [
            f"R-{n:05}", f"{day:%m/%d/%Y}", kinds[n % len(kinds)], status, f"{SECRET} {n}", f"{lat:.4f}", f"{lng:.4f}",
        ]  # fmt: skip
