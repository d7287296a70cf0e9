"""How often a dose is taken, read from the words of a plan in English, Korean and Chinese. What is not known gives None."""

from __future__ import annotations

import re

WORDS = {
    "one": 1, "once": 1, "two": 2, "twice": 2, "three": 3, "thrice": 3, "four": 4, "five": 5, "six": 6,
    "한": 1, "두": 2, "세": 3, "네": 4, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4,
}  # fmt: skip
NUMBER = rf"(?:\d+|{'|'.join(WORDS)})"
PERIOD = {"hour": 1 / 24, "hr": 1 / 24, "h": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
"""Days. Minutes are left out: a dose every 5 minutes is repeated a few times, not all day."""
FIXED = {
    "daily": 1, "od": 1, "qd": 1, "every day": 1, "a day": 1, "per day": 1, "at night": 1, "nocte": 1, "nightly": 1, "at bedtime": 1,
    "in the morning": 1, "every morning": 1, "every night": 1, "every evening": 1, "mane": 1, "bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4, "weekly": 1 / 7, "monthly": 1 / 30,
    "fortnightly": 1 / 14, "yearly": 1 / 365, "every other day": 1 / 2, "alternate days": 1 / 2, "on alternate days": 1 / 2,
}  # fmt: skip
SINGLE = re.compile(r"^(?:once|single dose|stat|one dose|one[- ]off)(?: only)?$")
EVERY = re.compile(rf"\b(?:every|q|each) ?({NUMBER})?(?: ?(?:to|-|–) ?({NUMBER}))? ?(hours?|hrs?|hourly|h|days?|weeks?|months?|years?)\b")
HOURLY = re.compile(r"\b(\d+)[- ]hourly\b")
TIMES = re.compile(
    rf"\b({NUMBER})(?: ?(?:to|-|–) ?({NUMBER}))?(?: times)?(?: ?/ ?| (?:a |an |per |each |every )?)(day|daily|week|weekly|month|monthly|year|yearly)\b"
)
EAST = re.compile(rf"(?:1일|하루(?:에)?|每日|每天|一日|매일) ?({NUMBER}) ?(?:회|번|次)")


def is_single(frequency: str) -> bool:
    """Whether the dose is given one time only."""
    return bool(SINGLE.match(_plain(frequency)))


def per_day(frequency: str, *, most: bool = True) -> float | None:
    """Doses a day, e.g. `every 8 hours` -> 3; of a range the most or the fewest; a single dose counts as one on its day. None: not known."""
    text = _plain(frequency)
    if SINGLE.match(text):
        return 1.0
    if match := EAST.search(text):
        return float(_number(match[1]))
    if match := HOURLY.search(text):
        return 24 / int(match[1]) if int(match[1]) else None
    if text in FIXED:
        return float(FIXED[text])
    if match := TIMES.search(text):
        period = PERIOD[match[3].removesuffix("ly").replace("dai", "day")]
        return _number((most and match[2]) or match[1]) / period
    if match := EVERY.search(text):
        count = _number((not most and match[2]) or match[1] or "1")
        unit = match[3].removesuffix("ly").removesuffix("s")
        return 1 / (count * PERIOD[unit]) if count else None
    known = [words for words in FIXED if re.match(rf"{re.escape(words)}\b", text)]
    return float(FIXED[max(known, key=len)]) if known else None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else WORDS[word]


def _plain(frequency: str) -> str:
    text = re.sub(r"\bb\.i\.d\.?", "bid", frequency.casefold())
    text = re.sub(r"\bt\.i\.d\.?|\bt\.d\.s\.?", "tid", text)
    return " ".join(text.split())
