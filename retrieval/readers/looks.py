"""What styles and colours hide from a reader of HTML and DOCX, and which greys are lost on which ground (PDF too)."""

from __future__ import annotations

import regex

LIGHT = 240
"""Grey (of 255) from which a colour passes for white."""
FAINT = 18
"""Difference of grey (of 255) below which nothing is seen."""
PALE = 200
"""From this grey twice as much is needed: yellow on white."""
TINY = 2.0
"""Points or pixels; smaller letters are not read by anybody."""

_DECLARATION = regex.compile(r"\s*([\w-]+)\s*:\s*([^;]+)")
_HEX = regex.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})(?:[0-9a-f]{2})?$", regex.IGNORECASE)
_RGB = regex.compile(
    r"rgba?\(\s*(?P<r>[\d.]+)(?P<percent>%?)[\s,]+(?P<g>[\d.]+)%?[\s,]+(?P<b>[\d.]+)%?(?:[\s,/]+(?P<a>[\d.]+)(?P<ap>%?))?\s*\)",
    regex.IGNORECASE,
)
_NUMBER = regex.compile(r"-?[\d.]+")
_NAMED = {"white": 255, "snow": 251, "ivory": 254, "ghostwhite": 248, "whitesmoke": 245, "floralwhite": 250, "lightyellow": 251, "yellow": 225,
          "silver": 192, "gray": 128, "grey": 128, "black": 0, "transparent": -1}  # fmt: skip


def declarations(style: str) -> dict[str, str]:
    """`color: red; DISPLAY:none` -> names in lower case, values without `!important`."""
    return {
        name.lower(): value.lower().replace("!important", "").strip()
        for name, value in _DECLARATION.findall(regex.sub(r"/\*.*?\*/", "", style))
    }


def grey(colour: str) -> int | None:
    """Brightness 0 to 255; -1 = transparent; None = not known here."""
    colour = colour.strip().lower()
    if colour in _NAMED:
        return _NAMED[colour]
    if found := _HEX.match(colour):
        digits = found[1] if len(found[1]) == 6 else "".join(two * 2 for two in found[1])
        return (299 * int(digits[:2], 16) + 587 * int(digits[2:4], 16) + 114 * int(digits[4:], 16)) // 1000
    if found := _RGB.match(colour):
        if found["a"] and _number(found["a"]) <= (5 if found["ap"] else 0.05):
            return -1
        scale = 2.55 if found["percent"] else 1.0
        return int(scale * (299 * _number(found["r"]) + 587 * _number(found["g"]) + 114 * _number(found["b"])) / 1000)
    return None


def lost(colour: float, ground: float) -> bool:
    """Whether letters of one grey do not stand out from a ground of the other, whatever their hues."""
    return abs(colour - ground) < (2 * FAINT if min(colour, ground) >= PALE else FAINT)


def hidden(style: dict[str, str], ground: int) -> str:
    """Why text in this style on a ground of this grey is not seen, or an empty string."""
    if style.get("display") == "none":
        return "text that is not displayed"
    if style.get("visibility") in ("hidden", "collapse") or _zero(style.get("opacity", "1"), 0.05):
        return "text made invisible"
    if (
        "font-size" in style
        and _NUMBER.match(style["font-size"])
        and _zero(style["font-size"], _SMALLEST.get(_unit(style["font-size"]), TINY))
    ):
        return "text of no size"
    if any(
        name in style and _NUMBER.match(style[name]) and abs(_number(style[name])) >= 900
        for name in ("left", "top", "text-indent", "margin-left")
    ):
        return "text outside the page"
    if style.get("overflow") in ("hidden", "clip") and any(
        _zero(style.get(name, "1"), 1) for name in ("height", "width", "max-height", "max-width")
    ):
        return "text in a box of no size"
    if regex.match(r"(?:rect\(0|inset\((?:50|100)%)", style.get("clip", style.get("clip-path", ""))):
        return "text that is clipped away"
    colour = grey(style["color"]) if "color" in style else None
    if colour == -1:
        return "transparent text"
    if colour is not None and lost(colour, ground):
        return "white text on white" if ground >= LIGHT else "text in the colour of its background"
    return ""


_SMALLEST = {"em": 0.2, "rem": 0.2, "%": 20}
"""Below these letters are no longer read; others are points or pixels."""


def _unit(value: str) -> str:
    return str(_NUMBER.sub("", value, count=1)).strip()


def _zero(value: str, below: float) -> bool:
    return bool(_NUMBER.match(value)) and _number(value) < below


def _number(value: str) -> float:
    found = _NUMBER.match(value)
    try:
        return float(found[0]) if found else 0.0
    except ValueError:
        return 0.0


def ground(colour: str, inherited: int) -> int:
    """The grey of a background, or the inherited one if it is transparent, a picture or not known."""
    found = next((one for part in regex.split(r"\s+(?![^(]*\))", colour) if (one := grey(part)) is not None and one >= 0), None)
    return inherited if found is None else found
