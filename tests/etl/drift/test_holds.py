"""A feed is held, and the steward approves, maps or rejects it, through the command line and on both databases."""

import shutil
from pathlib import Path

import pytest

from etl.drift.formerly import former_names
from etl.state import Feeds, open_state, sqlite_url
from layers.store.reader import Store
from tests.etl.drift.made_city import HEADER, SECRET, MadeCity, Row, made_city, requests
from tests.feeds.server import serving
from tests.feeds.soda import Portal
from tests.machinery.small_city import current, files_of

ANN = ("--by", "Ann Ames", "--reason", "the office told us")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city after its first run."""
    folder = tmp_path_factory.mktemp("published")
    ended = made_city(folder, sqlite_url(folder / "var/private")).etl("run")
    assert ended.code == 0, ended.said
    return folder


@pytest.fixture
def city(published: Path, tmp_path: Path) -> MadeCity:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    return MadeCity(folder / "city", folder / "var", sqlite_url(folder / "var/private"))


def changed(place: int, old: str, new: str, *, last: int = 90) -> list[Row]:
    """The feed with a value replaced in its newest rows."""
    rows = list(requests())
    return [*rows[:-last], *([*r[:place], r[place].replace(old, new), *r[place + 1 :]] for r in rows[-last:])]


def test_approve_takes_exactly_this_feed_as_the_new_normal(tmp_path: Path, state_url: str) -> None:
    city = made_city(tmp_path, state_url)
    assert city.etl("run").code == 0
    before = files_of(city.var / "public", "releases", "current.json")
    city.send(list(requests())[::3])

    ended = city.etl("run")
    assert ended.code == 12
    assert "has shrunk from 1,200 to 400 rows" in ended.said
    assert files_of(city.var / "public", "releases", "current.json") == before
    listed = city.etl("holds")
    assert "requests (service_requests): held since" in listed.out
    assert "held: The feed has shrunk from 1,200 to 400 rows. (limit: max_shrink_share = 30.0%)" in listed.out
    assert "has shrunk" in city.etl("status").out
    (told,) = city.etl("holds", "--json").objects

    assert city.etl("holds", "approve", "requests").code == 2  # nobody answers for it
    assert city.etl("holds", "approve", "requests", "0123456789abcdef", *ANN).code == 2  # not what was seen
    assert city.etl("holds", "approve", "requests", told["fingerprint"], *ANN).code == 0
    assert city.etl("holds", "approve", "requests", *ANN).code == 2  # nothing left to approve
    assert city.etl("run").code == 0
    assert city.etl("holds").out == "Nothing is held.\n"
    assert current(city.var / "public")["service_requests"] not in before

    city.send(list(requests())[::6])
    assert city.etl("run").code == 12  # what was approved was that feed, not shrinking
    decided = city.etl("holds", "decisions", "--json").objects
    assert [(d["act"], d["by"], d["reason"], d["fingerprint"]) for d in decided] == [
        ("approve", "Ann Ames", "the office told us", told["fingerprint"])
    ]


def test_the_release_says_how_new_its_records_are(city: MadeCity) -> None:
    """And how many there are; of rows that were left out nothing, because some might concern homes."""
    manifest = Store(city.var / "public").release("service_requests").manifest
    told = {figure.name: figure.value for figure in manifest.quality}
    assert told == {
        "located_coordinates": 100.0,
        "records": 1200.0,
        "newest_days": 0.0,
        "lag_median_days": 182.0,
        "lag_p90_days": 328.0,
    }


def test_map_a_renamed_column(city: MadeCity) -> None:
    comment = "# a day, no hour"
    city.send(list(requests()), ["Number", "Date Opened", *HEADER[2:]])

    ended = city.etl("run")
    assert ended.code == 11
    assert "The column 'Opened', which fills created, is missing; perhaps it is called 'Date Opened' now." in ended.said
    assert city.etl("holds", "approve", "requests", *ANN).code == 2  # a declaration needs its column
    shown = city.etl("holds", "map", "requests", "Opened", "Date Opened")
    assert '-created = { column = "Opened"' in shown.out and "Not written yet" in shown.out
    assert comment in city.declaration.read_text()
    before = city.declaration.read_text().splitlines()
    assert city.etl("holds", "map", "requests", "Opened", "Date Opened", *ANN).code == 0
    after = city.declaration.read_text().splitlines()

    (place,) = [n for n, lines in enumerate(zip(before, after, strict=True)) if lines[0] != lines[1]]
    assert after[place] == before[place].replace("Opened", "Date Opened") and comment in after[place]
    assert city.etl("run").code == 0
    assert city.etl("holds").out == "Nothing is held.\n"


def test_map_a_new_code(city: MadeCity) -> None:
    city.send(changed(2, "Tree", "Fallen Tree"))

    ended = city.etl("run")
    assert ended.code == 11
    assert "The code 'Fallen Tree' of category is new and in no list: 28 records" in ended.said
    assert "None came with 'Tree' any more" not in ended.said  # too few came before to say so
    wrong = city.etl("holds", "map", "requests", "Fallen Tree", "houses", *ANN)
    assert wrong.code == 2
    assert city.etl("holds", "map", "requests", "Fallen Tree", "trees", *ANN).code == 0
    assert 'trees = ["Tree", "Fallen Tree"]' in city.declaration.read_text()
    assert 'potholes = ["Pothole"] # streets' in city.declaration.read_text()
    assert city.etl("run").code == 0


def test_the_same_bytes_are_refused_at_once_after_a_rejection(city: MadeCity) -> None:
    sound = list(requests())
    city.send(sound[::3])
    assert city.etl("run").code == 12
    assert city.etl("holds", "reject", "requests", *ANN).code == 0

    again = city.etl("run")
    assert again.code == 12
    assert "Source requests sent again what Ann Ames rejected" in again.said
    assert "shrunk" not in again.said
    city.send(sound)
    assert city.etl("run").code == 0


def test_check_tells_what_changed_and_holds_nothing(city: MadeCity) -> None:
    city.send(changed(2, "Tree", "Fallen Tree"), [*HEADER[:4], "Reporter", *HEADER[5:]])

    ended = city.etl("check", "requests")
    assert ended.code == 11
    assert "columns: 7, of which used: Number" in ended.out
    assert "held: The code 'Fallen Tree'" in ended.out
    assert "note: One new column, which no field uses: number 5." in ended.out
    assert city.etl("holds").out == "Nothing is held.\n"
    (profile,) = [told["profile"] for told in city.etl("check", "requests", "--json").objects if "profile" in told]
    assert (profile["rows"], profile["ids"], profile["newest"]) == (1200, 1200, "2026-11-08")


def over_socrata(city: MadeCity, url: str) -> None:
    """The same feed, from now on from a portal."""
    local = 'kind = "csv"\npath = "requests.csv"'
    city.change(lambda text: text.replace(local, f'kind = "socrata"\nurl = "{url}"\ndataset = "abcd-1234"'))


def portal(rows: list[Row], header: list[str] = HEADER, updated: str = "2026-11-08T03:00:00.000Z") -> Portal:
    named = [dict(zip(header, row, strict=True)) for row in rows]
    return Portal(abcd_1234=[{":id": f"row-{n}", ":updated_at": updated} | row for n, row in enumerate(named)])


def test_check_of_a_portal_looks_at_a_few_rows_and_judges_them(city: MadeCity) -> None:
    with serving(portal(list(requests()))) as server:
        over_socrata(city, server.url)
        ended = city.etl("check", "requests")
        assert (ended.code, len(server.asked)) == (0, 2), ended.said
        assert server.asked[0].query["$limit"] == "500"
        assert "requests: 500 rows, 500 taken; rejects: none; located: coordinates 500" in ended.out
        assert "a look at the rows that changed last: 500 of 1,200 that the source counts" in ended.out
        assert "it last changed on 07 Nov 2026 22:00." in ended.out
        told = [each for each in city.etl("check", "requests", "--json").objects if "sample" in each]
        assert [(each["sample"], each["rows"], each["there"], each["late"]) for each in told] == [
            ("changed", 500, 1200, False)
        ]
        server.asked.clear()
        assert city.etl("check", "requests", "--whole").code == 0
        assert len([asked for asked in server.asked if asked.query.get("$order") == ":id"]) > 1
    assert not list(city.var.glob("private/scratch/*"))
    assert not list(city.var.glob("private/arriving/**/*.parquet"))


#   what the portal has                                  exit  what is said
LOOKED_AT = [
    (portal([[*r[:2], "?", *r[3:]] for r in requests()]), 12, "have a type that no group"),
    (portal([[*r[:5], "0", "0"] for r in requests()]), 13, "could be located"),
    (portal(list(requests()), [*HEADER[:3], "State", *HEADER[4:]]), 11, "'Status'"),
    (portal(list(requests()), updated="2026-10-01T03:00:00.000Z"), 0, "later than its promised cadence explains"),
]


@pytest.mark.parametrize(("answer", "code", "said"), LOOKED_AT, ids=["codes", "places", "columns", "freshness"])
def test_what_a_look_at_a_portal_finds(city: MadeCity, answer: Portal, code: int, said: str) -> None:
    with serving(answer) as server:
        over_socrata(city, server.url)
        ended = city.etl("check", "requests")
    assert (ended.code, said in ended.out) == (code, True), ended.said
    assert city.etl("holds").out == "Nothing is held.\n"


def rename(city: MadeCity, name: str) -> MadeCity:
    """The city folder calls its source otherwise."""
    city.declaration.rename(city.folder / f"sources/{name}.toml")
    return city


def test_the_first_feed_under_another_name_is_compared_with_the_last_under_the_old_one(city: MadeCity) -> None:
    rename(city, "wishes")
    city.send(list(requests())[::3])
    ended = city.etl("run")
    assert ended.code == 12
    assert "Source wishes is not as it was: The feed has shrunk from 1,200 to 400 rows." in ended.said
    listed = city.etl("holds").out
    assert "wishes (service_requests): held since" in listed
    assert "note: Nothing was accepted of this source yet. It is compared with 'requests', which is declared" in listed
    assert city.etl("holds", "approve", "wishes", *ANN).code == 0
    assert city.etl("run").code == 0
    (folder,) = (city.folder / "sources").glob("*.toml")
    folder.rename(folder.with_name("requests.toml"))  # back again: the old reference of its own
    assert "shrunk from 1,200" in city.etl("run").said


def test_a_renamed_source_that_sends_the_same_feed_goes_on(city: MadeCity) -> None:
    rename(city, "wishes")
    assert city.etl("run").code == 0
    city.send(changed(2, "Tree", "Fallen Tree"))
    assert "The code 'Fallen Tree'" in city.etl("run").said


#   first and last good run of each source of the topic   declared       whose place a new one takes
SUCCESSIONS = [
    ({}, {"new"}, []),
    ({"old": (1, 9)}, {"new"}, ["old"]),
    ({"old": (1, 9), "beside": (1, 12)}, {"new", "beside"}, ["old"]),
    ({"old": (1, 9), "since": (10, 12)}, {"new", "since"}, []),
    ({"old": (1, 9), "older": (1, 4), "since": (5, 12)}, {"new", "since"}, ["old"]),
    ({"one": (1, 8), "other": (1, 9)}, {"new", "newer"}, ["other", "one"]),
]


@pytest.mark.parametrize(("good", "declared", "names"), SUCCESSIONS)
def test_whose_place_a_source_takes(good: dict[str, tuple[int, int]], declared: set[str], names: list[str]) -> None:
    assert former_names(good, declared) == names


def test_a_dry_run_says_it_and_holds_nothing(city: MadeCity) -> None:
    city.send(list(requests())[::3])
    assert city.etl("run", "--dry-run").code == 12
    assert city.etl("holds").out == "Nothing is held.\n"


def test_a_passed_limit_is_for_the_declaration_alone(city: MadeCity) -> None:
    city.change(lambda text: text + "\n[limits]\nmax_reject_share = 0.01\n")
    city.send(changed(1, "/2026", "/20Z6"))
    assert city.etl("run").code == 12
    assert "Nobody can approve it. A declared limit was passed" in city.etl("holds").out
    assert city.etl("holds", "approve", "requests", *ANN).code == 2


BROKEN = {
    "no header": lambda rows: (rows[1:], rows[0]),
    "names as types": lambda rows: ([[*r[:2], r[4], *r[3:]] for r in rows], HEADER),
    "names as ids and places": lambda rows: ([[r[4], *r[1:5], r[4], r[4]] for r in rows], HEADER),
    "names as dates": lambda rows: ([[r[0], r[4], *r[2:]] for r in rows], HEADER),
    "a name as column": lambda rows: (rows, [*HEADER[:4], SECRET, *HEADER[5:]]),
}


def test_no_sentence_holds_a_record_s_value(city: MadeCity) -> None:
    for name, broken in BROKEN.items():
        rows, header = broken(list(requests()))
        city.send(rows, header)
        said = [city.etl("run", "--json"), city.etl("holds")]
        assert all(SECRET.lower() not in ended.said.lower() for ended in said), name
    assert SECRET.lower() not in city.etl("status").said.lower()
    assert SECRET.lower() not in city.etl("check").said.lower()
    feeds = Feeds(open_state(city.state_url).engine)
    kept = "".join(p.body for p in feeds.accepted("requests", "whole")) + repr(feeds.held())
    assert SECRET not in kept
    assert "Pothole" in kept
