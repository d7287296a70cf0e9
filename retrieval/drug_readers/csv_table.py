"""Drug records from a table: a row with `fact` empty (or `drug`) is a drug, a row with `fact` filled adds one fact to it.

COLUMNS lists the columns of each kind of row; lists are parted by `|`, amounts are written `20 mg`. Excel's habits are read:
a byte order mark, UTF-16, `;` or tab, a first line `sep=;`, decimal commas beside `;`, empty rows and columns at the end.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

from retrieval.cleaning import clean
from retrieval.drug_readers import draft
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

COLUMNS: dict[str, tuple[str, ...]] = {
    "drug": (
        "atc", "drug_class", "classes", "brands", "ko", "zh", "indications", "max_daily", "max_daily_per_kg", "min_daily", "pregnancy",
        "pregnancy_text", "lactation", "lactation_text", "allergy_groups", "min_age_years", "sources",
    ),
    "dose": ("indication", "amount", "unit", "route", "frequency", "duration", "note"),
    "renal": ("below", "action", "max_daily", "text"),
    "hepatic": ("child_pugh", "action", "text"),
    "contraindication": ("condition", "severity", "text"),
    "interaction": ("other", "severity", "mechanism", "text"),
}  # fmt: skip
"""Kind of row -> its columns, beside `name` and `fact`."""
PLACES = {"dose": "doses", "renal": "renal", "hepatic": "hepatic", "contraindication": "contraindications", "interaction": "interactions"}
LISTS = ("classes", "brands", "indications", "allergy_groups", "sources")
AMOUNTS = ("max_daily", "max_daily_per_kg", "min_daily")
NUMBERS = ("amount", "below", "min_age_years")
AMOUNT = re.compile(r"^(\d[\d.,]*)\s*(\S.*)$")
MAX_ROWS = 50_000
KNOWN = frozenset(("name", "fact", *(column for columns in COLUMNS.values() for column in columns)))


def read(data: bytes, name: str) -> list[DrugRecord]:
    """All drugs of the table, in its order."""
    drugs: dict[str, tuple[int, dict[str, Any]]] = {}
    for line, row in _rows(data, name):
        kind = row.pop("fact", "").lower() or "drug"
        if kind not in COLUMNS:
            raise SourceInvalid(name, f"{kind!r} is no kind of fact", line=line, field="fact", remedy=f"Use one of {', '.join(COLUMNS)}.")
        drug = draft.inn(row.pop("name", ""))
        if not drug:
            raise SourceInvalid(name, "the row names no drug", line=line, field="name", remedy="Write the INN.")
        wrong = next((column for column in row if column not in COLUMNS[kind]), None)
        if wrong:
            raise SourceInvalid(
                name, f"a {kind} row has no {wrong}", line=line, field=wrong, remedy=f"Its columns: {', '.join(COLUMNS[kind])}."
            )
        values = {column: _value(column, text, name, line) for column, text in row.items()}
        if kind == "drug":
            if drug in drugs:
                raise SourceInvalid(name, f"{drug} stands twice", line=line, field="name", remedy="Keep one row of each drug.")
            drugs[drug] = (line, _drug(drug, values))
        elif drug not in drugs:
            raise SourceInvalid(name, f"{drug} has no row of its own above", line=line, field="name", remedy="Put the drug's row first.")
        else:
            _, fields = drugs[drug]
            place = fields.setdefault(PLACES[kind], [])
            place.append(values)
            draft.record(fields, name, line=line)
    return [draft.record(fields, name, line=line) for line, fields in drugs.values()]


def _drug(drug: str, values: dict[str, Any]) -> dict[str, Any]:
    names = {language: values.pop(language) for language in ("ko", "zh") if language in values}
    for state in ("pregnancy", "lactation"):
        advice, text = values.pop(state, ""), values.pop(f"{state}_text", "")
        if advice or text:
            values[state] = {"advice": (advice or "unknown").lower(), "text": text}
    return {"name": drug, **values, **({"names": names} if names else {}), "sources": values.get("sources", ())}


def _value(column: str, text: str, name: str, line: int) -> Any:
    if column in LISTS:
        return tuple(part.strip() for part in text.split("|") if part.strip())
    if column in AMOUNTS:
        match = AMOUNT.match(text)
        if not match:
            raise SourceInvalid(name, f"{text!r} is no amount", line=line, field=column, remedy="Write a number and its unit: 20 mg.")
        return {"value": _number(match[1], column, name, line), "unit": match[2]}
    return _number(text, column, name, line) if column in NUMBERS else text


def _number(text: str, column: str, name: str, line: int) -> float:
    """A decimal comma is read, a mark between thousands is not: 1,500 could be either, and a dose is not guessed."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if re.fullmatch(r"\d+,\d{1,2}", text):
        return float(text.replace(",", "."))
    raise SourceInvalid(
        name, f"{text!r} is no plain number", line=line, field=column, remedy="Write 1500 or 0.5, without marks for thousands."
    )


def _rows(data: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, filled cells by column), the header's names checked."""
    lines = _text(data, name).split("\n")
    skip = 1 if lines[0].lower().startswith("sep=") else 0
    first = lines[skip] if len(lines) > skip else ""
    delimiter = lines[0][4:5] if skip else max(",;\t", key=first.count)
    table = csv.reader(lines[skip:], delimiter=delimiter or ",", strict=True)
    try:
        header = [cell.strip().lower().replace(" ", "_") for cell in next(table, [])]
        while header and not header[-1]:
            header.pop()
        _check_header(header, name, skip + 1)
        for count, cells in enumerate(table):
            line = table.line_num + skip
            if count >= MAX_ROWS:
                raise SourceInvalid(name, f"more than {MAX_ROWS} rows", line=line, remedy="Split the table.")
            if any(cell.strip() for cell in cells[len(header) :]):
                raise SourceInvalid(name, "more cells than columns", line=line, remedy="Put text that holds the delimiter in quotes.")
            row = {column: cell.strip() for column, cell in zip(header, cells, strict=False) if cell.strip()}
            formula = next((column for column, cell in row.items() if cell[0] in "=@"), None)
            if formula:
                raise SourceInvalid(name, "the cell holds a formula", line=line, field=formula, remedy="Save values, not formulas.")
            if row:
                yield line, row
    except csv.Error as error:
        raise SourceInvalid(name, f"not readable as a table ({error})", line=table.line_num + skip, remedy="Close every quote.") from error


def _check_header(header: list[str], name: str, line: int) -> None:
    wrong = next((column for column in header if column not in KNOWN), None)
    if "name" not in header:
        raise SourceInvalid(name, "no column `name`", line=line, remedy="The first line names the columns.")
    if wrong is not None:
        raise SourceInvalid(name, f"{wrong!r} is no known column", line=line, field=wrong, remedy=f"Known: {', '.join(sorted(KNOWN))}.")
    if len(set(header)) < len(header):
        raise SourceInvalid(name, "a column stands twice", line=line, remedy="Keep one.")


def _text(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return clean(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise SourceInvalid(name, "not UTF-8", remedy="In Excel save as `CSV UTF-8`.") from error
