"""Parts of a prompt that stand between tags: `<text>…</text>`."""

import re
from bisect import bisect_left

_TAG = re.compile(r"<(/?)(\w{1,64})>")


def last_tagged(prompt: str) -> str | None:
    """Return the content of the last part that is not inside another, None where there is none.

    Time is linear in the prompt, however many tags are never closed.
    """
    opening: list[re.Match[str]] = []
    closings: dict[str, list[int]] = {}
    for tag in _TAG.finditer(prompt):  # a loop and no list(…), which would let nobody in meanwhile
        if tag[1]:
            closings.setdefault(tag[2], []).append(tag.start())
        else:
            opening.append(tag)
    found, free = None, 0
    for tag in opening:
        if tag.start() < free:
            continue
        ends = closings.get(tag[2], [])
        at = bisect_left(ends, tag.end())
        if at < len(ends):
            found = prompt[tag.end() : ends[at]]
            free = ends[at] + len(tag[2]) + 3
    return found
