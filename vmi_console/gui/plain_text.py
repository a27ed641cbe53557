"""Text from outside where Qt would read more into it: `vmi_console.plain_text` makes it harmless, this literal."""

from __future__ import annotations

import html

from vmi_console.plain_text import visible


def tooltip(*lines: str) -> str:
    """Lines as a tooltip that Qt shows literally: it would take anything like a tag for rich text."""
    return "<qt>" + "<br>".join(html.escape(visible(line, 600)) for line in lines if line) + "</qt>"


def action_text(text: str) -> str:
    """`text` for a menu or button, where an ampersand would mark a shortcut key."""
    return visible(text, 60).replace("&", "&&")
