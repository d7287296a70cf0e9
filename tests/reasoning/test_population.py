"""Population match: who is kept, who is dropped, and everything in doubt stays."""

from __future__ import annotations

from math import inf

import pytest

from clinic.reasoning.ages import bands
from clinic.reasoning.facts import CaseSnapshot
from clinic.reasoning.population import Fit, fits, read
from retrieval.types import UnitKind
from tests.reasoning.builders import passage

MAN, WOMAN = CaseSnapshot(age=70, sex="male"), CaseSnapshot(age=30, sex="female", pregnant=False)
EXPECTING = CaseSnapshot(age=30, sex="female", pregnant=True)
TODDLER, BOY = CaseSnapshot(age=3, sex="male"), CaseSnapshot(age=12, sex="male")
UNSAID = CaseSnapshot()
NURSING = CaseSnapshot(age=30, sex="female", pregnant=False, lactating=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("children under 5", ((0, 5),)),
        ("children of 6 to 23 months", ((0.5, 2),)),
        ("children of 2 years or more", ((2, 18),)),
        ("adults aged 65 or over", ((65, inf),)),
        ("every patient with asthma aged 12 or more", ((12, inf),)),
        ("anyone under 55 years", ((0, 55),)),
        ("patients over 75 years", ((75, inf),)),
        ("women aged 18 to 45", ((18, 46),)),
        ("65세 이상 환자", ((65, inf),)),
        ("6~12세 소아", ((6, 13), (0, 18))),
        ("8岁以下不要使用", ((0, 9),)),
        ("6个月以上儿童", ((0.5, inf), (0, 18))),
        ("children under 20 kg", ((0, 18),)),
        ("Child-Pugh B", ()),
        ("patients treated for 2 years or more", ()),
        ("recurrence over 2 years", ()),
        ("2세대 세팔로스포린", ()),
        ("older children", ((0, 18),)),
        ("ages 2 through 5 years", ((2, 6),)),
        ("people aged between 40 and 49", ((40, 50),)),
        ("from age 12", ((12, inf),)),
        ("mother-to-child transmission", ()),
    ],
)
def test_ages_are_read_from_the_words_that_name_them(text: str, expected: tuple[tuple[float, float], ...]) -> None:
    assert bands(text) == expected


NOT, YES, OPEN = Fit.DOES_NOT_FIT, Fit.FITS, Fit.UNKNOWN


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("In children under 5 give amoxicillin for 10 days.", MAN, NOT),
        ("In children under 5 give amoxicillin for 10 days.", TODDLER, YES),
        ("In children under 5 give amoxicillin for 10 days.", BOY, NOT),
        ("In children under 5 give amoxicillin for 10 days.", UNSAID, OPEN),
        ("Treat otitis for 10 days in children under 2 years; 5 days are inferior.", BOY, NOT),
        ("In adults aged 65 or over start with half the dose.", WOMAN, NOT),
        ("In adults aged 65 or over start with half the dose.", MAN, YES),
        ("In adults with asthma prefer budesonide.", TODDLER, NOT),
        ("In neonates of mothers with hepatitis B give vaccine within 24 hours.", MAN, NOT),
        ("In neonates of mothers with hepatitis B give vaccine within 24 hours.", EXPECTING, OPEN),
        ("In pregnancy prefer labetalol.", MAN, NOT),
        ("In pregnancy prefer labetalol.", WOMAN, NOT),
        ("In pregnancy prefer labetalol.", EXPECTING, YES),
        ("In pregnancy prefer labetalol.", CaseSnapshot(age=30, sex="female"), OPEN),
        ("In pregnancy and breastfeeding prefer labetalol.", NURSING, OPEN),
        ("Do not use valproate in women of childbearing potential.", MAN, NOT),
        ("Do not use valproate in women of childbearing potential.", WOMAN, YES),
        ("In non-pregnant women give nitrofurantoin for 5 days.", EXPECTING, NOT),
        ("In non-pregnant women give nitrofurantoin for 5 days.", WOMAN, YES),
        ("소아에서는 아목시실린을 투여한다.", MAN, NOT),
        ("소아에서는 아목시실린을 투여한다.", TODDLER, YES),
        ("임산부에게는 라베탈롤을 투여한다.", MAN, NOT),
        ("고령 고혈압 환자에게 아테놀롤을 첫 약제로 쓰지 않는다.", BOY, NOT),
        ("儿童社区获得性肺炎口服阿莫西林。", MAN, NOT),
        ("孕妇首选青霉素。", MAN, NOT),
        ("老年患者减量。", BOY, NOT),
        ("老年性痴呆首选多奈哌齐。", BOY, OPEN),
        ("老年人减量。", BOY, NOT),
        # in doubt a passage stays
        ("Give 10 mg a day, in children 5 mg.", MAN, OPEN),
        ("In children give 5 mg, in adults 10 mg.", MAN, YES),
        ("In children give 5 mg; otherwise 10 mg.", MAN, OPEN),
        ("Give aspirin except in children.", MAN, OPEN),
        ("In adults and children give salbutamol.", TODDLER, YES),
        ("Avoid in children or in renal failure.", MAN, OPEN),
        ("Avoid in children and pregnant women.", BOY, OPEN),
        ("Reduce the dose in patients over 60 years or taking omeprazole.", WOMAN, OPEN),
        ("In men with a score of 2 and women with a score of 3 start apixaban.", MAN, OPEN),
        ("고령이거나 신기능이 나쁜 환자에서는 감량한다.", BOY, OPEN),
        ("Do not halve the dose unless at least two of age 80 or more, weight up to 60 kg and a high creatinine hold.", MAN, OPEN),
        ("For moderate asthma from age 12 prefer budesonide.", MAN, YES),
        ("Treat Lyme disease during pregnancy in the same way as for people who are not pregnant.", EXPECTING, OPEN),
        ("Screen each year after radiation to the chest at age 30 or younger.", MAN, OPEN),
        ("Start levothyroxine before pregnancy.", MAN, OPEN),
        ("Give apixaban for 3 months or more.", TODDLER, OPEN),
    ],
)
def test_only_what_shows_itself_to_be_for_others_does_not_fit(text: str, case: CaseSnapshot, expected: Fit) -> None:
    assert fits(read(passage(text)), case) is expected


def test_a_question_about_pregnancy_keeps_what_is_for_pregnancy() -> None:
    said = read(passage("In pregnancy do not use valproate."))
    assert fits(said, WOMAN, "Which antiepileptic drug for a woman who wishes to conceive?") is Fit.UNKNOWN


def test_the_title_of_the_source_bounds_the_age_and_its_text_may_widen_it() -> None:
    assert fits(read(passage("Give amoxicillin.", title="Acute otitis media in children")), MAN) is Fit.DOES_NOT_FIT
    assert fits(read(passage("Give amoxicillin, also in adults.", title="Acute otitis media in children")), MAN) is Fit.FITS
    assert fits(read(passage("Give amoxicillin.", title="Asthma in adults and children")), MAN) is Fit.FITS


def test_a_population_stated_apart_from_the_text_counts() -> None:
    assert fits(read(passage("Give amoxicillin.", population="children under 5")), MAN) is Fit.DOES_NOT_FIT
    assert fits(read(passage("Give 10 mg, 5 mg in children.", population="children")), MAN) is Fit.UNKNOWN


@pytest.mark.parametrize("kind", [UnitKind.TABLE, UnitKind.DEFINITION])
def test_tables_and_definitions_are_not_judged(kind: UnitKind) -> None:
    assert fits(read(passage("In children 5 mg.", kind=kind)), MAN) is Fit.UNKNOWN
