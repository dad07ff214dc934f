"""What agencies send of their books, and how badly: files in a folder, and a Socrata portal on loopback."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from tests.feeds.server import Asked, Reply
from tests.feeds.soda import Portal
from tests.year.agencies import Book, Row

DATASET, DELETIONS = "desk-2025", "gone-2025"
Trouble = str
"""What goes wrong with a night's delivery: see TROUBLES."""

TROUBLES = {
    "down": "the server does not answer, or no file lies there",
    "empty": "the feed has columns and no row",
    "renamed": "a column has another name",
    "stale": "what was delivered the night before is delivered again",
    "repeated": "some rows stand there twice, once with blanks around",
    "doubled": "every third row stands there twice, which a steward must approve",
    "poisoned": "rows that are no record: dates that are none, texts without end, quotes, formulas",
}
RENAMED = {"court": ("FILE DATE", "DATE FILED"), "requests_311": ("opened", "opened_at"), "utility": ("Unit", "Apt")}
JUNK = ("TOTAL {rows}", "END OF REPORT", "Confidential. Do not forward.")


@dataclass
class Sender:
    """One agency: `truth` says of which night the books were that the program was last given in full."""

    name: str
    book: Book
    troubles: Mapping[date, Trouble]
    slow_to_remove: int = 0
    """Nights for which a sealed record still stands in the feed."""
    renamed: bool = False
    """Whether the column has its new name for good."""
    truth: dict[date, date] = field(default_factory=dict)

    def sent(self, night: date) -> tuple[date, Trouble]:
        """The night whose book is sent, and what is wrong with it."""
        trouble = self.troubles.get(night, "")
        told = self.sent(night - timedelta(days=1))[0] if trouble == "stale" else night
        self.truth[night] = told
        return told, trouble

    def column(self, name: str, trouble: Trouble) -> str:
        old, new = RENAMED[self.name]
        return new if name == old and (self.renamed or trouble == "renamed") else name

    def rows(self, night: date) -> tuple[list[str], list[Row], Trouble]:
        """Columns and rows as sent."""
        told, trouble = self.sent(night)
        rows = [] if trouble == "empty" else list(self.book.on(told).values())
        rows += [row for row in self.book.sealed_lately(told, self.slow_to_remove) if rows]
        if trouble == "repeated":
            rows += [{name: f" {text} " for name, text in row.items()} for row in rows[::60]]
        if trouble == "doubled":
            rows += rows[::3]
        if trouble == "poisoned":
            rows += poison(self.book, rows[0])
        return [self.column(name, trouble) for name in self.book.columns], rows, trouble

    def write(self, folder: Path, night: date) -> None:
        """Put the night's file where the city looks for it."""
        columns, rows, trouble = self.rows(night)
        path = folder / "feeds" / f"{self.name}.csv"
        if trouble == "down":
            path.unlink(missing_ok=True)
        else:
            write_csv(path, columns, ([row[name] for name in self.book.columns] for row in rows), JUNK)


def poison(book: Book, like: Row) -> list[Row]:
    """Three rows that no run may take, nor stumble over."""
    endless = dict.fromkeys(book.columns, "=CMD|'/C calc'!A0 \"';--" * 40)
    return [
        {**like, book.id: "POISON-1", book.day: "the day after tomorrow"},
        {**endless, book.id: "POISON-2", book.day: "99/99/9999"},
        {**dict.fromkeys(book.columns, ""), book.id: "POISON-3\n,\u202e"},
    ]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], junk: Sequence[str] = ()) -> None:
    """A feed's file; lines after it that are no rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *listed])
        file.writelines(f"{line.format(rows=len(listed))}\n" for line in junk)


class Desk:
    """The 311 center's portal: rows with the moment of their last change, and a dataset of what is gone."""

    def __init__(self, sender: Sender | None) -> None:
        self.sender, self.portal, self.down = sender, Portal(), False

    def __call__(self, asked: Asked) -> Reply:
        return Reply(b"", 503) if self.down else self.portal(asked)

    def open(self, night: date) -> None:
        """The portal as it is on that night, if there is a 311 center."""
        if self.sender is None:
            return
        columns, rows, trouble = self.sender.rows(night)
        self.down = trouble == "down"
        told = self.sender.truth[night]
        changed, book = self.sender.book.changed(told), self.sender.book
        names = dict(zip(book.columns, columns, strict=True))
        self.portal.datasets = {
            DATASET: [
                {":id": f"{n:05}{row[book.id]}", ":updated_at": moment(changed.get(row[book.id].strip(), told)),
                 **{names[name]: text or None for name, text in row.items()}}
                for n, row in enumerate(rows)
            ],
            DELETIONS: [
                {":id": key, ":updated_at": moment(changed[key]), book.id: key} for key in sorted(book.gone(told))
            ],
        }  # fmt: skip


def moment(night: date) -> str:
    """When the portal took up what changed that night."""
    return f"{night}T03:00:00.000Z"


def write_sealed(folder: Path, book: Book, night: date) -> None:
    """The court's list of sealed cases."""
    write_csv(folder / "feeds" / "sealed.csv", ["docket"], ([key] for key in sorted(book.gone(night))))


def write_developments(folder: Path, whole: Path, night: date) -> None:
    """The housing office's map: one development more each month."""
    told = json.loads(whole.read_bytes())
    shown = len(told["features"]) - 12 + night.month
    path = folder / "feeds/housing/affordable_developments.geojson"
    path.write_text(json.dumps({**told, "features": told["features"][: max(1, shown)]}))
