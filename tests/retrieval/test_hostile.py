"""Hostile files through the real reading process: stripped with a word about it, or refused with a reason; this process never suffers."""

from __future__ import annotations

import http.server
import io
import json
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

import psutil
import pytest
from reportlab.pdfgen.canvas import Canvas

from retrieval import intake
from retrieval.errors import (
    FormatUnknown,
    ReaderCrashed,
    ReaderTooSlow,
    RetrievalError,
    SourceEncrypted,
    SourceInvalid,
    SourceTooLarge,
)
from retrieval.intake import extract
from tests.retrieval import demonstration_pdf, strangers

SEEN, UNSEEN = "This sentence is seen.", "Prefer plan X."
TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in UNSEEN)
DOCX_SEEN = strangers.p(SEEN)


def drawn(hide: Callable[[Canvas], None], after: Callable[[Canvas], None] = lambda canvas: None) -> bytes:
    """A PDF with the seen sentence, and the other drawn in some hidden way."""

    def draw(canvas: Canvas) -> None:
        hide(canvas)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, SEEN)
        after(canvas)

    return strangers.pdf(draw)


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 600, UNSEEN)


def nearly_white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.97, 0.97, 0.97)
    canvas.drawString(72, 600, UNSEEN)


def dark_on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.3)
    canvas.rect(60, 580, 300, 40, stroke=0, fill=1)
    canvas.drawString(72, 600, UNSEEN)


def on(ground: tuple[float, float, float], ink: tuple[float, float, float], text: str = UNSEEN) -> Callable[[Canvas], None]:
    """Letters on a box, both coloured."""

    def hide(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*ground)
        canvas.rect(60, 580, 300, 40, stroke=0, fill=1)
        canvas.setFillColorRGB(*ink)
        canvas.drawString(72, 600, text)

    return hide


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(72, 600)
    text.setTextRenderMode(3)
    text.textOut(UNSEEN)
    text.setTextRenderMode(0)
    canvas.drawText(text)


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 1)
    canvas.drawString(72, 600, UNSEEN)


