"""What of a PDF acts or is carried along: told to whoever approves the source, never run, opened or followed.

Links that a reader clicks are not told; an address that opens with the file is.
"""

from __future__ import annotations

import io
from collections import Counter

import pypdfium2 as pdfium
import pypdfium2.raw as c
import regex

_ORDERS = {
    "scripts": regex.compile(rb"/S\s*/JavaScript\b"),
    "orders to start a program": regex.compile(rb"/S\s*/Launch\b"),
    "orders to send or fetch form data": regex.compile(rb"/S\s*/(?:SubmitForm|ImportData)\b"),
}
_OPENING = regex.compile(rb"/OpenAction\s*(?:(?P<number>\d+) 0 R|<<(?P<action>[^>]*))")
_ADDRESS = regex.compile(rb"/S\s*/URI\b")
_CARRIED = {
    c.FPDF_ANNOT_FILEATTACHMENT: "files attached",
    c.FPDF_ANNOT_MOVIE: "pieces of film, sound or 3D",
    c.FPDF_ANNOT_SOUND: "pieces of film, sound or 3D",
    c.FPDF_ANNOT_SCREEN: "pieces of film, sound or 3D",
    c.FPDF_ANNOT_THREED: "pieces of film, sound or 3D",
    c.FPDF_ANNOT_RICHMEDIA: "pieces of film, sound or 3D",
}


def of_file(document: pdfium.PdfDocument, data: bytes) -> Counter[str]:
    """Orders anywhere in the file, and the files in its own list."""
    plain = _plain(document) or data
    found = Counter({what: len(order.findall(plain)) for what, order in _ORDERS.items()})
    found["links opened with the file"] = sum(bool(_ADDRESS.search(_action(plain, one))) for one in _OPENING.finditer(plain))
    found["files attached"] = max(c.FPDFDoc_GetAttachmentCount(document.raw), 0)
    return found


def of_page(page: pdfium.PdfPage) -> Counter[str]:
    """What stands on a page and is no text."""
    found = Counter[str]()
    for number in range(c.FPDFPage_GetAnnotCount(page.raw)):
        if note := c.FPDFPage_GetAnnot(page.raw, number):
            found[_CARRIED.get(c.FPDFAnnot_GetSubtype(note), "")] += 1
            c.FPDFPage_CloseAnnot(note)
    del found[""]
    return found


def _plain(document: pdfium.PdfDocument) -> bytes:
    """The file as PDFium writes it: no object packed, no name escaped, nothing encrypted; empty if it cannot."""
    out = io.BytesIO()
    try:
        document.save(out, flags=c.FPDF_NO_INCREMENTAL | c.FPDF_REMOVE_SECURITY)
    except pdfium.PdfiumError:
        return b""
    return out.getvalue()


def _action(plain: bytes, opening: regex.Match[bytes]) -> bytes:
    if opening["number"] is None:
        return bytes(opening["action"])
    found = regex.search(rb"\b%b 0 obj\b(.*?)endobj" % opening["number"], plain, regex.DOTALL)
    return bytes(found[1]) if found else b""
