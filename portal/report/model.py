"""A report as values: sentences, tiles and tables, before it becomes a page, paper or a spreadsheet. No markup here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from layers.measures import Status


class Tone(StrEnum):
    """How a remark is meant."""

    INFO = "info"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: its words, and what a spreadsheet calculates with.

    text: as on every page, with its margin (`312 ± 24`), or the word where there is no number (`too few to show`).
    number, margin: as published; a share is a part of 1. `margin` only beside a protected figure.
    decimals, percent: how the number is written.
    status: set where the cell is a figure.
    flag: why it must not be ranked or is doubtful, in words.
    """

    text: str
    number: float | None = None
    margin: float | None = None
    decimals: int = 0
    percent: bool = False
    status: Status | None = None
    flag: str = ""
    partial: bool = False
    """Whether the flag says that not all of the period was reported."""

    @property
    def is_figure(self) -> bool:
        return self.status is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `figures` are aligned to the right; `margins` get a column of their own in a spreadsheet."""

    title: str
    figures: bool = False
    margins: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The first cell of a row names the row.

    key: names it in a file (`top-10`); caption: its title; notes stand under it.
    Raises ValueError where a row has more or fewer cells than there are columns.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.key}: every row needs {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with what it is compared with. `remark` is the caveat that stands beside it."""

    title: str
    when: str
    value: Cell
    unit: str
    change: str
    before: Cell
    before_when: str
    city: Cell | None = None
    rate: Cell | None = None
    city_rate: Cell | None = None
    remark: str = ""
    target: str = ""
    """What the city set out to reach, and whether the figure does; empty where it declares none."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence set apart."""

    text: str
    tone: Tone = Tone.INFO


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with its heading, where it has one. `points` are sentences in a list."""

    key: str
    title: str
    lead: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A line at the head of the report: a name and what it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report.

    file: its file name without ending. address: where the same report stands, releases named; a path, or a whole
    address where the portal knows its own. as_of: the newest day a source speaks of; the only date of its files.
    """

    file: str
    language: str
    city: str
    place: str
    title: str
    subtitle: str
    as_of: date
    address: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]

    @property
    def tables(self) -> Iterator[Table]:
        """All tables in reading order."""
        return (table for section in self.sections for table in section.tables)
