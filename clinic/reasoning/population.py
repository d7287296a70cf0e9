"""Whom a passage is for, by age, sex and pregnancy, and whether the patient is one of them.

It excludes only what it can show: the first clause must name the group, no alternative may stand beside it, and nothing else in the
passage may speak of people to whom the patient belongs. Where definitions differ the widest holds, so that none excludes a patient.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

from clinic.reasoning.ages import Band, bands, bands_at
from clinic.reasoning.facts import CaseSnapshot
from clinic.reasoning.values import Value
from retrieval.types import Passage, UnitKind


class Fit(StrEnum):
    FITS = "fits"
    DOES_NOT_FIT = "does not fit"
    UNKNOWN = "unknown"


class Population(Value):
    """What a passage says of its patients; empty or None where it does not say."""

    ages: tuple[Band, ...] = ()
    """Any one of them suffices."""
    sex: Literal["female", "male", ""] = ""
    pregnant: bool | None = None


_FEMALE = re.compile(r"\b(?:wom[ae]n|females?|girls)\b|여성|妇女|女性", re.I)
_MALE = re.compile(r"\b(?:m[ae]n|males?|boys)\b|남성|男性", re.I)
_NOT_PREGNANT = re.compile(r"\b(?:non-?\s?|not\s+)pregnant(?:\s+(?:women|woman|people|patients|adults))?|비임신|非妊娠|非孕", re.I)
_PREGNANT = re.compile(
    r"\bpregnant\b(?:\s+(?:women|woman|people|patients))?|\b(?:in|during|throughout)\s+(?:(?:early|late|the|first|second|third|trimester|of)\s+)*pregnancy"
    r"|임산부|임신부|임신한|임신 중인?|孕妇|妊娠期(?!糖尿病|高血压)|怀孕",
    re.I,
)
_ABOUT_PREGNANCY = re.compile(
    r"lactat|breast-?fe|postpartum|after (?:birth|delivery|pregnancy)|planning|conceiv|contracept|childbearing|fertil"
    r"|(?:may|might|could|wish\w* to|becomes?|becoming) (?:become )?pregnant|수유|산후|가임|피임|난임|哺乳|产后|育龄|备孕|避孕",
    re.I,
)
"""Near a pregnancy, but not in it: such a passage may hold before or after one."""

_CONCERNED = re.compile(_ABOUT_PREGNANCY.pattern + r"|pregnan|임신|妊娠|怀孕|孕", re.I)
_EXEMPT = re.compile(
    r"(?:\b(?:outside|without|rather than|than|including|even|also|especially|particularly|above all"
    r"|such as|like|risk of|before|after|planning|previous)\W+(?:\w+\W+){0,2}|\bnot\W+(?:\w+\W+)?|\bat\W+)$",
    re.I,
)
"""Before a group: it is not the one group that the clause is for."""

_CONDITION = re.compile(r"\b(?:unless|except|excluding|other than|provided|(?:one|two|three|any|most|some) of)\b|제외|除", re.I)
"""Anywhere before a group: it is a condition among others."""

_OTHERS = re.compile(
    r"\b(?:otherwise|everyone|regardless|irrespective|any age|all ages|all (?:patients|people)|(?:in|for|all|the) others)\b"
    r"|이외|제외|그 외|나머지|모든 환자|除|以外|其他患者|其余|所有患者|不论|无论",
    re.I,
)
_ALTERNATIVE = re.compile(
    r"\bor\b(?!\s+(?:more|over|older|above|higher|less|under|younger|below|lower)\b)|\band\s+(?:in|with|when|if|for|after|those|people|patients)\b|거나|또는|혹은|或|、|以及",
    re.I,
)
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]")
_CLAUSE = re.compile(r"[;:,|。，；：]|\.(?:\s|$)")
_AGE, _SEX, _PREGNANCY = "\ue000", "\ue001", "\ue002"
_MARK = f"[{_AGE}{_SEX}{_PREGNANCY}]"
_JOINED = re.compile(rf"({_MARK})(?:(?:\s*(?:,|/|및|과|와|和|与)\s*|\s+(?:or|and)\s+|\s*)\1)+")
_MIXED = re.compile(rf"{_MARK}(?:\s*(?:,|/|및|과|와|和|与)\s*|\s+(?:or|and)\s+){_MARK}")


def read(passage: Passage) -> Population:
    """From the passage's stated population or its first clause; ages also from the title of its source."""
    text = passage.text
    if passage.kind in (UnitKind.TABLE, UnitKind.DEFINITION) or _OTHERS.search(text):
        return Population()
    stated = passage.population if passage.population and passage.population not in text else _first_clause(text)
    marks, who = _marked(stated)
    everyone = f"{stated}. {text}"
    ages = bands(everyone) if _AGE in marks else ()
    if not ages and _AGE in _marked(passage.title)[0]:
        ages = (*bands(passage.title), *bands(text))
    female, male = bool(_FEMALE.search(everyone)), bool(_MALE.search(everyone))
    sex: Literal["female", "male", ""] = ""
    if _SEX in marks and female is not male:
        sex = "female" if female else "male"
    both = _NOT_PREGNANT.search(text) and _PREGNANT.search(_NOT_PREGNANT.sub(" ", text))
    return Population(ages=ages, sex=sex, pregnant=None if both or _ABOUT_PREGNANCY.search(text) else who)


