"""What to say about a text, by the kind of property; the schema's bounds are put on it elsewhere."""

from stub_bedrock.language.category import best_label, scored_label, scores_of_each
from stub_bedrock.language.cleansing import cleanse
from stub_bedrock.language.detect import label_for, language_of
from stub_bedrock.language.masking import has_personal_data, mask
from stub_bedrock.language.script import is_japanese
from stub_bedrock.language.sentiment import is_mixed_label, polarity_of_label, sentiment_of, urgency_of
from stub_bedrock.language.summary import keywords, shorten, summarize
from stub_bedrock.schema.kinds import Kind

ANALYSED = 20_000
"""Characters that are read of a text for what is not the text itself: a cell of
1 MB must not hold up the others."""
SUMMARY_LENGTH, TITLE_LENGTH, MOST_KEYWORDS = 120, 60, 5
_URGENCY_LABELS: tuple[tuple[str, ...], ...] = (
    ("low", "minor", "none", "低", "p4", "p3"),
    ("medium", "normal", "moderate", "中", "通常", "p2"),
    ("high", "major", "高", "p1"),
    ("urgent", "critical", "highest", "緊急", "最高", "至急", "p0"),
)
_MIXED_FROM = 0.3  # |score| below it is neutral where there is no label for «mixed»


def label(kind: Kind, labels: tuple[str, ...], description: str, text: str) -> str:
    """Return the label of an enum that fits the text."""
    text = text[:ANALYSED]
    if kind is Kind.LANGUAGE:
        return label_for(language_of(text), list(labels)) or labels[0]
    if kind is Kind.SENTIMENT or kind is Kind.RATING:
        return _sentiment_label(labels, text) or best_label(text, labels, description)
    if kind is Kind.URGENCY:
        return _urgency_label(labels, text) or best_label(text, labels, description)
    return best_label(text, labels, description)


def labels_of(labels: tuple[str, ...], description: str, text: str, most: int) -> list[str]:
    """Return every label that something in the text speaks for, the best first."""
    text = text[:ANALYSED]
    scores = scores_of_each(text, labels)
    found = sorted((one for one in labels if scores[one] > 0), key=lambda one: -scores[one])
    return (found or [best_label(text, labels, description)])[:most]


def words_of(text: str, most: int) -> list[str]:
    return keywords(text[:ANALYSED], most)


def string(kind: Kind, text: str, max_length: int | None) -> str:
    """Return a string about the text, of at most `max_length` characters where the kind can be cut
    sensibly.
    """
    if kind is Kind.MASKED:
        return mask(text)
    if kind is Kind.CLEANSED:
        return cleanse(text)
    text = text[:ANALYSED]
    if kind is Kind.LANGUAGE:
        return language_of(text)
    if kind is Kind.SENTIMENT:
        score = sentiment_of(text).score
        return "positive" if score > 0 else "negative" if score < 0 else "neutral"
    if kind is Kind.TITLE:
        return summarize(text, min(max_length or TITLE_LENGTH, TITLE_LENGTH))
    if kind is Kind.REASON:
        return _reason(text, max_length or SUMMARY_LENGTH)
    if kind in (Kind.KEYWORDS, Kind.CATEGORY):
        found = keywords(text, MOST_KEYWORDS)
        return ", ".join(found if kind is Kind.KEYWORDS else found[:1])
    return summarize(text, max_length or SUMMARY_LENGTH)


def share(kind: Kind, text: str) -> float | None:
    """Return where between its bounds a number of the kind lies, from 0 to 1; None for a kind without a
    scale.
    """
    text = text[:ANALYSED]
    if kind in (Kind.SENTIMENT, Kind.RATING):
        return (sentiment_of(text).score + 1) / 2
    if kind is Kind.URGENCY:
        return min(urgency_of(text), 3) / 3
    if kind is Kind.CONFIDENCE:
        return 0.9 if cleanse(text) else 0.1
    return None


def boolean(kind: Kind, name: str, description: str, text: str) -> bool:
    """Tell whether what the property names holds for the text."""
    text = text[:ANALYSED]
    lowered = name.lower()
    if kind is Kind.PERSONAL_DATA or kind is Kind.MASKED:
        return has_personal_data(text)
    if kind is Kind.URGENCY:
        return urgency_of(text) > 0
    if any(word in lowered for word in ("negative", "complaint", "unhappy", "クレーム", "苦情")):
        return sentiment_of(text).score < 0
    if any(word in lowered for word in ("positive", "praise", "happy", "recommend")):
        return sentiment_of(text).score > 0
    if "question" in lowered or "質問" in name:
        return any(mark in text for mark in ("?", "？", "ますか", "ですか"))
    if "japanese" in lowered or "日本語" in name:
        return is_japanese(text)
    return scored_label(text, (name,))[1] > 0 or (
        bool(description) and scored_label(text, (description,))[1] >= 6
    )


def _sentiment_label(labels: tuple[str, ...], text: str) -> str | None:
    found = sentiment_of(text)
    mixed = next((one for one in labels if is_mixed_label(one)), None)
    if found.mixed and mixed:
        return mixed
    scale = {one: value for one in labels if (value := polarity_of_label(one)) is not None and one != mixed}
    if not scale:
        return None
    strength = (
        2 if max(scale.values()) > 1 and abs(found.score) == 1 and found.positive + found.negative > 2 else 1
    )
    wanted = 0 if abs(found.score) < _MIXED_FROM else strength if found.score > 0 else -strength
    return min(scale, key=lambda one: abs(scale[one] - wanted))


def _urgency_label(labels: tuple[str, ...], text: str) -> str | None:
    scale = {
        one: level
        for one in labels
        for level, names in enumerate(_URGENCY_LABELS)
        if one.lower().strip() in names
    }
    if not scale:
        return None
    wanted = min(urgency_of(text) + (1 if sentiment_of(text).score < 0 else 0), 3)
    return min(scale, key=lambda one: abs(scale[one] - wanted))


def _reason(text: str, max_length: int) -> str:
    found = keywords(text, 3)
    if is_japanese(text):
        return shorten(
            f"本文の「{'、'.join(found)}」による。" if found else "本文に手がかりがない。", max_length
        )
    return shorten(
        f"The text mentions {', '.join(found)}." if found else "The text gives no hint.", max_length
    )
