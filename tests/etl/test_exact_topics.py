"""What is counted exactly, through the command line on a small city: reviewed place types, and nothing else.

Type in the feed      group              kind
Pothole Repair        potholes           place, reviewed
No Heat               heat_and_hot_water home: measured, in no exact row
Welfare Check         sensitive          dropped, counted for the steward, in no figure, file or log
"""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from layers.measures import Regime
from layers.store.reader import Release, Store
from tests.machinery.small_city import Ended, declare, etl, write_small_city

FEED = "feeds/311/requests_2026.csv"
ADDED = 40
NUMBER = "SR-WELFARE-"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_city(tmp_path_factory.mktemp("exact") / "city")


@pytest.fixture(scope="module")
def ran(city: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """The city with forty more welfare checks, run; everything that the run and the status said."""
    with (city / FEED).open(newline="") as file:
        header, *rows = csv.reader(file)
    kind = header.index("Type")
    sound = next(row for row in rows if row[kind] == "Pothole Repair" and row[0].strip())
    more = [[f"{NUMBER}{n}", *sound[1:kind], "Welfare Check", *sound[kind + 1 :]] for n in range(ADDED)]
    with (city / FEED).open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows, *more])
    var = tmp_path_factory.mktemp("exact") / "var"
    ended = etl("run", city, "service_requests", "--var", var)
    assert ended.code == 0, ended.said
    return var, ended


@pytest.fixture(scope="module")
def release(ran: tuple[Path, Ended]) -> Release:
    return Store(ran[0] / "public").release("service_requests")


def exact_rows(release: Release) -> pl.DataFrame:
    exact = [m.name for m in release.manifest.measures if m.regime is Regime.EXACT]
    assert exact
    return pl.read_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(exact))


def unpacked(path: Path) -> bytes:
    """What a reader of a file sees."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_csv().encode()
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def test_a_home_type_is_in_no_exact_row(release: Release) -> None:
    assert release.manifest.exactness is not None
    homes = {group.key for group in release.manifest.groups if group.kind == "home"}
    shown = set(exact_rows(release)["category"].unique().to_list())
    assert homes
    agencies = release.manifest.agencies
    own = {each.category for each in agencies if each.groups}
    assert own
    assert shown == {"all", *release.manifest.exactness.categories, *own}
    assert not shown & homes
    for each in agencies:  # what an agency answers for together is made of reviewed place types alone
        assert set(each.groups) <= set(release.manifest.exactness.categories)


def test_sensitive_types_are_dropped_at_validate_and_counted_and_in_no_figure_file_or_log(
    city: Path, ran: tuple[Path, Ended], release: Release
) -> None:
    var, ended = ran
    status = etl("status", city, "--var", var, "--json")
    counted = next(told for told in status.objects if told.get("source") == "requests_311")
    assert counted["rejects"]["sensitive_type"] >= ADDED

    assert "sensitive" not in [group.key for group in release.manifest.groups]
    rows = exact_rows(release).filter(measure="requests", geography="city", grain="year", category="all")
    places = rows.select(pl.col("value").sum()).item()
    assert 0 < places <= counted["accepted"], "none of the forty is in the total"

    log = [*(var / "private").rglob("*.log"), *(var / "private").rglob("*.json")]
    texts = [ended.said, *(path.read_text("utf-8") for path in log)]
    public = [path for path in (var / "public").rglob("*") if path.is_file()]
    kept = (var / "private/vault").rglob("*.parquet")
    for content in (*(text.encode() for text in texts), *map(unpacked, (*public, *kept))):
        assert NUMBER.encode() not in content
        assert b"Welfare Check" not in content


def test_release_and_certificate_name_who_reviewed_what(release: Release) -> None:
    said = release.manifest.exactness
    assert said is not None
    assert said.reviewed_by == "Alderbank Office of Data Stewardship"
    assert said.reviewed_on.isoformat() == "2026-02-16"
    certificate = json.loads((release.folder / "certificate.json").read_bytes())
    assert certificate["exactness"] == said.model_dump(mode="json")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda text: text.replace('"trees", ', ""), "exact.service_requests.categories"),
        (lambda text: text.replace("[exact.households]", "[exact.shutoffs]"), "exact.households"),
    ],
)
def test_a_group_or_topic_nobody_reviewed_stops_the_run(tmp_path: Path, change: Callable[[str], str], key: str) -> None:
    copy = write_small_city(tmp_path / "city")
    declare(copy / "city.toml", change)
    ended = etl("run", copy, "--var", tmp_path / "var")
    assert ended.code == 2
    assert f"city.toml, {key}" in ended.said
    assert not (tmp_path / "var/public/current.json").exists()
