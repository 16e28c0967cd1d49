"""The outcome as a picture: an SVG of our own, readable in light and dark, and in words for who does not see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from waitroom.simulation.outcome import Outcome
from waitroom.simulation.text import clock

WIDTH, PANEL, GAP = 720, 120, 62
LEFT, RIGHT, TOP = 76, 16, 84
MOST_POINTS = 360
ROUND = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
STYLE = """
  svg { background: #fff; color-scheme: light dark; font: 13px system-ui, sans-serif; }
  text { fill: #1b1f24; } .axis { stroke: #6b7280; } .grid { stroke: #d1d5db; }
  .line { fill: none; stroke-width: 2; } .limit { stroke-dasharray: 6 4; }
  .a { stroke: #1d4ed8; } .b { stroke: #b45309; } .title { font-size: 16px; font-weight: 600; }
  .end { text-anchor: end; } .middle { text-anchor: middle; }
  @media (prefers-color-scheme: dark) {
    svg { background: #11151a; } text { fill: #e5e7eb; } .axis { stroke: #9ca3af; } .grid { stroke: #374151; }
    .a { stroke: #7aa2ff; } .b { stroke: #fbbf24; }
  }
"""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One line of a panel; a limit is drawn in dashes, step by step."""

    name: str
    values: Sequence[float]
    is_limit: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One of the pictures above one another, over the same time."""

    name: str
    curves: tuple[Curve, ...]

    @property
    def most(self) -> float:
        """The round number at the top of the axis."""
        return round_up(max((value for curve in self.curves for value in curve.values), default=0))


def draw_picture(outcome: Outcome, *, title: str) -> str:
    """Draw who waits, who is inside and who enters, over time, as an SVG document."""
    points = outcome.series[:: -(-len(outcome.series) // MOST_POINTS)]
    seconds = [point.seconds for point in points]
    panels = (
        Panel(name="Fans waiting", curves=(Curve(name="waiting", values=[p.waiting for p in points]),)),
        Panel(
            name="Fans inside",
            curves=(
                Curve(name="inside", values=[p.inside for p in points]),
                Curve(name="ceiling", values=[p.ceiling for p in points], is_limit=True),
            ),
        ),
        Panel(
            name="Fans let in, a minute",
            curves=(
                Curve(name="let in", values=[p.entries_per_minute for p in points]),
                Curve(name="rate", values=[p.rate for p in points], is_limit=True),
            ),
        ),
    )
    body = "".join(_panel(panel, seconds, top=TOP + row * (PANEL + GAP)) for row, panel in enumerate(panels))
    return _document(title, _in_words(outcome), body, height=TOP + len(panels) * (PANEL + GAP))


def round_up(number: float) -> float:
    """The next round number of two digits at most; 1 for nothing."""
    power = 1.0
    while power * 10 < number:
        power *= 10
    return next((step * power for step in ROUND if step * power >= number), power)


def _document(title: str, words: str, body: str, *, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="title words"><title id="title">{escape(title)}</title>'
        f'<desc id="words">{escape(words)}</desc><style>{STYLE}</style>'
        f'<text class="title" x="16" y="28">{escape(title)}</text>'
        f'<text x="16" y="48">{escape(words)}</text>{body}</svg>\n'
    )


def _in_words(outcome: Outcome) -> str:
    drained = outcome.drain_seconds
    end = f"The line is empty after {clock(drained)}" if drained is not None else "The line is never empty"
    return f"{end}; {outcome.entered:,} fans let in, at most {outcome.peak_inside:,} inside at once."


def _panel(panel: Panel, seconds: Sequence[int], *, top: int) -> str:
    most, last = panel.most, max(1, seconds[-1])
    parts = [f'<text x="{LEFT}" y="{top - 10}">{panel.name}</text>', _legend(panel, top=top)]
    parts += [_level(most * part, y=_y(most * part, most, top)) for part in (0, 0.5, 1)]
    parts += [_tick(moment, x=_x(moment, last), top=top) for moment in _moments(last)]
    parts += [
        _curve(curve, "b" if curve.is_limit else "a", [_x(moment, last) for moment in seconds], most=most, top=top)
        for curve in panel.curves
    ]
    return f"<g>{''.join(parts)}</g>"


def _legend(panel: Panel, *, top: int) -> str:
    parts = []
    for place, curve in enumerate(reversed(panel.curves)):
        x, y = WIDTH - RIGHT - 84 * (place + 1), top - 14
        style = "line b limit" if curve.is_limit else "line a"
        parts.append(f'<path class="{style}" d="M{x} {y}h24"/><text x="{x + 29}" y="{y + 4}">{curve.name}</text>')
    return "".join(parts)


def _level(value: float, *, y: float) -> str:
    style = "grid" if value else "axis"
    return (
        f'<path class="{style}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        f'<text class="end" x="{LEFT - 6}" y="{y + 4:.1f}">{value:,.10g}</text>'
    )


def _tick(moment: int, *, x: float, top: int) -> str:
    low = top + PANEL
    hours, minutes = divmod(moment // 60, 60)
    return (
        f'<path class="axis" d="M{x:.1f} {low}v5"/>'
        f'<text class="middle" x="{x:.1f}" y="{low + 19}">{hours}:{minutes:02d}</text>'
    )


def _moments(last: int) -> list[int]:
    steps = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
    every = next((step for step in steps if last / step <= 9), steps[-1])
    return list(range(0, last + 1, every))


def _curve(curve: Curve, colour: str, across: Sequence[float], *, most: float, top: int) -> str:
    spots = [(x, _y(value, most, top)) for x, value in zip(across, curve.values, strict=True)]
    path = f"M{spots[0][0]:.1f} {spots[0][1]:.1f}"
    for (_, before), (x, y) in pairwise(spots):
        if not curve.is_limit:
            path += f"L{x:.1f} {y:.1f}"
        elif y == before:
            path += f"H{x:.1f}"
        else:
            path += f"H{x:.1f}V{y:.1f}"
    dashes = " limit" if curve.is_limit else ""
    return f'<path class="line {colour}{dashes}" d="{path}"/>'


def _x(moment: float, last: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * moment / last


def _y(value: float, most: float, top: int) -> float:
    return top + PANEL * (1 - value / most)
