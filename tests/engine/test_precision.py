"""Number formats against the hardware's and others' own: NumPy's float16, ml_dtypes' bfloat16."""

from __future__ import annotations

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.precision import FORMATS, Array, Format
from engine.settings import Refusal

HALF, BRAIN, SINGLE, DOUBLE = (
    FORMATS[key] for key in ("float16", "bfloat16", "float32", "float64")
)
NARROW = pytest.mark.parametrize(
    ("format", "native"), [(HALF, np.float16), (BRAIN, ml_dtypes.bfloat16)], ids=["half", "brain"]
)
CARRIERS = pytest.mark.parametrize("carrier", [np.float32, np.float64])


def natively(x: Array, native: type) -> Array:
    # Signalling NaN among random bits make even a cast complain.
    with np.errstate(over="ignore", invalid="ignore"):
        return x.astype(native).astype(x.dtype)


def every_value(native: type) -> Array:
    """All 65,536 bit patterns of a 16-bit type."""
    return np.arange(1 << 16, dtype=np.uint16).view(native).astype(np.float32)


def ties_and_their_neighbours(native: type) -> Array:
    """The middles between neighbouring values of one 16-bit type, and what is beside them."""
    values = np.unique(every_value(native)[np.isfinite(every_value(native))])
    middles = values[1:] / 2 + values[:-1] / 2
    return np.concatenate(
        [middles, np.nextafter(middles, np.float32(np.inf)), np.nextafter(middles, -np.inf)]
    )


@NARROW
@CARRIERS
def test_a_million_random_values_round_as_in_the_native_type(
    format: Format, native: type, carrier: type
) -> None:
    # Every float32 bit pattern is as likely: subnormals, infinities and NaN are among them.
    bits = np.random.default_rng(1).integers(0, 1 << 32, 1_000_000, dtype=np.uint32)
    x = bits.view(np.float32)
    near = np.random.default_rng(2).standard_normal(1_000_000).astype(np.float32)
    small = near * np.float32(4 * format.smallest_normal)
    tiny = near * np.float32(8 * format.smallest_subnormal)
    large = near * np.float32(format.largest / 8)
    for sample in (x, near, small, tiny, large):
        with np.errstate(invalid="ignore"):
            wide = sample.astype(carrier)
        ours = format.round(wide)
        assert ours.dtype == carrier
        np.testing.assert_array_equal(ours, natively(sample, native))


@NARROW
@CARRIERS
def test_ties_go_to_the_even_neighbour(format: Format, native: type, carrier: type) -> None:
    x = ties_and_their_neighbours(native)
    np.testing.assert_array_equal(format.round(x.astype(carrier)), natively(x, native))


def test_float64_ties_for_half_are_not_rounded_twice() -> None:
    """A hair past a tie: by way of float32 it would become the tie."""
    x = np.array([1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-11, 1 + 3 * 2.0**-11 - 2.0**-40])
    np.testing.assert_array_equal(HALF.round(x), [1 + 2.0**-10, 1, 1 + 2.0**-10])
    np.testing.assert_array_equal(HALF.round(x), x.astype(np.float16).astype(np.float64))


def test_single_in_double_is_the_cast() -> None:
    x = np.random.default_rng(3).integers(0, 1 << 64, 200_000, dtype=np.uint64).view(np.float64)
    x = np.concatenate([x, np.random.default_rng(4).standard_normal(100_000) * 1e-41])
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_array_equal(SINGLE.round(x), x.astype(np.float32).astype(np.float64))


@NARROW
def test_every_value_of_the_format_stays(format: Format, native: type) -> None:
    values = every_value(native)
    np.testing.assert_array_equal(format.round(values), values)
    finite = values[np.isfinite(values)]
    noise = np.random.default_rng(5).random(finite.size, np.float32)
    np.testing.assert_array_equal(format.round_stochastically(finite, noise), finite)


@NARROW
def test_limits_are_those_of_the_native_type(format: Format, native: type) -> None:
    about = ml_dtypes.finfo(native)
    assert format.largest == float(about.max)
    assert format.smallest_normal == float(about.smallest_normal)
    assert format.smallest_subnormal == float(about.smallest_subnormal)
    assert format.epsilon == float(about.eps)
    assert (format.bits, format.significand) == (about.bits, about.nmant + 1)


@pytest.mark.parametrize("format", [SINGLE, DOUBLE], ids=lambda format: format.key)
def test_limits_are_numpys(format: Format) -> None:
    about = np.finfo(format.key)
    assert format.largest == about.max
    assert format.smallest_normal == about.smallest_normal
    assert format.smallest_subnormal == about.smallest_subnormal
    assert format.epsilon == about.eps
    assert format.carrier == format.key
    assert not format.emulated


@pytest.mark.parametrize("format", [HALF, BRAIN, SINGLE], ids=lambda format: format.key)
def test_underflow_is_where_values_become_zero(format: Format) -> None:
    x = np.array([format.underflow, np.nextafter(format.underflow, 1), format.smallest_subnormal])
    np.testing.assert_array_equal(
        format.round(x), [0, format.smallest_subnormal, format.smallest_subnormal]
    )


def test_underflow_limits_of_the_literature() -> None:
    assert pytest.approx(2.98e-8, rel=2e-3) == HALF.underflow
    assert pytest.approx(4.6e-41, rel=4e-3) == BRAIN.underflow
    assert pytest.approx(7.0e-46, rel=2e-3) == SINGLE.underflow


