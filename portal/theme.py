"""The controls' theme, in our own tokens: no second set of colors, type or corners."""

from typing import Any

_ACCENT = tuple(f"var(--accent-{step})" for step in range(10))

THEME: dict[str, Any] = {
    "fontFamily": "var(--font)",
    "fontFamilyMonospace": "var(--font-mono)",
    "headings": {"fontFamily": "var(--font)", "fontWeight": "650"},
    "primaryColor": "accent",
    "primaryShade": {"light": 7, "dark": 5},
    "colors": {"accent": list(_ACCENT)},
    "defaultRadius": "sm",
    "cursorType": "pointer",
    "respectReducedMotion": True,
    "focusRing": "auto",
}
