"""What a consult is handed: search, exact drug facts, the engine, a clock. Nothing here does I/O by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

from inference.types import BUDGETS, Effort, Engine
from retrieval.types import Formulary, Glossary, Hit

Search = Callable[[str, int], Sequence[Hit]]
"""(query, most hits) -> hits, the best first."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Handed to the run function of every kind."""

    search: Search
    index_digest: str
    formulary: Formulary
    glossary: Glossary
    engine: Engine
    clock: Callable[[], float]
    """Seconds, monotonic."""
    dialect: ModuleType | None = None
    """`models.dialect` (render, answer_schema, restore) for engines that read symbols; wiring puts it in."""
    effort: Effort = Effort.HIGH
    """How much the model may think. A model with a think format of its own (the symbols dialect's notes) keeps its own budget."""

    @property
    def think_budget(self) -> int:
        """Tokens."""
        return BUDGETS[self.effort].tokens
