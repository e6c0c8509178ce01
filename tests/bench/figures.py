"""What is made of the figures of many rounds: medians, spread, ratios, targets."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spread:
    """What was measured, once a round: the median, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def over(cls, figures: Sequence[float]) -> "Spread":
        """The spread of at least one figure."""
        return cls(statistics.median(figures), min(figures), max(figures))


def ratios(figures: Sequence[float], yardstick: Sequence[float]) -> list[float]:
    """Round by round: a machine that is busy in one round is busy for both.

    Raises:
        ValueError: they were not measured in the same rounds.
    """
    return [figure / base for figure, base in zip(figures, yardstick, strict=True)]


@dataclass(frozen=True)
class Target:
    """What a figure is held to: at most its limit, or at least."""

    name: str
    measured: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it is so; NaN meets nothing."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


@dataclass(frozen=True)
class Table:
    """Rows under heads; the first cell of each row names it."""

    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Bar:
    """One line of the plot: a ratio with its spread."""

    name: str
    ratio: Spread


@dataclass(frozen=True)
class Measured:
    """All that one subject found; the parts of the plot by their heads."""

    tables: list[Table]
    targets: list[Target]
    panels: dict[str, list[Bar]] = field(default_factory=dict)


def rounded(figure: float) -> str:
    """Three digits that count, as people write them: 7,910 · 132 · 0.98 · 0.031; what was counted, whole."""
    if isinstance(figure, int) or figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}" if figure >= 0.1 else f"{figure:.3f}"


def shown(spread: Spread) -> str:
    """The median with the least and the most: ``0.98 (0.95–1.02)``."""
    return f"{rounded(spread.median)} ({rounded(spread.least)}–{rounded(spread.most)})"
