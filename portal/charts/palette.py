"""Colors, line styles and the order of drawing.

Maps name tokens of `assets/analysis.css`, so that light and dark are one figure. Lines use colors that stand out (3:1)
on both grounds, and never color alone.
"""

from layers.measures import Status

CODE: dict[Status, int] = {
    Status.NOT_COLLECTED: -4,
    Status.NOT_REPORTED: -3,
    Status.HIDDEN: -2,
    Status.ZERO: -1,
}
"""What a place without a class is drawn as."""
LOWEST = -4

OUTLINE: dict[Status, float] = {
    Status.VALUE: 0.4,
    Status.ZERO: 0.6,
    Status.HIDDEN: 0.8,
    Status.NOT_REPORTED: 1.0,
    Status.NOT_COLLECTED: 1.2,
}
"""Width of a place's outline, in pixels. `assets/map.js` knows a status by it and hatches the last three."""

STATUS_TOKENS = ("--an-not-collected", "--an-not-reported", "--an-hidden", "--an-zero")
RAMP = 6
RAMP_TOKENS = tuple(f"--an-ramp-{n}" for n in range(1, RAMP + 1))
BIVARIATE_TOKENS = tuple(f"--an-bi-{concern}{supply}" for concern in range(3) for supply in range(3))

MAIN = "#2a7ab8"
BAND = "rgba(42,122,184,0.20)"
SMOOTH = "#c8591f"
CITY_LINE = "#6f7d8c"
OTHERS = ("#8a5bb5", "#2c8f6b", "#b8860b", "#c2477f")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
GRID = "rgba(128,140,152,0.28)"
INK = "#5d6a77"
EVENT = "rgba(128,140,152,0.20)"
EVENT_LINE = "#8592a0"


def ramp_step(place: int, classes: int) -> int:
    """Which of the RAMP colors the class number `place` of `classes` gets: fewer classes still reach both ends."""
    if classes <= 1:
        return RAMP - 2
    return round(place * (RAMP - 1) / (classes - 1))


def tint(color: str) -> str:
    """A line's color for the band around it, light enough for several to lie over each other."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"
