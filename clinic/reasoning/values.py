"""The base of every value in the reasoning core: frozen, and closed to unknown fields."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value. The same type is database JSON, stream payload and page context."""

    model_config = ConfigDict(frozen=True, extra="forbid")
