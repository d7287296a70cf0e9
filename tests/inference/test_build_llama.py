from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from inference import build_llama
from inference.build_llama import CannotBuild, cmake_args, cpu_flags, wheel_folder

SAPPHIRE = {
    "sse4_2", "avx", "avx2", "bmi2", "fma", "f16c", "avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw", "avx512vbmi",
    "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16",
}  # fmt: skip
HASWELL = {"sse4_2", "avx", "avx2", "bmi2", "fma", "f16c"}


def test_a_processor_with_amx_is_built_for_without_it() -> None:
    args = cmake_args(SAPPHIRE, "x86_64")
    assert "-DGGML_NATIVE=OFF" in args and "-DGGML_AVX512=ON" in args and "-DGGML_AVX512_VNNI=ON" in args
    assert not any("AMX" in arg for arg in args)


def test_a_processor_without_avx512_gets_none_of_it() -> None:
    args = cmake_args(HASWELL | {"avx512_vnni"}, "x86_64")
    assert "-DGGML_AVX2=ON" in args and not any("AVX512" in arg and arg.endswith("=ON") for arg in args)


@pytest.mark.parametrize("machine", ["arm64", "aarch64"])
def test_other_processors_are_left_to_the_compiler(machine: str) -> None:
    assert cmake_args(set(), machine) == ["-DLLAMA_BUILD_TOOLS=OFF"]


def test_flags_are_read_from_the_first_processor(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("processor : 0\nflags\t\t: fpu avx2 amx_tile\n\nprocessor : 1\nflags\t\t: fpu\n")
    assert cpu_flags(path) == {"fpu", "avx2", "amx_tile"}
    assert cpu_flags(tmp_path / "absent") == set()


def test_other_switches_are_another_wheel(tmp_path: Path) -> None:
    assert wheel_folder(tmp_path, cmake_args(SAPPHIRE, "x86_64")) != wheel_folder(tmp_path, cmake_args(HASWELL, "x86_64"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("NEEDS_DISK", 1 << 60, "GB free"), ("NEEDS_MEMORY", 1 << 60, "of memory are free")],
    ids=["disk", "memory"],
)
def test_what_is_missing_is_said_before_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: int, says: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda tool: f"/usr/bin/{tool}")
    monkeypatch.setattr(build_llama, name, value)
    with pytest.raises(CannotBuild, match=says):
        build_llama.preflight(tmp_path / "llama" / "x")


def test_a_missing_compiler_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda tool: None)
    with pytest.raises(CannotBuild, match="apt-get install build-essential"):
        build_llama.preflight(tmp_path)


def test_the_installed_library_decodes_a_batch(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_llama.check(card.parent / "tiny.gguf")
    out = capsys.readouterr().out
    assert "works" in out and "AMX" not in out


def test_a_file_that_does_not_decode_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(90))
    with pytest.raises(CannotBuild, match="dies here"):
        build_llama.check(tmp_path / "bad.gguf")


def test_it_needs_only_the_standard_library() -> None:
    """The install step runs it before anything else is installed."""
    code = "import inference.build_llama"
    root = Path(build_llama.__file__).parent.parent
    result = subprocess.run([sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True)
    assert result.stderr == ""


class FakePip:
    """Stands in for `pip wheel`: notes the call and leaves a wheel, or a log and an exit code."""

    calls: list[tuple[list[str], dict[str, str]]] = []
    returncode = 0

    def __init__(self, command: list[str], stdout: TextIO, stderr: object, env: dict[str, str]) -> None:
        self.calls.append((command, env))
        stdout.write("CMake Error: no rule\n")
        stdout.flush()
        if not self.returncode:
            (Path(command[command.index("-w") + 1]) / "llama_cpp_python-0.3.36-py3-none-any.whl").write_bytes(b"wheel")

    def poll(self) -> int:
        return self.returncode


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> type[FakePip]:
    fake = type("Pip", (FakePip,), {"calls": []})
    monkeypatch.setattr("inference.build_llama.subprocess.Popen", fake)
    monkeypatch.setattr(build_llama, "preflight", lambda folder: None)
    return fake


def test_a_build_is_kept_for_the_next_time(pip: type[FakePip], tmp_path: Path) -> None:
    args = cmake_args(SAPPHIRE, "x86_64")
    folder = wheel_folder(tmp_path, args)
    wheel = build_llama.build(folder, args)
    assert build_llama.cached(folder) == wheel and wheel.exists()
    [(command, environment)] = pip.calls
    assert "llama-cpp-python==0.3.36" in command and environment["CMAKE_ARGS"] == " ".join(args)


def test_a_failed_build_shows_the_end_of_its_log_and_keeps_nothing(pip: type[FakePip], tmp_path: Path) -> None:
    pip.returncode = 1
    folder = wheel_folder(tmp_path, [])
    with pytest.raises(CannotBuild, match="CMake Error: no rule"):
        build_llama.build(folder, [])
    assert build_llama.cached(folder) is None
