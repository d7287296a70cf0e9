"""How drug names vary: national names, salts, strengths, forms and combinations. Facts about spelling only."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from retrieval.cleaning import fold

NATIONAL = {
    "acetaminophen": "paracetamol", "acetylsalicylic acid": "aspirin", "asa": "aspirin", "albuterol": "salbutamol",
    "noradrenaline": "norepinephrine", "adrenaline": "epinephrine", "frusemide": "furosemide", "torsemide": "torasemide",
    "methimazole": "thiamazole", "thyroxine": "levothyroxine", "l thyroxine": "levothyroxine", "rifampin": "rifampicin",
    "acyclovir": "aciclovir", "cephalexin": "cefalexin", "clomiphene": "clomifene", "beclomethasone": "beclometasone",
    "chlorthalidone": "chlortalidone", "nitroglycerin": "glyceryl trinitrate", "nitroglycerine": "glyceryl trinitrate",
    "gtn": "glyceryl trinitrate", "cholecalciferol": "colecalciferol", "vitamin d3": "colecalciferol", "vitamin k1": "phytomenadione",
    "phytonadione": "phytomenadione", "valproic acid": "valproate", "divalproex": "valproate", "penicillin g": "benzylpenicillin",
    "cotrimoxazole": "trimethoprim/sulfamethoxazole", "co trimoxazole": "trimethoprim/sulfamethoxazole",
    "co amoxiclav": "amoxicillin/clavulanic acid", "amoxicillin clavulanate": "amoxicillin/clavulanic acid",
    "amoxicillin/clavulanate": "amoxicillin/clavulanic acid", "piperacillin tazobactam": "piperacillin/tazobactam",
    "sulfamethoxazole trimethoprim": "trimethoprim/sulfamethoxazole", "tmp smx": "trimethoprim/sulfamethoxazole",
    "rt pa": "alteplase", "nph insulin": "insulin isophane", "isophane insulin": "insulin isophane", "alendronate": "alendronic acid",
    "zoledronate": "zoledronic acid", "zoledronic": "zoledronic acid", "tocopherol": "vitamin e", "folate": "folic acid",
    "four factor prothrombin complex concentrate": "prothrombin complex concentrate", "pcc": "prothrombin complex concentrate",
    "entresto": "sacubitril/valsartan", "lignocaine": "lidocaine", "pethidine": "meperidine", "glyburide": "glibenclamide",
    "bismuth subcitrate potassium": "bismuth subcitrate", "mgso4": "magnesium sulfate", "kcl": "potassium chloride",
}  # fmt: skip
"""National, chemical and short names -> INN, in the form `key` gives."""

NOT_THE_DRUG = ("low molecular weight heparin", "insulin resistance", "oxytocin receptor antagonist")
"""Phrases that hold a drug's name and mean something else."""

_SALTS = (
    "sodium|potassium|calcium|magnesium|disodium|hydrochloride|hcl|dihydrochloride|hydrobromide|hydrogen sulfate|bisulfate|sulfate|maleate|"
    "mesilate|mesylate|tartrate|bitartrate|succinate|fumarate|hemifumarate|phosphate|acetate|besilate|besylate|tosilate|tosylate|bromide|citrate|"
    "nitrate|lactate|gluconate|palmitate|propionate|dipropionate|furoate|valerate|etexilate|axetil|medoxomil|cilexetil|proxetil|pivoxil|"
    "erbumine|arginine|trometamol|tromethamine|trihydrate|dihydrate|monohydrate|hemihydrate|anhydrous|carbonate|stearate|ethylsuccinate|benzoate"
)
_SALT_AFTER = regex.compile(rf"\s+(?:{_SALTS})$")
_SALT_BEFORE = regex.compile(rf"^(?:{_SALTS})\s+")
_STRENGTH = regex.compile(r"\s*\(?\d[\d.,/]*\s*(?:mg|g|mcg|ug|μg|ml|iu|units?|mmol|%|밀리그램|毫克|片|정).*$")
_FORM = regex.compile(
    r"\s+(?:tablets?|capsules?|caps?|tabs?|injections?|infusion|solution|inhaler|spray|patch|cream|oral|po|iv|intravenous|sc|im|"
    r"modified release|extended release|prolonged release|gastro resistant|mr|xr|er|sr|xl|cr|la|retard|depot|정|주사|캡슐|片|注射液|胶囊)$"
)
_MARKS = regex.compile(r"[®™©]")
_SULPH = regex.compile(r"sulph")
_JOIN = regex.compile(r"\s*(?:/|\+|&|,|\band\b|\bwith\b)\s*")


def key(name: str) -> str:
    """The form in which drug names are compared."""
    folded = _SULPH.sub("sulf", fold(_MARKS.sub("", name)))
    folded = regex.sub(r"\s*/\s*", "/", folded)
    return " ".join(folded.replace("-", " ").split())


def variants(name: str) -> Iterator[str]:
    """Keys to try for a name as written, the most exact first: as it is, without strength and form, without salt."""
    exact = key(name)
    bare = _STRENGTH.sub("", exact)
    while (shorter := _FORM.sub("", bare)) != bare:
        bare = shorter
    saltless = bare
    while (shorter := _SALT_AFTER.sub("", saltless)) != saltless:
        saltless = shorter
    tried: set[str] = set()
    for candidate in (exact, bare, saltless, _SALT_BEFORE.sub("", bare)):
        for form in (candidate, NATIONAL.get(candidate, "")):
            if form and form not in tried:
                tried.add(form)
                yield form


def parts(name: str) -> frozenset[str]:
    """The components of a combination, each without salt and under its INN; empty if the name is no combination."""
    pieces = [piece for piece in _JOIN.split(key(name)) if piece]
    return frozenset(list(variants(piece))[-1] for piece in pieces) if len(pieces) > 1 else frozenset()
