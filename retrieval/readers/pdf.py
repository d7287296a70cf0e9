"""PDF with a text layer. Scans, passwords and dynamic forms are refused; scripts and attached files are never opened.

PDFium reads the file (pypdfium2: BSD-3/Apache-2.0), in the confined process only. Not read: text in pictures and form fields, comments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import pypdfium2 as pdfium
import pypdfium2.raw as c
import regex

from retrieval.cleaning import clean, hidden_characters
from retrieval.errors import SourceEncrypted, SourceInvalid, SourceScanned, SourceTooLarge
from retrieval.page import Block, Page, removals
from retrieval.readers import pdf_active, pdf_grids, pdf_words
from retrieval.readers.pdf_blocks import Sizes, blocks, sizes
from retrieval.readers.pdf_lines import Line, edges, lines, ordered
from retrieval.readers.tables import pipes

MAX_PAGES = 3000
EDGE_WORDS = 40
"""At most so many words of running heads stand above the first table of a page."""
SAMPLE = 24
"""Pages, spread over the file, from which the size of running text is learnt."""
_GOLDEN = 0.618034
"""Steps of this part of the file meet no rhythm of chapters."""
_JUNK = regex.compile(r"microsoft word|untitled|\.(?:docx?|indd|pdf|tex|pptx?)$|^\W*$", regex.IGNORECASE)


def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
    """Pages from `first` on."""
    document = _opened(data, name)
    pictures = _pictures(document, name)
    looks = _sizes(document)
    for number in range(max(first, 1), len(document) + 1):
        page = document[number - 1]
        made, removed = _page(page, looks) if number not in pictures else ([], Counter[str]())
        removed += pdf_active.of_page(page)
        page.close()
        if number == max(first, 1):
            removed += pdf_active.of_file(document, data)
        unread = (f"page {number} is a picture without text: it was not read",) if number in pictures else ()
        properties = _properties(document) if number == max(first, 1) else {}
        yield Page(
            number=number, pages=len(document), blocks=tuple(made), removed=(*unread, *removals(removed)), properties=properties,
        )  # fmt: skip


def _opened(data: bytes, name: str) -> pdfium.PdfDocument:
    if b"%PDF-" not in data[:1024]:
        raise SourceInvalid(name, "not a PDF file", remedy="Give the file the ending of its kind, or save it anew as PDF.")
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).casefold() or "security" in str(error).casefold():
            raise SourceEncrypted(f"{name}: opens with a password only. Save it without one and try again.") from error
        raise SourceInvalid(name, "a damaged PDF file", remedy="Save it anew with the program that made it.") from error
    if not count:
        raise SourceInvalid(name, "a PDF file without pages", remedy="Save it anew with the program that made it.")
    if count > MAX_PAGES:
        raise SourceTooLarge(f"{name}: {count} pages; at most {MAX_PAGES} are read. Split the source.")
    if document.get_formtype() in (c.FORMTYPE_XFA_FULL, c.FORMTYPE_XFA_FOREGROUND):
        raise SourceInvalid(name, "a dynamic form (XFA), whose pages are made by a program", remedy="Print it to a new PDF file.")
    return document


def _pictures(document: pdfium.PdfDocument, name: str) -> frozenset[int]:
    """Pages that are pictures, found before any is read. Raises SourceScanned if they outnumber those with text."""
    kinds = {number: _kind(document, number) for number in range(1, len(document) + 1)}
    pictures = [number for number, kind in kinds.items() if kind == "picture"]
    if len(pictures) > sum(kind == "text" for kind in kinds.values()):
        which = ("page " if len(pictures) == 1 else "pages ") + _ranges(pictures)
        raise SourceScanned(
            f"{name}: {which} of {len(document)} {'is a picture' if len(pictures) == 1 else 'are pictures'} without text that can be read. "
            "Use the publisher's own PDF, or let a text recognition program make the text visible and check it."
        )
    return frozenset(pictures)


def _kind(document: pdfium.PdfDocument, number: int) -> Literal["text", "picture", "blank"]:
    """A picture fills half of its page, and text there is not drawn (it comes from text recognition). Drawings alone count as blank."""
    page = document[number - 1]
    try:
        covered = 0.0
        for one in page.get_objects(filter=[c.FPDF_PAGEOBJ_TEXT, c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
            if one.type == c.FPDF_PAGEOBJ_IMAGE:
                left, bottom, right, top = one.get_bounds()
                covered += abs((right - left) * (top - bottom))
            elif c.FPDFTextObj_GetTextRenderMode(one.raw) != c.FPDF_TEXTRENDERMODE_INVISIBLE:
                return "text"
        width, height = page.get_size()
        return "picture" if covered > 0.5 * width * height else "blank"
    finally:
        page.close()


def _ranges(numbers: Sequence[int]) -> str:
    """`1-3, 7`"""
    made: list[list[int]] = []
    for number in numbers:
        if made and made[-1][1] == number - 1:
            made[-1][1] = number
        else:
            made.append([number, number])
    return ", ".join(f"{low}-{high}" if high > low else str(low) for low, high in made)


def _sizes(document: pdfium.PdfDocument) -> Sizes:
    counted: Counter[float] = Counter()
    for number in sorted({int(n * _GOLDEN * len(document)) % len(document) for n in range(SAMPLE)}):
        page = document[number]
        for word in pdf_words.words(page).words:
            counted[word.look.size] += len(word.text)
        page.close()
    return sizes(counted)


def _page(page: pdfium.PdfPage, looks: Sizes) -> tuple[list[Block], Counter[str]]:
    seen = pdf_words.words(page)
    removed = hidden_characters(" ".join(word.text for word in seen.words))
    removed += Counter({f"characters of {reason}": count for reason, count in seen.hidden.items()})
    head, rest, foot = edges(seen.words, page.get_height())
    made, contents = _flow(lines(head), looks)
    for grid in pdf_grids.grids(page) if rest else []:
        inside = [word for word in rest if grid.holds(word)]
        rows = [[_cell(cell) for cell in row] for row in pdf_grids.rows(grid, inside)]
        if not rows or len(rows[0]) < 2:
            continue
        if len(rows) < 2 and any(word.middle < grid.box[1] for word in rest[EDGE_WORDS:]):
            continue  # a frame; only at the top of a page is one row the rest of a table
        rest = [word for word in rest if not grid.holds(word)]
        above, rest = [word for word in rest if word.middle < grid.box[1]], [word for word in rest if word.middle >= grid.box[1]]
        found, listed = _flow(lines(above), looks)
        made += [*found, Block(kind="table", text=pipes(rows))]
        contents += listed
    for words in (rest, foot):
        found, listed = _flow(lines(words), looks)
        made += found
        contents += listed
    removed["lines of a table of contents"] += contents
    return made, removed


def _cell(words: Sequence[pdf_words.Word]) -> str:
    return clean(" ".join(line.text for line in sorted(lines(words), key=lambda one: (one.box[1], one.box[0]))))


def _flow(pieces: Sequence[Line], looks: Sizes) -> tuple[list[Block], int]:
    return blocks([line for group in ordered(pieces) for line in group], looks)


def _properties(document: pdfium.PdfDocument) -> dict[str, str]:
    said_of_itself = {key: clean(value).strip() for key, value in document.get_metadata_dict(skip_empty=True).items()}
    made = {}
    if (title := said_of_itself.get("Title", "")) and not _JUNK.search(title):
        made["title"] = title
    if author := said_of_itself.get("Author", ""):
        made["author"] = author
    if found := regex.match(r"D:(\d{4})(\d\d)(\d\d)", said_of_itself.get("CreationDate", "")):
        made["created"] = "-".join(found.groups())
    return made
