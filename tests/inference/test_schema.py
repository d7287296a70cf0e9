from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import validate

from inference.backends.host import HostEngine
from inference.errors import RequestInvalid
from inference.schema import grammar
from inference.types import collect
from models import dialect
from tests.inference.contract import ask


def test_properties_keep_their_order() -> None:
    text = grammar({"type": "object", "properties": {"z": {"type": "null"}, "a": {"type": "null"}}, "required": ["z", "a"]})
    root = next(line for line in text.splitlines() if line.startswith("root ::="))
    assert root.index("z-kv") < root.index("a-kv")


def test_strings_hold_no_raw_control_characters() -> None:
    assert r"\x00-\x1F" in grammar({"type": "string"})


def test_references_of_pydantic_are_followed() -> None:
    schema: dict[str, Any] = {"$defs": {"Side": {"enum": ["x", "y"]}}, "type": "object", "properties": {"side": {"$ref": "#/$defs/Side"}}}
    assert '"\\"x\\""' in grammar(schema)


def test_constants_are_written_as_themselves() -> None:
    assert "⟨u1⟩" in grammar({"enum": ["⟨u1⟩"]}) and "아픽사반" in grammar({"const": "아픽사반"})


@pytest.mark.parametrize(("ids", "missing"), [(["E1.1", "E2.3"], ["⟨u1⟩"]), (["E1.1"], []), ([], [])], ids=["full", "nothing missing", "empty"])
def test_the_arbiter_s_answers_have_a_grammar_that_runs(engine: HostEngine, ids: list[str], missing: list[str]) -> None:
    schema = dialect.answer_schema(ids, missing)
    [one] = collect(engine.generate(ask(answer_schema=schema, max_tokens=900, think_budget=4)))
    if one.finish == "stop":
        validate(json.loads(one.answer), schema)
    assert one.finish in ("stop", "length", "loop") and one.answer.startswith("{")


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "#/$defs/none"}, {"$ref": "https://example.org/schema"}])
def test_what_cannot_be_a_grammar_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        grammar(schema)
