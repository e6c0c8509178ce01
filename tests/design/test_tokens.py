"""The tokens of the style sheets: contrast by the WCAG formula, and no colour anywhere else."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "portal" / "static"
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
RULES = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("portal.css", "staff.css"))

SELECTORS = {
    "light": ":root",
    "dark": "[data-theme=dark]",
    "system dark": ":root:not([data-theme])",
    "contrast": "[data-theme=contrast]",
}

# Ratios of the design, to two places: text, ground, then light, dark, contrast.
PAIRS = [
    ("text", "bg", 16.56, 15.29, 21.00),
    ("text", "surface-2", 14.21, 11.55, 17.40),
    ("text-2", "bg", 7.58, 9.64, 21.00),
    ("text-2", "surface-2", 6.50, 7.28, 17.40),
    ("link", "bg", 7.95, 8.86, 19.56),
    ("visited", "bg", 9.85, 9.03, 14.24),
    ("placeholder", "bg", 5.84, 7.33, 14.88),
    ("on-brand", "brand", 7.95, 8.87, 19.56),
    ("control", "bg", 4.91, 6.25, 21.00),
    ("control", "surface", 4.57, 5.58, 21.00),
    ("error", "bg", 6.54, 9.01, 12.03),
    ("error", "error-bg", 5.72, 7.77, 12.03),
    ("ok", "ok-bg", 6.17, 8.17, 17.41),
    ("warn", "warn-bg", 6.83, 8.40, 15.27),
    ("info", "info-bg", 6.97, 7.09, 14.60),
    ("mark-ink", "mark-bg", 13.27, 7.42, 19.56),
    ("ins", "ins-bg", 7.62, 9.19, 11.17),
    ("del", "del-bg", 7.35, 8.62, 10.56),
    ("focus-ink", "focus", 11.45, 12.55, 16.75),
    # Not in the design's table, but used together: 4.5 is WCAG's minimum for text.
    ("text", "info-bg", 4.5, 4.5, 4.5),
    ("text", "ok-bg", 4.5, 4.5, 4.5),
    ("text", "warn-bg", 4.5, 4.5, 4.5),
    ("text", "error-bg", 4.5, 4.5, 4.5),
    ("link", "surface", 4.5, 4.5, 4.5),
    ("link", "info-bg", 4.5, 4.5, 4.5),
    ("link-hover", "surface-2", 4.5, 4.5, 4.5),
    ("on-brand", "error", 4.5, 4.5, 4.5),
    ("on-brand", "link-hover", 4.5, 4.5, 4.5),
    ("bg", "text", 4.5, 4.5, 4.5),
]


def palette(theme: str) -> dict[str, str]:
    """The colours of one theme."""
    block = re.search(r"(?m)^\s*" + re.escape(SELECTORS[theme]) + r" \{([^}]*)\}", TOKENS)
    assert block
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-F]{6});", block[1]))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("ink", "ground", "light", "dark", "high"), PAIRS)
def test_contrast(ink: str, ground: str, light: float, dark: float, high: float) -> None:
    for theme, least in (("light", light), ("dark", dark), ("contrast", high)):
        colours = palette(theme)
        assert contrast(colours[ink], colours[ground]) >= least - 0.005, theme


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("ground", ["bg", "surface-2", "brand"])
def test_one_tone_of_the_focus_ring_shows_on_every_ground(theme: str, ground: str) -> None:
    colours = palette(theme)
    assert max(contrast(colours[tone], colours[ground]) for tone in ("focus", "focus-ink")) >= 3


def test_themes_name_the_same_colours() -> None:
    assert palette("light").keys() == palette("dark").keys() == palette("contrast").keys()


def test_system_dark_is_chosen_dark() -> None:
    assert palette("system dark") == palette("dark")


def test_no_colour_outside_the_tokens() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\b(?:rgba?|hsla?|oklch|color-mix)\(", RULES)
    named = r":[^;{}]*\b(?:white|black|red|blue|green|yellow|gray|grey|orange)\b"
    assert not re.findall(named, RULES)


def test_every_token_that_is_used_exists() -> None:
    used, defined = (
        set(re.findall(r"var\(--([\w-]+)\)", TOKENS + RULES)),
        set(re.findall(r"--([\w-]+):", TOKENS)),
    )
    assert used <= defined
    assert defined <= used, f"unused: {sorted(defined - used)}"
