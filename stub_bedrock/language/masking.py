"""Personal data replaced by what it was: [EMAIL], [PHONE], [CARD], [POSTAL_CODE], [IP_ADDRESS].

By pattern only: names and street addresses are not found.
"""

import re
import unicodedata
from collections.abc import Callable

from stub_bedrock.language.script import portions

_DIGIT, _DASH = "[0-9０-９]", r"[-‐‑–—−－ー.\s]"
_LOCAL_PART = r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}"  # bounded: linear on any text
_EMAIL = re.compile(rf"{_LOCAL_PART}[@＠][A-Za-z0-9\-]{{1,63}}(?:\.[A-Za-z0-9\-]{{1,63}}){{1,8}}")
_CARD = re.compile(rf"(?<!{_DIGIT})(?:{_DIGIT}{_DASH}?){{12,18}}{_DIGIT}(?!{_DIGIT})")
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_POSTAL = re.compile(
    rf"〒\s*{_DIGIT}{{3}}{_DASH}?{_DIGIT}{{4}}(?!{_DIGIT})|(?<![-−－\d０-９]){_DIGIT}{{3}}[-－−]{_DIGIT}{{4}}(?![-−－\d０-９])"
)
_PHONE = re.compile(
    rf"(?<![A-Za-z0-9_０-９.])(?:"  # +81 90-1234-5678
    rf"[+＋]{_DIGIT}{{1,3}}{_DASH}?(?:[(（]?{_DIGIT}{{1,4}}[)）]?{_DASH}?){{2,4}}{_DIGIT}{{2,4}}"
    rf"|[0０]{_DIGIT}{{1,4}}{_DASH}{_DIGIT}{{1,4}}{_DASH}{_DIGIT}{{3,4}}"  # 03-1234-5678
    rf"|[(（][0０]{_DIGIT}{{1,4}}[)）]\s?{_DIGIT}{{1,4}}{_DASH}{_DIGIT}{{3,4}}"  # (03)1234-5678
    rf"|[0０][5789５７８９][0０]{_DIGIT}{{8}}"  # 09012345678
    rf"|[(]?[2-9]\d{{2}}[)]?[-.\s]\d{{3}}[-.]\d{{4}}"  # 555-123-4567
    rf")(?!{_DIGIT})"
)


def mask(text: str) -> str:
    """Return the text with personal data masked, everything else untouched."""
    return "".join(map(_masked, portions(text)))


def _masked(text: str) -> str:
    masked = _EMAIL.sub("[EMAIL]", text)
    masked = _IP.sub("[IP_ADDRESS]", masked)
    masked = _CARD.sub(_if(_is_card, "[CARD]"), masked)
    masked = _PHONE.sub("[PHONE]", masked)
    return _POSTAL.sub("[POSTAL_CODE]", masked)


def has_personal_data(text: str) -> bool:
    return mask(text) != text


def _if(test: Callable[[str], bool], label: str) -> Callable[[re.Match[str]], str]:
    return lambda match: label if test(match[0]) else match[0]


def _is_card(number: str) -> bool:
    """Luhn's check, so that an order number of 16 digits stays."""
    digits = [unicodedata.digit(char) for char in number if unicodedata.digit(char, None) is not None]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
