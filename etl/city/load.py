"""Reading a city folder. Every fault of every file is told at once."""

import glob
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from etl.city.agencies import agency_problems
from etl.city.checks import Exists, city_problems, source_problems
from etl.city.city import City, Source
from etl.city.cityfile import CityFile
from etl.city.countedtwice import counted_twice_problems
from etl.city.problems import problems_of
from etl.city.reviews import review_problems
from etl.city.source import SourceFile
from etl.city.targets import target_problems
from etl.city.translations import TEXTS_FOLDER, Translations, translation_problems, translations_of
from etl.errors import DeclarationError, Problem
from layers.release import Translation

CITY_FILE = "city.toml"
SOURCES_FOLDER = "sources"
NOTHING: Mapping[str, str] = MappingProxyType({})

M = TypeVar("M", bound=BaseModel)


def load_city(path: str | Path, *, check_files: bool = True, instead: Mapping[str, str] = NOTHING) -> City:
    """The city that a folder declares. Raises DeclarationError with every fault found.

    `check_files=False` leaves out whether boundary files and feeds exist. `instead` are texts to read instead of files
    (such as `sources/court.toml`, which need not exist yet), to see whether a change would do.
    """
    folder = Path(path)
    if not (folder / CITY_FILE).is_file():
        raise DeclarationError.of(
            CITY_FILE, "", f"not found in {folder}.", "Name a city folder; `python -m etl init DIR` writes one."
        )
    problems: list[Problem] = []
    exists = _exists_in(folder) if check_files else lambda _: True
    declared = _read(folder, CITY_FILE, CityFile, problems, instead)
    if declared is not None:
        problems.extend(city_problems(CITY_FILE, declared, exists))
    sources = _read_sources(folder, declared, exists, problems, instead)
    problems.extend(counted_twice_problems(sources))
    translations = _read_translations(folder, problems, instead)
    if declared is not None:
        problems.extend(review_problems(CITY_FILE, declared, sources))
        problems.extend(agency_problems(CITY_FILE, declared.agencies, sources))
        kinds = [area.kind for area in declared.areas]
        problems.extend(target_problems(CITY_FILE, declared.targets, kinds, sources, declared.agencies))
    if problems or declared is None:
        raise DeclarationError(problems)
    return City(
        folder=folder,
        settings=declared.city,
        contacts=declared.contacts,
        events=declared.events,
        targets=declared.targets,
        agencies=declared.agencies,
        areas=declared.areas,
        sources=sources,
        policy=declared.policy,
        zones=declared.zones,
        partner=declared.partner,
        exact=declared.exact,
        alerts=declared.alerts,
        streets=declared.streets,
        geocoder=declared.geocoder,
        translations=translations,
    )


def _read_translations(folder: Path, problems: list[Problem], instead: Mapping[str, str]) -> tuple[Translation, ...]:
    found: list[Translation] = []
    for file in sorted((folder / TEXTS_FOLDER).glob("*.toml")):
        name = f"{TEXTS_FOLDER}/{file.name}"
        declared = _read(folder, name, Translations, problems, instead)
        if declared is not None:
            problems.extend(translation_problems(name, file.stem, declared))
            found.extend(translations_of(file.stem, declared))
    return tuple(found)


def _read_sources(
    folder: Path, city: CityFile | None, exists: Exists, problems: list[Problem], instead: Mapping[str, str]
) -> tuple[Source, ...]:
    sources = []
    new = {folder / name for name in instead if name.startswith(f"{SOURCES_FOLDER}/")}
    for file in sorted({*(folder / SOURCES_FOLDER).glob("*.toml"), *new}):
        name = f"{SOURCES_FOLDER}/{file.name}"
        declared = _read(folder, name, SourceFile, problems, instead)
        if declared is None:
            continue
        problems.extend(source_problems(name, declared, city, exists))
        try:
            sources.append(Source.model_validate({"id": file.stem, **_as_declared(declared)}))
        except ValidationError:
            problems.append(
                Problem(
                    name, "", "the file's name is no source id.", "Rename it: lower case letters, digits, underscore."
                )
            )
    if not sources and not problems:
        problems.append(
            Problem(SOURCES_FOLDER, "", "no source is declared.", f"Add a file {SOURCES_FOLDER}/NAME.toml.")
        )
    return tuple(sources)


def _as_declared(declared: SourceFile) -> dict[str, Any]:
    return {name: getattr(declared, name) for name in SourceFile.model_fields}


def _read(folder: Path, name: str, model: type[M], problems: list[Problem], instead: Mapping[str, str]) -> M | None:
    try:
        text = instead[name] if name in instead else (folder / name).read_text("utf-8")
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problems.append(
            Problem(name, "", f"not valid TOML: {error}.", "Correct the line; text needs quotes, dates do not.")
        )
    except UnicodeDecodeError:
        problems.append(Problem(name, "", "not UTF-8 text.", "Save the file as UTF-8."))
    except ValidationError as error:
        problems.extend(problems_of(name, model, error))
    return None


def _exists_in(folder: Path) -> Exists:
    # Path.glob takes no absolute pattern
    return lambda path: bool(glob.glob(str(folder / path), recursive=True))  # noqa: PTH207
