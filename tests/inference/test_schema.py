from __future__ import annotations

from typing import Any

import pytest

from inference.errors import RequestInvalid
from inference.schema import grammar


def test_properties_keep_their_order() -> None:
    text = grammar({"type": "object", "properties": {"z": {"type": "null"}, "a": {"type": "null"}}, "required": ["z", "a"]})
    root = next(line for line in text.splitlines() if line.startswith("root ::="))
    assert root.index("z-kv") < root.index("a-kv")


def test_strings_hold_no_raw_control_characters() -> None:
    assert r"\x00-\x1F" in grammar({"type": "string"})


def test_references_of_pydantic_are_followed() -> None:
    schema: dict[str, Any] = {"$defs": {"Side": {"enum": ["x", "y"]}}, "type": "object", "properties": {"side": {"$ref": "#/$defs/Side"}}}
    assert '"\\"x\\""' in grammar(schema)


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "#/$defs/none"}, {"$ref": "https://example.org/schema"}])
def test_what_cannot_be_a_grammar_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        grammar(schema)
