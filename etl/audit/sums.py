"""Totals against their parts: what subtracting one published figure from others gives away."""

from collections.abc import Sequence

import polars as pl

WHOLE: tuple[str, ...] = ("tier", "topic", "release", "measure", "category", "geography", "unit", "grain", "period")
"""The key of a total within its release."""


def compared(totals: pl.DataFrame, parts: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Each total beside the sum of its parts, once for every way `by` which it falls into parts.

    `totals` are rows of `Published.tables`. `parts` are such rows too, but carry the key of their *total*, the column
    `by`, and `inside`: False where only some of the part lies in the total. Added: `parts`, `parts_least` and
    `parts_most` (what they can add up to), `shown` (the sum of the shown ones), `parts_hidden` and how much each of
    those can be at most, `hidden_most`, `parts_silent`, `parts_cut`.
    """
    inside, hidden = pl.col("inside"), pl.col("status") == "hidden"
    sums = parts.group_by(*WHOLE, by).agg(
        parts=pl.len(),
        parts_least=pl.when(inside).then(pl.col("least")).sum(),
        parts_most=pl.col("most").sum(),
        shown=pl.col("value").sum(),
        parts_hidden=hidden.sum(),
        hidden_most=pl.col("most").filter(hidden).max(),
        parts_silent=(~pl.col("told")).sum(),
        parts_cut=(~inside).sum(),
    )
    return totals.join(sums, on=list(WHOLE))


def contradictions(pairs: pl.DataFrame) -> pl.DataFrame:
    """Totals that are not the sum of their parts, whatever the hidden ones are; `learned` says how."""
    silent = pl.col("parts_silent") > 0
    return _learned(
        pairs,
        [
            (pl.col("told") & silent, "the total is told, but {} of its {} parts have no figure",
             ["parts_silent", "parts"]),
            (~pl.col("told") & ~silent, "the total is not told, but all {} parts are: they add up to it", ["parts"]),
            (pl.col("told") & (pl.col("parts_least") > pl.col("most")),
             "the parts add up to {} or more, the total is {} or less", ["parts_least", "most"]),
            (pl.col("told") & (pl.col("parts_most") < pl.col("least")),
             "the parts add up to {} or less, the total is {} or more", ["parts_most", "least"]),
        ],
    )  # fmt: skip


def narrowed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Hidden parts of *exact* totals of which subtracting tells more than the word `hidden`; `learned` says what.

    Every number below the floor must remain possible, or none of them: a count that is not small was hidden to protect
    another, and may be worked out. A measured total is a sum of noisy figures, and so is what is left over: no secret.
    """
    pairs = pairs.filter(pl.col("answer") != "measured", "told", pl.col("parts_silent") == 0, pl.col("parts_cut") == 0)
    left, most, alone = pl.col("value") - pl.col("shown"), pl.col("hidden_most"), pl.col("parts_hidden") == 1
    others = pl.when(alone).then(0.0).otherwise((pl.col("parts_hidden") - 1) * most)
    bounded = pairs.filter(pl.col("value").is_not_null(), pl.col("parts_hidden") > 0).with_columns(
        lower=(left - others).clip(lower_bound=0), upper=pl.min_horizontal(left, most)
    )
    small = pl.col("lower") < pl.col("floor")
    told = small & ((pl.col("lower") > 0) | (pl.col("upper") < pl.col("floor") - 1))
    summed = (pl.col("parts_hidden") == 0) & (pl.col("shown") < pl.col("floor"))
    return pl.concat(
        [
            _learned(bounded, [(told, "each of its {} hidden parts lies between {} and {}",
                                ["parts_hidden", "lower", "upper"])]).drop("lower", "upper"),
            _learned(pairs.filter(status="hidden"), [(summed,
                     "the total is hidden, but its parts are shown and add up to {}", ["shown"])]),
        ]
    )  # fmt: skip


def _learned(pairs: pl.DataFrame, ways: Sequence[tuple[pl.Expr, str, list[str]]]) -> pl.DataFrame:
    """The rows for which one of the conditions holds, with the sentence of the first that does."""
    sentence = pl.lit(None, pl.String)
    for condition, words, columns in reversed(ways):
        said = pl.format(words, *(pl.col(name).cast(pl.Int64, strict=False) for name in columns))
        sentence = pl.when(condition).then(said).otherwise(sentence)
    return pairs.with_columns(learned=sentence).filter(pl.col("learned").is_not_null())
