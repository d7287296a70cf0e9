"""Text of bytes in an encoding that nobody names: UTF-8, UTF-16 with its mark, and the national ones of Korea and China."""

from __future__ import annotations

import codecs

import regex

from retrieval.errors import SourceInvalid

_HANGUL, _HAN, _LETTER, _FOREIGN = (regex.compile(one) for one in (r"\p{Hangul}", r"\p{Han}", r"\p{L}", r"[^\x00-\x7f]"))
_KOREAN = 0.9
"""Share of Hangul among Hangul and Han from which bytes are Korean: Chinese read as Korean is a third Han, and Korean itself hardly any."""
_CHINESE = 0.6
"""Share of Han among all that is not ASCII."""
_LEAST = 0.3
"""Share of either among all letters: fewer may be the umlauts of a text in Latin letters."""


def decoded(data: bytes, name: str) -> str:
    """Raises SourceInvalid for anything else: a wrong letter in a dose is worse than a file that has to be saved again."""
    try:
        return utf(data)
    except UnicodeDecodeError as error:
        if _is_korean(korean := _tried(data, "cp949")):
            return korean
        if _is_chinese(chinese := _tried(data, "gb18030")):
            return chinese
        line = data[: error.start].count(b"\n") + 1
        raise SourceInvalid(name, "not UTF-8 text", line=line, remedy="Save the file as UTF-8.") from error


def _is_korean(text: str) -> bool:
    hangul = len(_HANGUL.findall(text))
    return bool(text) and hangul >= max(_LEAST * len(_LETTER.findall(text)), _KOREAN * (hangul + len(_HAN.findall(text))), 1)


def _is_chinese(text: str) -> bool:
    return bool(text) and len(_HAN.findall(text)) >= max(_LEAST * len(_LETTER.findall(text)), _CHINESE * len(_FOREIGN.findall(text)), 1)


def utf(data: bytes) -> str:
    """UTF-16 where its mark says so, else UTF-8."""
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def _tried(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""
