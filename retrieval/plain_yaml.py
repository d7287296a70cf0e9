"""YAML for content written by people: no anchors, no duplicate keys, no surprises (`no`, `2025-01-15` and `1:30` stay text)."""

from __future__ import annotations

from typing import Any

import regex
import yaml

from retrieval.errors import SourceInvalid

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Safe loader whose scalars are text unless plainly null, true, false or a number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}


for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", regex.compile(_pattern), _first)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        name = loader.construct_object(key)
        if not isinstance(name, str | int | float | bool) or name in seen:
            raise yaml.MarkedYAMLError(problem=f"key {name!r} is repeated or not a plain name", problem_mark=key.start_mark)
        seen.add(name)
    result: dict[Any, Any] = yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep=True)
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str, name: str, *, first_line: int = 1) -> Any:
    """The value of the one document in `text`; `first_line` is where the text begins in the file called `name`."""
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise SourceInvalid(name, "anchors and aliases are not read", line=_line(event, first_line), remedy="Write the value out.")
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not readable as YAML"
        line = mark.line + first_line if mark is not None else first_line
        raise SourceInvalid(name, str(problem), line=line, remedy="Quote text that holds `: ` or `#`.") from error


def _line(event: Any, first_line: int) -> int:
    return int(event.start_mark.line) + first_line
