"""What can be measured of a page as it stands: sizes of what is pressed (WCAG 2.5.8) and the order of headings."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

# A target may be smaller than 24 px where a circle of that size around its middle touches no other target, and
# where it stands in a sentence. A place of a picture (svg) has its name in a list, too. A box counts with its label.
_SMALL = """() => {
  const most = 24;
  const seen = (part) => part.checkVisibility() && part.getBoundingClientRect().width > 1;
  const pressed = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=option]")]
    .filter((part) => seen(part) && !part.disabled && !part.closest("svg, .js-plotly-plot, .maplibregl-map"));
  const box = (part) => (part.matches("[type=checkbox], [type=radio]") && part.closest("label") || part)
    .getBoundingClientRect();
  const inSentence = (part) => {
    const block = getComputedStyle(part).display === "inline" && part.closest("p, li, td, th, dd, figcaption");
    if (!block) return false;
    const linked = [...block.querySelectorAll("a")].reduce((all, each) => all + each.textContent.length, 0);
    return block.textContent.length - linked > 12;
  };
  const crowded = (part) => {
    const own = box(part), x = own.x + own.width / 2, y = own.y + own.height / 2;
    return pressed.some((other) => {
      if (other === part || other.contains(part) || part.contains(other)) return false;
      const near = box(other);
      const gap = Math.hypot(Math.max(near.x - x, 0, x - near.right), Math.max(near.y - y, 0, y - near.bottom));
      const small = near.width < most || near.height < most;
      return gap < most / 2 ||
        small && Math.hypot(near.x + near.width / 2 - x, near.y + near.height / 2 - y) < most;
    });
  };
  return pressed.filter((part) => {
    const own = box(part);
    return (own.width < most || own.height < most) && !inSentence(part) && crowded(part);
  }).map((part) => `${Math.round(box(part).width)} x ${Math.round(box(part).height)}: ${part.outerHTML.slice(0, 120)}`);
}"""

_HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((each) => each.checkVisibility()).map((each) => [Number(each.tagName[1]), each.textContent.trim()])"""


def small_targets(page: Page) -> list[str]:
    """What is too small to be pressed with certainty, with its size; the first five."""
    found: list[str] = page.evaluate(_SMALL)
    return found[:5]


def heading_faults(page: Page) -> list[str]:
    """One heading of the first level, before all others, and no level left out."""
    return faults_of(page.evaluate(_HEADINGS))


def faults_of(headings: list[Any]) -> list[str]:
    """`headings`: level and words of each, in their order."""
    levels = [level for level, _words in headings]
    faults = [] if levels.count(1) == 1 and levels[0] == 1 else [f"levels: {levels[:8]}"]
    steps = pairwise(headings)
    return faults + [f"{words}: {level} after {before[0]}" for before, (level, words) in steps if level > before[0] + 1]
