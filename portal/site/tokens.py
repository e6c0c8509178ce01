"""The tokens of the style sheet as the living page shows them: colours by theme, and contrast (WCAG 2.2)."""

import re
from dataclasses import dataclass

# Theme, its name on the screen, and the selector that its colours stand under.
THEMES = {
    "light": ("浅色", ":root"),
    "dark": ("深色", "[data-theme=dark]"),
    "contrast": ("高对比", "[data-theme=contrast]"),
}
# Text and ground that stand together, and what for: 4.5 : 1, in high contrast 7 : 1 (WCAG 1.4.3, 1.4.6).
TEXTS = (
    ("text", "bg", "正文"),
    ("text", "surface", "浅底上的正文"),
    ("text", "surface-2", "标签上的文字"),
    ("text-2", "bg", "次要文字"),
    ("text-2", "surface", "页脚的文字"),
    ("text-2", "surface-2", "标签上的次要文字"),
    ("placeholder", "bg", "输入框的提示"),
    ("link", "bg", "链接"),
    ("link", "surface", "浅底上的链接"),
    ("link", "info-bg", "提示里的链接"),
    ("link-hover", "bg", "指着的链接"),
    ("link-hover", "surface-2", "指着的次要按钮"),
    ("visited", "bg", "看过的链接"),
    ("visited", "surface", "浅底上看过的链接"),
    ("on-brand", "brand", "主要按钮"),
    ("on-brand", "link-hover", "指着的主要按钮"),
    ("on-brand", "error", "危险按钮"),
    ("bg", "text", "指着的危险按钮"),
    ("error", "bg", "错误说明"),
    ("error", "error-bg", "错误提示"),
    ("text", "error-bg", "错误提示的文字"),
    ("text", "ok-bg", "完成提示的文字"),
    ("text", "warn-bg", "提醒的文字"),
    ("text", "info-bg", "提示的文字"),
    ("link", "error-bg", "错误提示里的链接"),
    ("link", "ok-bg", "完成提示里的链接"),
    ("link", "warn-bg", "提醒里的链接"),
    ("mark-ink", "mark-bg", "标出的词"),
    ("ins", "ins-bg", "增加的文字"),
    ("del", "del-bg", "删除的文字"),
)
# What can be operated, or is a sign of its own, needs 3 : 1 (WCAG 1.4.11).
SHAPES = (
    ("control", "bg", "输入框的边"),
    ("control", "surface", "浅底上的边"),
    ("brand", "bg", "当前项的线"),
    ("error", "bg", "出错的边"),
    ("info", "info-bg", "提示的边"),
    ("ok", "ok-bg", "完成提示的边"),
    ("warn", "warn-bg", "提醒的边"),
    ("focus-ink", "focus", "焦点框的两色"),
)


@dataclass(frozen=True)
class Pair:
    """A colour on a ground, what it is for, and the ratio in each theme, to two places and rounded down."""

    ink: str
    ground: str
    purpose: str
    ratios: tuple[str, ...]


def colours(css: str, selector: str) -> dict[str, str]:
    """The colours that a selector gives: name without ``--``, and ``#RRGGBB``.

    Raises:
        KeyError: the style sheet has no such selector.
    """
    block = re.search(rf"(?m)^\s*{re.escape(selector)} \{{([^}}]*)\}}", css)
    if not block:
        raise KeyError(selector)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6});", block[1]))


def luminance(colour: str) -> float:
    """The relative luminance of ``#RRGGBB``: 0 is black, 1 is white."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pairs(css: str, wanted: tuple[tuple[str, str, str], ...]) -> list[Pair]:
    """The ratios of each pair, theme by theme."""
    palettes = [colours(css, selector) for _, selector in THEMES.values()]

    def ratio(palette: dict[str, str], ink: str, ground: str) -> str:
        return f"{int(contrast(palette[ink], palette[ground]) * 100) / 100:.2f}"

    return [
        Pair(ink, ground, purpose, tuple(ratio(palette, ink, ground) for palette in palettes))
        for ink, ground, purpose in wanted
    ]
