"""Publishing: one pointer, one content, and never half a release."""

import gzip
import hashlib
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from layers.release import Certify, Written
from layers.store.publisher import STEPS, point, publish, publish_staged, said_digest, sweep
from layers.store.reader import Store, UnknownRelease
from layers.store.schema import conform
from tests.layers.drafts import counts, draft, manifest

NOW = datetime(2026, 10, 1, 6, 10, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def test_a_reader_gets_what_was_published(tmp_path: Path) -> None:
    release = publish(draft(), tmp_path, built_at=NOW)

    rows = Store(tmp_path).release("service_requests").counts(geography="district", columns=("unit", "period", "value"))

    #            July  Aug  Sept
    # district 1    4    0     7
    # district 2    1    2     3
    assert rows.pivot("period", index="unit", values="value").rows() == [("1", 4.0, 0.0, 7.0), ("2", 1.0, 2.0, 3.0)]
    assert release.startswith("2026-10-01-")


def test_the_same_content_is_the_same_release(tmp_path: Path) -> None:
    first = publish(draft(), tmp_path, built_at=NOW)
    before = _files(tmp_path)

    second = publish(draft(), tmp_path, built_at=NOW.replace(hour=9))

    assert second == first
    assert _files(tmp_path) == before


def test_a_new_snapshot_with_the_same_public_content_is_no_new_release(tmp_path: Path) -> None:
    first = publish(draft(), tmp_path, built_at=NOW)
    source = {**manifest()["sources"][0], "snapshot": "another"}

    assert publish(draft(sources=[source]), tmp_path, built_at=NOW) == first


def test_other_figures_or_another_day_are_another_release(tmp_path: Path) -> None:
    ids = {
        publish(draft(), tmp_path, built_at=NOW),
        publish(draft({"1": (4, 0, 8), "2": (1, 2, 3)}), tmp_path, built_at=NOW),
        publish(draft(as_of="2026-10-02"), tmp_path, built_at=NOW),
    }

    assert len(ids) == 3
    assert len(Store(tmp_path).releases("service_requests")) == 3


def test_every_file_is_named_with_its_size_and_sha256(tmp_path: Path) -> None:
    publish(draft(), tmp_path, built_at=NOW)
    release = Store(tmp_path).release("service_requests")

    for told in release.manifest.files:
        content = (release.folder / told.name).read_bytes()
        assert (told.bytes, told.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    on_disk = {p.relative_to(release.folder).as_posix() for p in release.folder.rglob("*") if p.is_file()}
    assert on_disk - {f.name for f in release.manifest.files} == {"manifest.json"}


def test_the_csv_and_the_shapes_say_what_the_rows_say(tmp_path: Path) -> None:
    publish(draft(), tmp_path, built_at=NOW)
    release = Store(tmp_path).release("service_requests")

    table = pl.read_csv(gzip.decompress((release.folder / "downloads/service_requests.csv.gz").read_bytes()))
    shapes = json.loads(
        gzip.decompress((release.folder / "downloads/service_requests-district.geojson.gz").read_bytes())
    )

    assert table["value"].to_list() == release.counts()["value"].to_list()
    # the newest month is September: 7 and 3
    assert [(f["id"], f["properties"]["requests"], f["properties"]["period"]) for f in shapes["features"]] == [
        ("1", 7.0, "2026-09-01"),
        ("2", 3.0, "2026-09-01"),
    ]


@pytest.mark.parametrize("damage", ["manifest.json", "counts.parquet", "downloads/service_requests.csv.gz"])
def test_a_damaged_release_is_written_anew(tmp_path: Path, damage: str) -> None:
    release = publish(draft(), tmp_path, built_at=NOW)
    folder = tmp_path / "releases/service_requests" / release
    (folder / damage).write_bytes(b"{")

    assert publish(draft(), tmp_path, built_at=NOW) == release
    assert Store(tmp_path).release("service_requests").counts().height == 9
    assert (folder / damage).stat().st_size > 1


def test_rolling_back_is_the_same_swap(tmp_path: Path) -> None:
    old = publish(draft(), tmp_path, built_at=NOW)
    new = publish(draft({"1": (5, 0, 7), "2": (1, 2, 3)}), tmp_path, built_at=NOW)
    store = Store(tmp_path)
    assert store.release("service_requests").manifest.previous == old

    point(tmp_path, "service_requests", old)

    assert store.release("service_requests").id == old
    assert store.release("service_requests", new).id == new


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_store_shows_one_whole_release(tmp_path: Path, step: str) -> None:
    old = publish(draft(), tmp_path, built_at=NOW)

    killed = subprocess.run(
        [sys.executable, "-c", _PUBLISH_AND_DIE, str(tmp_path), step], cwd=ROOT, capture_output=True, check=False
    )

    assert killed.returncode == -signal.SIGKILL
    shown = Store(tmp_path).release("service_requests")
    july = {"1": 4.0, "2": 1.0} if step != "pointer" else {"1": 9.0, "2": 9.0}
    assert (shown.id == old) == (step != "pointer")
    rows = shown.counts(geography="district", period=counts({"1": (0, 0, 0)})["period"][0])
    assert dict(rows.select("unit", "value").iter_rows()) == july
    sweep(tmp_path)
    again = publish(draft({"1": (9, 9, 9), "2": (9, 9, 9)}), tmp_path, built_at=NOW)
    assert Store(tmp_path).release("service_requests").id == again
    assert not list(tmp_path.rglob(".draft-*"))


_PUBLISH_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from layers.store.publisher import publish
from tests.layers.drafts import draft
die = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == sys.argv[2] else None
nines = draft({"1": (9, 9, 9), "2": (9, 9, 9)})
publish(nines, Path(sys.argv[1]), built_at=datetime(2026, 10, 1, tzinfo=UTC), on_step=die)
"""


# ---------------------------------------------------------------- staged, certified, published


def _signed(written: Written) -> dict[str, bytes]:
    """A certificate that names the release and its files."""
    return {"certificate.json": repr(written).encode(), "certificate.sig": b"s" * 64}


def _staged(folder: Path, figures: dict[str, tuple[int, int, int]] | None = None) -> Path:
    publish(draft(figures), folder, built_at=NOW)
    return folder


def _publish_staged(staging: Path, store: Path, certify: Certify = _signed, hour: int = 6) -> str:
    return publish_staged(staging, store, "service_requests", certify=certify, built_at=NOW.replace(hour=hour))


def test_what_was_staged_is_published_byte_for_byte(tmp_path: Path) -> None:
    staging, store = _staged(tmp_path / "staging"), tmp_path / "store"

    release = _publish_staged(staging, store)

    ours, theirs = store / "releases/service_requests" / release, staging / "releases/service_requests" / release
    names = {p.relative_to(theirs).as_posix() for p in theirs.rglob("*") if p.is_file()} - {"manifest.json"}
    assert names >= {"counts.parquet", "downloads/service_requests.csv.gz"}
    assert [n for n in names if (ours / n).read_bytes() != (theirs / n).read_bytes()] == []
    assert [p.read_bytes() for p in (store / "geo").iterdir()] == [p.read_bytes() for p in (staging / "geo").iterdir()]
    told = {f.name: f.sha256 for f in Store(store).release("service_requests").manifest.files}
    assert set(told) == names | {"certificate.json", "certificate.sig"}
    assert all(hashlib.sha256((ours / n).read_bytes()).hexdigest() == seal for n, seal in told.items())


def test_a_certificate_is_asked_for_once_and_does_not_name_the_release(tmp_path: Path) -> None:
    asked: list[Written] = []

    def other(written: Written) -> dict[str, bytes]:
        asked.append(written)
        return {**_signed(written), "certificate.json": b"another"}

    staging = _staged(tmp_path / "staging")
    first = _publish_staged(staging, tmp_path / "store", other)
    before = _files(tmp_path / "store")

    assert _publish_staged(staging, tmp_path / "store", other, hour=9) == first
    assert _files(tmp_path / "store") == before
    assert [written.release for written in asked] == [first]
    assert _publish_staged(staging, tmp_path / "elsewhere") == first


def test_a_release_that_was_never_certified_is_certified(tmp_path: Path) -> None:
    store = tmp_path / "store"
    release = publish(draft(), store, built_at=NOW)

    assert _publish_staged(_staged(tmp_path / "staging"), store) == release
    assert (store / "releases/service_requests" / release / "certificate.sig").exists()


def test_the_seal_of_a_manifest_is_that_of_the_published_file(tmp_path: Path) -> None:
    seals: list[str] = []
    release = _publish_staged(
        _staged(tmp_path / "staging"), tmp_path / "store", lambda w: seals.append(w.manifest_sha256) or _signed(w)
    )

    manifest = tmp_path / "store/releases/service_requests" / release / "manifest.json"
    assert seals == [said_digest(manifest.read_bytes())]
    assert said_digest(manifest.read_bytes().replace(b"not a survey", b"a survey")) != seals[0]


@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("counts", "zones")])
def test_killed_while_publishing_what_was_staged(tmp_path: Path, step: str) -> None:
    store, nines = tmp_path / "store", {"1": (9, 9, 9), "2": (9, 9, 9)}
    old = _publish_staged(_staged(tmp_path / "before"), store)
    staging = _staged(tmp_path / "staging", nines)

    killed = subprocess.run(
        [sys.executable, "-c", _PUBLISH_STAGED_AND_DIE, str(staging), str(store), step],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip

    assert killed.returncode == -signal.SIGKILL
    assert (Store(store).release("service_requests").id == old) == (step != "pointer")
    sweep(store)
    again = _publish_staged(staging, store)
    assert Store(store).release("service_requests").id == again != old
    assert not list(store.rglob(".draft-*"))


_PUBLISH_STAGED_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from layers.store.publisher import publish_staged
die = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == sys.argv[3] else None
certify = lambda written: {"certificate.json": b"{}", "certificate.sig": b"s"}
now = datetime(2026, 10, 1, tzinfo=UTC)
staging, store = Path(sys.argv[1]), Path(sys.argv[2])
publish_staged(staging, store, "service_requests", certify=certify, built_at=now, on_step=die)
"""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "hidden"}, "hidden with a value"),
        ({"status": "zero", "value": 3.0}, "a zero that is three"),
        ({"value": None}, "a value without a value"),
    ],
)
def test_a_status_and_its_value_may_not_contradict_each_other(change: dict[str, object], why: str) -> None:
    rows = counts({"1": (4, 5, 7)}).filter(pl.col("unit") == "1")
    wrong = rows.with_columns(**{name: pl.lit(value) for name, value in change.items()})

    with pytest.raises(ValueError, match="status denies"):
        conform(wrong)


def test_two_rows_with_one_key_are_refused() -> None:
    rows = counts({"1": (4, 5, 7)})

    with pytest.raises(ValueError, match="same key"):
        conform(pl.concat([rows, rows.head(1)]))


@pytest.mark.parametrize("name", ["../..", ".draft-x", "", "a/b", "2026-10-01-nothere0000"])
def test_a_release_that_is_not_there_or_no_name_is_unknown(tmp_path: Path, name: str) -> None:
    publish(draft(), tmp_path, built_at=NOW)

    with pytest.raises(UnknownRelease):
        Store(tmp_path).release("service_requests" if name else "none", name or "x")


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}
