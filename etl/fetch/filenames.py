"""What of a file's name may be told: an agency puts case numbers into it, and a mail rule a subject with a name."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel

from etl.errors import EtlError

_WORD = re.compile(r"[^\W_]+")
_OF_A_DATE = re.compile(r"(19|20)\d{2}(\d{2}){0,2}|\d{1,2}")
_ENDINGS = frozenset(
    {"csv", "tsv", "txt", "gz", "zip", "xlsx", "xlsm", "xlsb", "xls", "ods", "json", "jsonl", "geojson"}
    | {"gpkg", "shp", "parquet", "eml"}
)
_HIDDEN = "…"


def told_name(name: str, declared: BaseModel) -> str:
    """The name with nothing but words of the declaration, parts of a date and the ending; `…` stands for the rest."""
    known = {word.lower() for word in _WORD.findall(declared.model_dump_json())} | _ENDINGS

    def told(found: re.Match[str]) -> str:
        word = found[0]
        return word if word.lower() in known or _OF_A_DATE.fullmatch(word) else _HIDDEN

    return re.sub(rf"{_HIDDEN}([\s_.-]*{_HIDDEN})+", _HIDDEN, _WORD.sub(told, name))


@contextmanager
def names_hidden(names: Iterable[str], declared: BaseModel) -> Iterator[None]:
    """A failure that names one of these files names it as `told_name` does."""
    try:
        yield
    except EtlError as error:
        for name in sorted(names, key=len, reverse=True):
            error.what = error.what.replace(name, told_name(name, declared))
        raise
