"""README.md tells the truth: its commands exist, its links lead somewhere, every setting is described."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def settings() -> list[str]:
    """Every variable of ours that the product reads."""
    sources = [ROOT / "clinic" / "settings.py", ROOT / "inference" / "build_llama.py"]
    return sorted({name for path in sources for name in re.findall(r"[\"'](CONSILIUM_[A-Z_]+)[\"']", path.read_text())})


@pytest.mark.parametrize("command", ["run", "test"])
def test_both_commands_are_shown_and_exist(command: str) -> None:
    assert re.search(rf"^make {command}\b", README, re.MULTILINE)
    assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE)


def test_every_make_command_shown_exists() -> None:
    shown = set(re.findall(r"\bmake ([a-z][a-z-]*)\b", "\n".join(re.findall(r"```.*?```|`[^`\n]+`", README, re.DOTALL))))
    assert shown <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("name", settings())
def test_every_setting_is_described(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|.{{20,}}", README, re.MULTILINE), f"{name} has no line in the table of README.md"


def test_no_setting_is_described_that_is_gone() -> None:
    assert set(re.findall(r"^\| `(CONSILIUM_[A-Z_]+)` \|", README, re.MULTILINE)) == set(settings())


def test_every_link_leads_somewhere() -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", README) if "://" not in link]
    assert not [link for link in links if link and not (ROOT / link).exists()]


@pytest.mark.parametrize("command", sorted(set(re.findall(r"manage\.py ([a-z_]+)", README))))
def test_every_shell_door_exists(command: str) -> None:
    from django.core.management import get_commands

    assert command in get_commands()
