"""Scripts and words: what the other rules of this package stand on."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

PORTION = 64 * 1024
"""Characters that one expression reads at a time."""
KANA = "぀-ゟ゠-ヿー"
KANJI = "㐀-䶿一-鿿々〆"
_JAPANESE = re.compile(f"[{KANA}{KANJI}]")
_WORD = re.compile(r"[a-zA-ZÀ-ɏ]{1,40}(?:['’][a-zA-Z]{1,9})?")  # bounded: each word may enter a cache
_JAPANESE_RUN = re.compile(f"[{KANJI}]{{2,}}|[ァ-ヶー]{{2,}}")
_CLAUSE = re.compile(r"[。．！？!?\n]+|(?<=\w)\.(?=\s|$)")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP_WORDS = _words(
    """
    a about above after again all also always am an and any are aren't as at away back be because been
    before being below between both but by came can can't cannot come could couldn't did didn't do does
    doesn't doing don't done down during each even ever every few for from further get gets getting go
    goes going gone got had hadn't has hasn't have haven't having he her here him his how i i'd i'll i'm
    i've if in into is isn't it it's its itself just know let like made make many may me more most much
    must my need no nor not now of off on once one only or other our out over own per please put really
    said same say see she should since so some still such take than that that's the their them then there
    they this those though through to too two under until up upon us use used very want was wasn't way we
    well were what what's when where which while who why will with won't would yet you your
    """
)

JAPANESE_STOP_RUNS = _words(
    """
    今回 今日 昨日 本日 明日 先日 以前 以上 以下 場合 感じ 思い 時間 自分 何度 一度 非常 大変 本当 全然
    全体 当方 弊社 貴社 御社 方法 状態 状況 必要 可能 普通 多少 少々 皆様 お客様 こちら コト モノ ヶ月
    様子 最初 最後 途中 結果 理由 他 等 的 回 件 点
    """
)


def nfkc(text: str) -> str:
    """Full-width letters and digits, half-width katakana and the like in their ordinary form."""
    return unicodedata.normalize("NFKC", text)


def portions(text: str) -> Iterator[str]:
    """Yield a long text in parts, cut behind white space where there is any; joined they are the text.

    An expression holds the interpreter, and with it all other requests, as long as it reads one string.
    """
    start = 0
    while len(text) - start > PORTION:
        latest = start + PORTION
        cut = max(text.rfind(mark, start, latest) for mark in "\n 。") + 1
        yield text[start : cut if cut > start else latest]
        start = cut if cut > start else latest
    yield text[start:]


def is_japanese(text: str) -> bool:
    return _JAPANESE.search(text) is not None


def words(text: str) -> list[str]:
    """Return the words written in Latin letters, in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def japanese_runs(text: str) -> list[str]:
    """Find runs of two or more kanji, or of katakana: most Japanese content words, without a dictionary."""
    return _JAPANESE_RUN.findall(text)


def clauses(text: str) -> list[str]:
    """Return the sentences, without their closing marks."""
    return [clause.strip() for clause in _CLAUSE.split(text) if clause and clause.strip()]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a crude English stem: enough for «delivered», «deliveries» and «delivery» to meet."""
    for ending in (
        "'s",
        "ations",
        "ation",
        "ings",
        "ing",
        "iest",
        "ies",
        "ied",
        "ery",
        "ers",
        "er",
        "ed",
        "es",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
