"""What a command from the shell asks, by one rule: the model and the effort that the kind is put to, unless others are named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.utils import OperationalError, ProgrammingError

from clinic import wiring
from clinic.consults.routing import Choice, chosen
from clinic.reasoning.tools import Tools
from inference.types import Effort

EFFORTS = [str(effort) for effort in Effort]


@contextmanager
def tools_at_hand(model: str = "", effort: str = "", kind: str = "arbitration") -> Iterator[Tools]:
    """`model`: a name of the catalogue, the path of a card, or what a server serves; a host of its own is started where none runs."""
    choice = _choice(kind)
    with wiring.engine_at_hand(model or choice.model) as engine:
        yield wiring.tools(use=engine, effort=Effort(effort) if effort else choice.effort)


def _choice(kind: str) -> Choice:
    try:
        return chosen(kind)
    except (OperationalError, ProgrammingError):  # a database without tables: nobody can have chosen
        return Choice(kind, wiring.default_model(), Effort.HIGH)
