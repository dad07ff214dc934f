"""Written once, read back for ever."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.errors import StorageFailed
from etl.protect.key import MeasurementKey
from etl.protect.measurements import Measurement, Measurements, replace_private

KEY = MeasurementKey("evictions", "public", "filings-year-zone1", date(2025, 1, 1))


def vector(*noisy: int) -> Measurement:
    cells = pl.DataFrame(
        {
            "district": "1",
            "unit": [f"u{i}" for i in range(len(noisy))],
            "leaf": "all",
            "noisy": pl.Series(noisy, dtype=pl.Int64),
        }
    )
    return Measurement(KEY, cells, 1.5, "snapshot", "zones", publishable=True, counted=9)


def test_the_first_vector_stays(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    assert store.read(KEY) is None
    first = store.write_once(vector(3, 4))
    second = store.write_once(vector(8, 9))
    assert first.cells["noisy"].to_list() == second.cells["noisy"].to_list() == [3, 4]
    assert second.sha256 == vector(3, 4).sha256
    assert [p.name for p in store.path(KEY).parent.iterdir()] == ["2025-01-01-e1.parquet"]
    assert store.path(KEY).stat().st_mode & 0o777 == 0o600


def test_everything_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    seeded = replace(vector(1), publishable=False, sigma=0.1 + 0.2)
    back = store.write_once(seeded)
    assert (back.sigma, back.snapshot, back.zones_version, back.publishable, back.counted) == (
        0.1 + 0.2,
        "snapshot",
        "zones",
        False,
        9,
    )
    assert back.cells.equals(seeded.cells.select("district", "unit", "leaf", "noisy"))


def test_an_altered_or_broken_file_is_refused(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    store.write_once(vector(3, 4))
    facts = pl.read_parquet_metadata(store.path(KEY))
    vector(3, 5).cells.write_parquet(store.path(KEY), metadata={k: v for k, v in facts.items() if k != "ARROW:schema"})
    with pytest.raises(StorageFailed, match="altered"):
        store.read(KEY)
    store.path(KEY).write_bytes(b"PAR1")
    with pytest.raises(StorageFailed, match="cannot be read"):
        store.read(KEY)


def test_an_edition_is_a_measurement_of_its_own(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    store.write_once(vector(3))
    again = store.write_once(replace(vector(5), key=replace(KEY, edition=2)))
    assert again.cells["noisy"].to_list() == [5]


def test_folders_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    store.write_once(vector(3))
    assert store.path(KEY).parent.stat().st_mode & 0o777 == 0o700
    path = tmp_path / "book" / "deep" / "2025.parquet"
    replace_private(vector(3).cells, path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_swapped_in_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "2025.parquet"
    for noisy in (1, 2):
        replace_private(vector(noisy).cells, path)
        assert pl.read_parquet(path)["noisy"].to_list() == [noisy]
        assert [each.name for each in tmp_path.iterdir()] == ["2025.parquet"]


def test_what_cannot_be_written_is_told_with_its_name_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Measurements(tmp_path)
    path = tmp_path / "2025.parquet"
    replace_private(vector(1).cells, path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(StorageFailed, match=r"^The private file 2025\.parquet could not be written\."):
        replace_private(vector(2).cells, path)
    with pytest.raises(StorageFailed, match=f"^The measurement {KEY} could not be stored".replace("(", r"\(")):
        store.write_once(vector(3))
    monkeypatch.undo()
    assert pl.read_parquet(path)["noisy"].to_list() == [1]
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["2025.parquet"]
    assert store.read(KEY) is None
    assert store.write_once(vector(3)).cells["noisy"].to_list() == [3]


def test_leftovers_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    folder = store.path(KEY).parent
    folder.mkdir(parents=True)
    for name in (".2025-01-01-e1.parquet.77.part", ".2025-01-01-e1.parquet.78.part"):
        (folder / name).write_bytes(b"half")
    store.write_once(vector(3))
    assert [each.name for each in folder.iterdir()] == ["2025-01-01-e1.parquet"]


def test_a_seeded_vector_says_so_in_its_file(tmp_path: Path) -> None:
    store = Measurements(tmp_path)
    store.write_once(replace(vector(1), publishable=False))
    assert pl.read_parquet_metadata(store.path(KEY))["publishable"] == "no"
