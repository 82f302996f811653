"""What a property of the answer is meant to hold, told from its name, else its description or its labels."""

import re
from enum import Enum, auto

from stub_bedrock.language.caching import cached_if_short
from stub_bedrock.language.detect import NAMES
from stub_bedrock.language.sentiment import polarity_of_label


class Kind(Enum):
    """The kinds of property that the stub knows; everything else is UNKNOWN and answered by type alone."""

    CONFIDENCE = auto()
    COUNT = auto()
    PERSONAL_DATA = auto()
    MASKED = auto()
    CLEANSED = auto()
    KEYWORDS = auto()
    SUMMARY = auto()
    TITLE = auto()
    REASON = auto()
    LANGUAGE = auto()
    URGENCY = auto()
    SENTIMENT = auto()
    RATING = auto()
    CATEGORY = auto()
    UNKNOWN = auto()


# In the order of precedence: `sentiment_confidence` is a confidence, `masked_summary` is masked.
_WORDS: dict[Kind, str] = {
    Kind.CONFIDENCE: "confidence probability certainty 確信 信頼度 確度",
    Kind.COUNT: "count length number_of 件数 文字数",
    Kind.PERSONAL_DATA: "pii personal 個人情報",
    Kind.MASKED: "mask masked redacted anonymized anonymised pseudonymized sanitized マスク 匿名",
    Kind.CLEANSED: "cleansed cleaned clean cleanse normalized normalised corrected 整形 正規化 クレンジング",
    Kind.KEYWORDS: "keywords keyword tags tag topics terms phrases keyphrases entities キーワード タグ",
    Kind.SUMMARY: "summary summarize abstract gist synopsis tldr brief 要約 概要",
    Kind.TITLE: "title subject headline 題名 件名 見出し タイトル",
    Kind.REASON: "reason rationale explanation evidence justification reasoning 理由 根拠",
    Kind.LANGUAGE: "language lang locale 言語",
    Kind.URGENCY: "urgency urgent priority severity escalate 緊急 優先 重要度",
    Kind.SENTIMENT: "sentiment polarity emotion mood tone feeling attitude 感情 極性 センチメント",
    Kind.RATING: "rating stars score satisfaction nps 評価 満足度 点数",
    Kind.CATEGORY: "category categories topic intent class classification type label カテゴリ 分類 種別",
}
_TABLE = [(kind, frozenset(words.split())) for kind, words in _WORDS.items()]
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\x00-\x7f]+")
_LANGUAGE_LABELS = frozenset(NAMES) | {name for names in NAMES.values() for name in names}


@cached_if_short(1024)
def kind_of(name: str, description: str = "", labels: tuple[str, ...] = ()) -> Kind:
    """Return the kind by the name's words; if they say nothing by the labels, then by the description's
    words.
    """
    parts = {part.lower() for part in _NAME_PART.findall(name)}
    by_name = _by_words(parts, name)
    if by_name is not Kind.UNKNOWN:
        return by_name
    if labels:
        return _by_labels(labels)
    return _by_words({part.lower() for part in _NAME_PART.findall(description)}, description)


def _by_words(parts: set[str], text: str) -> Kind:
    for kind, words in _TABLE:
        if parts & words or any(not word.isascii() and word in text for word in words):
            return kind
    return Kind.UNKNOWN


def _by_labels(labels: tuple[str, ...]) -> Kind:
    if sum(polarity_of_label(label) in (1, -1, 2, -2) for label in labels) >= 2:
        return Kind.SENTIMENT
    if len(labels) > 1 and all(re.split("[-_]", label.lower())[0] in _LANGUAGE_LABELS for label in labels):
        return Kind.LANGUAGE
    return Kind.CATEGORY
