"""The picture: what grows with the line and what does not, as an SVG that is readable in light and dark."""

import math
from collections.abc import Sequence

from loadtests.benchmarks.queue.sizes import SizeRow

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 56, 150, 40, 44
LEAST_MS, MOST_MS = 0.01, 10.0
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#8885}"
    ".c0{stroke:#0b62a8;fill:#0b62a8}.c1{stroke:#b3541e;fill:#b3541e}.c2{stroke:#2e7d4f;fill:#2e7d4f}"
    "polyline{fill:none!important;stroke-width:2}text.c0,text.c1,text.c2{stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.c0{stroke:#7cb8ee;fill:#7cb8ee}"
    ".c1{stroke:#f0a070;fill:#f0a070}.c2{stroke:#7fd0a0;fill:#7fd0a0}}"
)


def svg(rows: Sequence[SizeRow]) -> str:
    """Draw the store's time a call over the size of the line, both logarithmic."""
    lines = (
        ("advance, 10 turns", [row.giving.cpu_p50_ms for row in rows]),
        ("advance, no turn", [row.idle.cpu_p50_ms for row in rows]),
        ("a join", [1000 / row.join.per_cpu_second for row in rows]),
    )
    fans = [row.fans for row in rows]
    title = "Milliseconds of the store's processor a call, by fans in the line"
    parts = [f'<text x="{LEFT}" y="20">{title}</text>', *_grid(fans)]
    for number, (name, values) in enumerate(lines):
        parts += _line(name, fans, values, colour=f"c{number}")
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
    return f"{head}\n<style>{STYLE}</style>\n{body}\n</svg>\n"


def _grid(fans: Sequence[int]) -> list[str]:
    parts = []
    for power in range(round(math.log10(LEAST_MS)), round(math.log10(MOST_MS)) + 1):
        y, label = _y(10.0**power), f"{10.0**power:g}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>')
    return parts + [
        f'<text x="{_x(each, fans)}" y="{HEIGHT - 20}" text-anchor="middle">{each:,}</text>' for each in fans
    ]


def _line(name: str, fans: Sequence[int], values: Sequence[float], *, colour: str) -> list[str]:
    places = [(_x(each, fans), _y(value)) for each, value in zip(fans, values, strict=True)]
    points = " ".join(f"{x},{y}" for x, y in places)
    dots = [f'<circle class="{colour}" cx="{x}" cy="{y}" r="3"/>' for x, y in places]
    label = f'<text class="{colour}" x="{places[-1][0] + 8}" y="{places[-1][1] + 4}">{name}</text>'
    return [f'<polyline class="{colour}" points="{points}"/>', *dots, label]


def _x(fans: int, among: Sequence[int]) -> float:
    span = math.log(among[-1] / among[0]) or 1.0
    return round(LEFT + 20 + (WIDTH - LEFT - RIGHT - 40) * math.log(fans / among[0]) / span, 1)


def _y(milliseconds: float) -> float:
    share = math.log(max(LEAST_MS, min(MOST_MS, milliseconds)) / LEAST_MS) / math.log(MOST_MS / LEAST_MS)
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)