def shrunk(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.scale(0.05, 0.05)
    canvas.drawString(1440, 12000, UNSEEN)
    canvas.restoreState()


def off_page(canvas: Canvas) -> None:
    canvas.drawString(2000, 600, UNSEEN)


def covered(canvas: Canvas) -> None:
    canvas.drawString(72, 600, UNSEEN)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(60, 590, 300, 30, stroke=0, fill=1)


def beneath(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 700, UNSEEN)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(72, 600, UNSEEN)
    canvas.setFillAlpha(1)


def raw_pdf(catalog: str = "", kids: int = 1, more: str = "") -> bytes:
    """A PDF written by hand; PDFium repairs its missing table of objects."""
    content = f"BT /F1 12 Tf 72 700 Td ({SEEN}) Tj ET"
    return (
        f"%PDF-1.7\n1 0 obj <</Type/Catalog /Pages 2 0 R {catalog}>> endobj\n"
        f"2 0 obj <</Type/Pages /Count {kids} /Kids [{'3 0 R ' * kids}]>> endobj\n"
        "3 0 obj <</Type/Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 4 0 R>>>> /Contents 5 0 R>> endobj\n"
        "4 0 obj <</Type/Font /Subtype/Type1 /BaseFont/Helvetica>> endobj\n"
        f"5 0 obj <</Length {len(content)}>> stream\n{content}\nendstream endobj\n{more}\ntrailer <</Root 1 0 R>>\n%%EOF"
    ).encode()


def noted(annotation: str) -> bytes:
    """A PDF with an annotation on its page."""
    return raw_pdf().replace(b"/MediaBox", f"/Annots [<</Type/Annot /Rect [0 0 9 9] {annotation}>>] /MediaBox".encode())


def packed(thing: str) -> str:
    """Object 7 in a compressed object stream, which the file's table of objects names."""
    content = zlib.compress(f"7 0 {thing}".encode()).hex() + ">"
    return (
        f"6 0 obj <</Type/ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode/FlateDecode] /Length {len(content)}>> stream\n{content}\nendstream endobj"
    )


def shaded(fill: str, paragraph: str) -> str:
    """A table of one cell on a coloured ground."""
    return f'<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="{fill}"/></w:tcPr>{paragraph}</w:tc></w:tr></w:tbl>'


def html(inner: str) -> bytes:
    return f"<html><body><p>{SEEN}</p>{inner}</body></html>".encode()


HIDDEN = {
    "pdf, white on white": ("a.pdf", lambda: drawn(white), "12 characters of white text on white"),
    "pdf, nearly white": ("a.pdf", lambda: drawn(nearly_white), "white text on white"),
    "pdf, dark on dark": ("a.pdf", lambda: drawn(dark_on_dark), "in the colour of its background"),
    "pdf, white on light yellow": ("a.pdf", lambda: drawn(on((1, 1, 0.8), (1, 1, 1))), "12 characters of white text on white"),
    "pdf, white on yellow": ("a.pdf", lambda: drawn(on((1, 1, 0), (1, 1, 1))), "12 characters of"),
    "pdf, yellow on white": ("a.pdf", lambda: drawn(on((1, 1, 1), (1, 1, 0))), "12 characters of"),
    "pdf, grey on grey": ("a.pdf", lambda: drawn(on((0.7, 0.7, 0.7), (0.73, 0.73, 0.73))), "in the colour of its background"),
    "pdf, dark grey on grey": ("a.pdf", lambda: drawn(on((0.4, 0.4, 0.4), (0.37, 0.37, 0.37))), "in the colour of its background"),
    "pdf, red on grey as bright": ("a.pdf", lambda: drawn(on((0.3, 0.3, 0.3), (1, 0, 0))), "in the colour of its background"),
    "pdf, written invisibly": ("a.pdf", lambda: drawn(invisible), "written invisibly"),
    "pdf, tiny": ("a.pdf", lambda: drawn(tiny), "smaller than 3 points"),
    "pdf, shrunk by a matrix": ("a.pdf", lambda: drawn(shrunk), "smaller than 3 points"),
    "pdf, outside the page": ("a.pdf", lambda: drawn(off_page), "outside the page"),
    "pdf, covered by a box": ("a.pdf", lambda: drawn(covered), "covered"),
    "pdf, beneath other text": ("a.pdf", lambda: drawn(beneath), "white text on white"),
    "pdf, transparent": ("a.pdf", lambda: drawn(transparent), "transparent"),
    "pdf, script at opening": (
        "a.pdf", lambda: raw_pdf(f"/Names <</JavaScript <</Names [(a) <</S/JavaScript /JS ({UNSEEN})>>]>>>>"), "1 script",
    ),
    "pdf, launches a program": ("a.pdf", lambda: raw_pdf(f"/OpenAction <</S/Launch /F ({UNSEEN})>>"), "1 order to start a program"),
    "pdf, launches by an escaped name": ("a.pdf", lambda: raw_pdf("/OpenAction 6 0 R", more="6 0 obj <</S/L#61unch /F (x)>> endobj"), "1 order to start a program"),
    "pdf, launches from an object stream": ("a.pdf", lambda: raw_pdf("/OpenAction 7 0 R", more=packed("<</S/Launch /F (x)>>")), "1 order to start a program"),
    "pdf, launches by a link": ("a.pdf", lambda: noted("/Subtype/Link /A <</S/Launch /F (x)>>"), "1 order to start a program"),
    "pdf, opens an address": ("a.pdf", lambda: raw_pdf("/OpenAction <</S/URI /URI (http://x.invalid/)>>"), "1 link opened with the file"),
    "pdf, opens an address elsewhere": (
        "a.pdf", lambda: raw_pdf("/OpenAction 6 0 R", more="6 0 obj <</S/URI /URI (http://x.invalid/)>> endobj"), "1 link opened with the file",
    ),
    "pdf, script of a page": ("a.pdf", lambda: noted(f"/Subtype/Widget /FT/Tx /AA <</E <</S/JavaScript /JS ({UNSEEN})>>>>"), "1 script"),
    "pdf, sends a form": ("a.pdf", lambda: raw_pdf("/AA <</WC <</S/SubmitForm /F (http://x.invalid/)>>>>"), "1 order to send"),
    "pdf, film": ("a.pdf", lambda: noted("/Subtype/Movie /Movie <</F (x)>>"), "1 piece of film"),
    "pdf, rich media": ("a.pdf", lambda: noted("/Subtype/RichMedia"), "1 piece of film"),
    "pdf, attached to a page": ("a.pdf", lambda: noted("/Subtype/FileAttachment /FS <</Type/Filespec /F (x)>>"), "1 file attached"),
    "pdf, attached file": (
        "a.pdf",
        lambda: raw_pdf(
            "/Names <</EmbeddedFiles <</Names [(a) 6 0 R]>>>>",
            more=f"6 0 obj <</Type/Filespec /F (x) /EF <</F 7 0 R>>>> endobj\n7 0 obj <</Length 14>> stream\n{UNSEEN}\nendstream endobj",
        ),
        "1 file attached",
    ),
    "pdf, with a page of HTML before it": ("a.pdf", lambda: f"<html>{UNSEEN}</html>\n".encode() + raw_pdf(), ""),
    "html, not displayed": ("a.html", lambda: html(f"<p style='DISPLAY: none !important'>{UNSEEN}</p>"), "14 characters of text that is not displayed"),
    "html, hidden": ("a.html", lambda: html(f"<p hidden>{UNSEEN}</p>"), "not displayed"),
    "html, invisible": ("a.html", lambda: html(f"<p style='visibility:hidden'>{UNSEEN}</p>"), "invisible"),
    "html, of no size": ("a.html", lambda: html(f"<p style='font-size:0.1px'>{UNSEEN}</p>"), "no size"),
    "html, white": ("a.html", lambda: html(f"<p style='color:rgb(255 255 255)'>{UNSEEN}</p>"), "white text on white"),
    "html, white by font": ("a.html", lambda: html(f"<font color=#fefefe>{UNSEEN}</font>"), "white text on white"),
    "html, black on black": ("a.html", lambda: html(f"<p style='background:#000;color:#010101'>{UNSEEN}</p>"), "colour of its background"),
    "html, white on light yellow": ("a.html", lambda: html(f"<p style='background:#ffffcc;color:#fff'>{UNSEEN}</p>"), "white text on white"),
    "html, yellow": ("a.html", lambda: html(f"<p style='color:yellow'>{UNSEEN}</p>"), "white text on white"),
    "html, grey on grey": ("a.html", lambda: html(f"<p style='background:#808080;color:#868686'>{UNSEEN}</p>"), "colour of its background"),
    "html, transparent": ("a.html", lambda: html(f"<p style='color:rgba(0,0,0,0)'>{UNSEEN}</p>"), "transparent"),
    "html, pushed off the page": ("a.html", lambda: html(f"<p style='position:absolute;left:-9999px'>{UNSEEN}</p>"), "outside the page"),
    "html, script": ("a.html", lambda: html(f"<script>document.write('{UNSEEN}')</script>"), "1 script"),
    "html, comment": ("a.html", lambda: html(f"<!-- {UNSEEN} -->"), "1 comment"),
    "html, by a rule": ("a.html", lambda: html(f"<style>.x{{display:none}}</style><p class=x>{UNSEEN}</p>"), "not displayed"),
    "html, very wide cell": ("a.html", lambda: html("<table><tr><td colspan=999999999>a<td>b<tr><td>c<td>d</table>"), ""),
    "docx, vanished": ("a.docx", lambda: strangers.docx(DOCX_SEEN + strangers.p(UNSEEN, run="<w:vanish/>")), "not displayed"),
    "docx, white": ("a.docx", lambda: strangers.docx(DOCX_SEEN + strangers.p(UNSEEN, run='<w:color w:val="FFFFFF"/>')), "white text on white"),
    "docx, white on a yellow mark": (
        "a.docx", lambda: strangers.docx(DOCX_SEEN + strangers.p(UNSEEN, run='<w:color w:val="FFFFFF"/><w:highlight w:val="yellow"/>')), "14 characters",
    ),
    "docx, grey on a grey cell": (
        "a.docx", lambda: strangers.docx(DOCX_SEEN + shaded("808080", strangers.p(UNSEEN, run='<w:color w:val="868686"/>'))), "colour of its background",
    ),
    "docx, tiny": ("a.docx", lambda: strangers.docx(DOCX_SEEN + strangers.p(UNSEEN, run='<w:sz w:val="2"/>')), "no size"),
    "docx, deleted": (
        "a.docx", lambda: strangers.docx(DOCX_SEEN + f"<w:p><w:del><w:r><w:delText>{UNSEEN}</w:delText></w:r></w:del></w:p>"), "deleted text",
    ),
    "text, tag characters": ("a.txt", lambda: (SEEN + TAGS).encode(), "14 tag characters"),
    "text, zero width and bidi": ("a.txt", lambda: "This sen\u200btence\u2060 is \u202eseen.".encode(), "characters without width"),
    "text, wide letters": ("a.txt", lambda: "Ｔhis sentence ｉs seen.".encode(), ""),
    "markdown, comment": ("a.md", lambda: f"# A\n\n## B\n\n{SEEN} <!-- {UNSEEN} -->".encode(), "1 comment"),
    "json, tag characters": ("a.json", lambda: json.dumps(strangers.plan(1, SEEN + TAGS, "strong", "low"), ensure_ascii=False).encode(), "tag"),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN)
def test_what_nobody_sees_is_left_out_and_told(case: str) -> None:
    name, make, told = HIDDEN[case]
    pages = list(extract(make(), name))
    text = " ".join(block.text for page in pages for block in page.blocks)
    assert SEEN in text
    assert UNSEEN not in text
    assert told in "; ".join(what for page in pages for what in page.removed)


LEGIBLE = {
    "pdf, white on blue": ("a.pdf", lambda: drawn(on((0, 0, 0.6), (1, 1, 1), "This too."))),
    "pdf, white on orange": ("a.pdf", lambda: drawn(on((1, 0.5, 0), (1, 1, 1), "This too."))),
    "pdf, black on yellow": ("a.pdf", lambda: drawn(on((1, 1, 0), (0, 0, 0), "This too."))),
    "pdf, grey on white": ("a.pdf", lambda: drawn(on((1, 1, 1), (0.6, 0.6, 0.6), "This too."))),
    "docx, white in a dark cell": ("a.docx", lambda: strangers.docx(DOCX_SEEN + shaded("1F3864", strangers.p("This too.", run='<w:color w:val="FFFFFF"/>')))),
    "docx, Word's own colour in a dark cell": (
        "a.docx", lambda: strangers.docx(DOCX_SEEN + shaded("000000", strangers.p("This too.", run='<w:color w:val="auto"/>'))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEGIBLE)
def test_what_stands_out_from_its_ground_is_read(case: str) -> None:
    name, make = LEGIBLE[case]
    pages = list(extract(make(), name))
    assert "This too." in " ".join(block.text for page in pages for block in page.blocks)
    assert not [what for page in pages for what in page.removed]


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


_BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
_NESTED = "<w:tbl><w:tr><w:tc>" * 400 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 400

REFUSED: dict[str, tuple[str, Callable[[], bytes], type[RetrievalError]]] = {
    "200 MB": ("a.pdf", lambda: b"%PDF-" + bytes(200 << 20), SourceTooLarge),
    "empty": ("a.pdf", lambda: b"", SourceInvalid),
    "unknown ending": ("a.exe", lambda: b"MZ", FormatUnknown),
    "macros by ending": ("a.docm", lambda: strangers.docx(), FormatUnknown),
    "no ending": ("../../etc/passwd", lambda: b"root", FormatUnknown),
    "pdf called html": ("a.html", lambda: raw_pdf(), SourceInvalid),
    "html called pdf": ("a.pdf", lambda: html(""), SourceInvalid),
    "html called text": ("a.txt", lambda: html(""), SourceInvalid),
    "docx called text": ("a.txt", lambda: strangers.docx(), SourceInvalid),
    "program called text": ("a.txt", lambda: b"\x7fELF\x02\x01\x01\x00\xff\xfe", SourceInvalid),
    "pdf, only its head": ("a.pdf", lambda: b"%PDF-1.7\n%%EOF", SourceInvalid),
    "pdf of 4,000 pages": ("a.pdf", lambda: raw_pdf(kids=4000), SourceTooLarge),
    "docx, macros": ("a.docx", lambda: strangers.docx(word__vbaProject_x_bin=b"x"), SourceInvalid),
    "docx, name that climbs": ("a.docx", lambda: strangers.docx(**{"..__..__evil_x_sh": b"x"}), SourceInvalid),
    "docx, absolute name": ("a.docx", lambda: strangers.docx(__etc__passwd=b"x"), SourceInvalid),
    "docx, zip bomb": ("a.docx", lambda: zipped({"word/document.xml": b" " * (70 << 20)}), SourceTooLarge),
    "docx, many files": ("a.docx", lambda: zipped({f"f{n}": b"" for n in range(3001)}), SourceTooLarge),
    "docx, entity bomb": ("a.docx", lambda: zipped({"word/document.xml": (_BOMB + "<a>&i;</a>").encode()}), SourceInvalid),
    "docx, external entity": (
        "a.docx", lambda: zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}), SourceInvalid,
    ),
    "docx, nested tables": ("a.docx", lambda: strangers.docx(_NESTED), SourceInvalid),
    "docx, truncated": ("a.docx", lambda: strangers.docx()[:900], SourceInvalid),
    "docx, another zip": ("a.docx", lambda: zipped({"a.txt": b"x"}), SourceInvalid),
    "docx, old doc": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), SourceEncrypted),
    "html, nothing seen": ("a.html", lambda: b"<html><script>1</script></html>", SourceInvalid),
    "html, endless table": ("a.html", lambda: html("<table>" + "<tr>" + "<td colspan=100>x" * 300 + "</table>"), SourceInvalid),
    "json, not fhir": ("a.json", lambda: b'{"a": 1}', SourceInvalid),
    "json, a patient": ("a.json", lambda: b'{"resourceType": "Patient"}', SourceInvalid),
    "json, nested": ("a.json", lambda: b"[" * 100000, SourceInvalid),
    "json, long number": ("a.json", lambda: b'{"resourceType": ' + b"9" * 9000 + b"}", SourceInvalid),
    "json, broken": ("a.json", lambda: strangers.fhir()[:300], SourceInvalid),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trusted_is_refused_with_what_to_do(case: str) -> None:
    name, make, error = REFUSED[case]
    with pytest.raises(error) as caught:
        list(extract(make(), name))
    assert str(caught.value).endswith(".") and len(str(caught.value).split(". ")) >= 2