@NARROW
def test_shape_stride_and_place_do_not_matter(format: Format, native: type) -> None:
    x = np.random.default_rng(6).standard_normal((7, 33, 300)).astype(np.float32)
    expected = natively(x, native)
    out = np.empty_like(x)
    assert format.round(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(format.round(x[:, :-1, ::3]), expected[:, :-1, ::3])
    np.testing.assert_array_equal(format.round(x.transpose(2, 0, 1)), expected.transpose(2, 0, 1))
    for shape in ((0,), (1,), ()):
        np.testing.assert_array_equal(format.round(np.ones(shape, np.float32)), np.ones(shape))
    inner = x[:, :-1]
    format.round(inner, out=inner)
    np.testing.assert_array_equal(x[:, :-1], expected[:, :-1])
    format.round(x, out=x)
    np.testing.assert_array_equal(x, expected)


def test_one_infinity_does_not_change_the_others() -> None:
    """The careful path, taken where something may overflow, agrees with the fast one."""
    x = np.random.default_rng(7).standard_normal(1000).astype(np.float32)
    for format in (HALF, BRAIN):
        wild = np.concatenate([x, np.array([np.inf, -np.inf, np.nan, 3e38], np.float32)])
        np.testing.assert_array_equal(format.round(wild)[:1000], format.round(x))
        np.testing.assert_array_equal(format.round(wild)[1000:1003], [np.inf, -np.inf, np.nan])


def test_a_wide_enough_format_changes_nothing() -> None:
    x = np.array([0.1, 1e-42, -3.0, np.inf], np.float32)
    for format in (SINGLE, DOUBLE):
        np.testing.assert_array_equal(format.round(x), x)
        np.testing.assert_array_equal(format.round_stochastically(x, np.full_like(x, 0.9)), x)
        assert format.round(x) is not x
        assert format.round(x, out=x) is x


def test_other_types_are_refused() -> None:
    with pytest.raises(Refusal, match="float32 or float64"):
        HALF.round(np.arange(3))
    with pytest.raises(Refusal, match="float32 or float64"):
        HALF.round_stochastically(np.zeros(3, np.float16), np.zeros(3, np.float16))


@given(
    st.floats(width=32, allow_nan=False, min_value=-65504, max_value=65504),
    st.sampled_from([HALF, BRAIN]),
    st.sampled_from([np.float32, np.float64]),
)
def test_stochastic_rounding_has_the_right_mean(
    number: float, format: Format, carrier: type
) -> None:
    """Over an even grid of noise the mean is x, to the grid's fineness, in exact fractions."""
    levels = 256
    noise = (np.arange(levels) / levels).astype(carrier)
    drawn = format.round_stochastically(np.full(levels, number, carrier), noise)
    np.testing.assert_array_equal(format.round(drawn), drawn)
    power = 2.0 ** (math.frexp(number)[1] - 1)
    spacing = Fraction(max(power, format.smallest_normal) * format.epsilon)
    exact = [Fraction(float(value)) for value in drawn]
    assert max(abs(value - Fraction(number)) for value in exact) < spacing
    assert abs(sum(exact, Fraction(0)) / levels - Fraction(number)) <= spacing / levels


def test_stochastic_rounding_past_the_largest_is_the_nearest() -> None:
    x = np.array([65505, 65519, 65520, 1e30, np.inf, -np.inf, np.nan], np.float32)
    for noise in (0.0, 0.999):
        drawn = HALF.round_stochastically(x, np.full_like(x, noise))
        np.testing.assert_array_equal(drawn, HALF.round(x))
    out = np.empty_like(x)
    assert HALF.round_stochastically(x, np.zeros_like(x), out=out) is out
    assert HALF.round_stochastically(x, np.zeros_like(x), out=x) is x
    np.testing.assert_array_equal(x, out)


@pytest.mark.parametrize(
    ("format", "upward", "downward"),
    [(HALF, 4.9e-4, 2.4e-4), (BRAIN, 3.9e-3, 2.0e-3), (SINGLE, 6.0e-8, 3.0e-8)],
    ids=["half", "brain", "single"],
)
def test_updates_are_lost_from_the_known_sizes_on(
    format: Format, upward: float, downward: float
) -> None:
    # At w = 1 half a spacing upward still is a tie, which goes to the even 1; downward likewise.
    assert upward == pytest.approx(format.epsilon / 2, rel=0.03)
    assert downward == pytest.approx(format.epsilon / 4, rel=0.03)
    up, down = format.epsilon / 2, -format.epsilon / 4
    update = np.array([up, up * 1.01, down, down * 1.01, 0.0])
    lost = format.absorbed(np.ones(5), update)
    np.testing.assert_array_equal(lost, [True, False, True, False, False])


def test_absorption_agrees_with_native_half_arithmetic() -> None:
    rng = np.random.default_rng(8)
    w = rng.standard_normal(100_000).astype(np.float16)
    update = (rng.standard_normal(100_000) * 1e-3).astype(np.float16)
    lost = HALF.absorbed(w.astype(np.float32), update.astype(np.float32))
    np.testing.assert_array_equal(lost, (w + update == w) & (update != 0))
    assert 0.05 < lost.mean() < 0.95


def test_a_diverged_weight_is_no_warning() -> None:
    w = np.array([np.inf, np.nan, 3e38], np.float32)
    np.testing.assert_array_equal(
        SINGLE.absorbed(w, np.array([-np.inf, 1, 3e38], np.float32)), [False, False, False]
    )
