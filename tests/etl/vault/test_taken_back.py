"""Sealed, expunged, deleted records of a feed: out of everything that is kept, for good, with a note that proves it."""

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from etl.errors import SourceUnreadable, TooFewLocated, TooManyRejects
from etl.takenback import purging
from tests.etl.vault.nights import Agency, feed_source, row
from tests.etl.vault.sealed import CANARY, LIST, SEALED, Areas, city, hashes_of_sealed, notes, traces

#   how it is taken back           what is declared                            reason in the note
WAYS = (
    ("deleted", {}, "deleted by the source"),
    ("list", LIST, "on the list that the source declares"),
    ("missing", {"refresh": {"missing": "withdrawn"}}, "no longer in the whole feed"),
)


@pytest.mark.parametrize(("how", "said", "reason"), WAYS, ids=[way[0] for way in WAYS])
def test_it_leaves_everything_that_is_kept(
    tmp_path: Path, agency: Agency, areas: Areas, how: str, said: dict[str, Any], reason: str
) -> None:
    nights = city(tmp_path, agency, areas, **said)
    hashes, sealed = hashes_of_sealed(nights), agency.rows[SEALED]
    assert len(traces(nights, hashes)) == 2, "the snapshot and the month"

    agency.night = 1
    if how == "list":
        (tmp_path / "sealed.csv").write_text(f"case\n {SEALED.lower()} \n", "utf-8")
    else:
        agency.delete(SEALED)
    nights.run()

    assert traces(nights, hashes) == []
    assert nights.vault.rows == 8
    (note,) = notes(nights)
    assert (note["how"], note["reason"], note["on"], note["done"]) == (how, reason, "2026-10-02", True)
    assert (note["listed"], note["newly_listed"], note["events_removed"]) == (1, 1, 1)
    assert SEALED.lower() not in json.dumps(note).lower()

    agency.put(sealed)  # a stale feed brings it back
    nights.next_night()
    assert nights.vault.rows == 8
    assert traces(nights, hashes) == []
    assert len(notes(nights)) == 1


def test_a_record_that_changed_into_one_of_a_place_stays_taken_back(
    tmp_path: Path, agency: Agency, areas: Areas
) -> None:
    nights = city(tmp_path, agency, areas, refresh={"missing": "withdrawn"})
    agency.delete(SEALED)
    nights.next_night()
    agency.put(row(SEALED, kind="pot"))
    nights.next_night()
    assert nights.vault.rows == 8


#   how many of 9 are gone at once    whether they are taken back
@pytest.mark.parametrize(("gone", "taken"), [(2, True), (3, False)])
@pytest.mark.parametrize("how", ["deleted", "missing", "list"])
def test_a_mass_that_disappears_is_held_and_never_taken_for_withdrawals(
    tmp_path: Path, agency: Agency, areas: Areas, how: str, gone: int, taken: bool
) -> None:
    said = dict(next(way[1] for way in WAYS if way[0] == how))
    nights = city(tmp_path, agency, areas, **said, limits={"max_reject_share": 1.0, "max_shrink_share": 0.25})
    chosen = sorted(agency.rows)[:gone]
    agency.night = 1
    if how == "list":
        (tmp_path / "sealed.csv").write_text("\n".join(["case", *chosen]), "utf-8")
    else:
        agency.delete(*chosen)
        agency.put(*(row(f"N{n}") for n in range(gone)))  # as many as before: only the ids are others
    if taken:
        nights.run()
        assert len(notes(nights)) == 1
        return
    seal = nights.vault.seal
    with pytest.raises(TooManyRejects, match=f"{gone} of its 9 records"):
        nights.run()
    assert (nights.vault.seal, notes(nights)) == (seal, [])
    assert not (nights.private / "withdrawn").exists()


