"""Reads the errors of Terraform, of every command: a diagnostic each, as JSON or as text for people.

`apply -json` writes JSON (https://developer.hashicorp.com/terraform/internals/machine-readable-ui), `output`
says what went wrong as text only, `init` and `plan` are asked for text. Nothing is started here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BOX = re.compile(r"^[│╷╵] ?", re.MULTILINE)
_HEADING = re.compile(r"^(Error|Warning): ", re.MULTILINE)
_ADDRESS = re.compile(r"^ +with (.+),$", re.MULTILINE)
_FILE = re.compile(r"^ +on (\S+) line \d+", re.MULTILINE)


def first_error(text: str) -> str:
    """Return the first error that is in an output of Terraform, on one line with its cause; "" for none."""
    for line in text.splitlines():
        diagnostic = _of_json(line)
        if diagnostic:
            return describe(diagnostic)
    headings = list(_HEADING.finditer(plain := _BOX.sub("", _COLOURS.sub("", text))))
    ends = [*(heading.start() for heading in headings[1:]), len(plain)]
    for heading, end in zip(headings, ends, strict=False):
        if heading[1] == "Error":
            return describe(_of_text(plain[heading.end() : end]))
    return ""


def describe(diagnostic: Mapping[str, Any]) -> str:
    """Put a diagnostic on one line: `address: summary: detail`, or the file where no resource is named."""
    place = diagnostic.get("address") or (diagnostic.get("range") or {}).get("filename") or ""
    detail = " ".join((diagnostic.get("detail") or "").split())
    summary = diagnostic["summary"].strip()
    cause = f": {detail}" if detail and detail not in summary else ""
    return f"{place + ': ' if place else ''}{summary}{cause}"


def _of_json(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    is_error = message.get("type") == "diagnostic" and message.get("@level") == "error"
    return message["diagnostic"] if is_error else None


def _of_text(text: str) -> dict[str, Any]:
    """Read the summary, then where it is (indented, with the line of the source), then the cause."""
    summary, *paragraphs = text.strip().split("\n\n")
    place = paragraphs.pop(0) if paragraphs and paragraphs[0].startswith(("  with ", "  on ")) else ""
    address, file = _ADDRESS.search(place), _FILE.search(place)
    return {
        "summary": " ".join(summary.split()),
        "detail": "\n".join(paragraphs),
        "address": address[1] if address else "",
        "range": {"filename": file[1] if file else ""},
    }
