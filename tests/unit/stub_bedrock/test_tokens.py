"""The token estimate and the cut at max_tokens."""

import pytest

from stub_bedrock.tokens import cut, estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("four" * 10, 10), ("日本語", 3), ("日本語abcd", 4), ("\ud800", 1)],
)
def test_four_ascii_characters_or_one_japanese_make_a_token(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


@pytest.mark.parametrize(
    "text",
    ["The quick brown fox jumps over the lazy dog", "吾輩は猫である。名前はまだ無い。", "mixed 混在 text"],
)
@pytest.mark.parametrize("limit", [0, 1, 3, 7, 1000])
def test_cut_keeps_the_longest_beginning_within_the_limit(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert estimate(kept) <= limit
    assert kept == text or estimate(text[: len(kept) + 1]) > limit
