"""What tools say about a machine, read from their own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.machine import Gpu, Limits, amount, apple, cgroup_limits, look, nvidia, rocm

GIB = 2**30
ROCM = """WARNING: AMD GPU device(s) is/are in a low-power state
{"card0": {"VRAM Total Memory (B)": "25753026560", "VRAM Total Used Memory (B)": "27480064", "Card Series": "Radeon RX 7900 XTX", "GFX Version": "gfx1100"},
 "card1": {"VRAM Total Memory (B)": "536870912", "VRAM Total Used Memory (B)": "1", "Card series": "Raphael"}, "system": {"Driver version": "6.7.0"}}
"""
APPLE = '{"SPDisplaysDataType": [{"_name": "Apple M3 Max", "sppci_cores": "40", "sppci_model": "Apple M3 Max", "spdisplays_vendor": "sppci_vendor_Apple"}]}'
INTEL_MAC = '{"SPDisplaysDataType": [{"sppci_model": "Intel Iris Plus Graphics 640"}]}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("NVIDIA GeForce RTX 4090, 24564\n", [Gpu("NVIDIA GeForce RTX 4090", 24564 * 2**20, "nvidia")], id="one"),
        pytest.param("NVIDIA A40, 46068\nNVIDIA A40, 46068\n", [Gpu("NVIDIA A40", 46068 * 2**20, "nvidia")] * 2, id="two"),
        pytest.param("No devices were found\n", [], id="none"),
        pytest.param("NVIDIA GB10, [N/A]\n", [], id="memory not told"),
        pytest.param("", [], id="silent"),
    ],
)
def test_nvidia(text: str, found: list[Gpu]) -> None:
    assert nvidia(text) == found


def test_amd_behind_its_warnings() -> None:
    assert rocm(ROCM) == [Gpu("Radeon RX 7900 XTX", 25753026560, "amd"), Gpu("Raphael", 536870912, "amd")]


@pytest.mark.parametrize("text", ["", "no ROCm", "{", '{"card0": []}', '{"card0": {"VRAM Total Memory (B)": "N/A"}}'])
def test_amd_that_says_nothing(text: str) -> None:
    assert rocm(text) == []


def test_apple_shares_its_memory() -> None:
    assert apple(APPLE, 64 * GIB) == [Gpu("Apple M3 Max", 48 * GIB, "apple")]
    assert apple(APPLE, 24 * GIB) == [Gpu("Apple M3 Max", 16 * GIB, "apple")]
    assert apple(INTEL_MAC, 64 * GIB) == apple("", 1) == apple("[]", 1) == []


def test_the_least_limit_of_all_groups_above_holds(tmp_path: Path) -> None:
    put(tmp_path / "memory.max", "max")
    put(tmp_path / "hospital.slice/memory.max", str(32 * GIB))
    put(tmp_path / "hospital.slice/house.service/memory.max", "max")
    put(tmp_path / "hospital.slice/house.service/cpu.max", "350000 100000")
    assert cgroup_limits(tmp_path, "0::/hospital.slice/house.service\n") == Limits(32 * GIB, 3.5)


def test_a_container_of_the_old_kind(tmp_path: Path) -> None:
    put(tmp_path / "memory/memory.limit_in_bytes", str(8 * GIB))
    assert cgroup_limits(tmp_path, "5:memory:/docker/x\n") == Limits(8 * GIB, 0.0)
    put(tmp_path / "memory/memory.limit_in_bytes", "9223372036854771712")
    assert cgroup_limits(tmp_path, "") == Limits()


@pytest.mark.parametrize(("text", "count"), [("64GB", 64 * GIB), ("24 GiB", 24 * GIB), ("1.5T", 1536 * GIB), ("512m", GIB // 2), ("16", 16 * GIB)])
def test_amounts(text: str, count: int) -> None:
    assert amount(text) == count


@pytest.mark.parametrize("text", ["", "lots", "-4GB", "4 parsecs"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="like 64GB"):
        amount(text)


def test_this_machine_has_memory_and_cores() -> None:
    found = look()
    assert found.memory > GIB and found.cores >= 1


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
