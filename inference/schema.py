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
    from llama_cpp.llama_grammar import SchemaConverter

    class Converter(SchemaConverter):
        """Constants are written as themselves: left alone, "⟨u1⟩" would have to be spelled "\\u27e8u1\\u27e9"."""

        def _generate_constant_rule(self, value: Any) -> str:
            return str(self._format_literal(json.dumps(value, ensure_ascii=False)))  # type: ignore[no-untyped-call]

    try:
        converter = Converter(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)  # type: ignore[no-untyped-call]
        converter.visit(converter.resolve_refs(json.loads(schema), "answer"), "")  # type: ignore[no-untyped-call]
        return strict_strings(converter.format_grammar())  # type: ignore[no-untyped-call]
    except Exception as error:  # the converter raises whatever its lookups raise
        raise RequestInvalid(f"the answer schema cannot be made a grammar ({type(error).__name__}: {error})") from error


def strict_strings(text: str) -> str:
    """JSON forbids raw control characters in strings; the converter's `char` rule lets them through."""
    return text.replace('[^"\\\\] |', '[^"\\\\\\x00-\\x1F\\x7F] |')
