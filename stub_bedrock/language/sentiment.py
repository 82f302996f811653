"""How a text feels: counted words of praise and blame, turned by negation, weighted after «but»."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stub_bedrock.language.caching import cached_if_short
from stub_bedrock.language.lexicons import (
    INTENSIFIERS,
    JAPANESE_NEGATION,
    JAPANESE_NEGATIVE,
    JAPANESE_NOT_NEGATED,
    JAPANESE_POSITIVE,
    JAPANESE_URGENT,
    NEGATIVE,
    NEGATORS,
    POSITIVE,
    URGENT,
)
from stub_bedrock.language.script import clauses, is_japanese, nfkc, stem, words


def _any_of(terms: Iterable[str]) -> re.Pattern[str]:
    """Match any of the terms, the longest first, so that «大好き» counts once and not again as «好き»."""
    return re.compile("|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True)))


_NEGATION_REACH = 3  # words before an English word, that «not» still turns
_JAPANESE_REACH = 7  # characters after a Japanese word, in which «ない» turns it
_CONTRAST = re.compile(
    r"\bbut\b|\bhowever\b|\balthough\b|しかし|けれど|けど|ですが|だが|のに|ものの", re.IGNORECASE
)
_SEPARATOR = re.compile("[、，,。！!？?]")
_JAPANESE_GOOD, _JAPANESE_BAD = _any_of(JAPANESE_POSITIVE), _any_of(JAPANESE_NEGATIVE)
_AFTER_CONTRAST = 1.5  # what stands after «but» is what was meant


@dataclass(frozen=True)
class Sentiment:
    """Weights of what was said for and against."""

    positive: float
    negative: float

    @property
    def score(self) -> float:
        """From -1 (all blame) to 1 (all praise); 0 where neither was found."""
        total = self.positive + self.negative
        return (self.positive - self.negative) / total if total else 0.0

    @property
    def mixed(self) -> bool:
        """Both were found, neither more than twice as strong as the other."""
        low, high = sorted((self.positive, self.negative))
        return low > 0 and low * 2 >= high


def sentiment_of(text: str) -> Sentiment:
    positive = negative = 0.0
    for clause in clauses(nfkc(text)):
        weight = 1.0
        for part in _CONTRAST.split(clause):
            good, bad = _count(part)
            positive, negative = positive + good * weight, negative + bad * weight
            weight = _AFTER_CONTRAST
    return Sentiment(positive, negative)


def urgency_of(text: str) -> int:
    """Return how many words of urgency the text has."""
    found = nfkc(text)
    english = sum(stem(word) in URGENT for word in words(found))
    return english + sum(term in found for term in JAPANESE_URGENT)


@cached_if_short(512)
def polarity_of_label(label: str) -> int | None:
    """Return what a label of sentiment stands for: 2 (very positive) to -2, 0 neutral, None for anything
    else.
    """
    name = label.lower()
    strong = 2 if any(mark in name for mark in ("very", "strong", "extreme", "とても", "非常", "強")) else 1
    for sign, marks in _LABELS.items():
        if any(mark in name for mark in marks):
            return sign * strong
    return None


_LABELS: dict[int, tuple[str, ...]] = {
    0: ("neutral", "中立", "ニュートラル", "普通", "none", "unknown", "どちらでも"),
    -1: ("neg", "bad", "unhappy", "dissatisf", "angry", "否定", "ネガ", "不満", "悪"),
    1: ("pos", "good", "happy", "satisf", "肯定", "ポジ", "満足", "良"),
}


def is_mixed_label(label: str) -> bool:
    return any(mark in label.lower() for mark in ("mixed", "混在", "混合", "both", "どちらも"))


def _count(part: str) -> tuple[float, float]:
    good, bad = _count_english(part)
    if is_japanese(part):
        japanese_good, japanese_bad = _count_japanese(part)
        return good + japanese_good, bad + japanese_bad
    return good, bad


def _count_english(part: str) -> tuple[float, float]:
    found = words(part)
    good = bad = 0.0
    for at, word in enumerate(found):
        root = stem(word)
        value = (root in POSITIVE) - (root in NEGATIVE)
        if not value:
            continue
        before = found[max(0, at - _NEGATION_REACH) : at]
        if any(one in NEGATORS or one.endswith("n't") for one in before):
            value = -value
        weight = 1.5 if any(one in INTENSIFIERS for one in before[-1:]) else 1.0
        good, bad = good + weight * (value > 0), bad + weight * (value < 0)
    return good, bad


def _count_japanese(part: str) -> tuple[float, float]:
    good = bad = 0.0
    for sign, terms in ((1, _JAPANESE_GOOD), (-1, _JAPANESE_BAD)):
        for match in terms.finditer(part):
            negated = match[0] not in JAPANESE_NOT_NEGATED and _negated(part, match.end())
            turned = -sign if negated else sign
            good, bad = good + (turned > 0), bad + (turned < 0)
    return good, bad


def _negated(part: str, end: int) -> bool:
    after = _SEPARATOR.split(part[end : end + _JAPANESE_REACH])[0]
    return any(negation in after for negation in JAPANESE_NEGATION)
