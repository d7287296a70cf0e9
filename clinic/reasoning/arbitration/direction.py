"""What a symbolised sentence plainly says for or against either plan, read by rules and not by a model.

A closed list of constructions (`offer X`, `X should not be used`, `X rather than Y`, `X or Y`) of which English recommendations are made.
A sentence that fits none of them, or that names a plan's treatment outside them, says nothing here: the reader would rather be silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clinic.reasoning.facts import Side


@dataclass(frozen=True, slots=True)
class Says:
    """The plans whose own treatment a sentence favours and opposes; `over`: the plan it prefers to the other by name."""

    favours: frozenset[Side] = frozenset()
    opposes: frozenset[Side] = frozenset()
    over: Side | None = None

    def __bool__(self) -> bool:
        return bool(self.favours or self.opposes)


NOTHING = Says()

_UNREAD = re.compile(
    r"\b(?:evidence (?:does not|is|was|on)|(?:no|not enough|insufficient|inadequate) (?:trials?|stud(?:y|ies)|data|evidence)|not known|unclear|uncertain|whether|whichever"
    r"|compared?|compar(?:ing|ison)|versus|mixed|question|otherwise|although|though|while|whereas|only|until|then|first and|(?<!or )(?:less|more)|fewer|than with|than on|placebo"
    r"|neither|role|last resort|apart from|fail(?:s|ed|ure)?|(?:not|is|are) (?:tolerated|available|suitable|allowed|possible)|unsuitable|unavailable|declined|refused|intoleran\w+|cannot"
    r"|(?:stopp|withhold|omitt|withdraw|leav|deny|interrupt|delay|deprescrib|taper|prolong)ing|delay in|rarely|seldom|hardly|without ⟨[xy]⟩|do without|instead(?! of)|as opposed to|about"
    r"|and (?:stop|withdraw|drop|leave|omit|limit)|cease|rais(?:e|es|ed)|lower(?:s|ed)|reduc(?:e|es|ed(?! dose))|until|limit|omits|avoids|alternatives to|and not ⟨|(?:and|but) (?:do )?not|(?:people|patients|women|men|those) (?:on|taking|starting|given)"
    r"|did|was|were|had|found|showed|(?<!reduced )dose of|levels? of|effects? of|check|monitor|measure|before every|alternative to (?=[^.;:]*⟨[xy]⟩)|in the absence|respectively)\b",
    re.I,
)
"""Reports, comparisons of results and turns of thought that these rules do not follow."""

_ELSEWHERE = re.compile(
    r"\b(?:without|except(?: in| for| with| when| if)?|unless|other than in|free of|do not have|no(?! other)) (?:[a-z-]+ ){0,4}⟨c⟩"
    r"|\b(?:if|when|where|(?<!at )once(?! daily| a day| or twice)|despite|who|whose|at risk of|in whom|need for)\b(?! (?:the )?(?:patient|person|woman|man) (?:accepts|agrees|wishes|prefers))(?![^,.;:]*⟨[cn]⟩)"
    r"|⟨u⟩|^[^.;]*\b(?:stop|withdraw|discontinue|pause)\b[^.;]*\b(?:before|after|during|days|at least)\b"
    r"|\b(?:not|never)\b[^.;:]*\bwithout\b",
    re.I,
)
"""For other patients than this one, or under a condition that is not known to hold: what must fail holds, what must hold is words."""

_SYMBOL = "⟨[a-z]⟩"
_WORD = r"(?!(?:to|in|for|if|when|where|with|unless|because|since|after|before|of|not|no|and|or|than|on|by|from|at|rather|instead|is|are)\b)[\w/%.-]+"
_ITEM = rf"(?:{_WORD} ){{0,4}}{_SYMBOL}(?: ⟨[xy]⟩)?(?: for \d+ (?:to \d+ )?(?:days?|weeks?))?"
_JOIN = r"(?: ?, ?(?:or |and )?| or | and | plus | with | together with | ?\( ?| ?\) ?(?:or |and )?)"
_LIST = rf"{_ITEM}(?:{_JOIN}{_ITEM})*"
_BARE = rf"{_SYMBOL}(?:{_JOIN}(?:an? |the |oral |either |another )*{_SYMBOL})*"

_ADVERB = r"(?:(?:also|always|generally|usually|normally|strongly|routinely|clearly|both|still|now|either|formally|absolutely|conditionally|safely|equally|all|a|an|the) )*"
_VERB = (
    r"(?:offer|give|use|prescribe|provide|start|begin|initiate|add|introduce|consider|choose|select|prefer|favour|continue|administer|resume|restart|recommend|advise|suggest"
    r"|perform|carry out|arrange|do|switch to|change to|consider (?:adding|starting|giving|using|switching to))\b(?! of\b)"
)
_TREAT = r"(?:treat|manage|start|begin|cover|control)\b(?:(?! with )[^.;:,])*? with"
_HALT = r"(?:avoid|stop|withdraw|discontinue|withhold|omit|consider (?:stopping|withdrawing|tapering))\b"
_KEEP = r"(?:withhold|stop|avoid|delay|omit|discontinue|refuse|defer|deny|interrupt|postpone)\b"
_CUE = re.compile(
    rf"(?:^|[,:] |\band |\b(?:should|may|must|can) (?=not |never |{_VERB})|\bwe (?=recommend|suggest|advise))"
    rf"(?P<no>(?:do not|never|not|should never|must never) {_ADVERB}|(?:avoid|(?:recommend|advise|suggest) against) (?:the use of |giving |starting |using )?)?"
    rf"(?:(?P<halt>{_HALT}|{_KEEP})|(?P<give>{_TREAT}|{_VERB})|(?P<bare>(?<=avoid )|(?<=against )|(?<=of )|(?<=ing ))) ?(?P<what>{_LIST})",
    re.I,
)

_PAST_DONE = r"(?:offered|given|used|prescribed|started|considered|preferred|added|continued|chosen|administered|tried|initiated|included|recommended|performed)"
_PAST_LEFT = r"(?:withheld|stopped|avoided|delayed|omitted|discontinued|refused|deferred|denied|interrupted|withdrawn)"
_GOOD = (
    r"(?:recommended|advised|preferred|indicated|suggested|acceptable|appropriate|reasonable|suitable|first[- ]line|first choice|treatment of choice|drug of choice"
    r"|preferred (?:treatment|drug|option|choice)|option|options|good choice|standard of care|usual alternative|acceptable alternative)\b"
)
_BAD = r"(?:contraindicated|unsafe|harmful|dangerous|not (?:recommended|advised|indicated|suggested|safe|an option)|to be avoided|forbidden|prohibited)\b"
_OF_PATIENTS = r"(?: (?:first|alone|early|by mouth|once daily|(?:in|for|with|within|at|of) (?:(?!is\b|are\b|should\b|may\b|or\b)[\w.%/-]+ ){0,6}(?:⟨[cnu]⟩|(?<=hours )|(?<=days )|(?<=weeks ))?)){0,2} ?,? ?"
_SAYS = re.compile(
    rf"(?P<who>{_BARE}){_OF_PATIENTS}(?P<what>(?:is|are|remains?|should|must|may|can|cannot|could|need not)\b [^.;:⟨]*)", re.I
)
_MEANS: tuple[tuple[str, bool], ...] = (
    (rf"(?:is|are|remains?) {_ADVERB}{_BAD}", False),
    (rf"(?:(?:should|must|may) {_ADVERB}not {_ADVERB}|need not )be {_PAST_LEFT}\b", True),
    (rf"(?:(?:should|must|may) {_ADVERB}(?:not|never) {_ADVERB}|cannot )be \w+", False),
    (rf"(?:should|must) {_ADVERB}be {_ADVERB}{_PAST_LEFT}\b", False),
    (rf"(?:is|are|remains?) {_ADVERB}{_GOOD}", True),
    (rf"(?:should|must|may|can|could) {_ADVERB}be {_ADVERB}{_PAST_DONE}\b", True),
)
"""How what is said of a treatment begins -> whether it speaks for it. The first that fits counts."""
_AMONG = re.compile(
    r"\b(?:taking|receiving|on|with|after|before|than|of|for|at|within|from|by|if|when|where|unless|without|against|in place|combine)(?: (?:an?|the|oral|either))* $",
    re.I,
)
"""Before a treatment that is a circumstance, not what the sentence is about."""

_RATHER = r"(?:rather than|instead of|in preference to|in place of)(?: (?:giving|using|adding|starting|switching to|changing to))?"
_BETTER = (
    r"(?:(?:preferred|preferable|superior) to|(?:better|safer|more effective) than|(?:recommended|preferred|suggested|advised|favoured|chosen) over"
    r"|(?:recommended|advised) (?:in preference to|rather than|instead of))"
)
_COMPARED: tuple[str, ...] = (
    rf"^(?:[^.;:]*, )?(?:prefer|favour) (?P<a>{_LIST})[^⟨⟩.;:]*? (?:to|over) (?P<b>{_LIST})",
    rf"^(?:[^.;:]*, )?(?:switch|change|convert)(?: {_WORD}){{0,2}} from (?P<b>{_LIST}) to (?P<a>{_LIST})",
    rf"(?P<a>{_BARE}){_OF_PATIENTS}(?:is|are|should be) {_ADVERB}{_BETTER} (?P<b>{_LIST})",
    rf"^(?:rather than|instead of|in place of) (?P<b>{_LIST}), {_VERB} (?P<a>{_LIST})",
    rf"(?:^|, )(?P<a>{_LIST}),? {_RATHER} (?P<b>{_LIST}){_OF_PATIENTS}(?:is|are|should be|may be) {_ADVERB}(?:{_GOOD}|{_PAST_DONE}\b)",
    rf"(?:^|, |\bshould |\bmay |\bwe )(?P<no>(?:do not|never|not) )?{_VERB} (?P<a>{_LIST})[^⟨⟩.;:]*?,? {_RATHER} (?P<b>{_LIST})",
    rf"(?:^|, |\bshould |\bmay |\bwe )(?P<no>(?:do not|never|not) )?{_VERB} (?P<a>{_LIST})(?: [^.;:]*? ?{_SYMBOL}[^⟨⟩.;:]*?),? {_RATHER} (?P<b>{_LIST})",
    rf"(?:^|, |\bshould |\bmay |\bwe )(?P<no>(?:do not|never|not) ){_VERB} (?P<a>{_LIST}) (?:over|before) (?P<b>{_LIST})",
)
_COMPARISONS = tuple(re.compile(one, re.I) for one in _COMPARED)
_CALLS = re.compile(
    rf"\b(?:calls? for|is an indication for|warrants?|needs?(?: treatment (?:with|containing))?|should be treated with|is treated with) (?P<what>{_LIST})",
    re.I,
)


def read(text: str) -> Says:
    """What a symbolised sentence says of the plans' own treatments (`⟨x1⟩`, `⟨y2⟩`). Never raises."""
    plain = re.sub(r"⟨([a-z])\d+⟩", r" ⟨\1⟩ ", text).replace("(", " ( ").replace(")", " ) ")
    plain = re.sub(r" +", " ", plain).strip()
    plain = re.sub(r" ([,.;:])", r"\1", plain)
    plain = re.sub(r"⟨([a-z])⟩,? (?:such as|for example|preferably|like) ", r"⟨\1⟩, ", plain)
    plain = re.sub(r"^do not hesitate to ", "", plain, flags=re.I)
    if _UNREAD.search(plain) or _ELSEWHERE.search(plain) or re.search(r"⟨[xy]⟩ of ⟨[dm]⟩|⟨[dm]⟩ ⟨[xy]⟩", plain):
        return NOTHING
    plain = re.sub(r"⟨([xy])⟩ of ⟨b⟩", r"⟨\1⟩", plain)
    plain = re.sub(r"⟨b⟩ (?:at |for |within )?⟨([xy])⟩", r"⟨\1⟩", plain)
    named = _sides(plain)
    for reader in (_comparison, _instruction, _statement):
        if said := reader(plain):
            return said if named <= said.favours | said.opposes else NOTHING
    return NOTHING


