"""Records that stay though their feed no longer lists them were placed once; their points are gone. Areas that are new,
or drawn anew, would lack them, so that what is told of their months would be too low, or zero where something was."""

from dataclasses import replace
from pathlib import Path

import pytest

from etl.city import Source
from etl.errors import TooFewLocated
from etl.geography.places import Places
from layers.areas import AreaSet
from tests.etl.vault.nights import Agency, Nights, areas_of, feed_source, row

Areas = tuple[AreaSet, ...]
KEPT = {"mode": "changes", "missing": "kept", "whole_every_days": 0}
ANY = {"max_reject_share": 1.0, "max_shrink_share": 1.0}


@pytest.fixture(scope="module")
def areas(tmp_path_factory: pytest.TempPathFactory) -> Areas:
    return tuple(areas_of(tmp_path_factory.mktemp("areas")))


@pytest.fixture
def agency() -> Agency:
    agency = Agency()
    agency.put(row("R0", "08/20/2026"), row("R1", "09/03/2026"))
    return agency


def city(folder: Path, agency: Agency, areas: Areas, refresh: dict[str, object]) -> Nights:
    """Two nights; from the second on the feed no longer lists its record of August."""
    nights = Nights(folder, agency, feed_source(refresh=refresh, limits=ANY), areas=areas)
    nights.run()
    agency.rows.pop("R0")
    agency.deleted.clear()
    nights.next_night()
    return nights


def drawn(nights: Nights, areas: Areas) -> None:
    nights.context = replace(nights.context, places=Places(areas))


def since(declared: Source, day: str) -> Source:
    return Source.model_validate({**declared.model_dump(mode="json", by_alias=True), "covers": {"from": day}})


#   how the areas change, how the feed is read     what kinds the refusal names
CHANGED = (
    ("a kind comes", "changes", lambda both: (both[:1], both), "zip"),
    (
        "a kind is drawn anew",
        "whole",
        lambda both: (both, (replace(both[0], vintage="2027-0000"), both[1])),
        "district",
    ),
)


@pytest.mark.parametrize(("mode", "how", "named"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED])
def test_what_cannot_be_placed_anew_holds_the_run(
    tmp_path: Path, agency: Agency, areas: Areas, mode: str, how: object, named: str
) -> None:
    before, after = how(areas)  # type: ignore[operator]  # one of the functions above
    nights = city(tmp_path, agency, before, {**KEPT, "mode": mode})
    seal = nights.vault.seal
    drawn(nights, after)
    with pytest.raises(TooFewLocated, match=rf"no longer lists \(1\) cannot be placed in {named}:") as refused:
        nights.next_night()
    assert "covers.from" in str(refused.value)
    assert nights.vault.seal == seal, "what was there is still there, and is refused again"
    with pytest.raises(TooFewLocated):
        nights.next_night()

    drawn(nights, before)
    nights.next_night()
    drawn(nights, after)
    agency.put(row("R0", "08/20/2026"))  # sent once more, with its point
    nights.next_night()
    assert {event["area_district"] for event in nights.told()} == {"2"}
    assert {event["area_zip"] for event in nights.told()} == {"37901"}
    agency.rows.pop("R0")
    nights.next_night()
    assert nights.vault.rows == 2


def test_what_lies_before_the_figures_holds_nothing(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    nights = city(tmp_path, agency, areas[:1], KEPT)
    drawn(nights, areas)
    nights.source = since(nights.source, "2026-09-01")
    nights.next_night()
    assert nights.vault.rows == 2


def test_a_feed_that_lists_all_its_records_is_placed_anew(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    nights = Nights(tmp_path, agency, feed_source(), areas=areas[:1])
    nights.run()
    drawn(nights, areas)
    nights.next_night()
    assert agency.asked[-1] is None, "what changed alone would leave the others without the new areas"
    assert {event["area_zip"] for event in nights.told()} == {"37901"}
