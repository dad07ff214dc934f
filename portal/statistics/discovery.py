"""Many tests at once: which findings hold while the share of false ones among them stays small."""

import numpy as np
import numpy.typing as npt

from portal.statistics.expectation import Floats

LEVEL = 0.05
"""Share of false finds among all finds that is accepted, on average."""


def discoveries(chances: Floats, *, level: float = LEVEL) -> npt.NDArray[np.bool_]:
    """Which of many p-values count as found: Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995)."""
    found: npt.NDArray[np.bool_] = np.zeros(chances.size, dtype=np.bool_)
    order = np.argsort(chances, kind="stable")
    below = chances[order] <= level * np.arange(1, chances.size + 1) / max(chances.size, 1)
    if below.any():
        found[order[: int(np.flatnonzero(below)[-1]) + 1]] = True
    return found
