"""Which model for which machine, and in which words."""

from __future__ import annotations

import re

import pytest

from models.catalogue import HERE, Card, cards, default
from models.machine import Gpu, Machine
from models.recommend import PLANS, fitted, graphics_room, memory_room, planned, recommend, seen

GIB = 2**30


def machine(memory: int, cores: int, *graphics: int, maker: str = "nvidia") -> Machine:
    return Machine(memory * GIB, cores, tuple(Gpu("G", size * GIB, maker) for size in graphics))


@pytest.mark.parametrize(
    ("has", "model", "slots", "why_not"),
    [
        pytest.param(machine(4, 2), None, 0, "0 B are left", id="a small old machine"),
        pytest.param(machine(24, 2), "r1-distill-qwen-1.5b-q4_0", 8, "from 8 cores on", id="two cores"),
        pytest.param(machine(8, 16), "r1-distill-qwen-1.5b-q4_0", 8, "needs at least 5.41 GB", id="little memory"),
        pytest.param(machine(16, 8), "r1-distill-qwen-7b", 8, "from 32 cores on", id="a workstation"),
        pytest.param(machine(128, 64), "r1-distill-qwen-14b", 8, "too long on any processor", id="a server without graphics"),
        pytest.param(machine(32, 8, 8), "r1-distill-qwen-7b", 4, "of graphics memory", id="8 GB of graphics memory beside much of the other"),
        pytest.param(machine(32, 8, 16), "r1-distill-qwen-7b-q8_0", 8, "only 2 samples", id="16 GB of graphics memory"),
        pytest.param(machine(64, 16, 24), "r1-distill-qwen-14b", 8, "only 2 samples of 4,096", id="24 GB"),
        pytest.param(machine(128, 32, 48), "r1-distill-qwen-32b-q6_k", 8, "for which it needs", id="48 GB"),
        pytest.param(machine(256, 64, 48, 48), "r1-distill-llama-70b", 8, "largest", id="two of 48 GB"),
        pytest.param(machine(1, 4, 24), None, 0, "beside the house", id="graphics memory and hardly any other"),
        pytest.param(machine(4, 4, 24), "r1-distill-qwen-14b", 8, "only 2 samples of 4,096", id="24 GB beside little memory"),
        pytest.param(machine(8, 4, 80), "r1-distill-llama-70b", 8, "largest", id="80 GB beside little memory"),
    ],
)
def test_which_and_why_not_larger(has: Machine, model: str | None, slots: int, why_not: str) -> None:
    advice = recommend(has, cards().values())
    assert (advice.fit and advice.fit.card.name) == model and (advice.fit.slots if advice.fit else 0) == slots
    assert why_not in advice.why_not_larger


LISTED = re.findall(r"^\| (\d+) GB \| (\d+)(?: GB)? \| (\d+) \| `([^`]+)` \|", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
"""Memory, graphics memory, cores, model: the rows of README.md."""


@pytest.mark.parametrize(("memory", "graphics", "cores", "model"), LISTED)
def test_the_readme_lists_what_is_recommended(memory: str, graphics: str, cores: str, model: str) -> None:
    fit = recommend(machine(int(memory), int(cores), *([int(graphics)] if int(graphics) else [])), cards().values()).fit
    assert (fit.card.name if fit else default().name) == model


def test_the_readme_lists_machines() -> None:
    assert len(LISTED) >= 8


@pytest.mark.parametrize("memory", [4, 8, 12, 16, 24, 48, 64, 128, 512])
@pytest.mark.parametrize("graphics", [0, 4, 6, 8, 12, 16, 24, 40, 80, 141])
def test_what_is_recommended_fits(memory: int, graphics: int) -> None:
    has = machine(memory, 16, *([graphics] if graphics else []))
    for card in cards().values():
        fit = fitted(card, has) if card.layers else None
        assert fit is None or fit.needs <= (graphics_room(has) if fit.on_gpu else memory_room(has))
    best = recommend(has, cards().values()).fit
    assert best is None or (best.slots, best.context) in PLANS


def test_apple_memory_is_not_counted_twice() -> None:
    has = machine(16, 8, 11, maker="apple")
    assert graphics_room(has) <= memory_room(has)
    assert 'CMAKE_ARGS="-DGGML_METAL=on"' in recommend(has, cards().values()).do[-1]


@pytest.mark.parametrize(("maker", "switch"), [("nvidia", "GGML_CUDA"), ("amd", "GGML_HIP"), ("apple", "GGML_METAL")])
def test_the_commands_build_for_the_graphics_that_are_there(maker: str, switch: str) -> None:
    pull, run = recommend(machine(64, 8, 24, maker=maker), cards().values()).do
    assert pull.startswith("manage.py models pull r1-distill") and switch in run and "CONSILIUM_GPU_LAYERS=99" in run


@pytest.mark.parametrize(
    ("memory", "settings"), [(8, " CONSILIUM_SLOTS=2 CONSILIUM_CONTEXT=4096"), (10, " CONSILIUM_SLOTS=2"), (14, " CONSILIUM_SLOTS=4"), (22, "")]
)
def test_a_cramped_plan_sets_what_it_needs(memory: int, settings: str) -> None:
    only = Card(name="m", size=GIB, context=8192, layers=64, kv_width=1024, tier=1)
    assert recommend(machine(memory, 8), [only]).do[-1] == f"CONSILIUM_MODEL=m{settings} make run"


def test_another_machine_can_be_planned() -> None:
    here = machine(16, 4, 8)
    assert seen(planned(here, 64 * GIB, 24 * GIB, 1)) == "64 GiB of memory, 1 core, one graphics processor (24 GiB)."
    assert planned(here) == here and planned(here, graphics=0).gpus == ()


@pytest.mark.parametrize("no_machine", [{"cores": -3}, {"memory": -1}, {"graphics": -1}])
def test_what_no_machine_has_is_refused(no_machine: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="below nought"):
        planned(machine(8, 4), **no_machine)
