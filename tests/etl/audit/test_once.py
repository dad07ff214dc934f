"""An attack asks a release once, and again as soon as any file of it, or a shape beside it, is another one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.audit.once import once_of_a_release
from etl.audit.published import PublishedRelease
from tests.etl.audit.stores import CLEAN, public, release


def _shape(folder: Path) -> None:
    shapes = folder.parents[2] / "geo"
    shapes.mkdir()
    (shapes / "zone1.v1.geojson").write_text("{}")


CHANGES: dict[str, Callable[[Path], object]] = {
    "the table": lambda folder: (folder / "counts.parquet").write_bytes(b"PAR1 other PAR1"),
    "the manifest": lambda folder: (folder / "manifest.json").write_text("{}"),
    "a download": lambda folder: next((folder / "downloads").iterdir()).write_bytes(b"other"),
    "a file more": lambda folder: (folder / "downloads/more.csv").write_text("a"),
    "a file less": lambda folder: (folder / "zones.parquet").unlink(),
    "a shape of the store": _shape,
    "another file of the same size and day": lambda folder: _exchanged(folder / "counts.parquet"),
}


def _exchanged(path: Path) -> None:
    stat, content = path.stat(), path.read_bytes()
    path.rename(path.with_name("counts.old"))
    path.write_bytes(content[-5::-1] + content[-4:])  # whole to its end, and of the same size
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    path.with_name("counts.old").replace(path.parents[3] / "counts.old")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_asked_again_when_a_file_changed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = release(tmp_path, CLEAN)
    asked: list[str] = []

    @once_of_a_release
    def find(one: PublishedRelease) -> int:
        asked.append(one.id)
        return len(asked)

    for _ in range(2):
        (one,) = public(tmp_path).releases
        assert find(one) == 1
    change(folder)
    (one,) = public(tmp_path).releases if (folder / "manifest.json").exists() else (one,)
    assert find(one) == 2


def test_tiers_topics_and_releases_are_asked_for_themselves(tmp_path: Path) -> None:
    for number in (1, 2):
        release(tmp_path, CLEAN, id=f"2026-04-15-00000000000{number}")
    find = once_of_a_release(lambda one: one.id)
    found = public(tmp_path).releases
    assert [find(one) for one in found] == [one.id for one in found]
    other = PublishedRelease("partner", found[0].topic, found[0].id, found[0].folder)
    assert once_of_a_release(lambda one: one.tier)(other) == "partner"
