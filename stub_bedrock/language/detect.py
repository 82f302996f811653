"""Which language a text is in: by script, and for Latin script by its commonest words."""

import re

from stub_bedrock.language.script import words

UNDETERMINED = "und"  # BCP 47's own tag for it

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile("[぀-ヿ]")),
    ("ko", re.compile("[가-힯]")),
    ("ru", re.compile("[Ѐ-ӿ]")),
    ("ar", re.compile("[؀-ۿ]")),
    ("th", re.compile("[฀-๿]")),
    ("hi", re.compile("[ऀ-ॿ]")),
    ("el", re.compile("[Ͱ-Ͽ]")),
    ("he", re.compile("[֐-׿]")),
)
_HAN = re.compile("[一-鿿]")
_CHINESE = re.compile("[的了们这吗呢很你我们没说请东买卖车开对时长见贝员]")  # not, or hardly, in Japanese
_LATIN = re.compile("[a-zA-ZÀ-ɏ]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_COMMON: dict[str, frozenset[str]] = {
    "en": _words("the and is was to of in it i my for that with this not you have are but on very be"),
    "fr": _words("le la les des est et je une un pas que pour dans très avec sur mon vous nous c'est"),
    "de": _words("der die das und ist ich nicht ein eine mit sehr war zu für auf den es wir sie auch"),
    "es": _words("el la los que de y es no muy con para una un por mi está pero se fue lo como"),
    "it": _words("il la che di e è non un una per con molto sono mi ma del della ho i le"),
    "pt": _words("o a que de e é não um uma com para muito do da meu minha mas os as foi"),
    "nl": _words("de het een en is niet van ik dat met voor zeer maar op zijn was te er aan"),
}

NAMES: dict[str, tuple[str, ...]] = {
    "en": ("english", "eng", "英語"),
    "ja": ("japanese", "jpn", "jp", "日本語"),
    "zh": ("chinese", "zho", "cn", "中国語", "中文"),
    "ko": ("korean", "kor", "kr", "韓国語"),
    "fr": ("french", "fra", "フランス語"),
    "de": ("german", "deu", "ドイツ語"),
    "es": ("spanish", "spa", "スペイン語"),
    "it": ("italian", "ita", "イタリア語"),
    "pt": ("portuguese", "por", "ポルトガル語"),
    "nl": ("dutch", "nld", "オランダ語"),
    "ru": ("russian", "rus", "ロシア語"),
    "ar": ("arabic", "ara", "アラビア語"),
    "th": ("thai", "tha", "タイ語"),
    UNDETERMINED: ("unknown", "undetermined", "other", "others", "none", "不明", "その他"),
}


def language_of(text: str) -> str:
    """Return the language as a BCP 47 tag, `und` where there are no letters."""
    if text.isascii():
        return _latin_language(text) if _LATIN.search(text) else UNDETERMINED
    counted = [(len(pattern.findall(text)), code) for code, pattern in _SCRIPTS if pattern.search(text)]
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    most, code = max(counted, default=(0, ""))
    if most and most + han >= latin / 4:  # one brand name in Latin letters does not make it English
        return code
    if han and han >= latin / 4:
        return "zh" if _CHINESE.search(text) else "ja"
    return _latin_language(text) if latin else UNDETERMINED


def label_for(code: str, labels: list[str]) -> str | None:
    """Return the label among an enum's that names the language, else the one for «other», else None."""
    return _match(code, labels) or _match(UNDETERMINED, labels)


def _match(code: str, labels: list[str]) -> str | None:
    for label in labels:
        tag = label.lower().replace("_", "-")
        if tag == code or tag.partition("-")[0] == code or tag in NAMES.get(code, ()):
            return label
    return None


def _latin_language(text: str) -> str:
    found = words(text)
    scores = {code: sum(word in common for word in found) for code, common in _COMMON.items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] > scores["en"] else "en"
