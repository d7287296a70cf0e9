"""The questions of the demonstration disagreements, as the benchmarks of search ask them. Imports no models: their child processes use it."""

from __future__ import annotations

import yaml
from django.conf import settings


def questions() -> list[str]:
    """In the order of their files."""
    files = sorted((settings.FIXTURES / "disagreements").glob("*.yaml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8"))["question"] for path in files]