def _sides(text: str) -> frozenset[Side]:
    return frozenset(Side(letter) for letter in re.findall(r"⟨([xy])⟩", text))


def _listed(text: str) -> frozenset[Side]:
    """The sides of a list of alternatives; none where both are given together."""
    sides = _sides(text)
    return sides if len(sides) < 2 or not re.search(r"\b(?:with|plus)\b", text) else frozenset()


def _negated(text: str) -> bool:
    return bool(re.search(r"\b(?:not|never|neither|nor|cannot|against)\b", text, re.I))


def _comparison(text: str) -> Says:
    """One thing put before another."""
    for pattern in _COMPARISONS:
        if m := pattern.search(text):
            refused = m.groupdict().get("no")
            if _negated(text[: m.start()] + m.group(0).replace(refused or "\0", " ")):
                return NOTHING
            better, worse = _listed(m["a"]), _listed(m["b"])
            if refused:
                better, worse = worse, better
            if better & worse:
                return NOTHING
            return Says(better, worse, next(iter(better)) if better and worse else None)
    return NOTHING


_HOW_MUCH = re.compile(r"\b(?:within|at|for|over|by|to) ⟨([xy])⟩")


def _instruction(text: str) -> Says:
    """`Offer X or Y`, `Do not use X`, `Treat K with X`, `Avoid X`; `Do B within Y`, where both plans do B at their own time or dose."""
    for m in _CUE.finditer(text):
        sides, no = _listed(m["what"]), (m["no"] or "").casefold()
        if "⟨b⟩" in m["what"] and not sides and (much := _HOW_MUCH.search(text, m.end())):
            sides = frozenset({Side(much.group(1))})
            if m["halt"]:
                return Says(opposes=sides) if no and m["halt"].casefold() == "delay" else NOTHING
        if not sides or (m["bare"] is not None and not no):
            continue
        if m["halt"] and no:
            return Says(favours=sides) if not no.startswith("avoid") else NOTHING
        return Says(opposes=sides) if m["halt"] or no else Says(favours=sides)
    return NOTHING


def _statement(text: str) -> Says:
    """`X is recommended`, `X and Y are both acceptable`, `X should not be used`, `K calls for X`."""
    for m in _SAYS.finditer(text):
        sides = _listed(m["who"])
        if not sides or _AMONG.search(text[: m.start()]):
            continue
        for begins, speaks_for in _MEANS:
            if re.match(begins, m["what"], re.I):
                return Says(favours=sides) if speaks_for else Says(opposes=sides)
    calls = _CALLS.search(text)
    if calls and not _negated(text[: calls.end()]):
        return Says(favours=_listed(calls["what"]))
    return NOTHING
