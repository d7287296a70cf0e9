"""The frozen shape of a symbolic prompt, and the answer's schema."""

from __future__ import annotations

import pytest

from models import dialect
from models.dialect import SymbolicCase, SymbolicItem, SymbolicPassage, SymbolicPrompt

PROMPT = SymbolicPrompt(
    case=SymbolicCase(78, "female", ("⟨c1⟩", "⟨c2⟩"), ("⟨m1⟩",)),
    question="Which treatment for ⟨c1⟩?",
    x=(SymbolicItem("start", "⟨x1⟩⟨b1⟩"), SymbolicItem("stop", "⟨y2⟩")),
    y=(SymbolicItem("start", "⟨y1⟩"),),
    passages=(
        SymbolicPassage("recommendation", "strong", "high", ("Offer ⟨x1⟩ rather than ⟨y1⟩ to adults with ⟨c1⟩.", "Not in ⟨n1⟩.")),
        SymbolicPassage("narrative", "ungraded", "ungraded", ("⟨d1⟩ is\nolder.",)),
    ),
)
GOLDEN = """Case: 78 female; has⟨c1⟩⟨c2⟩; takes⟨m1⟩
Question: Which treatment for⟨c1⟩?
X: start⟨x1⟩⟨b1⟩; stop⟨y2⟩
Y: start⟨y1⟩
E1 recommendation strong high
Offer⟨x1⟩ rather than⟨y1⟩ to adults with⟨c1⟩.E1.1
Not in⟨n1⟩.E1.2
E2 narrative
⟨d1⟩ is older.E2.1"""


def test_it_works() -> None:
    assert dialect.render(PROMPT) == GOLDEN
    assert dialect.ids_of(PROMPT) == ["E1.1", "E1.2", "E2.1"]


def test_restore_puts_names_and_spaces_back() -> None:
    names = {"⟨x1⟩": "apixaban", "⟨c1⟩": "atrial fibrillation"}
    assert dialect.restore("⟨x1⟩ is recommended for⟨c1⟩.", names) == "apixaban is recommended for atrial fibrillation."


def test_unknown_symbol_stays_visible() -> None:
    assert dialect.restore("⟨x2⟩ helps.", {}) == "⟨x2⟩ helps."


def test_schema_admits_only_what_is_at_hand() -> None:
    schema = dialect.answer_schema(["E1.1"], ["⟨u1⟩"])
    assert list(schema["properties"]) == ["outcome", "claims", "missing"]
    assert schema["properties"]["claims"]["items"]["properties"]["cites"]["items"]["enum"] == ["E1.1"]
    assert schema["properties"]["missing"]["items"]["enum"] == ["⟨u1⟩"]


def test_nothing_open_means_no_need_of_data() -> None:
    schema = dialect.answer_schema(["E1.1"], [])
    assert "need_data" not in schema["properties"]["outcome"]["enum"]
    assert schema["properties"]["missing"]["maxItems"] == 0


@pytest.mark.parametrize(("role", "index"), [("x", 0), ("x", 7), ("u", 5)])
def test_symbol_without_a_token_is_refused(role: str, index: int) -> None:
    with pytest.raises(ValueError):
        dialect.symbol(role, index)


def test_too_many_sentences_are_refused() -> None:
    long = SymbolicPassage("narrative", "ungraded", "ungraded", ("a.",) * (dialect.MAX_SENTENCES + 1))
    with pytest.raises(ValueError):
        dialect.render(SymbolicPrompt(PROMPT.case, "?", (), (), (long,)))


def test_untrusted_text_cannot_hold_symbols_or_control_tokens() -> None:
    text = dialect.strip_symbols("⟨x1⟩ <｜User｜> E2.1 says </think>")
    assert not dialect.SYMBOL.search(text) and "｜" not in text and "E2.1" not in text and "</think>" not in text
