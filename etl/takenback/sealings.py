"""Records that their source takes back: on a list that it declares, deleted in its feed, or gone from a whole feed."""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from secrets import token_hex

import polars as pl

from etl.city import Source
from etl.context import Context
from etl.errors import SourceUnreadable, TooManyRejects
from etl.feeds.taking import Listed
from etl.fetch import connector
from etl.fetch.connector import Request
from etl.keyed import event_keys
from etl.records import Ingested
from etl.takenback.purging import HOW, OF_A_FEED, Note, take_back
from etl.takenback.withdrawn import RECORD, known_among, records_of, withdrawn
from etl.values.text import without_float_tail
from etl.vault import KEY, Vault


def take_listed_back(context: Context, source: Source, vault: Vault) -> None:
    """Take back what stands on the list that the source declares; nothing where it declares none.

    Raises SourceUnreadable where the list cannot be read: what may be sealed is not counted.
    """
    if source.withdrawals is not None:
        ids = _ids_of_list(context, source)
        _take(context, source, vault, ids, "list")


def take_gone_back(
    context: Context,
    source: Source,
    vault: Vault,
    ingested: Ingested,
    told: Callable[[], Listed],
    passed: Callable[[], None],
) -> None:
    """Take back what the feed says is deleted and, where the source declares so, what a whole feed lacks.

    `told` gives the ids of the feed. `passed` raises what holds the feed for its places: what a feed lacks is taken
    back for good, so nothing is concluded from one that no gate lets through. Raises TooManyRejects where so many are
    gone that it must be an error.
    """
    spare = {snapshot.path.parent for snapshot in ingested.snapshots}
    if ingested.deleted and (deleted := told().deleted).len():
        _take(context, source, vault, deleted, "deleted", spare=spare)
    if ingested.complete and source.refresh.missing == "withdrawn" and vault.exists:
        missing = _missing(context, vault, told())
        if missing.len():
            passed()
            _take(context, source, vault, missing, "missing", spare=spare)


def _take(
    context: Context,
    source: Source,
    vault: Vault,
    gone: pl.Series,
    how: str,
    *,
    spare: Collection[Path] = (),
) -> None:
    """`gone` are ids, or already what stands for records on the list."""
    records = records_of(gone, context.folders) if gone.dtype == pl.String else gone
    of = source.id if how in OF_A_FEED else None
    known = withdrawn(context.folders, source.topic, of)[RECORD]
    new = records.filter(~records.is_in(known.implode()))
    if not new.len():
        return
    newly = gone.len() - known_among(gone, context.folders, source.topic, of) if gone.dtype == pl.String else new.len()
    held = _held(vault, new)
    if held > 1 and held > vault.rows * source.limits.max_shrink_share:
        raise TooManyRejects(
            f"Source {source.id}: {held:,} of its {vault.rows:,} records are {HOW[how]}, more than "
            f"limits.max_shrink_share = {source.limits.max_shrink_share:.0%} allows.",
            "Nothing was taken back. If it is meant, raise the limit for one run.",
        )
    note = Note(source.topic, context.as_of.isoformat(), how, HOW[how], gone.len(), newly, source=source.id)
    take_back(context, [source], new, note, spare=spare)


def _held(vault: Vault, records: pl.Series) -> int:
    if not vault.exists or RECORD not in vault.schema:
        return 0
    return int(vault.scan().select(pl.col(RECORD).is_in(records.implode()).sum()).collect().item())


def _missing(context: Context, vault: Vault, listed: Listed) -> pl.Series:
    """The records that the vault holds and the feed does not name any more, however their ids are written."""
    if RECORD not in vault.schema:
        return pl.Series(RECORD, [], pl.UInt64)
    ids = pl.concat([listed.others, listed.sound])
    named = event_keys(ids, context.folders.key("events")).alias(KEY).to_frame().lazy()
    lost = vault.scan().select(KEY, RECORD).join(named, on=KEY, how="anti")
    missing = lost.select(pl.col(RECORD).drop_nulls()).collect(engine="streaming")[RECORD]
    if not missing.len():
        return missing
    return missing.filter(~missing.is_in(records_of(ids, context.folders).implode()))


def _ids_of_list(context: Context, source: Source) -> pl.Series:
    """The ids of the declared list. No copy of it is kept."""
    declared = source.withdrawals
    assert declared is not None
    private = context.folders.private
    scratch = private / "scratch" / token_hex(8)
    arriving = scratch / "arriving"
    try:
        arriving.mkdir(parents=True, mode=0o700)
        reader = connector(declared.connector.kind)
        fetched = reader.fetch(
            declared.connector, Request(context.city.folder, arriving, environ=context.environ, now=context.now)
        )
        listed = Ingested(f"{source.id} (withdrawals)", reader.read(declared.connector, fetched.files, scratch), ())
        ids = without_float_tail(listed.table([declared.column])[declared.column].drop_nulls()).unique()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if (ids.str.len_chars() > declared.most_characters).any():
        raise SourceUnreadable(f"Source {source.id}: the list of withdrawals holds texts that are no ids.")
    return ids.rename("id")
