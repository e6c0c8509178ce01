"""The tokens of the style sheets: contrast by the WCAG formula; no colour and no size of type elsewhere."""

import re
from pathlib import Path

import pytest

from portal.site.tokens import SHAPES, TEXTS, THEMES, Pair, colours, contrast, luminance, pairs

STATIC = Path(__file__).resolve().parents[2] / "portal" / "static"
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
RULES = "".join(
    path.read_text(encoding="utf-8") for path in STATIC.glob("*.css") if path.name != "tokens.css"
)
PALETTES = {theme: colours(TOKENS, selector) for theme, (_, selector) in THEMES.items()}

# Ratios of the design, to two places: text, ground, then light, dark, contrast.
DESIGN = [
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
]


def system(theme: str) -> dict[str, str]:
    """The colours that a wish of the system gives, where the reader has chosen none."""
    wish = {"dark": "prefers-color-scheme: dark", "contrast": "prefers-contrast: more"}[theme]
    block = re.search(rf"(?m)^@media screen and \({wish}\) {{\n(.*?)^}}", TOKENS, re.DOTALL)
    assert block
    return colours(block[1], ":root:not([data-theme])")


def hue(colour: str) -> int:
    """The hue of a colour in degrees; -1 for a grey (channels at most a seventh apart)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    most, spread = max(red, green, blue), max(red, green, blue) - min(red, green, blue)
    if spread <= 36:
        return -1
    sextant = {
        red: ((green - blue) / spread) % 6,
        green: (blue - red) / spread + 2,
        blue: (red - green) / spread + 4,
    }
    return round(sextant[most] * 60)


def test_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.01)
    assert (luminance("#000000"), luminance("#FFFFFF")) == (0, pytest.approx(1))
    with pytest.raises(KeyError):
        colours(TOKENS, "[data-theme=sepia]")


@pytest.mark.parametrize(("ink", "ground", "light", "dark", "high"), DESIGN)
def test_contrast_is_that_of_the_design(
    ink: str, ground: str, light: float, dark: float, high: float
) -> None:
    for theme, least in (("light", light), ("dark", dark), ("contrast", high)):
        assert contrast(PALETTES[theme][ink], PALETTES[theme][ground]) >= least - 0.005, theme


@pytest.mark.parametrize("pair", pairs(TOKENS, TEXTS), ids=lambda pair: f"{pair.ink} on {pair.ground}")
def test_text_can_be_read(pair: Pair) -> None:
    light, dark, high = (float(ratio) for ratio in pair.ratios)
    assert min(light, dark) >= 4.5
    assert high >= 7


@pytest.mark.parametrize("pair", pairs(TOKENS, SHAPES), ids=lambda pair: f"{pair.ink} on {pair.ground}")
def test_shapes_can_be_seen(pair: Pair) -> None:
    assert min(float(ratio) for ratio in pair.ratios) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["bg", "surface-2", "brand"])
def test_one_tone_of_the_focus_ring_shows_on_every_ground(theme: str, ground: str) -> None:
    palette = PALETTES[theme]
    assert max(contrast(palette[tone], palette[ground]) for tone in ("focus", "focus-ink")) >= 3


def test_themes_name_the_same_colours() -> None:
    assert PALETTES["light"].keys() == PALETTES["dark"].keys() == PALETTES["contrast"].keys()


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_what_the_system_asks_for_is_what_can_be_chosen(theme: str) -> None:
    assert system(theme) == PALETTES[theme]


def test_high_contrast_wins_where_the_system_asks_for_both() -> None:
    assert TOKENS.index("prefers-contrast: more") > TOKENS.index("prefers-color-scheme: dark")


def test_one_main_colour_and_three_in_all() -> None:
    """Signals (error, ok, warning, insertion, deletion) and greys apart."""
    signals = re.compile(r"error|ok|warn|ins|del")
    hues = {name: hue(value) for name, value in PALETTES["light"].items() if not signals.match(name)}
    named = {
        "blue" if 200 <= degrees <= 225 else "purple" if 260 <= degrees <= 290 else "yellow"
        for degrees in hues.values()
        if degrees >= 0
    }
    assert named <= {"blue", "purple", "yellow"}
    assert hues["brand"] == hues["link"] == hues["info"]
    assert all(40 <= hues[name] <= 60 for name in ("focus", "mark-bg"))
    assert {name for name, degrees in hues.items() if degrees >= 0} <= {
        *("link", "link-hover", "visited", "brand", "info", "info-bg", "mark-bg", "focus")
    }


def test_no_colour_outside_the_tokens() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\b(?:rgba?|hsla?|oklch|color-mix)\(", RULES)
    named = r":[^;{}]*\b(?:white|black|red|blue|green|yellow|gray|grey|orange)\b"
    assert not re.findall(named, RULES)


def test_no_size_of_type_outside_the_tokens() -> None:
    """Parts of the text around (em) and points on paper are not sizes of their own."""
    sizes = re.findall(r"font(?:-size)?:\s*([^;}]+)", RULES)
    assert sizes
    odd = [size for size in sizes if re.search(r"\d(?:px|rem)\b|\b(?:small|medium|large)\b", size)]
    assert odd == []


def test_every_token_that_is_used_exists() -> None:
    used, defined = (
        set(re.findall(r"var\(--([\w-]+)\)", TOKENS + RULES)),
        set(re.findall(r"(?<![\w-])--([\w-]+):", TOKENS + RULES)),
    )
    assert used <= defined
    assert defined <= used, f"unused: {sorted(defined - used)}"
