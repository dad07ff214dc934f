"""Many tests at once: which findings hold while the share of false ones among them stays small."""

import numpy as np
import numpy.typing as npt

from portal.statistics.expectation import Floats

LEVEL = 0.05
"""Share of false finds among all finds that is accepted, on average."""


def discoveries(chances: Floats, *, level: float = LEVEL) -> npt.NDArray[np.bool_]:
    """Which of many p-values count as found: Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995)."""
    from scipy.stats import false_discovery_control  # half a second; portal.asgi loads it before the first reader

    found: npt.NDArray[np.bool_] = false_discovery_control(chances) <= level
    return found
