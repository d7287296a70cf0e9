"""Names of drug classes in the three languages, for search only: (English, other English names, Korean, Chinese)."""

from __future__ import annotations

from retrieval.glossary import Term

_ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("anticoagulant", "anticoagulation|blood thinner", "항응고제|항응고", "抗凝药|抗凝剂|抗凝"),
    ("direct oral anticoagulant", "DOAC|NOAC|novel oral anticoagulant|non-vitamin K oral anticoagulant", "직접 경구 항응고제", "直接口服抗凝药|新型口服抗凝药"),
    ("vitamin K antagonist", "VKA", "비타민 K 길항제", "维生素K拮抗剂"),
    ("low molecular weight heparin", "LMWH", "저분자량 헤파린", "低分子肝素"),
    ("antiplatelet", "antiplatelet drug|platelet inhibitor", "항혈소판제", "抗血小板药|抗血小板"),
    ("dual antiplatelet therapy", "DAPT", "이중 항혈소판 요법", "双联抗血小板"),
    ("P2Y12 inhibitor", "", "P2Y12 억제제", "P2Y12抑制剂"),
    ("thrombolytic", "thrombolysis|fibrinolysis|clot buster", "혈전용해제|혈전용해", "溶栓药|溶栓"),
    ("ACE inhibitor", "ACEI|angiotensin-converting enzyme inhibitor", "ACE 억제제|안지오텐신 전환효소 억제제", "ACE抑制剂|血管紧张素转换酶抑制剂"),
    ("angiotensin receptor blocker", "ARB|sartan", "안지오텐신 수용체 차단제", "血管紧张素受体阻滞剂|血管紧张素受体拮抗剂|沙坦"),
    ("renin-angiotensin system inhibitor", "RAS inhibitor|RAAS inhibitor", "레닌-안지오텐신계 억제제", "肾素-血管紧张素系统抑制剂"),
    ("neprilysin inhibitor", "ARNI", "네프릴리신 억제제", "脑啡肽酶抑制剂"),
    ("beta blocker", "betablocker|beta-adrenoceptor blocker", "베타 차단제|베타차단제", "β受体阻滞剂|β阻滞剂"),
    ("calcium channel blocker", "CCB|calcium antagonist", "칼슘 통로 차단제|칼슘채널차단제", "钙通道阻滞剂|钙拮抗剂"),
    ("mineralocorticoid receptor antagonist", "MRA|aldosterone antagonist", "무기질코르티코이드 수용체 길항제", "盐皮质激素受体拮抗剂|醛固酮拮抗剂"),
    ("diuretic", "water tablet", "이뇨제", "利尿剂|利尿药"),
    ("loop diuretic", "", "고리 이뇨제|루프 이뇨제", "袢利尿剂"),
    ("thiazide-type diuretic", "thiazide|thiazide-like diuretic", "티아지드 이뇨제|티아지드계 이뇨제", "噻嗪类利尿剂"),
    ("nitrate", "", "질산염", "硝酸酯类"),
    ("statin", "HMG-CoA reductase inhibitor", "스타틴", "他汀类|他汀"),
    ("antiarrhythmic", "", "항부정맥제", "抗心律失常药"),
    ("antihypertensive drug", "blood pressure drug|blood pressure lowering", "항고혈압제|혈압약|강압제", "降压药|抗高血压药"),
    ("sulfonylurea", "SU", "설포닐우레아|설폰요소제", "磺脲类"),
    ("SGLT2 inhibitor", "SGLT2i|gliflozin|sodium-glucose cotransporter 2 inhibitor", "SGLT2 억제제", "SGLT2抑制剂"),
    ("DPP-4 inhibitor", "DPP4i|gliptin", "DPP-4 억제제", "DPP-4抑制剂"),
    ("GLP-1 receptor agonist", "GLP-1 RA|GLP1", "GLP-1 수용체 작용제", "GLP-1受体激动剂"),
    ("insulin", "", "인슐린", "胰岛素"),
    ("antithyroid drug", "ATD", "항갑상선제|항갑상선 약물", "抗甲状腺药"),
    ("bisphosphonate", "", "비스포스포네이트", "双膦酸盐|双磷酸盐"),
    ("antibiotic", "antibacterial", "항생제", "抗生素|抗菌药"),
    ("penicillin", "", "페니실린", "青霉素"),
    ("cephalosporin", "", "세팔로스포린", "头孢菌素"),
    ("carbapenem", "", "카바페넴", "碳青霉烯类|碳青霉烯"),
    ("macrolide", "", "마크로라이드", "大环内酯类"),
    ("fluoroquinolone", "quinolone", "플루오로퀴놀론|퀴놀론", "氟喹诺酮类|喹诺酮"),
    ("tetracycline antibiotic", "", "테트라사이클린계", "四环素类"),
    ("aminoglycoside", "", "아미노글리코사이드", "氨基糖苷类"),
    ("azole antifungal", "azole", "아졸계 항진균제", "唑类抗真菌药"),
    ("antiviral", "", "항바이러스제", "抗病毒药"),
    ("neuraminidase inhibitor", "", "뉴라미니다아제 억제제", "神经氨酸酶抑制剂"),
    ("nucleoside analogue", "NA|nucleos(t)ide analogue", "뉴클레오시드 유사체|뉴클레오사이드 유사체", "核苷类似物|核苷酸类似物"),
    ("vasopressor", "", "승압제", "升压药|血管加压药"),
    ("corticosteroid", "steroid|glucocorticoid", "스테로이드|코르티코스테로이드", "糖皮质激素|皮质类固醇|激素"),
    ("inhaled corticosteroid", "ICS", "흡입 스테로이드|흡입 코르티코스테로이드", "吸入性糖皮质激素|吸入糖皮质激素"),
    ("long-acting beta agonist", "LABA", "지속성 베타 작용제|지속성 베타2 작용제", "长效β受体激动剂|长效β2受体激动剂"),
    ("short-acting beta agonist", "SABA|reliever inhaler", "속효성 베타 작용제|속효성 베타2 작용제", "短效β受体激动剂|短效β2受体激动剂"),
    ("long-acting muscarinic antagonist", "LAMA", "지속성 항콜린제|지속성 무스카린 길항제", "长效抗胆碱能药|长效毒蕈碱受体拮抗剂"),
    ("leukotriene antagonist", "LTRA", "류코트리엔 길항제", "白三烯受体拮抗剂"),
    ("proton pump inhibitor", "PPI", "양성자 펌프 억제제|양성자펌프억제제", "质子泵抑制剂"),
    ("H2 blocker", "H2 receptor antagonist", "H2 차단제", "H2受体拮抗剂"),
    ("triptan", "", "트립탄", "曲普坦类|曲普坦"),
    ("antiepileptic", "anticonvulsant|antiseizure medication|anti-seizure drug", "항경련제|항뇌전증약|항전간제", "抗癫痫药|抗惊厥药"),
    ("benzodiazepine", "", "벤조디아제핀", "苯二氮䓬类|苯二氮卓类"),
    ("antidepressant", "", "항우울제", "抗抑郁药"),
    ("SSRI", "selective serotonin reuptake inhibitor", "선택적 세로토닌 재흡수 억제제", "选择性5-羟色胺再摄取抑制剂"),
    ("SNRI", "serotonin-norepinephrine reuptake inhibitor", "세로토닌-노르에피네프린 재흡수 억제제", "5-羟色胺去甲肾上腺素再摄取抑制剂"),
    ("tricyclic antidepressant", "TCA", "삼환계 항우울제", "三环类抗抑郁药"),
    ("antipsychotic", "neuroleptic", "항정신병약|항정신병제", "抗精神病药"),
    ("xanthine oxidase inhibitor", "urate-lowering drug|urate lowering", "잔틴 산화효소 억제제|요산 강하제|요산저하제", "黄嘌呤氧化酶抑制剂|降尿酸药"),
    ("NSAID", "non-steroidal anti-inflammatory drug|nonsteroidal anti-inflammatory drug", "비스테로이드 소염제|비스테로이드성 항염증제|소염진통제", "非甾体抗炎药"),
    ("opioid", "opiate|narcotic analgesic", "아편유사제|마약성 진통제|오피오이드", "阿片类药物|阿片类"),
    ("antiemetic", "", "항구토제", "止吐药"),
    ("uterotonic", "", "자궁수축제", "宫缩剂"),
    ("vaccine", "vaccination|immunisation|immunization", "백신|예방접종", "疫苗|接种疫苗"),
    ("potassium binder", "", "칼륨 결합제", "钾结合剂|降钾药"),
)  # fmt: skip


def class_terms() -> list[Term]:
    """The table as terms a search expands with."""
    return [Term(term=term, synonyms=_split(names), ko=_split(ko), zh=_split(zh)) for term, names, ko, zh in _ROWS]


def _split(names: str) -> tuple[str, ...]:
    return tuple(name for name in names.split("|") if name)
