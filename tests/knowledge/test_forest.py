"""Forest plots: places on the scale are in the order of the figures, and nothing leaves the drawing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import wiring
from clinic.knowledge.forest import LEFT, RIGHT, Plot, interval, plots
from retrieval.types import Efficacy


def result(measure: str, effect: float, ci: tuple[float, float] | None, **changed: object) -> Efficacy:
    base = {"indication": "gout", "comparator": "placebo", "outcome": "flare", "trial": "T", "year": 2020, "favours": "drug"}
    return Efficacy.model_validate({**base, "measure": measure, "effect": effect, "ci": ci, **changed})


def one(*records: Efficacy) -> Plot:
    (plot,) = plots(records)
    return plot


def test_it_works() -> None:
    plot = one(result("HR", 0.5, (0.25, 1.0)), result("RR", 2.0, (1.0, 4.0)))
    assert plot.ratio
    assert plot.measures == "hazard ratio, risk ratio"
    first, second = plot.lines
    assert first.high == plot.none == second.low
    assert math.isclose(plot.none - first.x, second.x - plot.none, abs_tol=0.2)


def test_differences_stand_on_a_linear_scale_around_zero() -> None:
    plot = one(result("RD", -10, (-20, 0)))
    line = plot.lines[0]
    assert not plot.ratio
    assert line.low is not None
    assert math.isclose(line.x - line.low, plot.none - line.x, abs_tol=0.2)


def test_ratios_and_differences_do_not_share_a_scale() -> None:
    assert len(plots([result("HR", 0.5, None), result("RD", -3, None), result("HR", 0.7, None)])) == 2


def test_mean_differences_of_different_outcomes_do_not_share_a_scale() -> None:
    assert len(plots([result("MD", 1, None, outcome="days"), result("MD", 2, None, outcome="mmHg")])) == 2


def test_result_without_an_interval_has_no_whiskers() -> None:
    line = one(result("HR", 0.8, None)).lines[0]
    assert (line.low, line.high) == (None, None)


def test_interval_beyond_the_scale_ends_in_an_arrow() -> None:
    line = one(result("OR", 3.0, (0.001, 900.0))).lines[0]
    assert line.cut_low
    assert line.cut_high
    assert (line.low, line.high) == (LEFT, RIGHT)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (result("HR", 0.79, (0.66, 0.95)), "0.79 (0.66 to 0.95)"),
        (result("RD", -10, (-14.0, -6.0)), "\N{MINUS SIGN}10 (\N{MINUS SIGN}14 to \N{MINUS SIGN}6)"),
        (result("MD", 0.0, None), "0"),
    ],
    ids=["ratio", "negative", "zero"],
)
def test_figures_in_words(record: Efficacy, said: str) -> None:
    assert interval(record) == said


numbers = st.floats(min_value=-500, max_value=500, allow_nan=False)


@given(st.sampled_from(["HR", "RR", "OR", "RD", "MD", "SMD", "unheard of"]), numbers, numbers, numbers, st.none() | st.integers(1, 10**6))
def test_nothing_leaves_the_drawing(measure: str, a: float, b: float, c: float, n: int | None) -> None:
    low, effect, high = sorted((a, b, c))
    plot = one(result(measure, effect, (low, high), n=n))
    line = plot.lines[0]
    assert line.low is not None
    assert line.high is not None
    assert LEFT <= line.low <= line.x <= line.high <= RIGHT
    assert LEFT <= plot.none <= RIGHT
    assert all(LEFT <= tick.x <= RIGHT for tick in plot.ticks)
    assert line.box <= 16


def test_every_record_of_the_formulary_is_drawn_once() -> None:
    for record in wiring.formulary().records():
        drawn = [line for plot in plots(record.efficacy) for line in plot.lines]
        assert len(drawn) == len(record.efficacy)
