"""When a host ends to be started afresh, and that steady load cannot keep it from it. Pure: no host runs here."""

from __future__ import annotations

import time

import pytest

from inference import wear
from inference.wear import LULL_S, PROOF_PATIENCE_S, PROVEN_FOR_S, Advance, Wear


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def visit(one: Wear, client: str) -> None:
    one.enter(client)
    one.leave(client)


def test_it_ends_after_its_consults_in_a_lull(clock: list[float]) -> None:
    one = Wear(recycle=2)
    for client in ("a", "a", "a", "b"):
        assert not one.worn()
        visit(one, client)
    assert one.consults == 2 and not one.worn()
    clock[0] += LULL_S + 0.1
    assert one.worn() and not one.closing()


def test_a_request_without_a_client_is_a_consult(clock: list[float]) -> None:
    one = Wear(recycle=2)
    visit(one, "")
    visit(one, "")
    assert one.consults == 2


def test_it_never_ends_under_a_running_request(clock: list[float]) -> None:
    one = Wear(recycle=1)
    one.enter("a")
    clock[0] += 1000
    assert not one.worn()


def test_where_no_lull_comes_the_door_closes_to_newcomers_only(clock: list[float]) -> None:
    """Two consults overlap for ever: without a closed door the host would never end."""
    one = Wear(recycle=2)
    for client in ("a", "b", "c"):
        visit(one, client)
        assert one.admits("z")
    one.enter("d")
    assert one.closing() and one.admits("d") and not one.admits("z") and not one.admits("")
    one.leave("d")
    assert one.admits("d"), "the next request of its consult"
    clock[0] += LULL_S + 0.1
    assert not one.admits("d") and one.worn()


def test_memory_near_its_limit_is_wear(clock: list[float]) -> None:
    used = [800]
    one = Wear(memory_limit=1000, weigh=lambda: used[0])
    clock[0] += 10
    assert not one.closing() and not one.worn()
    used[0] = 950
    assert one.closing() and one.worn()


def test_a_proof_that_waits_too_long_closes_the_door(clock: list[float]) -> None:
    one = Wear()
    clock[0] += PROVEN_FOR_S + 1
    assert one.admits("a")
    clock[0] += PROOF_PATIENCE_S
    assert not one.admits("a") and not one.worn()
    one.proven = clock[0]
    assert one.admits("a")


def test_the_memory_that_counts_is_seen() -> None:
    before = wear.own_bytes()
    held = bytearray(64 << 20)
    assert wear.own_bytes() >= before + len(held) or not before


def test_work_that_stands_still_is_seen_and_idleness_is_not(clock: list[float]) -> None:
    one = Advance(patience_s=60)
    for done, idle, later in ((5, False, 0), (5, True, 100), (5, False, 50), (6, False, 50), (6, False, 59)):
        clock[0] += later
        assert not one.stalled(done, idle)
    clock[0] += 2
    assert one.stalled(6, idle=False)
