"""Opens the zip of a DOCX file and hands over its parts, each parsed without entities; bombs, macros and strange names are refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from retrieval.errors import SourceEncrypted, SourceInvalid, SourceTooLarge

MAX_FILES = 3000
MAX_PART = 64 * 1024 * 1024
"""Bytes of one part, unpacked."""
MAX_RATIO = 200
"""A part that unpacks to more than so many times its size, and to more than a megabyte, is taken for a bomb."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE = "Save it anew as .docx with the program that made it."


class Parts:
    """The parts of one file by their names."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        if data.startswith(_OLE):
            raise SourceEncrypted(f"{name}: an old .doc file, or one that opens with a password only. Save it as .docx without a password.")
        if not data.startswith(b"PK\x03\x04"):
            raise SourceInvalid(name, "not a DOCX file", remedy=_SAVE)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise SourceInvalid(name, "a damaged DOCX file", remedy=_SAVE) from error
        if len(infos) > MAX_FILES:
            raise SourceTooLarge(f"{name}: {len(infos)} files in one. {_SAVE}")
        self.names = [info.filename for info in infos]
        self._infos = {info.filename: info for info in infos}
        self._check()

    def _check(self) -> None:
        for path in self.names:
            if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/") or ":" in path or "\0" in path:
                raise SourceInvalid(self._name, "a part whose name points outside the file", remedy=_SAVE)
        if len(self._infos) != len(self.names):
            raise SourceInvalid(self._name, "two parts of one name", remedy=_SAVE)
        if any(path.lower().endswith(("vbaproject.bin", "vbadata.xml")) for path in self.names):
            raise SourceInvalid(self._name, "a file with macros", remedy="Save it as .docx, which holds none.")
        if "word/document.xml" not in self._infos:
            raise SourceInvalid(self._name, "not a Word document", remedy=_SAVE)

    def xml(self, path: str) -> Element | None:
        """A part's root, or None where there is no such part."""
        if path not in self._infos:
            return None
        try:
            return ElementTree.fromstring(self._read(path), forbid_dtd=True)
        except DefusedXmlException as error:
            raise SourceInvalid(self._name, f"{path} defines entities, which Word never writes", remedy=_SAVE) from error
        except (ParseError, UnicodeDecodeError, LookupError, ValueError) as error:
            raise SourceInvalid(self._name, f"{path} is damaged", remedy=_SAVE) from error

    def _read(self, path: str) -> bytes:
        """Unpacks one part; what the zip says of its size is not believed."""
        info = self._infos[path]
        if info.flag_bits & 1:
            raise SourceEncrypted(f"{self._name}: opens with a password only. Save it without one and try again.")
        try:
            with self._zip.open(info) as file:
                data = file.read(MAX_PART + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
            raise SourceInvalid(self._name, f"{path} is damaged", remedy=_SAVE) from error
        if len(data) > MAX_PART or (len(data) > 1 << 20 and len(data) > MAX_RATIO * max(info.compress_size, 1)):
            raise SourceTooLarge(f"{self._name}: {path} unpacks to far more than its size. {_SAVE}")
        return data