def test_a_reader_that_is_killed_is_told() -> None:
    pages = extract(demonstration_pdf.made(12), "a.pdf")  # more than the pipe takes: it is not done when it is killed
    assert len(list(islice(pages, 2))) == 2
    for child in psutil.Process().children():
        if "retrieval.intake_child" in " ".join(child.cmdline()):
            child.kill()
    with pytest.raises(ReaderCrashed, match="ended without a word"):
        list(pages)


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PAGE_SECONDS", 0.01)
    with pytest.raises(ReaderTooSlow, match="Split the source"):
        list(extract(demonstration_pdf.made(1), "a.pdf"))
    assert not [one for one in psutil.Process().children() if "intake_child" in " ".join(one.cmdline())]


@pytest.fixture
def visits() -> Iterator[list[str]]:
    """What was asked of a server on this machine."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen.append(f"http://127.0.0.1:{server.server_port}")
    yield seen
    server.shutdown()


def test_nothing_is_fetched(visits: list[str]) -> None:
    at = visits.pop()
    list(extract(html(f"<img src={at}/a><link rel=stylesheet href={at}/b><iframe src={at}/c></iframe>"), "a.html"))
    entity = f'<!DOCTYPE a SYSTEM "{at}/d"><a/>'.encode()
    with pytest.raises(SourceInvalid):
        list(extract(zipped({"word/document.xml": entity}), "a.docx"))
    list(extract(raw_pdf(f"/OpenAction <</S/URI /URI ({at}/e)>>"), "a.pdf"))
    assert visits == []


_TRIES = """
import os, socket, sys
from retrieval.confinement import confine
confine(os.getppid())
def tried(what):
    try:
        what()
        return "allowed"
    except (OSError, MemoryError) as error:
        return type(error).__name__
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
print(tried(lambda: bytearray(3 << 30)), tried(lambda: os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), b"x")))
print(tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2)))
"""


def test_the_reader_has_neither_network_nor_disk_nor_endless_memory(visits: list[str], tmp_path: object) -> None:
    port = visits.pop().rsplit(":", 1)[1]
    run = subprocess.run([sys.executable, "-c", _TRIES, f"{tmp_path}/x", port], capture_output=True, text=True, timeout=60)
    memory_and_disk, network = run.stdout.splitlines()
    assert memory_and_disk == "MemoryError OSError"
    assert network != "allowed" or not _namespaces()


def _namespaces() -> bool:
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
