"""The Census Bureau's batch geocoder, or a service that speaks like it: off unless a city declares it.

What leaves the house is a list of street, city, state and ZIP code under running numbers: no apartment, no id, no name,
no date and no word about what it is a list of. The service still learns that something is recorded there. Addresses go
in an order of their own text. What it answered is kept, so that no address is sent twice within a year.

The protocol is that of https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html: a file of at most 10,000
rows `number, street, city, state, ZIP` is posted, and rows `number, input, Match | No_Match | Tie, Exact | Non_Exact,
matched address, "longitude,latitude", line, side` come back in any order.
"""

import csv
import io
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from etl.city.models import Geocoder as Declared
from etl.city.webconnectors import WebConnector
from etl.errors import SourceUnreadable
from etl.fetch.connector import Request
from etl.fetch.http import open_web
from etl.keyed import keyed_expr
from etl.location.cache import ADDRESS, LOCATE, AddressCache
from etl.location.streets import METERS_PER_DEGREE, ROUGH
from etl.records import GEOCODED

MOST_ROWS = 10_000
REACH_M = 100.0
"""Meters around an answer within which the address is taken to lie."""
FACTS: dict[str, pl.DataType] = {"lat": pl.Float64(), "lng": pl.Float64()}
"""What is kept of an answer; null where the service knew nothing."""
_PURPOSE = "geocoded"
_AROUND = np.linspace(0, 2 * np.pi, 8, endpoint=False)
_MATCH, _POINT_FIELD = "match", 5
_Box = tuple[float, float, float, float]


def made_by(declared: Declared, year: int) -> str:
    """Which service answered, from which of its files; answers of another year are asked for anew."""
    return f"{declared.url} {declared.benchmark} {year}"


@dataclass(frozen=True)
class BatchGeocoder:
    """Asks the service for what its private cache does not know. `bounds` (west, south, east, north) is the city's.

    A service that does not answer is `told` in a sentence without an address, and places nothing.
    """

    declared: Declared
    request: Request
    cache: AddressCache
    key: bytes
    bounds: _Box
    told: Callable[[str], None]
    rows_at_once: int = field(default=MOST_ROWS)

    def found(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Columns ROUGH for those of the addresses (`at`, `street`, `zip`) that the service places in the city."""
        text = pl.concat_str("street", pl.lit("|"), pl.coalesce("zip", pl.lit("")))
        asked = addresses.drop_nulls("street").with_columns(keyed_expr(text, self.key, _PURPOSE).alias(ADDRESS))
        known = self.cache.known(asked[ADDRESS])
        new = self._asked(asked.join(known, on=ADDRESS, how="anti").unique(ADDRESS).sort("street", "zip"))
        if asked.height:
            self.cache.keep(known[ADDRESS], new)
        west, south, east, north = self.bounds
        inside = pl.col("lat").is_between(south, north) & pl.col("lng").is_between(west, east)
        answers = pl.concat([known, new]).filter(inside)
        return _places(asked.join(answers, on=ADDRESS).select("at", "lat", "lng"))

    def _asked(self, addresses: pl.DataFrame) -> pl.DataFrame:
        answers = [pl.DataFrame(schema={ADDRESS: pl.UInt64(), **FACTS})]
        try:
            for batch in addresses.iter_slices(self.rows_at_once):
                answers.append(self._answered(batch))
        except SourceUnreadable as failure:
            self.told(f"The address service gave no answer; its addresses stay unplaced. {failure}")
        return pl.concat(answers)

    def _answered(self, batch: pl.DataFrame) -> pl.DataFrame:
        boundary = secrets.token_hex(16)
        body = self._form(batch, boundary)
        connector = WebConnector(url=self.declared.url, timeout_seconds=600, per_second=1)
        with open_web(connector, self.request) as web:
            answer = web.get(
                self.declared.url, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}, form=body
            )
        points = dict(_points(answer.content.decode("utf-8", "replace")))
        if not points.keys() <= set(range(1, batch.height + 1)):
            raise SourceUnreadable("It answered for numbers that were not asked.", "Ask who runs the service.")
        found = [points.get(number, (None, None)) for number in range(1, batch.height + 1)]
        return batch.select(ADDRESS).hstack(pl.DataFrame(found, schema=FACTS, orient="row"))

    def _form(self, batch: pl.DataFrame, boundary: str) -> bytes:
        rows = io.StringIO()
        writer = csv.writer(rows)
        for number, (street, code) in enumerate(batch.select("street", "zip").iter_rows(), start=1):
            writer.writerow([number, street, self.declared.city, self.declared.state, code or ""])
        parts: Mapping[str, str] = {"benchmark": self.declared.benchmark}
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        ]
        head = 'Content-Disposition: form-data; name="addressFile"; filename="addresses.csv"\r\nContent-Type: text/csv'
        return "".join([*lines, f"--{boundary}\r\n{head}\r\n\r\n{rows.getvalue()}\r\n--{boundary}--\r\n"]).encode()


def geocoder_cache(private: Path) -> Path:
    """Where in the private folder answers are kept."""
    return private / LOCATE / "geocoded.parquet"


def _points(text: str) -> Iterator[tuple[int, tuple[float, float]]]:
    """Number and latitude, longitude of every address that was matched."""
    for row in csv.reader(io.StringIO(text)):
        if len(row) <= _POINT_FIELD or row[2].strip().casefold() != _MATCH:
            continue
        try:
            lng, lat = map(float, row[_POINT_FIELD].split(","))
            yield int(row[0]), (lat, lng)
        except ValueError:
            raise SourceUnreadable("It answered in another form than is documented.", "Check geocoder.url.") from None


def _places(points: pl.DataFrame) -> pl.DataFrame:
    degrees = REACH_M / METERS_PER_DEGREE
    lat, lng = (points[name].to_numpy()[:, None] for name in ("lat", "lng"))
    lats = lat + degrees * np.sin(_AROUND)
    lngs = lng + degrees * np.cos(_AROUND) / np.cos(np.radians(lat))
    return points.select(
        "at",
        pl.col("lat").alias("rough_lat"),
        pl.col("lng").alias("rough_lng"),
        pl.lit(GEOCODED).alias("rough_way"),
        pl.Series("reach_lat", lats.tolist(), dtype=pl.List(pl.Float64)),
        pl.Series("reach_lng", lngs.tolist(), dtype=pl.List(pl.Float64)),
    ).select(list(ROUGH))
