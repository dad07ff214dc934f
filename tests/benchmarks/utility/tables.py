"""The report as aligned tables, readable on a terminal and in Markdown."""

from collections.abc import Iterator, Sequence

import polars as pl

from tests.benchmarks.utility.compare import HOT, MONTHS, OTHERS, QUARTERS, RHOS, Compared, method_of
from tests.benchmarks.utility.metrics import TOP

ORDER = ("city", "district", "neighborhood", "zone2", "zone1")
TITLES = {
    "mean error": "Mean relative error",
    "median error": "Median relative error",
    "rows shown": "Share of rows with a figure",
    "homes shown": "Share of affected homes in rows with a figure",
}
BARS = (
    ("district-month error", "mean error", "district", "month", "at most", 0.06),
    ("zone1-year error", "mean error", "zone1", "year", "at most", 0.17),
    (f"top-{TOP} zones in common, year", HOT, "zone1", "year", "at least", 0.90),
    ("direction of half-year changes, from months", MONTHS, "neighborhood", "month", "at least", 0.90),
    ("direction of half-year changes, from quarters", QUARTERS, "neighborhood", "quarter", "at least", 0.90),
)


def report_of(done: Compared) -> str:
    """Everything about one case."""
    return "\n\n".join((f"### {done.case.title}", _about(done), *_level_tables(done), _reading_table(done)))


def bars_of(done: Compared) -> str:
    """The quality bars at the default rho."""
    rho = done.case.policy().rho
    rows = []
    for words, metric, geography, grain, side, bar in BARS:
        value = done.value(metric, method_of(rho), geography, grain)
        unsure = done.value(metric, method_of(rho), geography, grain, column="unsure")
        met = value is not None and (value <= bar if side == "at most" else value >= bar)
        rows.append([words, _percent(value), _percent(unsure), f"{side} {bar:.0%}", "met" if met else "missed"])
    return aligned(["at the default ρ", "mean", "± (standard error)", "bar", ""], rows)


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up: words to the left, numbers to the right."""
    widths = [max(len(line[place]) for line in (heads, *rows)) for place in range(len(heads))]
    right = [place > 0 for place in range(len(heads))]
    rule = [("-" * (width - 1) + ":") if r else "-" * width for width, r in zip(widths, right, strict=True)]

    def line(cells: Sequence[str]) -> str:
        fitted = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True))
        return f"| {' | '.join(fitted)} |"

    return "\n".join(line(cells) for cells in (heads, rule, *rows))


def _about(done: Compared) -> str:
    case, zones = done.case, done.case.zones
    sizes = ", ".join(
        f"{zones[name].n_unique():,} of {name}" for name in ("zone1", "zone2", "neighborhood", "district")
    )
    first, last = case.coverage.first, case.coverage.last or case.as_of
    return (
        f"{int(zones['homes'].sum()):,} homes; {sizes}. {case.events.height:,} events, {first} to {last}. "
        f"Floor {case.policy().floor}. Default ρ {case.policy().rho:g}."
    )


def _methods() -> list[str]:
    return [*(method_of(rho) for rho in RHOS), *OTHERS]


def _levels(done: Compared) -> list[tuple[str, str]]:
    published = [(name, grain.value) for grain, name in done.case.levels()]
    return sorted(published, key=lambda each: (("year", "quarter", "month").index(each[1]), ORDER.index(each[0])))


def _level_tables(done: Compared) -> Iterator[str]:
    for metric, title in TITLES.items():
        rows = [
            [f"{grain}: {name}", *_size(done, name, grain),
             *(_percent(done.value(metric, method, name, grain)) for method in _methods())]
            for name, grain in _levels(done)
        ]  # fmt: skip
        yield f"{title}\n\n" + aligned(["level", "rows", "homes a row", *_methods()], rows)


def _reading_table(done: Compared) -> str:
    asked = (
        (f"top-{TOP} zones in common, year", HOT, "zone1", "year"),
        ("direction right, sums of months", MONTHS, "neighborhood", "month"),
        ("direction right, sums of quarters", QUARTERS, "neighborhood", "quarter"),
    )
    rows = [[words, *(_percent(done.value(*which, *where)) for which in ((metric, m) for m in _methods()))]
            for words, metric, *where in asked]  # fmt: skip
    return "What a reader concludes\n\n" + aligned(["", *_methods()], rows)


def _size(done: Compared, name: str, grain: str) -> tuple[str, str]:
    rows = done.truth.filter((pl.col("geography") == name) & (pl.col("grain") == grain))
    return f"{rows.height:,}", f"{rows['truth'].sum() / max(1, rows.height):,.1f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
