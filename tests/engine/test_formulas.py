"""Formulas mean what NumPy means by them, and nothing but a formula is let in."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formulas import DEEPEST, LONGEST, parse
from engine.settings import Refusal

X = np.linspace(-1.5, 1.5, 31)
NUMPY = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign, "tanh": np.tanh, "floor": np.floor, "min": np.minimum,
    "max": np.maximum, "pi": np.float64(np.pi), "e": np.float64(np.e), "x": X,
}  # fmt: skip


def _grown(inner):
    one = st.sampled_from(
        ["sin", "cos", "tan", "exp", "log", "sqrt", "abs", "sign", "tanh", "floor"]
    )
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(" ".join),
        st.tuples(inner, st.just("**"), inner).map("".join),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner).map(
            lambda parts: f"(({' '.join(parts)})*1.0)"
        ),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"-{part}"),
        st.tuples(one, inner).map(lambda parts: f"{parts[0]}({parts[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
        ),
    )


leaves = st.sampled_from(["x", "2.0", "0.5", ".25", "3.", "1e-2", "pi", "e"])
expressions = st.recursive(leaves, _grown, max_leaves=10).filter(lambda text: len(text) <= LONGEST)


@given(expressions)
def test_formulas_equal_numpy(text):
    """Python's own reading of the same text, every number NumPy's, is the yardstick."""
    numbered = re.sub(r"(?<![\w.])(\d+\.?\d*|\.\d+)(e-\d+)?", r"number(\g<0>)", text)
    names = {**NUMPY, "number": np.float64, "__builtins__": {}}
    with np.errstate(all="ignore"):
        wanted = eval(compile(numbered, "formula", "eval"), names)
    found = parse(text)(X)
    assert found.shape == X.shape
    np.testing.assert_allclose(found, np.broadcast_to(wanted, X.shape), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-x**2", -(X**2)),
        ("2**-x", 2**-X),
        ("2**x**2", 2 ** (X**2)),
        ("x - 1 - 2", X - 3),
        ("8 / 2 / 2 * x", 2 * X),
        ("-x % 1", (-X) % 1),
        ("- - x", X),
        ("0 < x <= 1", ((X > 0) & (X <= 1)) * 1.0),
        ("(x > 0) * x + (x <= 0) * .1 * x", np.where(X > 0, X, 0.1 * X)),
        ("max(x, 0, 1 - x)", np.maximum(np.maximum(X, 0), 1 - X)),
        ("  x\n+ 1 ", X + 1),
        ("7", np.full_like(X, 7)),
    ],
)
def test_precedence_is_pythons(text, meaning):
    np.testing.assert_allclose(parse(text)(X), meaning, rtol=1e-14)


def test_any_shape_and_no_hold_on_the_argument():
    x = np.ones((2, 3))
    y = parse("x")(x)
    y[:] = 5
    assert (x == 1).all()
    assert parse("1")(np.float64(3)).shape == ()


@pytest.mark.parametrize("text", ["9**9**9", "1/(x-x)", "1e400", "log(-1 - x**2)", "exp(exp(99))"])
def test_what_overflows_is_infinite_or_nan_at_once_and_silently(text):
    assert not np.isfinite(parse(text)(X)).all()


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("x.__class__", ".__class__"),
        ("()", ")"),
        ("__import__('os')", "'os')"),
        ("eval(x)", "eval"),
        ("open", "open"),
        ("y", "y"),
        ("lambda: x", ": x"),
        ("[x for x in x]", "[x"),
        ("x if x else 1", "if"),
        ("x and 1", "and"),
        ("x[0]", "[0]"),
        ("{x}", "{x}"),
        ("x = 1", "= 1"),
        ("x := 1", ":= 1"),
        ("x; x", "; x"),
        ("x // 2", "//"),
        ("x ^ 2", "^ 2"),
        ("x @ x", "@ x"),
        ("~x", "~x"),
        ("3x", "3x"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1.2.3", "1.2.3"),
        ("x x", "x"),
        ("sin x", "x"),
        ("sin", "ends too early"),
        ("x +", "ends too early"),
        ("* x", "*"),
        ("(x", "ends too early"),
        ("x)", ")"),
        ("max()", ")"),
        ("max(x)", "two or more"),
        ("sin(x, x)", "one argument"),
        ("sin(x)(x)", "("),
        ("f(x)", "f"),
        ("x²", "²"),
        ("‐x", "‐x"),
        ("", "ends too early"),
        (" \n ", "ends too early"),
        ("x\x00", "\\x00"),
        ("x" + " + x" * LONGEST, f"{LONGEST} characters"),
        ("(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1), f"{DEEPEST} deep"),
        ("-" * (LONGEST - 1) + "x", f"{DEEPEST} deep"),
        ("**".join(["x"] * 60), f"{DEEPEST} deep"),
    ],
)
def test_anything_else_is_refused_in_one_line_with_its_piece(text, piece):
    with pytest.raises(Refusal) as refused:
        parse(text)
    assert refused.value.field == "formula"
    assert piece in refused.value.allowed
    assert "\n" not in str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_a_refusal(text):
    try:
        y = parse(text)(X)
    except Refusal as refusal:
        said = str(refusal)
    else:
        said, _ = "a formula", np.broadcast_to(y, X.shape)
    assert "\n" not in said
