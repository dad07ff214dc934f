"""A wrong declaration fails with file, key and remedy, and all faults are told at once."""

import re
from pathlib import Path

import pytest

from etl.city import load_city
from etl.errors import DeclarationError
from tests.etl.declared import source

CITY = """
[city]
id = "riverton"
name = "Riverton"
time_zone = "America/New_York"
center = { lat = 35.96, lng = -83.92 }

[[areas]]
kind = "district"
title = "Council district"
plural = "Council districts"
path = "districts.geojson"
id_field = "DISTRICT"
valid_from = 2023-01-01

[[areas]]
kind = "neighborhood"
title = "Neighborhood"
plural = "Neighborhoods"
path = "neighborhoods.geojson"
id_field = "ID"
valid_from = 2023-01-01

[exact.service_requests]
reviewed_by = "City data office"
reviewed_on = 2023-01-01
categories = [
    "potholes", "street_lights", "traffic_signals", "graffiti", "illegal_dumping", "missed_collection", "animals",
    "street_cleaning", "trees", "sidewalks", "drainage", "abandoned_vehicles", "other",
]
"""

SOURCE = """
topic = "service_requests"
title = "311"
publisher = "City"
license = "CC-BY-4.0"
cadence = "daily"
covers = { from = 2023-01-01 }
connector = { kind = "csv", path = "feeds/*.csv" }
fields.id = { column = "SR", meaning = "Number" }
fields.created = { column = "Opened", meaning = "Opened" }
fields.category = { column = "Type", meaning = "Type" }
fields.lat = { column = "Lat", meaning = "Latitude" }
fields.lng = { column = "Lng", meaning = "Longitude" }
"""

