"""A JSON schema as a GBNF grammar: what the answer phase may write. The converter is llama-cpp-python's."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from inference.errors import RequestInvalid


def grammar(schema: dict[str, Any]) -> str:
    return _grammar(json.dumps(schema))


@lru_cache(maxsize=64)
def _grammar(schema: str) -> str:
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        text: str = json_schema_to_gbnf(schema)
    except Exception as error:  # the converter raises whatever its lookups raise
        raise RequestInvalid(f"the answer schema cannot be made a grammar ({type(error).__name__}: {error})") from error
    return strict_strings(text)


def strict_strings(text: str) -> str:
    """JSON forbids raw control characters in strings; the converter's `char` rule lets them through."""
    return text.replace('[^"\\\\] |', '[^"\\\\\\x00-\\x1F\\x7F] |')
