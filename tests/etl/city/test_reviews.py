"""Exact figures need a review: of the topic, and of every group that is counted as one about places.

city.toml reviews: every place type of the topic     the source declares groups of its own, or none
"""

import re
from pathlib import Path

import pytest

from etl.city import load_city
from etl.city.reviews import place_types
from etl.errors import DeclarationError
from etl.release.exactness import exactness_of
from etl.release.words import words_of
from layers.topics import GroupKind, topic
from tests.etl.city.test_load import CITY, COUNTED, SOURCE

REQUESTS = topic("service_requests")
KEY = "exact.service_requests"
HOMES = [group.key for group in REQUESTS.groups if group.kind is not GroupKind.PLACE]


def write(folder: Path, *, city: str = CITY, **sources: str) -> Path:
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "city.toml").write_text(city)
    for name, text in (sources or {"requests": SOURCE}).items():
        (folder / f"sources/{name}.toml").write_text(text)
    return folder


def problems(folder: Path) -> list[tuple[str, str, str]]:
    """File, key and sentence of every fault; none where the folder loads."""
    try:
        load_city(folder, check_files=False)
    except DeclarationError as error:
        assert error.exit_code == 2
        assert all(problem.remedy for problem in error.problems)
        return [(problem.file, problem.key, problem.what) for problem in error.problems]
    return []


def reviewed(*groups: str) -> str:
    listed = ", ".join(f'"{group}"' for group in groups)
    return re.sub(r"categories = \[[^]]*]", f"categories = [{listed}]", CITY)


def groups(**kinds: str) -> str:
    return SOURCE + "".join(f'[groups.{key}]\ntitle = "{key}"\nkind = "{kind}"\n' for key, kind in kinds.items())


def test_a_topic_nobody_reviewed_is_refused(tmp_path: Path) -> None:
    ((file, key, what),) = problems(write(tmp_path, city=CITY[: CITY.index("[exact.")]))
    assert (file, key) == ("city.toml", KEY)
    assert "nobody is named" in what


@pytest.mark.parametrize("name", ["housing_supply", "households"])
def test_so_is_a_register(tmp_path: Path, name: str) -> None:
    required = "".join(f'fields.{f} = {{ column = "{f}", meaning = "A" }}\n' for f in topic(name).required_fields())
    source = re.sub(r"fields\.(id|created|category) .*\n", "", SOURCE.replace("service_requests", name)) + required
    city = CITY[: CITY.index("[exact.")]
    assert [p[:2] for p in problems(write(tmp_path, city=city, a=source))] == [("city.toml", f"exact.{name}")]
    review = f'[exact.{name}]\nreviewed_by = "City"\nreviewed_on = 2026-01-02\n'
    assert problems(write(tmp_path, city=city + review, a=source)) == []
    listed = problems(write(tmp_path, city=city + review + 'categories = ["low"]\n', a=source))
    assert [p[:2] for p in listed] == [("city.toml", f"exact.{name}.categories")]


@pytest.mark.parametrize("changed", [("service_requests", COUNTED), ("publish", SOURCE + "[end]")])
def test_what_is_not_published_or_comes_counted_needs_none(tmp_path: Path, changed: tuple[str, str]) -> None:
    source = changed[1].replace("[end]", "").replace("[counted]", "[counted]", 1)
    if changed[0] == "publish":
        source = source.replace('title = "311"', 'title = "311"\npublish = false')
    assert problems(write(tmp_path, city=CITY[: CITY.index("[exact.")], a=source)) == []


def test_a_group_nobody_reviewed_is_refused(tmp_path: Path) -> None:
    """One of the topic's own, and one that the city invents."""
    own = [g.key for g in REQUESTS.groups if g.kind is GroupKind.PLACE and g.key != "trees"]
    ((file, key, what),) = problems(write(tmp_path / "own", city=reviewed(*own)))
    assert (file, key) == ("city.toml", f"{KEY}.categories")
    assert "`trees`" in what

    ((file, key, what),) = problems(
        write(tmp_path / "invented", city=reviewed("other"), requests=groups(lockouts="place", heat="home"))
    )
    assert (file, key) == ("city.toml", f"{KEY}.categories")
    assert "`lockouts` of sources/requests.toml" in what


def test_the_group_other_is_always_published_so_it_is_reviewed_too(tmp_path: Path) -> None:
    assert problems(write(tmp_path, city=reviewed("trees", "other"), requests=groups(trees="place"))) == []
    ((_, _, what),) = problems(write(tmp_path, city=reviewed("trees"), requests=groups(trees="place")))
    assert "`other`" in what


@pytest.mark.parametrize("listed", ["housing_code", "sensitive", "tree"])
def test_what_is_never_exact_cannot_be_listed(tmp_path: Path, listed: str) -> None:
    places = [g.key for g in REQUESTS.groups if g.kind is GroupKind.PLACE]
    ((file, key, _),) = problems(write(tmp_path, city=reviewed(*places, listed)))
    assert (file, key) == ("city.toml", f"{KEY}.categories")


@pytest.mark.parametrize("name", ["evictions", "requests"])
def test_a_review_of_a_topic_that_is_never_exact_is_refused(tmp_path: Path, name: str) -> None:
    city = CITY.replace("[exact.", f'[exact.{name}]\nreviewed_by = "A"\nreviewed_on = 2026-01-02\n[exact.')
    assert ("city.toml", f"exact.{name}") in [p[:2] for p in problems(write(tmp_path, city=city))]


def test_two_sources_agree_what_a_group_is_about(tmp_path: Path) -> None:
    """Else one source's records about homes would be counted under the place type of the other."""
    folder = write(tmp_path, city=reviewed("yards", "other"), first=groups(yards="home"), second=groups(yards="place"))
    assert ("sources/second.toml", "groups.yards.kind") in [p[:2] for p in problems(folder)]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("kind", ["place", "home", "sensitive"])
@pytest.mark.parametrize("listed", [True, False])
def test_a_home_type_group_never_appears_in_an_exact_row_whatever_a_city_declares(
    tmp_path: Path, home: str, kind: str, listed: bool
) -> None:
    """Whether it calls the group a place type, lists it as reviewed, or both: refused, or not among what is exact."""
    folder = write(
        tmp_path,
        city=reviewed("trees", "other", *([home] if listed else [])),
        requests=groups(trees="place", **{home: kind}),
    )
    if problems(folder):
        assert kind == "place" or listed
        return
    city = load_city(folder, check_files=False)
    words = words_of(REQUESTS, city.sources)
    assert home not in place_types(city.sources)
    assert home not in [word.key for word in words if word.kind is GroupKind.PLACE]
    assert exactness_of(city, REQUESTS, words).categories == ("trees", "other")


def test_a_release_names_reviewer_day_and_groups(tmp_path: Path) -> None:
    city = load_city(write(tmp_path), check_files=False)
    said = exactness_of(city, REQUESTS, words_of(REQUESTS, city.sources))
    assert (said.reviewed_by, said.reviewed_on.isoformat()) == ("City data office", "2023-01-01")
    assert said.reason == REQUESTS.exact_because
    assert set(said.categories) == set(place_types(city.sources))

    own = load_city(write(tmp_path, city=CITY + 'reason = "All on the street."\n'), check_files=False)
    assert exactness_of(own, REQUESTS, words_of(REQUESTS, own.sources)).reason == "All on the street."
