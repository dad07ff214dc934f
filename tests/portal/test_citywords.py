"""What a city wrote is said in the page's language where the city translated it; ids, codes and figures stay."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.release import Manifest, Translation
from portal.app import create_app
from portal.language import speaking
from portal.releases import Releases
from portal.settings import PortalSettings
from portal.words.citywords import spoken, spoken_manifest
from portal.words.released import told

OWN = ("name", "title", "plural", "text", "source", "publisher", "help", "why_not", "notes", "translations")
"""Keys under which a manifest holds words that a city may have written."""


@pytest.fixture
def manifest(releases: Releases) -> Manifest:
    found = releases.manifest("service_requests")
    assert found is not None
    return found


def translated(manifest: Manifest, lines: dict[str, str]) -> Manifest:
    own = tuple(Translation(language="es", text=text, said=said) for text, said in lines.items())
    return manifest.model_copy(update={"city": manifest.city.model_copy(update={"translations": own})})


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        # the city's line                                  what it wrote                  what a Spanish page says
        (("Heat wave", "Ola de calor"), "Heat wave", "Ola de calor"),
        (("Service plan {number}", "Plan {number}"), "Service plan 2025", "Plan 2025"),
        (("Food, rent and utility help", "Ayuda"), "Food, rent and utility help", "Ayuda"),
    ],
)
def test_a_line_translates_its_own_text_alone(manifest: Manifest, line: tuple[str, str], text: str, said: str) -> None:
    def words(of: Manifest) -> list[str]:
        city = of.city
        return [*(e.title for e in city.events), *(c.text for c in city.contacts), *(t.source for t in city.targets)]

    before, after = words(manifest), words(spoken_manifest(translated(manifest, dict([line])), "es"))
    assert after == [said if each == text else each for each in before] and text in before


def test_a_whole_line_wins_over_one_with_a_number(manifest: Manifest) -> None:
    lines = {"Service plan {number}": "Plan {number}", "Service plan 2025": "El plan"}
    assert spoken_manifest(translated(manifest, lines), "es").city.targets[0].source == "El plan"


def test_a_sentence_about_a_source_names_it_as_the_city_translated_it(manifest: Manifest) -> None:
    source = manifest.sources[0]
    noted = manifest.model_copy(
        update={
            "notes": (f"{source.title}: the threshold of the source",),
            "geographies": tuple(each.model_copy(update={"why_not": None}) for each in manifest.geographies),
        }
    )
    found = spoken_manifest(translated(noted, {source.title: "Los registros"}), "es")
    assert found.notes == ("Los registros: the threshold of the source",)
    assert found.sources[0].title == "Los registros" and found.sources[0].id == source.id


@given(data=st.data())
def test_only_words_change(releases: Releases, data: st.DataObject) -> None:
    found = releases.manifest("service_requests")
    assert found is not None
    texts = sorted({text for text in _texts(json.loads(found.model_dump_json())) if text})
    chosen = data.draw(st.lists(st.sampled_from(texts), min_size=1, max_size=6, unique=True))
    said = spoken_manifest(translated(found, {text: f"¿{text}?" for text in chosen}), "es")
    assert _without_words(said) == _without_words(found)
    assert Manifest.model_validate_json(said.model_dump_json()) == said


def test_a_release_without_lines_of_the_language_is_itself(releases: Releases) -> None:
    release = releases.required("service_requests")
    assert spoken(release, "es") is release
    with speaking("es"):
        assert releases.required("service_requests") is release
        assert told("Heat wave") == "Heat wave"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _without_words(manifest: Manifest) -> Any:
    def left(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: left(each) for key, each in value.items() if key not in OWN}
        return [left(each) for each in value] if isinstance(value, list) else value

    return left(json.loads(manifest.model_dump_json()))


def test_pages_speak_and_files_do_not(made_store: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(made_store, tmp_path / "public"))
    name = _translate_districts(store)
    asked = "topic=service_requests&measure=requests&category=all&geography=district&grain=year"
    with TestClient(create_app(PortalSettings(store=store))) as client:
        page = f"/map?{asked}"
        assert f"¿{name}?" in client.get(f"{page}&lang=es").text
        assert f"¿{name}?" not in client.get(f"{page}&lang=en").text
        for file in (f"/download/view.csv?{asked}", f"/download/sum.csv?{asked}&chosen=1,2", "/data.json"):
            mark = "&" if "?" in file else "?"
            said = [client.get(f"{file}{mark}lang={code}").text for code in ("en", "es")]
            assert said[0] == said[1] and "¿" not in said[1]


def _translate_districts(store: Path) -> str:
    """Writes translations into every manifest; the name of a district."""
    for path in store.glob("releases/*/*/manifest.json"):
        said = json.loads(path.read_text())
        names = [unit["name"] for kind in said["geographies"] if kind["name"] == "district" for unit in kind["units"]]
        said["city"]["translations"] = [{"language": "es", "text": each, "said": f"¿{each}?"} for each in names]
        path.write_text(json.dumps(said))
    return str(names[0])
