from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from inference.opening import common, source


def stream(client: str, prompt: list[int]) -> Any:
    return SimpleNamespace(job=SimpleNamespace(request=SimpleNamespace(client=client), prompt=prompt))


LONG = list(range(40))


@pytest.mark.parametrize(
    ("a", "b", "length"),
    [(LONG, LONG, 39), (LONG, LONG[:20], 19), (LONG, [9, *LONG], 0), ([1], [1], 0)],
    ids=["equal", "a prefix", "nothing", "one token"],
)
def test_the_last_token_is_read_anew(a: list[int], b: list[int], length: int) -> None:
    assert common(a, b) == length


def test_the_longest_prefix_of_the_same_client_is_taken() -> None:
    near, far = stream("a", LONG), stream("a", LONG[:20] + [99] * 20)
    assert source(stream("a", LONG), [far, near]) == (near, 39)


@pytest.mark.parametrize("clients", [("a", "b"), ("", "")], ids=["different", "unnamed"])
def test_different_clients_share_nothing(clients: tuple[str, str]) -> None:
    assert source(stream(clients[0], LONG), [stream(clients[1], LONG)]) == (None, 0)


def test_a_short_prefix_is_not_copied() -> None:
    assert source(stream("a", LONG[:10]), [stream("a", LONG)]) == (None, 0)


def test_samples_of_one_request_share_without_a_client() -> None:
    one = stream("", LONG)
    other = cast(Any, SimpleNamespace(job=one.job))
    assert source(other, [one]) == (one, 39)
