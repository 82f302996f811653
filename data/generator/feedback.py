"""``customer_feedback.csv``: 300 rows, 294 of them good, a quarter of the comments said before."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from generator.sentences import Sentence, sentences

HEADER = [
    "feedback_id", "received_at", "customer_name", "email", "product", "channel", "rating", "order_amount",
    "comment",
]  # fmt: skip
_GOOD = 294
_COMMON = 94
_PRODUCTS = {
    "kettle": ("electric kettle", "電気ケトル", 4980),
    "cooker": ("rice cooker", "炊飯器", 15800),
    "jacket": ("rain jacket", "レインジャケット", 12900),
    "backpack": ("backpack", "リュックサック", 9800),
    "beans": ("coffee sampler", "コーヒー豆", 1480),
    "lamp": ("desk lamp", "デスクライト", 6500),
    "earbuds": ("earbud set", "ワイヤレスイヤホン", 11000),
    "knife": ("kitchen knife", "包丁", 8200),
}
_NAMES = {
    "en": ["Mina Hart", "Tom O'Leary", "Priya Nair", "Lars Holm", "Grace Okafor", "Ben Wu", "Ana Costa"],
    "ja": ["山田 太郎", "田中 由美", "佐藤 健", "鈴木 花子", "高橋 誠", "伊藤 さくら", "渡辺 翔"],
}
_MAIL = {
    "en": ["mina.hart@example.com", "tom@example.com", "priya.nair@example.com", "lars@example.com"],
    "ja": ["taro.yamada@example.jp", "y.tanaka@example.jp", "ken.sato@example.jp", "hanako@example.jp"],
}
_RATINGS = {"positive": "4455", "negative": "1122", "neutral": "333", "mixed": "233"}
_CHANNELS = ["web", "web", "app", "app", "store", "phone", "email"]
_FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S+09:00",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M",
    "%Y-%m-%d",
]
_START = datetime(2026, 1, 5, 9)  # local time of the shop, as the contract says


def rows() -> list[list[str]]:
    """Return the rows after the header, always the same ones."""
    random = Random(20260105)  # noqa: S311 - the same rows each time are the point
    every = sentences("feedback")
    comments = _comments(random, every)
    made = [_row(random, number, sentence) for number, sentence in enumerate(comments, start=1)]
    for position, row in zip((48, 97, 150, 199, 251, 299), _refused(made), strict=True):
        made.insert(position, row)
    return made


def _comments(random: Random, every: list[Sentence]) -> list[Sentence]:
    bodies = [one for one in every if one.category not in ("common", "closing")]
    closings = [one for one in every if one.category == "closing"]
    common = [one for one in every if one.category == "common"]
    seen: dict[str, Sentence] = {}
    while len(seen) < _GOOD - _COMMON:
        body = random.choice(bodies)
        subject = body.subject if body.subject != "*" else random.choice(list(_PRODUCTS))
        fitting = [one.text for one in closings if (one.mood, one.language) == (body.mood, body.language)]
        text = body.text.replace("{p}", _PRODUCTS[subject][body.language == "ja"])
        text = _joined(random, text, random.choice(fitting), body.language)
        seen.setdefault(text, body._replace(subject=subject, text=text))
    repeated = [
        random.choice(common)._replace(subject=random.choice(list(_PRODUCTS))) for _ in range(_COMMON)
    ]
    chosen = [*seen.values(), *repeated]
    random.shuffle(chosen)
    return chosen


def _joined(random: Random, text: str, closing: str, language: str) -> str:
    """One sentence or two, some as people format them: a line break, a greeting, blanks around."""
    way = random.randrange(10)
    if way < 4:
        return text
    if way == 4:
        return f"{text}\n{closing}"
    if way == 5:
        greeting = "Hello," if language == "en" else "お世話になっております。"
        return f"{greeting}\n\n{text}\n{closing}"
    return text + (" " if language == "en" else "") + closing


def _row(random: Random, number: int, said: Sentence) -> list[str]:
    english, japanese, price = _PRODUCTS[said.subject]
    received = _START + timedelta(minutes=number * 431 + random.randrange(400))
    who = random.randrange(len(_NAMES[said.language]))
    amount = price * random.choice([1, 1, 1, 2, 3])
    return [
        f"FB-{number:06}",
        received.strftime(random.choice(_FORMATS)),
        random.choice([_NAMES[said.language][who]] * 5 + [""]),
        random.choice([*_MAIL[said.language], "-", ""]),
        english.capitalize() if said.language == "en" else japanese,
        random.choice(_CHANNELS),
        random.choice([*_RATINGS[said.mood] * 3, "N/A", ""]),
        random.choice([str(amount), f"{amount:,}", f"{amount}.00", ""]),
        said.text,
    ]


def _refused(good: list[list[str]]) -> list[list[str]]:
    """Six rows that end in the quarantine, each for its own reason."""
    name, mail = "山田 太郎", "taro.yamada@example.jp"
    return [
        ["FB-900001", "2026-02-30 10:00:00", name, mail, "包丁", "web", "5", "8200", "よく切れます。"],
        ["FB-900002", "2026-02-05", "Ben Wu", "-", "Desk lamp", "web", "6", "6500", "Six stars, if I could."],
        ["FB-900003", "2026-02-20 11:30:00", "", "", "炊飯器", "fax", "4", "15800", "ファクスで送ります。"],
        ["FB-900004", "2026-03-04 08:15:00", name, mail, "リュックサック", "app", "1", "9800", "最悪"],
        [good[9][0], "2026-03-20 17:45:00", "Ana Costa", "-", "Backpack", "app", "4", "", "Sent twice."],
        ["FB-900006", "2026-04-02 12:00:00", name, "taro(at)example.jp", "コーヒー豆", "email", "4", "1,480",
         "香りが良いです。"],
    ]  # fmt: skip
