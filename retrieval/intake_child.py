"""The process that reads a stranger's file: `python -m retrieval.intake_child NAME FIRST PARENT`, the file on stdin.

Writes messages to stdout, each a length (4 bytes, big-endian) and JSON: {"page": ...}, at last {"done": true} or {"error": ...}.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from pathlib import PurePath
from typing import Any

from retrieval.confinement import confine
from retrieval.errors import RetrievalError, SourceInvalid


def main(name: str, first: int, parent: int) -> None:
    """Confines itself, then reads."""
    confine(parent)
    from retrieval.readers import READERS

    try:
        for page in READERS[PurePath(name).suffix.lower()](sys.stdin.buffer.read(), name, first):
            if page.number >= first:
                _say({"page": page.model_dump(mode="json")})
        _say({"done": True})
    except SourceInvalid as error:
        fields = {"problem": error.problem, "line": error.line, "field": error.field, "remedy": error.remedy}
        _say({"error": {"code": error.code, "fields": fields}})
    except RetrievalError as error:
        _say({"error": {"code": error.code, "message": str(error)}})
    except (MemoryError, RecursionError) as error:
        _say({"error": {"code": type(error).__name__}})
    except Exception as error:
        _say({"error": {"code": "crashed", "kind": type(error).__name__}})


def _say(message: dict[str, Any]) -> None:
    data = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    view = memoryview(struct.pack(">I", len(data)) + data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
