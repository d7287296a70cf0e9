"""Intervals against values known from the literature."""

from clinic.evaluation.statistics import bootstrap, wilson


def test_it_works() -> None:
    found = wilson(8, 10)
    assert (found["low"], found["high"]) == (0.4902, 0.9433)


def test_no_cases_say_nothing() -> None:
    assert wilson(0, 0)["high"] == 1.0 and bootstrap([])["mean"] == 0.0


def test_shares_stay_within_bounds() -> None:
    assert wilson(0, 5)["low"] == 0.0 and wilson(5, 5)["high"] == 1.0


def test_same_seed_same_interval() -> None:
    assert bootstrap([1, 2, 3, 4]) == bootstrap([1, 2, 3, 4])