COUNTED = """
topic = "evictions"
title = "Filings by tract"
publisher = "Court"
license = "CC0-1.0"
regime = "source"
cadence = "yearly"
covers = { from = 2010-01-01, to = 2019-12-31 }
connector = { kind = "csv", path = "feeds/*.csv" }
[counted]
geography = "district"
unit = "tract"
period = { column = "year", grain = "year" }
values = { all = "filings" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.csv").touch()
    for name in ("districts", "neighborhoods"):
        (tmp_path / f"{name}.geojson").touch()
    return write(tmp_path)


def write(folder: Path, *, city: str = CITY, source: str = SOURCE) -> Path:
    (folder / "city.toml").write_text(city)
    (folder / "sources" / "requests.toml").write_text(source)
    return folder


def faults(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(DeclarationError) as caught:
        load_city(folder)
    assert caught.value.exit_code == 2
    assert all(problem.remedy for problem in caught.value.problems)
    return [(problem.file, problem.key) for problem in caught.value.problems]


def test_a_right_folder_loads(folder: Path) -> None:
    city = load_city(folder)
    assert city.settings.name == "Riverton"
    assert [source.id for source in city.sources] == ["requests"]
    assert city.source("requests").connector.kind == "csv"
    assert [file.name for file in city.feed_files(city.sources[0])] == ["a.csv"]
    assert city.source("requests").plain_groups()[0].key == "potholes"
    with pytest.raises(KeyError):
        city.area("ward")


def test_counted_sources_need_no_fields(folder: Path) -> None:
    assert load_city(write(folder, source=COUNTED)).sources[0].counted is not None


def target(
    measure: str = '"service_requests.days_to_close_median"',
    *,
    value: str = "5",
    at: str = "most",
    category: str = "all",
    geography: str = "",
) -> str:
    place = f'geography = "{geography}"\n' if geography else ""
    says = f'measure = {measure}\nvalue = {value}\nat = "{at}"\ncategory = "{category}"\n{place}'
    return f"[[targets]]\n{says}[city]"


def agency(group: str, name: str = "a", *, codes: str = "") -> str:
    groups = f'["{group}"]' if group else "[]"
    written = f'codes = ["{codes}"]' if codes else ""
    return f'[[agencies]]\nid = "{name}"\ntitle = "A"\ngroups = {groups}\n{written}\n'


def lines(of: str, kind: str = "district_2013", until: str = "2022-12-31") -> str:
    said = f'kind = "{kind}"\nlines_of = "{of}"\ntitle = "Old district"\nplural = "Old districts"'
    where = 'path = "districts.geojson"\nid_field = "DISTRICT"'
    return f"[[areas]]\n{said}\n{where}\nvalid_from = 2013-01-01\nvalid_to = {until}\n\n[[areas]]"


def test_other_lines_of_a_kind_have_a_name_of_their_own(folder: Path) -> None:
    city = load_city(write(folder, city=CITY.replace("[[areas]]", lines("district"), 1)))
    assert city.lines_of == {"district_2013": "district"}


def test_no_group_is_named_like_an_agency(folder: Path) -> None:
    write(folder, source=SOURCE + '[groups.agency_works]\ntitle = "Works"\nkind = "place"')
    assert ("sources/requests.toml", "groups.agency_works") in faults(folder)


def test_targets_are_told_in_the_words_of_releases(folder: Path) -> None:
    share = target('"service_requests.closed_on_time_share"', value="85", at="least", geography="district")
    write(folder, city=CITY.replace("[city]", share + "\n", 1).replace("[[targets]]", "[[targets]]\nfrom = 2025-01-01"))
    (found,) = load_city(folder).targets
    assert (found.topic_name, found.measure_name) == ("service_requests", "closed_on_time_share")
    assert (found.published_value(), str(found.from_)) == (0.85, "2025-01-01")


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ('name = "Riverton"', 'nam = "Riverton"', "city.nam", "Did you mean `name`?"),
        ('name = "Riverton"', "", "city.name", "missing"),
        ('name = "Riverton"', 'name = ""', "city.name", "at least 1 character"),
        ('"riverton"', '"River Ton"', "city.id", "lower case"),
        ("America/New_York", "America/Knoxville", "city.time_zone", "IANA"),
        ("lat = 35.96", "lat = 135.96", "city.center.lat", "less than or equal to 90"),
        ("[[areas]]\nkind", "[[area]]\nkind", "area", "Did you mean `areas`?"),
        ('kind = "neighborhood"', 'kind = "district"', "areas", "declared twice"),
        ('"districts.geojson"', '"nowhere.geojson"', "areas[1].path", "no file matches"),
        ("valid_from = 2023-01-01\n\n", 'valid_from = "soon"\n\n', "areas[1].valid_from", "First day"),
        ('id_field = "DISTRICT"', 'id_field = "D"\ncrs = "feet"', "areas[1].crs", "PROJ"),
        ('id_field = "DISTRICT"', 'id_field = "D"\nname_format = "Ward"', "areas[1]", "{id}"),
        ("[city]", "[policy.eviction]\nfloor = 5\n[city]", "policy.eviction", "Did you mean `evictions`?"),
        ("[city]", "[policy.housing_supply]\nfloor = 5\n[city]", "policy.housing_supply", "protected topic"),
        ("[city]", "[policy.evictions]\nfloor = 0\n[city]", "policy.evictions.floor", "greater than or equal to 1"),
        ("[city]", '[[contacts]]\ntitle = "211"\n[city]', "contacts[1]", "a phone, a url or an email"),
        (
            "[city]",
            '[[events]]\ntitle = "Flood"\nfrom = 2024-01-02\nto = 2024-01-01\n[city]',
            "events[1]",
            "`to` lies before `from`",
        ),
        (
            "[city]",
            '[[events]]\ntitle = "F"\nfrom = 2024-01-02\ntopics = ["requests"]\n[city]',
            "events[1].topics",
            "topic",
        ),
        ("[city]", target('"requests"'), "targets[1].measure", "names no topic and measure"),
        ("[city]", target('"service_requests.day"'), "targets[1].measure", "no measure of topic service_requests"),
        ("[city]", target(category="pothole"), "targets[1].category", "Did you mean `potholes`?"),
        ("[city]", target(category="sensitive"), "targets[1].category", "no group of topic"),
        ("[city]", target(geography="ward"), "targets[1].geography", "neither `city` nor an area kind"),
        ("[city]", target(value="-1"), "targets[1].value", "less than nothing"),
        ("[city]", target(at="about"), "targets[1].at", "'most'"),
        ("[city]", target('"service_requests.closed_on_time_share"', value="0.85"), "targets[1].value", "percent"),
        ("[city]", target('"service_requests.requests"'), "targets[1].geography", "how large the place is"),
        ("[city]", target('"service_requests.requests_per_1000"'), "targets[1].grain", "how long the period is"),
        ("[city]", target().replace("[city]", "") + target(), "targets[2]", "the same as targets[1]"),
        ("[city]", agency("trees") + agency("graffiti") + "[city]", "agencies[2].id", "declared twice"),
        ("[city]", agency("trees") + agency("trees", "b") + "[city]", "agencies[2].groups", "is also `a`'s"),
        ("[city]", agency("tree") + "[city]", "agencies[1].groups", "Did you mean `trees`?"),
        ("[city]", agency("sensitive") + "[city]", "agencies[1].groups", "no group of requests"),
        ("[city]", agency("", codes="A") + agency("", "b", codes=" a") + "[city]", "agencies[2].codes", "is also"),
        ("[[areas]]", lines("ward"), "areas[1].lines_of", "no kind of area in force"),
        ("[[areas]]", lines("district", until="2023-06-30"), "areas[1].lines_of", "in force on the same days"),
        ("[[areas]]", lines("neighborhood", kind="district"), "areas[1].lines_of", "the zones nest in"),
        ("[city]", "[city", "", "not valid TOML"),
    ],
)
def test_faults_of_city_toml(folder: Path, old: str, new: str, key: str, said: str) -> None:
    assert old in CITY
    write(folder, city=CITY.replace(old, new))
    with pytest.raises(DeclarationError) as caught:
        load_city(folder)
    assert key in [problem.key for problem in caught.value.problems if problem.file == "city.toml"]
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("service_requests", "service_request", "topic", "Did you mean `service_requests`?"),
        ("fields.lat ", "fields.latt ", "fields.latt", "Did you mean `lat`?"),
        ("fields.lng ", "fields.zip ", "fields.lat", "Add `fields.lng`"),
        ("fields.created ", "fields.closed ", "fields.created", "needs the field `created`"),
        ("fields.lat ", 'fields."area.ward" ', 'fields."area.ward"', "area kind"),
        ('column = "SR", ', "", "fields.id.column", "The source's column."),
        ('kind = "csv"', 'kind = "cvs"', "connector", "'csv'"),
        ('kind = "csv"', 'kind = "csv", delimeter = ";"', "connector.delimeter", "Did you mean `delimiter`?"),
        ('kind = "csv", ', "", "connector", "how the feed is read"),
        ('kind = "csv"', 'kind = "csv", encoding = "latin-99"', "connector.encoding", "encoding"),
        ("feeds/*.csv", "feeds/*.tsv", "connector.path", "no file matches"),
        ('"daily"', '"hourly"', "cadence", "'daily'"),
        ('"daily"', '"daily"\ncron = "15 5 * *"', "cron", "five fields"),
        ('"daily"', '"daily"\ncron = "75 5 * * *"', "cron", "minute"),
        ('"daily"', '"daily"\nregime = "source"', "counted", "do not agree"),
        ("2023-01-01", "2023-01-01, to = 2022-01-01", "covers", "lies before"),
        ("[end]", '[categories]\npothole = ["A"]', "categories.pothole", "Did you mean `potholes`?"),
        ("[end]", '[categories]\npotholes = ["A"]\ntrees = [" a"]', "categories.trees", "also in `potholes`"),
        ("[end]", '[values.state]\nopen = ["O"]', "values.state", "Did you mean `status`?"),
        ("[end]", '[values.status]\nopened = ["O"]', "values.status.opened", "Did you mean `open`?"),
        ("[end]", "[limits]\nmax_reject_share = 5", "limits.max_reject_share", "Largest share"),
        ("[end]", '[location]\ncrs = "EPSG:0"', "location.crs", "PROJ"),
        ("[end]", '[groups.Trees]\ntitle = "Trees"\nkind = "place"', "groups.Trees", "short name"),
        ("[end]", '[groups.trees]\ntitle = "Trees"\nkind = "home "', "groups.trees.kind", "'place'"),
        (
            "[end]",
            '[groups.housing_code]\ntitle = "Code"\nkind = "place"',
            "groups.housing_code.kind",
            "would be counted exactly",
        ),
    ],
)
def test_faults_of_a_source(folder: Path, old: str, new: str, key: str, said: str) -> None:
    source = SOURCE + "[end]"
    assert old in source
    write(folder, source=source.replace(old, new).replace("[end]", ""))
    with pytest.raises(DeclarationError) as caught:
        load_city(folder)
    assert key in [problem.key for problem in caught.value.problems if problem.file == "sources/requests.toml"]
    assert said in str(caught.value)


def test_more_groups_than_a_reader_can_take_in(folder: Path) -> None:
    groups = "".join(f'[groups.g{i}]\ntitle = "G"\nkind = "home"\n' for i in range(21))
    city = re.sub(r"categories = \[[^]]*]", 'categories = ["other"]', CITY)
    assert faults(write(folder, city=city, source=SOURCE + groups)) == [("sources/requests.toml", "groups")]


def test_a_total_is_needed_of_counts(folder: Path) -> None:
    key = ("sources/requests.toml", "counted.values.all")
    assert key in faults(write(folder, source=COUNTED.replace("all =", "settled =")))


def test_every_fault_is_told(folder: Path) -> None:
    city = CITY.replace('name = "Riverton"', "").replace("America/New_York", "Mars")
    write(folder, city=city, source=SOURCE.replace('"daily"', '"hourly"'))
    assert faults(folder) == [
        ("city.toml", "city.name"),
        ("city.toml", "city.time_zone"),
        ("sources/requests.toml", "cadence"),
    ]


def test_a_folder_without_a_city(tmp_path: Path) -> None:
    assert faults(tmp_path) == [("city.toml", "")]


def test_a_city_without_sources(folder: Path) -> None:
    (folder / "sources" / "requests.toml").unlink()
    assert faults(folder) == [("sources", "")]


def test_a_source_needs_a_slug_for_a_name(folder: Path) -> None:
    (folder / "sources" / "requests.toml").rename(folder / "sources" / "My Requests.toml")
    assert faults(folder) == [("sources/My Requests.toml", "")]


def test_files_need_not_exist_when_not_asked(folder: Path) -> None:
    (folder / "feeds" / "a.csv").unlink()
    assert load_city(folder, check_files=False).sources


def test_a_source_names_every_column_that_it_keeps_or_chooses_rows_by() -> None:
    declared = source(
        {"id": " case ", "created": "day"},
        rows=[{"column": "kind", "keep": ["x"], "meaning": "m"}, {"column": "day", "drop": ["y"], "meaning": "m"}],
        counted={"geography": "zip", "unit": "zip", "period": {"column": "month", "grain": "month"},
                 "values": {"all": "n", "paid": "p"}},
    )  # fmt: skip
    assert declared.columns == ("case", "day", "kind", "zip", "n", "p", "month")