def named(text: str) -> tuple[object, ...]:
    """Every group that the text names, for or not: two texts that differ here speak of different people."""
    found = tuple(bool(words.search(text)) for words in (_FEMALE, _MALE, _NOT_PREGNANT, _PREGNANT, _ABOUT_PREGNANCY))
    return (*bands(text), *found)


def fits(population: Population, case: CaseSnapshot, question: str = "") -> Fit:
    """Whether the patient is one of them. `question`: of the dispute; one about pregnancy keeps what is for pregnancy."""
    found = [_age(population, case), _sex(population, case), _pregnancy(population, case, question)]
    if Fit.DOES_NOT_FIT in found:
        return Fit.DOES_NOT_FIT
    return Fit.FITS if Fit.FITS in found else Fit.UNKNOWN


def _age(population: Population, case: CaseSnapshot) -> Fit:
    if not population.ages or case.age is None:
        return Fit.UNKNOWN
    if any(low <= case.age < below for low, below in population.ages):
        return Fit.FITS
    with_child = case.pregnant or case.lactating
    return Fit.UNKNOWN if with_child and any(below <= 3 for _, below in population.ages) else Fit.DOES_NOT_FIT


def _sex(population: Population, case: CaseSnapshot) -> Fit:
    if not population.sex or case.sex not in ("female", "male"):
        return Fit.UNKNOWN
    return Fit.FITS if case.sex == population.sex else Fit.DOES_NOT_FIT


def _pregnancy(population: Population, case: CaseSnapshot, question: str) -> Fit:
    if population.pregnant is None:
        return Fit.UNKNOWN
    if case.pregnant is not None and case.pregnant is population.pregnant:
        return Fit.FITS
    if not population.pregnant:
        return Fit.DOES_NOT_FIT if case.pregnant else Fit.UNKNOWN
    said = " ".join((question, case.text, *(problem.name for problem in case.problems)))
    if case.lactating or _CONCERNED.search(said):
        return Fit.UNKNOWN
    return Fit.DOES_NOT_FIT if case.pregnant is False or case.sex == "male" or (case.age or 0) >= 60 else Fit.UNKNOWN


def _first_clause(text: str) -> str:
    return _CLAUSE.split(_ASIDE.sub(" ", text), maxsplit=1)[0]


def _marked(clause: str) -> tuple[str, bool | None]:
    """The clause with a mark for each group it is for, and whether it is for pregnant patients; ('', None) where it has alternatives."""
    pregnant: bool | None = None
    if _NOT_PREGNANT.search(clause):
        clause, pregnant = _NOT_PREGNANT.sub(_PREGNANCY, clause), False
    elif (found := _PREGNANT.search(clause)) and not _EXEMPT.search(clause[: found.start()]):
        clause, pregnant = _PREGNANT.sub(_PREGNANCY, clause), True
    for start, end in sorted(((s, e) for s, e, _ in bands_at(clause)), reverse=True):
        clause = clause[:start] + _AGE + clause[end:]
    clause = _MALE.sub(_SEX, _FEMALE.sub(_SEX, clause))
    clause = _JOINED.sub(r"\1", clause)
    places = [place.start() for place in re.finditer(_MARK, clause)]
    if (
        not places
        or _CONDITION.search(clause[: places[-1]])
        or _MIXED.search(clause)
        or any(_EXEMPT.search(clause[:place]) for place in places)
    ):
        return "", None
    if _ALTERNATIVE.search(clause[max(places[0] - 8, 0) :]):
        return "", None
    return clause, pregnant
