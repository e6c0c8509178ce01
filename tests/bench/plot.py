"""The plot of ``docs/performance.md``: a line for each contender, a dot at its ratio, its spread as a stroke.

The scale is logarithmic, since what is compared reaches from a hundredth to tens. The figures stand in the
tables of the document too; the colours hold on light and dark grounds, and nothing is told by colour alone.
"""

import math
from collections.abc import Iterator, Sequence
from html import escape

from tests.bench.figures import Bar, rounded

LEFT, RIGHT, WIDTH = 240, 700, 800
LINE, HEAD, GAP = 24, 50, 12
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600 }
.small { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0 }
.one { stroke: #59636e; stroke-dasharray: 4 3 }
.spread { stroke: #0757ba; stroke-width: 2 }
.dot { fill: #0757ba }
.ground { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .one { stroke: #9198a1 }
  .spread { stroke: #71b7ff } .dot { fill: #71b7ff } .ground { fill: #0d1117 }
}
"""


def draw(panels: dict[str, Sequence[Bar]]) -> str:
    """An SVG document; each panel has a head, and at least one bar stands in one of them."""
    bars = [bar for panel in panels.values() for bar in panel]
    scale = Scale([figure for bar in bars for figure in (bar.ratio.least, bar.ratio.most, 1.0)])
    height = sum(HEAD + LINE * len(panel) + GAP for panel in panels.values()) + 16
    told = " ".join(
        f"{head}: {', '.join(f'{bar.name} {rounded(bar.ratio.median)}' for bar in panel)}."
        for head, panel in panels.items()
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape("; ".join(panels))}</title>',
        f'<desc id="desc">{escape(told)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
    ]
    top = 0
    for head, panel in panels.items():
        lines += _panel(head, panel, scale, top)
        top += HEAD + LINE * len(panel) + GAP
    return "\n".join([*lines, "</svg>", ""])


class Scale:
    """Where a ratio stands from left to right: ticks of 1, 2 and 5 around all that is shown."""

    def __init__(self, figures: Sequence[float]) -> None:
        low = max([tick for tick in TICKS if tick <= min(figures)], default=TICKS[0])
        high = min([tick for tick in TICKS if tick >= max(figures)], default=TICKS[-1])
        self.ticks = [tick for tick in TICKS if low <= tick <= high]
        self._low, self._high = math.log(low), math.log(max(high, low * 2))

    def __call__(self, ratio: float) -> str:
        """What lies beyond the scale stands at its end."""
        share = (math.log(max(ratio, 1e-9)) - self._low) / (self._high - self._low)
        return f"{LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT):.1f}"


def _panel(head: str, panel: Sequence[Bar], scale: Scale, top: int) -> Iterator[str]:
    yield f'<text class="head" x="16" y="{top + 28}">{escape(head)}</text>'
    foot = top + HEAD + LINE * len(panel) - 6
    for tick in scale.ticks:
        kind = "one" if tick == 1 else "grid"
        yield f'<path class="{kind}" d="M{scale(tick)} {top + HEAD - 8}V{foot}"/>'
        yield f'<text class="small" x="{scale(tick)}" y="{foot + 12}" text-anchor="middle">{tick:g}</text>'
    for number, bar in enumerate(panel):
        middle = top + HEAD + LINE * number + LINE // 3
        least, at, most = scale(bar.ratio.least), scale(bar.ratio.median), scale(bar.ratio.most)
        yield f'<text x="{LEFT - 12}" y="{middle + 5}" text-anchor="end">{escape(bar.name)}</text>'
        yield f'<path class="spread" d="M{least} {middle}H{most}"/>'
        yield f'<circle class="dot" cx="{at}" cy="{middle}" r="5"/>'
        yield f'<text x="{RIGHT + 14}" y="{middle + 5}">{rounded(bar.ratio.median)}</text>'
