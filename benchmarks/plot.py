"""A picture of how cost grows with work: both axes by tenfold steps, so that a straight line is a power."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 40, 50
_COLOURS = ("#1f6feb", "#d1570c", "#2e7d32", "#8e24aa")
# A page may be light or dark; a picture in it has one ground of its own.
_GROUND, _INK, _GRID = "#ffffff", "#24292f", "#d8dee4"


def svg(title: str, across: str, up: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """An SVG with a line for each name. Raises ValueError for a value that is not above zero, which has no place on such axes."""
    points = [point for line in lines.values() for point in line]
    x_from, x_to = _decades([x for x, _ in points])
    y_from, y_to = _decades([y for _, y in points])

    def at(x: float, y: float) -> tuple[float, float]:
        across_share = (log10(x) - x_from) / (x_to - x_from)
        up_share = (log10(y) - y_from) / (y_to - y_from)
        return _LEFT + across_share * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - up_share * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' font-family="sans-serif" font-size="12" fill="{_INK}">',
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{_GROUND}"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" font-weight="bold">{title}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{across}</text>',
        f'<text transform="translate(16 {(_TOP + _HEIGHT - _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{up}</text>',
    ]
    for step in range(x_from, x_to + 1):
        x, y = at(10.0**step, 10.0**y_from)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{y:.1f}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{_number(step)}</text>')
    for step in range(y_from, y_to + 1):
        x, y = at(10.0**x_from, 10.0**step)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{_number(step)}</text>')
    for place, (name, line) in enumerate(lines.items()):
        colour, spots = _COLOURS[place % len(_COLOURS)], [at(*point) for point in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in spots)
        y = _TOP + 12 + 20 * place
        parts.append(f'<path d="M{_WIDTH - _RIGHT + 14} {y - 4}h18" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 38}" y="{y}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    if min(values) <= 0:
        raise ValueError("only what is above zero has a place on an axis of tenfold steps")
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _number(step: int) -> str:
    return f"{10**step:,}" if step >= 0 else f"{10.0**step:g}"
