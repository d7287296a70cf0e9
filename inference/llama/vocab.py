"""Text to tokens and back, for one model's vocabulary.

`trusted` text may hold control tokens; `untrusted` text never yields one, whatever it spells. llama.cpp's own switch
(`parse_special=False`) is not enough: it still parses user-defined tokens, and R1's `</think>` is one.
"""

from __future__ import annotations

import ctypes
import re
from functools import cached_property

from inference.llama.library import lib


class Vocab:
    def __init__(self, model: int) -> None:
        self._vocab = lib.llama_model_get_vocab(model)
        self.size = int(lib.llama_vocab_n_tokens(self._vocab))
        attributes = [int(lib.llama_vocab_get_attr(self._vocab, token)) for token in range(self.size)]
        marked = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED | lib.LLAMA_TOKEN_ATTR_UNKNOWN
        spelled = {token: self._spelling(token) for token, value in enumerate(attributes) if value & marked}
        self.control = frozenset(t for t in spelled if attributes[t] & ~lib.LLAMA_TOKEN_ATTR_USER_DEFINED & marked)
        self.guarded = self.control | frozenset(t for t, text in spelled.items() if re.fullmatch(r"<.+>|\[[A-Z_/]+\]", text, re.S))
        """Ids that untrusted text must not yield: control tokens, and user-defined ones that look like tags."""
        self.ends = frozenset(token for token in range(self.size) if lib.llama_vocab_is_eog(self._vocab, token))
        texts = sorted({spelled[t] for t in self.guarded if len(spelled[t]) > 1}, key=len, reverse=True)
        self._guard = re.compile("|".join(map(re.escape, texts))) if texts else None
        self._pieces: dict[int, bytes] = {}

    @property
    def pointer(self) -> int:
        return int(self._vocab)

    @cached_property
    def bos(self) -> int:
        return int(lib.llama_vocab_bos(self._vocab))

    def single(self, text: str) -> int | None:
        """The one token that this trusted text is, or None where it is spelled with several."""
        tokens = self.trusted(text)
        return tokens[0] if len(tokens) == 1 else None

    def trusted(self, text: str) -> list[int]:
        return self._tokenise(text, special=True)

    def untrusted(self, text: str) -> list[int]:
        """Tokens of foreign text: each spelled control token is cut after its first character."""
        tokens = [token for part in self._cut(text) for token in self._tokenise(part, special=False)]
        if not self.guarded.isdisjoint(tokens):
            raise AssertionError("untrusted text yielded a control token")
        return tokens

    def piece(self, token: int) -> bytes:
        """The bytes of a token; nothing for a control token."""
        if token not in self._pieces:
            self._pieces[token] = b"" if token in self.control else self._bytes(token, special=False)
        return self._pieces[token]

    def _cut(self, text: str) -> list[str]:
        parts, start = [], 0
        while self._guard and (found := self._guard.search(text, start)):
            parts.append(text[start : found.start() + 1])
            start = found.start() + 1
        return [*parts, text[start:]]

    def _tokenise(self, text: str, special: bool) -> list[int]:
        raw = text.encode("utf-8", "replace")
        if not raw:
            return []
        room = len(raw) + 8
        buffer = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, raw, len(raw), buffer, room, False, special)
        if count < 0:
            raise AssertionError(f"tokeniser asks for {-count} tokens for {len(raw)} bytes")
        tokens = list(buffer[:count])
        ctypes.memset(buffer, 0, ctypes.sizeof(buffer))
        return tokens

    def _spelling(self, token: int) -> str:
        return self._bytes(token, special=True).decode("utf-8", "replace")

    def _bytes(self, token: int, special: bool) -> bytes:
        buffer = ctypes.create_string_buffer(64)
        count = lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        if count < 0:
            buffer = ctypes.create_string_buffer(-count)
            count = lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, special)
        return buffer.raw[:count]
