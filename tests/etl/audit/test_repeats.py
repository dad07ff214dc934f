"""Of releases that say the same of homes one is attacked again; whatever says anything else is."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from etl.audit.published import published
from etl.audit.repeats import without_repeats
from etl.steps.audit import audit, audit_everything
from tests.etl.audit.stores import CLEAN, release

NIGHTS = [f"2026-04-{day}-000000000001" for day in (15, 16, 17, 18)]

#   what the second of four nights says otherwise                        which nights are attacked again
OTHERWISE: tuple[tuple[str, Mapping[str, Any], list[int]], ...] = (
    ("nothing", {}, [0, 3]),
    ("one figure", {"drawn": CLEAN.replace("zone1/b         2025     17", "zone1/b         2025     18")}, [0, 1, 3]),
    ("another floor", {"protection": {"floor": 11}}, [0, 1, 3]),
    ("a side figure", {"quality": [{"name": "placed", "value": 97.0, "unit": "%", "period": "2025"}]}, [0, 3]),
    ("no partition", {"zones": None}, [0, 1, 3]),
    ("another day", {"as_of": "2026-04-16"}, [0, 3]),
)


@pytest.mark.parametrize(("second", "stay"), [case[1:] for case in OTHERWISE], ids=[case[0] for case in OTHERWISE])
def test_which_releases_say_nothing_new(tmp_path: Path, second: Mapping[str, Any], stay: list[int]) -> None:
    for number, night in enumerate(NIGHTS):
        said = dict(second) if number == 1 else {}
        release(tmp_path, said.pop("drawn", CLEAN), id=night, **said)
    found = without_repeats(published({"public": [tmp_path]}))
    assert [each.id for each in found.releases] == [NIGHTS[n] for n in stay]


def test_what_was_withdrawn_stays_and_stands_for_no_other(tmp_path: Path) -> None:
    for night in NIGHTS:
        release(tmp_path, CLEAN, id=night)
    found = without_repeats(published({"public": [tmp_path]}), keep={("public", NIGHTS[0])})
    assert [each.id for each in found.releases] == [NIGHTS[0], NIGHTS[1], NIGHTS[3]]


def test_tiers_and_topics_stand_for_themselves(tmp_path: Path) -> None:
    for tier in ("public", "partner"):
        release(tmp_path / tier, CLEAN, id=NIGHTS[0])
    found = without_repeats(published({tier: [tmp_path / tier] for tier in ("public", "partner")}))
    assert len(found.releases) == 2


#   what is wrong with the third of four nights that say the same otherwise
ONE_NIGHT: dict[str, Callable[[Path], object]] = {
    "nothing": lambda folder: None,
    "a file more": lambda folder: (folder / "downloads/evictions-more.csv").write_text("a,b\n1,2\n"),
    "told too early": lambda folder: _says(folder, as_of="2025-12-20"),
    "a side figure with decimals": lambda folder: _says(folder, quality=[_HALF]),
}
_HALF = {"name": "placed", "value": 97.5, "unit": "%", "period": "2025"}


def _says(folder: Path, **said: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | said))


@pytest.mark.parametrize("wrong", ONE_NIGHT.values(), ids=ONE_NIGHT)
def test_every_night_is_attacked_for_itself(tmp_path: Path, wrong: Callable[[Path], object]) -> None:
    folders = [release(tmp_path, CLEAN, id=night) for night in NIGHTS]
    wrong(folders[2])
    everything = published({"public": [tmp_path]})
    whole, less = audit(everything), audit_everything(everything)
    assert {(f.attack, f.release, f.where) for f in whole.findings} == {
        (f.attack, f.release, f.where) for f in less.findings
    }
    assert {f.release for f in less.findings} == ({NIGHTS[2]} if whole.findings else set())
    assert bool(whole.findings) == (wrong is not ONE_NIGHT["nothing"])


def test_attacks_find_the_same(tmp_path: Path) -> None:
    """A figure below its floor, in the first of four like releases."""
    leaking = CLEAN.replace("zone2/B         2025     6", "zone2/B         2025     2")
    for night in NIGHTS:
        release(tmp_path, leaking, id=night)
    everything = published({"public": [tmp_path]})
    whole, less = audit(everything), audit(without_repeats(everything))
    assert {(f.attack, f.where) for f in whole.findings} == {(f.attack, f.where) for f in less.findings} != set()
