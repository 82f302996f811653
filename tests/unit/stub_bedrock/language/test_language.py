"""What the stub understands of texts: language, feeling, gist, dirt, personal data, category."""

import pytest

from stub_bedrock.language.category import best_label
from stub_bedrock.language.cleansing import cleanse
from stub_bedrock.language.detect import label_for, language_of
from stub_bedrock.language.masking import mask
from stub_bedrock.language.sentiment import sentiment_of
from stub_bedrock.language.summary import keywords, shorten, summarize


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parcel came late.", "en"),
        ("ok", "en"),
        ("最高でした", "ja"),
        ("最高", "ja"),
        ("iPhone 15 Pro Max Ultra を買いました", "ja"),
        ("非常好，我很喜欢", "zh"),
        ("정말 좋아요", "ko"),
        ("Le colis est arrivé en retard et je ne suis pas content", "fr"),
        ("Das Paket ist nicht gekommen und ich bin sehr enttäuscht", "de"),
        ("12345 !!!", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("labels", "language", "label"),
    [
        (["en", "ja"], "ja", "ja"),
        (["en-US", "ja-JP"], "ja", "ja-JP"),
        (["English", "Japanese", "Other"], "fr", "Other"),
        (["日本語", "英語"], "en", "英語"),
        (["en", "ja"], "ko", None),
    ],
)
def test_a_language_finds_its_label_or_the_one_for_other(
    labels: list[str], language: str, label: str | None
) -> None:
    assert label_for(language, labels) == label


@pytest.mark.parametrize(
    "text",
    [
        "I love it, works perfectly",
        "Not bad at all",
        "No problems whatsoever",
        "スタッフがとても親切でした",
        "特に不満はありません",
        "また来たいです",
        "The app was confusing, but support was wonderful and quick",
    ],
)
def test_praise_is_positive(text: str) -> None:
    assert sentiment_of(text).score > 0


@pytest.mark.parametrize(
    "text",
    [
        "Terrible. It broke on the first day.",
        "I am not happy with this",
        "It doesn't work and I can't recommend it",
        "品質は良くない",
        "まだ届いていません。届かない！",
        "値段が高すぎる。もう二度と買わない",
        "景色は綺麗だが、混雑がひどくて疲れた",
    ],
)
def test_blame_is_negative(text: str) -> None:
    assert sentiment_of(text).score < 0


@pytest.mark.parametrize("text", ["I ordered it on Monday.", "月曜日に注文しました", "", "12345"])
def test_facts_are_neutral(text: str) -> None:
    assert sentiment_of(text).score == 0


def test_praise_and_blame_in_balance_are_mixed() -> None:
    assert sentiment_of("Great food. Rude staff.").mixed
    assert not sentiment_of("Great food. Great staff.").mixed


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mail a.b+c@example.co.jp now", "Mail [EMAIL] now"),
        ("Call 03-1234-5678 or 090-1234-5678", "Call [PHONE] or [PHONE]"),
        ("携帯は０９０−１２３４−５６７８です", "携帯は[PHONE]です"),
        ("電話09012345678まで", "電話[PHONE]まで"),
        ("+81 90-1234-5678", "[PHONE]"),
        ("(555) 123-4567 / 555-123-4567", "[PHONE] / [PHONE]"),
        ("〒100-0001 東京都、住所は 150-0002", "[POSTAL_CODE] 東京都、住所は [POSTAL_CODE]"),
        ("card 4111 1111 1111 1111.", "card [CARD]."),
        (
            "order 4111111111111112, 2025-11-20, 3,980円, v1.2.3",
            "order 4111111111111112, 2025-11-20, 3,980円, v1.2.3",
        ),
        ("from 192.168.0.1", "from [IP_ADDRESS]"),
    ],
)
def test_personal_data_is_masked_and_the_rest_left_alone(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  so\t\n  good  ", "so good"),
        ("<p>Fish &amp; <b>Chips</b></p><br/>yes", "Fish & Chips yes"),
        ("ＡＢＣ　１２３ ｶﾀｶﾅ", "ABC 123 カタカナ"),
        ("wow!!!!!! really????", "wow! really?"),
        ("a\x00b\u200bc\ufeff", "abc"),
        ("a<!-- b -->c <!-- open", "ac <!-- open"),
        ("3 < 5 and 7 > 6", "3 < 5 and 7 > 6"),
        ("\ud83d broken", "broken"),
    ],
)
def test_cleansing_removes_dirt_only(text: str, clean: str) -> None:
    assert cleanse(text) == clean


def test_the_summary_is_the_first_sentence_within_its_length() -> None:
    assert summarize("It broke. I want a refund.", 100) == "It broke."
    assert summarize("壊れました。返金してください。", 100) == "壊れました。"
    assert len(summarize("とても長い文章が続いてなかなか終わらない" * 5, 20)) == 20
    assert summarize("one two three four five", 15) == "one two three…"
    assert shorten("abc", 1) == "a"


def test_keywords_are_frequent_content_words() -> None:
    assert keywords("The box was wet. The box was torn and the parcel late.", 2) == ["box", "wet"]
    assert keywords("駐車場が狭い。駐車場とトイレを増やして", 2) == ["駐車場", "トイレ"]
    assert keywords("it is what it is", 5) == []


LABELS = ("delivery", "product_quality", "price", "customer_service", "other")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("My parcel never arrived", "delivery"),
        ("配送が遅すぎます", "delivery"),
        ("値段が高いと思う", "price"),
        ("スタッフの接客が丁寧", "customer_service"),
        ("The zipper is broken, poor quality", "product_quality"),
        ("qwerty", "other"),
    ],
)
def test_category_by_words_and_by_concepts_of_both_languages(text: str, label: str) -> None:
    assert best_label(text, LABELS) == label


def test_the_description_of_a_label_counts() -> None:
    description = "alpha: questions about umbrellas. beta: questions about bicycles."
    assert best_label("where can I rent bicycles", ("alpha", "beta"), description) == "beta"
    assert best_label("who sells umbrellas", ("alpha", "beta"), description) == "alpha"


def test_without_any_match_the_first_label_stands_if_there_is_none_for_other() -> None:
    assert best_label("qwerty", ("red", "blue")) == "red"
