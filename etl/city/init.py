"""`python -m etl init`: a commented city folder to start from."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from etl.city.load import CITY_FILE
from etl.errors import DeclarationError

FOLDERS = ("boundaries", "feeds", "texts")


def write_template(folder: str | Path) -> tuple[Path, ...]:
    """Writes the template into a folder and returns the files. Raises DeclarationError where a city is declared."""
    target = Path(folder)
    if (target / CITY_FILE).exists():
        raise DeclarationError.of(str(target), CITY_FILE, "there already.", "Name a folder that holds no city.")
    for name in FOLDERS:
        (target / name).mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in _template(files("etl.city") / "template", ""):
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return tuple(written)


def _template(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    """Names (relative to the template) and texts of its files."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _template(entry, f"{name}/")
        elif name.endswith((".toml", ".md")):
            yield name, entry.read_text(encoding="utf-8")
