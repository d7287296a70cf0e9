"""What templates share: icons, addresses that may not exist yet, quantities and names in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from clinic.people.access import can
from models.progress import size
from retrieval.types import Passage

register = template.Library()

ICONS = {
    "high": '<path d="M7.2 1h5.6L17 5.2v5.6L12.8 15H7.2L3 10.8V5.2z" transform="translate(0 2)" class="fill"/><path d="M10 6v4.6M10 13.1v.6" class="cut"/>',
    "moderate": '<path d="M10 2.2 18.4 17H1.6z" class="fill"/><path d="M10 7.6v4.4M10 14.2v.5" class="cut"/>',
    "low": '<circle cx="10" cy="10" r="7.6"/><path d="M10 9v5M10 6v.6"/>',
    "ok": '<circle cx="10" cy="10" r="7.6"/><path d="m6.4 10.4 2.5 2.5 4.8-5.3"/>',
    "seal": '<rect x="4" y="9" width="12" height="8" rx="1.6"/><path d="M6.6 9V6.4a3.4 3.4 0 0 1 6.8 0V9M10 12.2v1.8"/>',
    "open": '<path d="M8 4H4v12h12v-4M11 4h5v5M16 4l-7.5 7.5"/>',
    "wait": '<circle cx="10" cy="10" r="7.6"/><path d="M10 5.6V10l3 2"/>',
    "pen": '<path d="m4 16 .8-3.6 8.7-8.7 2.8 2.8-8.7 8.7zM11.8 5.4l2.8 2.8"/>',
    "read": '<path d="M10 5.4C8.4 4.2 6 3.8 3 4v11c3-.2 5.4.2 7 1.4 1.600-1.200 4-1.600 7-1.400V4c-3-.2-5.400.2-7 1.400zM10 5.400v11"/>',
    "call": '<path d="M5 3h3l1.400 3.800-2 1.400a9 9 0 0 0 4.400 4.400l1.400-2L17 12v3c0 1-.9 2-2 2C8.900 17 3 11.100 3 5c0-1.100.9-2 2-2z"/>',
    "print": '<path d="M6 7V3h8v4M6 14H3V8.600C3 7.700 3.700 7 4.600 7h10.800c.9 0 1.600.7 1.600 1.600V14h-3M6 12h8v5H6z"/>',
    "add": '<path d="M10 4v12M4 10h12"/>',
    "remove": '<path d="m5.500 5.500 9 9M14.500 5.500l-9 9"/>',
    "search": '<circle cx="8.600" cy="8.600" r="5.200"/><path d="m12.600 12.600 4.400 4.400"/>',
    "person": '<circle cx="10" cy="6.600" r="3.200"/><path d="M3.600 17c.6-3.600 3.200-5.400 6.400-5.400s5.800 1.800 6.400 5.400"/>',
    "tilt-x": '<path d="M10 3v14M6 17h8M3.400 7.800 16.600 4.600M1.600 12.600l1.800-4.800 1.800 4.800zM14.800 9.400l1.800-4.800 1.800 4.800zM1.600 12.600c.8 1.400 2.800 1.400 3.600 0M14.800 9.400c.8 1.400 2.800 1.400 3.600 0"/>',
    "tilt-y": '<path d="M10 3v14M6 17h8M3.400 4.600l13.200 3.200M1.600 9.400l1.800-4.800 1.800 4.800zM14.800 12.600l1.800-4.800 1.800 4.800zM1.600 9.400c.8 1.400 2.800 1.400 3.600 0M14.800 12.600c.8 1.400 2.800 1.400 3.600 0"/>',
    "level": '<path d="M10 3v14M6 17h8M3.400 6h13.200M1.600 11l1.800-5 1.800 5zM14.800 11l1.800-5 1.800 5zM1.600 11c.8 1.400 2.800 1.400 3.600 0M14.800 11c.8 1.400 2.800 1.400 3.600 0"/>',
    "bell": '<path d="M5 14V9a5 5 0 0 1 10 0v5l1.400 1.600H3.600zM8.400 17.600h3.200"/>',
    "into": '<path d="M10 13V3M6 7l4-4 4 4M3.500 12.500V17h13v-4.500"/>',
    "again": '<path d="M16 6.500A7 7 0 1 0 17 10M16 3v3.800h-3.800"/>',
}
"""20 x 20 line drawings; `fill` shapes carry the severities so that they differ in form as well as colour."""


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline drawing, hidden from readers aloud: the word beside it says the same."""
    return mark_safe(f'<svg class="icon icon-{name}" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{ICONS[name]}</svg>')


@register.simple_tag
def address(name: str, *args: Any) -> str:
    """The URL of a name, or an empty string where that part of the product is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def source_address(passage: Passage, start: int | None = None, end: int | None = None) -> str:
    """Where a passage can be read in its source, at the very sentence; a safety finding, in its drug's record. Empty without a library."""
    if is_finding(passage):
        return str(address("knowledge:drug", passage.source.removeprefix("drug:")))
    base = str(address("knowledge:passage", passage.id))
    return f"{base}?start={start}&end={end}#cited" if base and start is not None else base


@register.filter
def is_finding(passage: Passage) -> bool:
    """Whether the exhibit is a Caution of the Formulary, which has no place in the library."""
    return passage.title.startswith("Safety finding")


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], act: str) -> bool:
    """Whether the viewer's role allows the act."""
    return can(context.get("user"), act)


@register.simple_tag
def script(name: str) -> SafeString:
    """One behaviour, as a deferred module."""
    return format_html('<script type="module" src="{}"></script>', static(f"js/{name}.js"))


@register.filter
def app_of(name: str) -> str:
    """`cases:list` -> `cases`."""
    return name.partition(":")[0]


@register.filter
def day(iso: str) -> str:
    """2026-01-15 -> 15 Jan 2026; what is no whole date stays as it is."""
    try:
        return date_format(date.fromisoformat(iso), "j M Y")
    except ValueError:
        return iso


@register.filter
def number(value: Any) -> Any:
    """38.0 -> 38; text stays text."""
    return f"{value:g}" if isinstance(value, float) else value


@register.filter(name="bytes")
def bytes_of(count: float) -> str:
    """In the units in which models are published and the shell speaks: 4680000000 -> 4.68 GB. Django's own counts in powers of two."""
    return size(count)
