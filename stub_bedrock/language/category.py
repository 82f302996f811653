"""Which label of an enum fits a text best: shared words, shared concepts, nothing learnt."""

import re
from dataclasses import dataclass

from stub_bedrock.language.caching import cached_if_short
from stub_bedrock.language.concepts import concepts_of
from stub_bedrock.language.script import STOP_WORDS, is_japanese, japanese_runs, nfkc, stem, words

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATOR = re.compile(r"[_\-/.]+")
_NAME_WORD, _CONCEPT, _DESCRIPTION_WORD = 3.0, 2.0, 1.0  # how much a match says
MOST_LABELS = 1_000
"""Labels of one enum that are looked at; the others are never chosen."""
LONGEST_DESCRIPTION = 4_000
"""Characters of a property's description that are searched for each label."""
_OTHER = (
    "other",
    "others",
    "misc",
    "miscellaneous",
    "general",
    "unknown",
    "none",
    "uncategorized",
    "n/a",
    "その他",
    "不明",
    "該当なし",
    "一般",
)


@dataclass(frozen=True)
class _Label:
    """What of a label and its description can be found in a text."""

    label: str
    name_stems: frozenset[str]
    name_strings: tuple[str, ...]
    description_stems: frozenset[str]
    description_strings: tuple[str, ...]
    concepts: frozenset[int]

    def score(self, stems: frozenset[str], text: str, concepts: frozenset[int]) -> float:
        name = len(self.name_stems & stems) + sum(string in text for string in self.name_strings)
        described = len(self.description_stems & stems) + sum(s in text for s in self.description_strings)
        # of two labels with the same matches the one with fewer words says more exactly what was found
        exactness = name / (len(self.name_stems) + len(self.name_strings) or 1)
        shared = len(self.concepts & concepts)
        return name * _NAME_WORD + exactness + shared * _CONCEPT + described * _DESCRIPTION_WORD


def best_label(text: str, labels: tuple[str, ...], description: str = "") -> str:
    """Return the label that fits best; without any match the one for «other», else the first."""
    return scored_label(text, labels, description)[0]


def scored_label(text: str, labels: tuple[str, ...], description: str = "") -> tuple[str, float]:
    """Return the best label and its score, 0 where nothing matched."""
    scores = _scores(text, _prepared(labels[:MOST_LABELS], description[:LONGEST_DESCRIPTION]))
    best = max(range(len(scores)), key=lambda at: scores[at])  # the first of equals: stable
    if scores[best] > 0:
        return labels[best], scores[best]
    return next((label for label in labels if is_other(label)), labels[0]), 0.0


def scores_of_each(text: str, labels: tuple[str, ...]) -> dict[str, float]:
    """Return how much of the text speaks for each label, by its name alone."""
    first = labels[:MOST_LABELS]
    return dict(zip(first, _scores(text, tuple(_label(one, "") for one in first)), strict=True))


def _scores(text: str, labels: tuple[_Label, ...]) -> list[float]:
    plain = nfkc(text)
    stems = frozenset(stem(word) for word in words(plain) if word not in STOP_WORDS)
    concepts = concepts_of(plain)
    return [label.score(stems, plain, concepts) for label in labels]


@cached_if_short(1024)
def is_other(label: str) -> bool:
    return any(label.lower() == other or label.lower().startswith(f"{other}_") for other in _OTHER)


@cached_if_short(256)
def _prepared(labels: tuple[str, ...], description: str) -> tuple[_Label, ...]:
    described = _descriptions(labels, description)
    return tuple(_label(label, described.get(label, "")) for label in labels)


def _label(label: str, description: str) -> _Label:
    if is_other(label):
        return _Label(label, frozenset(), (), frozenset(), (), frozenset())
    name = _SEPARATOR.sub(" ", _CAMEL.sub(" ", label))
    stems, strings = _parts(name)
    description_stems, description_strings = _parts(description)
    return _Label(
        label, stems, strings, description_stems, description_strings, concepts_of(f"{name} {description}")
    )


def _parts(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    stems = frozenset(stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1)
    return stems, tuple(dict.fromkeys(japanese_runs(text))) if is_japanese(text) else ()


def _descriptions(labels: tuple[str, ...], description: str) -> dict[str, str]:
    """Return what the property's description says of each label: from one label to the next."""
    found = sorted((at, label) for label in labels if (at := _position(description, label)) >= 0)
    if len(found) < 2:
        return {}
    ends = [at for at, _ in found[1:]] + [len(description)]
    return {label: description[at + len(label) : end] for (at, label), end in zip(found, ends, strict=True)}


def _position(description: str, label: str) -> int:
    if is_japanese(label):
        return description.find(label)
    match = re.search(rf"(?<![\w-]){re.escape(label)}(?![\w-])", description)
    return match.start() if match else -1
