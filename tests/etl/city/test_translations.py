"""A city's own words in another language: one file each, every fault told with its line, nothing else refused."""

from pathlib import Path

import pytest

from etl.city import load_city
from etl.errors import DeclarationError
from layers.release import Translation
from tests.etl.city.test_load import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sources", "feeds", "texts"):
        (tmp_path / name).mkdir()
    for name in ("feeds/a.csv", "districts.geojson", "neighborhoods.geojson"):
        (tmp_path / name).touch()
    return write(tmp_path)


def test_lines_come_with_the_language_of_their_file(folder: Path) -> None:
    (folder / "texts" / "es.toml").write_text('"Heat wave" = "Ola de calor"\n"Ward {number}" = "Barrio {number}"\n')
    assert load_city(folder).translations == (
        Translation(language="es", text="Heat wave", said="Ola de calor"),
        Translation(language="es", text="Ward {number}", said="Barrio {number}"),
    )


@pytest.mark.parametrize(
    ("name", "text", "key", "said"),
    [
        # the file     its text                         where      what is wrong
        ("Español.toml", '"Heat wave" = "Ola de calor"', "", "no code of a language"),
        ("es.toml", '"Ward {number}" = "Barrio"', "line 1", "on one side alone"),
        ("es.toml", '"a" = "b"\n"Ward" = "Barrio {number}"', "line 2", "on one side alone"),
        ("es.toml", '"Ward {number} {number}" = "{number} {number}"', "line 1", "more than once"),
        ("es.toml", '"Heat wave" = ""', "Heat wave", ""),
        ("es.toml", '"Heat wave" = 3', "Heat wave", ""),
        ("es.toml", '"Heat wave = "', "", "not valid TOML"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(folder: Path, name: str, text: str, key: str, said: str) -> None:
    (folder / "texts" / name).write_text(text)
    with pytest.raises(DeclarationError) as caught:
        load_city(folder)
    (problem,) = caught.value.problems
    assert problem.file == f"texts/{name}" and problem.key == key and problem.remedy
    assert said in problem.what