def test_a_feed_that_is_held_for_its_places_takes_nothing_back(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    """Another place's file, or half of one: what it lacks is no withdrawal, for that is for good."""
    limits = {"max_reject_share": 1.0, "max_shrink_share": 0.5, "min_located_share": 0.9}
    nights = city(tmp_path, agency, areas, refresh={"missing": "withdrawn"}, limits=limits)
    seal, held = nights.vault.seal, [dict(each) for each in agency.rows.values()]
    agency.night = 1
    agency.delete(SEALED)
    for each in agency.rows.values():
        each["Lat"] = ""
    with pytest.raises(TooFewLocated):
        nights.run()
    assert (nights.vault.seal, notes(nights)) == (seal, [])
    agency.put(*held)
    nights.next_night()
    assert nights.vault.rows == 9


#   how the id of a record is written from the second night on
@pytest.mark.parametrize("written", ["sealed-1", " Sealed-1 "])
def test_an_id_that_is_written_otherwise_is_not_missing(
    tmp_path: Path, agency: Agency, areas: Areas, written: str
) -> None:
    nights = city(tmp_path, agency, areas, refresh={"missing": "withdrawn"})
    again = {**agency.rows[SEALED], "Id": written}
    agency.delete(SEALED)
    agency.put(again)
    nights.next_night()
    assert (nights.vault.rows, notes(nights)) == (9, [])


#   how it is taken back     whether another source's record of the same number stays
@pytest.mark.parametrize(("how", "stays"), [("deleted", True), ("missing", True), ("list", False)])
def test_a_feed_speaks_for_its_own_records_a_list_for_the_topics(
    tmp_path: Path, agency: Agency, areas: Areas, how: str, stays: bool
) -> None:
    nights = city(tmp_path, agency, areas, **next(way[1] for way in WAYS if way[0] == how))
    first, other = nights.source, Agency(dict(agency.rows), dict(agency.changed))
    agency.night = 1
    (tmp_path / "sealed.csv").write_text(f"case\n{SEALED}\n", "utf-8")
    agency.delete(SEALED)
    nights.run()
    assert nights.vault.rows == 8

    nights.beside = (nights.source,)
    nights.source, nights.agency = feed_source(id="other"), other
    nights.run()
    assert nights.vault.rows == 8 + stays
    nights.source, nights.agency = first, agency
    agency.put(row(SEALED))
    nights.next_night()
    assert nights.vault.rows == 8


@pytest.mark.parametrize("how", ["deleted", "missing"])
def test_a_source_under_another_name_does_not_bring_back_what_it_took_back(
    tmp_path: Path, agency: Agency, areas: Areas, how: str
) -> None:
    refresh = {"mode": "changes" if how == "deleted" else "whole", "missing": "withdrawn"}
    nights = city(tmp_path, agency, areas, refresh=refresh)
    agency.night += 1
    agency.delete(SEALED)
    nights.run()
    assert len(nights.told()) == 8

    nights.source = feed_source(id="renamed", refresh=refresh)
    agency.put(row(SEALED, Lat=CANARY, kind="heat"))
    renamed = nights.next_night()

    assert renamed.run.rejects == {"withdrawn": 1}
    assert len(nights.told()) == 8


def test_what_is_kept_of_a_source_that_is_declared_no_more_is_purged_too(
    tmp_path: Path, agency: Agency, areas: Areas
) -> None:
    nights = city(tmp_path, agency, areas, refresh={"mode": "whole"})
    hashes = hashes_of_sealed(nights)
    nights.source = feed_source(id="renamed", refresh={"mode": "whole"}, **LIST)
    nights.next_night()
    assert [path for path in traces(nights, hashes) if path.startswith("vault/service_requests/feed/")]

    (tmp_path / "sealed.csv").write_text(f"case\n{SEALED}\n", "utf-8")
    nights.next_night()

    assert traces(nights, hashes) == []


def test_what_stands_in_a_row_is_not_deleted(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    """A portal that writes its table anew says that every row was deleted, and then sends them all."""
    nights = city(tmp_path, agency, areas)
    agency.night = 1
    agency.deleted = dict.fromkeys(agency.rows, 0)
    agency.changed = dict.fromkeys(agency.rows, 1)
    nights.run()
    assert (nights.vault.rows, notes(nights)) == (9, [])
    agency.deleted = dict.fromkeys(agency.rows, 1)  # at the very moment: nobody knows which came first
    with pytest.raises(TooManyRejects):
        nights.run()
    assert (nights.vault.rows, notes(nights)) == (9, [])


def test_a_list_that_cannot_be_read_holds_the_run(tmp_path: Path, agency: Agency, areas: Areas) -> None:
    nights = city(tmp_path, agency, areas, **LIST)
    (tmp_path / "sealed.csv").write_text("x" * 300 + "\n", "utf-8")
    for text in ("something else\nR1\n", "case\n" + "x" * 300 + "\n"):
        (tmp_path / "sealed.csv").write_text(text, "utf-8")
        with pytest.raises(Exception, match="withdrawals") as raised:
            nights.run()
        assert raised.type.__name__ in ("SchemaDrift", SourceUnreadable.__name__)
        assert "x" * 30 not in str(raised.value)
    assert not list(nights.private.glob("scratch/*"))


@pytest.mark.parametrize("step", ["add_records", "_settled", "drop_snapshots"])
def test_killed_in_between_the_next_run_finishes_it(tmp_path: Path, agency: Agency, areas: Areas, step: str) -> None:
    class Killed(BaseException):
        pass

    nights = city(tmp_path, agency, areas)
    hashes = hashes_of_sealed(nights)
    agency.night = 1
    agency.delete(SEALED)
    with mock.patch.object(purging, step, side_effect=Killed), pytest.raises(Killed):
        nights.run()
    nights.run()
    assert traces(nights, hashes) == []
    assert all(note["done"] for note in notes(nights))
    assert nights.vault.rows == 8


#   the row last changed   whether the record stays
@pytest.mark.parametrize(("changed", "stays"), [("before", False), ("after", True)])
def test_a_deletion_wins_over_a_row_that_is_still_shown_unless_it_changed_since(
    tmp_path: Path, agency: Agency, areas: Areas, changed: str, stays: bool
) -> None:
    """Night 1 lists the deletion and shows the row; night 8, far beyond the overlap of 2 days, still shows it."""
    nights = city(tmp_path, agency, areas)
    hashes, sealed = hashes_of_sealed(nights), agency.rows[SEALED]
    agency.night = 1
    agency.list_as_deleted(SEALED)
    if changed == "after":
        agency.rows[SEALED], agency.changed[SEALED] = {**sealed, "Created": "09/04/2026"}, 2
    else:
        agency.changed[SEALED] = 1  # shown again and again
    nights.run()
    assert nights.vault.rows == (9 if stays else 8)
    assert bool(traces(nights, hashes)) is stays
    agency.night = 8
    agency.changed[SEALED] = 8 if not stays else 2
    nights.run()
    assert nights.vault.rows == (9 if stays else 8)
    assert bool(traces(nights, hashes)) is stays
