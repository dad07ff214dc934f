"""The events of one source: kept by month, changed month by month, seen whole or not at all."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.vault.commit import Make, commit
from etl.vault.delivery import Delivery, Events
from etl.vault.difference import Touched
from etl.vault.index import NAME, Index, Marks, read_index
from etl.vault.partition import KEY, aligned, require_there
from layers.policy import Tier
from layers.topics import topic as topic_of

FOLDER = "vault"


def quiet(_: str) -> None:
    """Tell nobody."""


class Vault:
    """`private/vault/<topic>/<source>/`: one file per calendar month of the topic's event date, and their index.

    Homes are hashed with keys of the tier, so the partner tier has a folder of its own (`<source>.partner`).
    Read it at any time; change it only while holding the city's lock. Whatever changes it raises StorageFailed where
    the disk refuses, and then all that was there is still there. `progress` is told `written`, `swapped`, `swept`.
    """

    def __init__(
        self,
        private: Path,
        topic: str,
        source: str,
        *,
        tier: str = Tier.PUBLIC,
        progress: Callable[[str], None] = quiet,
    ) -> None:
        self.folder = private / FOLDER / topic / (source if tier == Tier.PUBLIC else f"{source}.{tier}")
        self._single = private / FOLDER / topic / f"{source}.parquet"
        self._day = topic_of(topic).event_date
        self._progress = progress

    @property
    def exists(self) -> bool:
        """Whether the source was ever taken."""
        return read_index(self.folder) is not None

    @property
    def rows(self) -> int:
        """How many events it holds."""
        return self._index().rows

    @property
    def seal(self) -> str:
        """One hash of all events: the same for the same events, however and in whatever order they came."""
        return self._index().seal

    @property
    def marks(self) -> Marks:
        """How far the source has been read."""
        return self._index().marks

    @property
    def schema(self) -> pl.Schema:
        """The columns of its events; none where it was never taken."""
        held = next(iter(self._index().partitions.values()), None)
        require_there([self.folder / held.file] if held else [])
        return pl.Schema(pl.read_parquet_schema(self.folder / held.file)) if held else pl.Schema()

    def months(self) -> dict[str, str]:
        """Month (`2026-11`, ascending; `undated` last) to the seal of its events: equal seals, equal events."""
        return {month: each.seal for month, each in self._index().partitions.items() if each.rows}

    def files(self) -> dict[str, Path]:
        """Month to the file with its events, for what is counted apart. Read it before the vault is changed again."""
        found = {month: self.folder / each.file for month, each in self._index().partitions.items() if each.rows}
        require_there([*found.values()])
        return found

    def scan(self, months: Iterable[str] | None = None) -> pl.LazyFrame:
        """The events, by month and then by key; of these months only, where they are given.

        Collect it before the vault is changed again. Raises ValueError where the source was never taken.
        """
        held = self._index().partitions
        if not held:
            raise ValueError(f"the vault holds nothing of {self.folder.name}")
        wanted = list(held) if months is None else [month for month in held if month in set(months)]
        files = [self.folder / held[month].file for month in wanted or list(held)[:1]]
        require_there(files)
        return pl.scan_parquet(files, glob=False) if wanted else pl.scan_parquet(files, glob=False).head(0)

    def replace(self, events: Events, *, marks: Marks | None = None) -> Touched:
        """Hold these events and no others. `events` is a frame, or parts of one that are never in memory together.

        Each event has a `key` of its own. Months whose events are as they were keep their file. Raises ValueError
        where a field that names a record came along.
        """
        with self._delivered(events) as delivery:
            months = {*delivery.months, *self._index().partitions}
            return self._change(lambda month, _: delivery.of(month), months, marks, delivery.empty)

    def upsert(self, events: Events, gone: pl.Series | None = None, *, marks: Marks | None = None) -> Touched:
        """Take these events in place of what is held under their keys; what is held under a key of `gone` leaves.

        An event whose day moved leaves its old month. Only months that change are written. Events of columns that are
        not those held give the held ones these columns too, null.
        """
        self._adopt()
        with self._delivered(events) as delivery:
            keys = pl.concat([delivery.keys, *([] if gone is None else [gone.cast(pl.UInt64)])])
            leaving = self._where(KEY, keys)
            schema = delivery.empty.schema
            moved = self.exists and schema != self.schema

            def put(month: str, old: pl.DataFrame | None) -> pl.DataFrame:
                stays = [] if old is None else [aligned(_without(old, KEY, leaving.get(month)), schema)]
                return pl.concat([*stays, delivery.of(month)])

            months = {*leaving, *delivery.months, *(self._index().partitions if moved else ())}
            return self._change(put, months, marks, delivery.empty)

    def remove(self, column: str, hashes: pl.Series) -> Touched:
        """Take out every event whose `column` is one of these hashes."""
        leaving = self._where(column, hashes)
        return self._change(lambda month, old: _without(old, column, leaving[month]), leaving)

    def rewrite(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Touched:
        """Change every month by itself; events stay in their months."""
        return self._change(lambda _, old: change(_there(old)), self._index().partitions)

    def note(self, marks: Marks) -> None:
        """Keep new marks; the events stay."""
        self._change(_unchanged, (), marks)

    def sweep(self) -> None:
        """Remove what the index does not name: files of a change that was not finished, or of before one that was."""
        index = read_index(self.folder)
        named = {each.file for each in index.partitions.values()} if index else set()
        for path in self.folder.glob("*.parquet"):
            if path.name not in named:
                path.unlink(missing_ok=True)
        if index:
            self._single.unlink(missing_ok=True)
        self._progress("swept")

    def _index(self) -> Index:
        return read_index(self.folder) or Index()

    def _delivered(self, events: Events) -> Delivery:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Delivery(events, self._day, self.folder)

    def _adopt(self) -> None:
        """Take over the one file in which older private folders kept a source."""
        if self._single.exists() and not self.exists:
            self.replace(pl.read_parquet(self._single))

    def _where(self, column: str, hashes: pl.Series) -> dict[str, pl.Series]:
        """Month to those of the hashes that stand there. Reads that column alone."""
        held = self._index().partitions
        if not held or not hashes.len() or column not in self.schema:
            return {}
        months = {str(self.folder / each.file): month for month, each in held.items()}
        require_there([*map(Path, months)])
        wanted = hashes.cast(pl.UInt64).unique().alias(column).to_frame().lazy()
        column_alone = pl.scan_parquet(list(months), glob=False, include_file_paths="at").select(column, "at")
        found = column_alone.join(wanted, on=column, how="semi").collect(engine="streaming")
        return {months[str(at)]: part[column] for (at,), part in found.partition_by("at", as_dict=True).items()}

    def _change(
        self, make: Make, months: Iterable[str], marks: Marks | None = None, columns: pl.DataFrame | None = None
    ) -> Touched:
        try:
            touched = commit(self.folder, make, months, columns=columns, marks=marks, progress=self._progress)
        except OSError as error:
            raise StorageFailed(f"The vault could not be written ({error.strerror}).") from error
        self.sweep()
        return touched


def sweep_vaults(private: Path) -> None:
    """Remove from every vault what no index names. Call it while holding the run's lock.

    One whose index is damaged is left for its own topic to tell of.
    """
    for index in (private / FOLDER).glob(f"*/*/{NAME}"):
        topic, name = index.parent.relative_to(private / FOLDER).parts
        source, _, tier = name.partition(".")
        with suppress(StorageFailed):
            Vault(private, topic, source, tier=tier or Tier.PUBLIC).sweep()


def tiers_of(private: Path, topic: str, source: str) -> list[str]:
    """The tiers for which the source has a vault."""
    return [tier for tier in Tier if Vault(private, topic, source, tier=tier).exists]


def _unchanged(_: str, old: pl.DataFrame | None) -> pl.DataFrame:
    return _there(old)


def _there(old: pl.DataFrame | None) -> pl.DataFrame:
    assert old is not None, "only months that are held are asked for"
    return old


def _without(old: pl.DataFrame | None, column: str, hashes: pl.Series | None) -> pl.DataFrame:
    events = _there(old)
    return events if hashes is None else events.filter(~pl.col(column).is_in(hashes.implode()).fill_null(False))
