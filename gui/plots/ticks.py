"""Where an axis puts its ticks and what it writes there: few, round, and never crowded."""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def linear_ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """At most `most` + 1 multiples of 1, 2 or 5 times a power of ten; `whole`: whole numbers."""
    if not high > low:
        return []
    step = _round_step((high - low) / max(1, most))
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12 - math.floor(math.log10(step))) for k in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """The same for log₁₀ values: whole decades, and what lies between where they are few."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 2:
        stride = math.ceil((last - first + 1) / max(1, most))
        return [float(e) for e in range(first, last + 1) if e % stride == 0]
    for parts in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        between = [e + math.log10(m) for e in range(first - 1, last + 1) for m in parts]
        inside = [t for t in between if low <= t <= high]
        if 2 <= len(inside) <= most + 1:
            return inside
    return [math.log10(v) for v in linear_ticks(10.0**low, 10.0**high, most) if v > 0]


def write_linear(values: list[float]) -> list[str]:
    """`values` as text, all with the decimals that one of them needs."""
    if not values:
        return []
    largest = max(abs(v) for v in values)
    if largest >= 1e7 or 0 < largest < 1e-4:
        return [scientific(v) for v in values]
    decimals = max(len(f"{v:.10f}".rstrip("0").partition(".")[2]) for v in values)
    return [_signed(f"{v:,.{decimals}f}") for v in values]


def write_log(values: list[float]) -> list[str]:
    """Text for log₁₀ `values`: 0.01, 0.1, 1 while short, powers of ten otherwise."""
    if any(v < -4.01 or v > 4.01 for v in values):
        return [scientific(10.0**v) if v > -300 else f"10{superscript(round(v))}" for v in values]
    return [f"{float(f'{10.0**v:.3g}'):,.6g}" for v in values]


def reading(value: float) -> str:
    """One measured value as a person reads it: three figures, powers of ten where it is tiny."""
    if not math.isfinite(value):
        return "—" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        figures = f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"
        return _signed(figures)
    return scientific(value, 2)


def count(value: float) -> str:
    """A whole number with its thousands set apart."""
    return _signed(f"{value:,.0f}")


def scientific(value: float, decimals: int = 0) -> str:
    """2×10⁻⁶; a plain power of ten where the figure before it is 1."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{max(decimals, 2)}e}".split("e")
    figure = _signed(f"{float(mantissa):.{max(decimals, 2)}f}".rstrip("0").rstrip("."))
    power = f"10{superscript(int(exponent))}"
    return power if figure == "1" else f"{figure}×{power}"


def superscript(number: int) -> str:
    return str(number).translate(_SUPERSCRIPT)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def _signed(text: str) -> str:
    return text.replace("-", "−")
