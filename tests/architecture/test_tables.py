"""The file tables of the packages' READMEs: each file and folder of the package once, and none that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.test_shape import tracked
from tests.conftest import ROOT


def listed(package: str) -> list[str]:
    """Names in backticks in the first column of its tables of files."""
    readme = (ROOT / package / "README.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| ((?:`[\w./]+` ?)+)\|", readme, re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`([\w./]+)`", cell)]
    return [name.split("/")[0] for name in names if "/" in name or Path(name).suffix in (".py", ".toml")]


@pytest.mark.parametrize("package", ["inference", "models"])
def test_every_file_is_in_the_table_once(package: str) -> None:
    parts = {path.relative_to(ROOT / package).parts[0] for path in tracked() if path.is_relative_to(ROOT / package)}
    assert sorted(set(listed(package)) - {"weights"}) == sorted(parts - {"README.md", "__init__.py"})
    assert len(listed(package)) == len(set(listed(package)))


@pytest.mark.parametrize("folder", ["inference/backends", "inference/bench", "inference/llama", "models/training"])
def test_every_file_of_a_folder_is_named_where_it_is_described(folder: str) -> None:
    """In the folder's own docstring or README, or in its row of the package's table."""
    own = [path for name in ("__init__.py", "README.md") if (path := ROOT / folder / name).exists()]
    rows = re.findall(rf"^\| .*`{Path(folder).name}/`.*$", (ROOT / folder).parent.joinpath("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = set(re.findall(r"\w+", "\n".join([*rows, *(path.read_text(encoding="utf-8") for path in own)])))
    modules = {path.stem for path in tracked() if path.parent == ROOT / folder and path.suffix == ".py"}
    assert modules - {"__init__"} <= words
