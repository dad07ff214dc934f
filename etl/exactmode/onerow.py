"""What one sum alone gives away: the cheap part of the audit, done before any linear program.

A sum that narrows one of its small counts does so until another of its own figures is hidden, so hiding one there is
needed anyway, whatever the rest of the table looks like.
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import sparse

from etl.audit.intervals import Floats, Ints, Knowledge, allowed


def loosen_each_row(known: Knowledge, asked: Mapping[int, int], hide: Callable[[Ints], list[int]], high: float) -> None:
    """Ask `hide` to hide one figure of every row that narrows an `asked` count by itself, until none does.

    `hide` is given the figures of the row and says which it hid; from then on those may be anything up to `high`.
    """
    low, top = known.low.copy(), known.high.copy()
    rows = sparse.vstack([known.sums, known.order], format="csr")
    of_figure = sparse.csc_array(rows)
    waiting = list(range(rows.shape[0]))
    equal = known.sums.shape[0]
    while waiting:
        row = waiting.pop()
        figures, signs = _row(rows, row)
        while _narrows(figures, signs, low, top, asked, equal=row < equal):
            hidden = hide(figures)
            if not hidden:
                break
            for figure in hidden:
                low[figure], top[figure] = 0.0, high
                waiting += of_figure.indices[of_figure.indptr[figure] : of_figure.indptr[figure + 1]].tolist()


def _row(rows: sparse.csr_array, row: int) -> tuple[Ints, Floats]:
    here = slice(rows.indptr[row], rows.indptr[row + 1])
    return rows.indices[here], rows.data[here]


def _narrows(figures: Ints, signs: Floats, low: Floats, high: Floats, asked: Mapping[int, int], *, equal: bool) -> bool:
    least, most = np.minimum(signs * low[figures], signs * high[figures]), np.maximum(
        signs * low[figures], signs * high[figures]
    )  # fmt: skip
    for place, figure in enumerate(figures.tolist()):
        if figure not in asked or low[figure] == high[figure]:
            continue
        others_least, others_most = least.sum() - least[place], most.sum() - most[place]
        ends = sorted((-others_least * signs[place], (-others_most if equal else -np.inf) * signs[place]))
        if not allowed(max(low[figure], ends[0]), min(high[figure], ends[1]), asked[figure]):
            return True
    return False
