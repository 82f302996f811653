"""The gist: the first sentence, and the words that stand out."""

import re
from collections import Counter

from stub_bedrock.language.cleansing import cleanse
from stub_bedrock.language.script import JAPANESE_STOP_RUNS, STOP_WORDS, japanese_runs, nfkc, words

_SENTENCE_END = re.compile(r"[。！？]+|[.!?]+(?=\s|$)")
ELLIPSIS = "…"


def first_sentence(text: str) -> str:
    """Return the first sentence with its closing mark, from cleansed text."""
    clean = cleanse(text)
    end = _SENTENCE_END.search(clean)
    return clean[: end.end()].strip() if end else clean


def summarize(text: str, max_length: int) -> str:
    """Return the first sentence in at most so many characters, cut at a word and marked «…» where it was
    longer.
    """
    return shorten(first_sentence(text), max_length)


def shorten(text: str, max_length: int) -> str:
    if len(text) <= max_length:
        return text
    if max_length <= len(ELLIPSIS):
        return text[:max_length]
    cut = text[: max_length - len(ELLIPSIS)]
    at_word = cut.rfind(" ")
    kept = cut[:at_word] if at_word > len(cut) // 2 else cut
    return kept.rstrip(" ,;:、") + ELLIPSIS


def keywords(text: str, most: int) -> list[str]:
    """Return the most frequent content words, then the earliest: English words, runs of kanji or katakana."""
    plain = nfkc(text)
    candidates = [word for word in words(plain) if len(word) > 2 and word not in STOP_WORDS]
    candidates += [run for run in japanese_runs(plain) if run not in JAPANESE_STOP_RUNS]
    return [word for word, _ in Counter(candidates).most_common(most)]
