"""Ingest: the feed is copied, sealed, and read from the copy; the agency's file is left alone."""

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from etl.errors import SourceUnreadable, StorageFailed
from tests.etl.declared import KEY, source, taken

FIELDS = {"id": "id"}


def test_snapshots_are_private_sealed_copies(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("id\n1\n")
    (tmp_path / "feed.csv").chmod(0o644)
    (snapshot,) = taken(source(FIELDS), tmp_path).snapshots
    seal = hashlib.sha256(b"id\n1\n").digest()
    assert snapshot.sha256 == seal.hex()
    assert snapshot.keyed == hmac.digest(KEY, seal, "sha256").hex()
    assert snapshot.bytes == 5
    assert snapshot.path.is_relative_to(tmp_path / "private" / "snapshots" / "feed")
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(snapshot.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "feed.csv").stat().st_mode) == 0o644


def test_what_the_agency_changes_later_does_not_reach_the_run(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("id\n1\n")
    ingested = taken(source(FIELDS), tmp_path)
    (tmp_path / "feed.csv").write_text("id\n2\n")
    assert ingested.frame.collect()["id"].to_list() == ["1"]


def test_the_same_bytes_are_kept_once_and_other_bytes_beside_them(tmp_path: Path) -> None:
    paths = []
    for content in ("id\n1\n", "id\n1\n", "id\n2\n"):
        (tmp_path / "feed.csv").write_text(content)
        paths.append(taken(source(FIELDS), tmp_path).snapshots[0].path)
    assert paths[0] == paths[1] != paths[2]
    folders = list((tmp_path / "private" / "snapshots" / "feed").iterdir())
    assert {folder.name for folder in folders} == {path.parent.name for path in paths}


def test_files_of_one_name_in_two_folders(tmp_path: Path) -> None:
    for year in ("2024", "2025"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "feed.csv").write_text(f"id\n{year}\n")
    ingested = taken(source(FIELDS, connector={"kind": "csv", "path": "*/feed.csv"}), tmp_path)
    assert ingested.frame.collect()["id"].to_list() == ["2024", "2025"]
    assert len({snapshot.path for snapshot in ingested.snapshots}) == 2


def test_a_table_of_a_counted_feed_is_trimmed_text(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("id,n\n 1 , \n2,3\n")
    assert taken(source(FIELDS), tmp_path).table(["id", "n"]).rows() == [(1, "1", None), (2, "2", "3")]


def test_nothing_arrives_where_the_source_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        taken(source(FIELDS), tmp_path)
    assert not (tmp_path / "private").exists()


def test_a_folder_that_cannot_be_written_is_a_failure_of_storage(tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text("id\n1\n")
    (tmp_path / "private").write_text("a file where a folder must be")
    with pytest.raises(StorageFailed, match="snapshot could not be written"):
        taken(source(FIELDS), tmp_path)
