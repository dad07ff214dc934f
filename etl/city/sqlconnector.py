"""What `[connector]` may say of a database that is asked by a query."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from etl.city.models import Declaration, Text
from etl.city.webconnectors import SecretName

SINCE = "since"
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/""", re.S)
_OTHERWISE_QUOTED = re.compile(r"\$\w*\$|\\'")
"""Quoting that databases read differently: what is text to one is a second statement to another."""
_CHANGING = re.compile(
    r"\b(insert|update|delete|merge|into|drop|alter|create|truncate|grant|revoke|call|exec|execute|copy|attach|pragma|set|lock)\b",
    re.I,
)
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


def parameters(query: str) -> set[str]:
    """The names of the parameters of a query, such as `since` of `:since`."""
    return set(_PARAMETER.findall(_QUOTED.sub(" ", query)))


def _only_reads(query: str) -> str:
    """A single SELECT, perhaps with WITH before it. The database is told to write nothing all the same."""
    if _OTHERWISE_QUOTED.search(query):
        raise ValueError("write quotation marks as '' inside of '…': no dollar signs or backslashes quote here")
    bare = _QUOTED.sub(" '' ", query).strip().rstrip(";").strip()
    if ";" in bare or not re.match(r"(select|with)\b", bare, re.I):
        raise ValueError("give one SELECT statement, or WITH … SELECT")
    if found := _CHANGING.search(bare):
        raise ValueError(f"a query may only read, and this one says {found.group().upper()} (a name goes in quotes)")
    if unknown := parameters(query) - {SINCE}:
        raise ValueError(f"`:{sorted(unknown)[0]}` is no parameter: there is only `:{SINCE}`, in `changes`")
    return query.strip().rstrip(";")


Query = Annotated[str, Field(min_length=1), AfterValidator(_only_reads)]


class SqlConnector(Declaration):
    """The answer of a database to a query: any that SQLAlchemy knows, with its driver installed."""

    kind: Literal["sql"] = Field(description="Kind of feed.")
    url: SecretName = Field(
        description="Secret: the database's address as SQLAlchemy writes it, with user and password."
    )
    query: Query = Field(description="One SELECT that gives the whole feed.")
    changes: Query | None = Field(
        default=None, description="One SELECT that gives what changed from `:since` on. Needs `watermark`."
    )
    watermark: Text | None = Field(
        default=None, description="Column that says when a row was last changed, in both queries."
    )
    rows_at_once: int = Field(default=50_000, ge=1, le=1_000_000, description="Rows that are in memory at once.")
    timeout_seconds: float = Field(default=3600, gt=0, description="Longest time that the database may work on it.")
    tries: int = Field(default=3, ge=1, le=20, description="How often a query that was cut is asked in all.")

    @model_validator(mode="after")
    def _changing(self) -> Self:
        if SINCE in parameters(self.query):
            raise ValueError("`query` gives the whole feed: put the one with `:since` into `changes`")
        if self.changes is not None and SINCE not in parameters(self.changes):
            raise ValueError("`changes` must ask from `:since` on")
        if (self.changes is None) != (self.watermark is None):
            raise ValueError("`changes` and `watermark` need each other")
        return self
