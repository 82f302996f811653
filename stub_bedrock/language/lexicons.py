"""Words of praise and blame, urgency, and negation. Small on purpose: common words, English and Japanese."""

from stub_bedrock.language.script import stem


def _stems(listed: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed.split())


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _terms(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


POSITIVE = _stems(
    """
    amazing awesome beautiful best brilliant calm clean comfortable convenient courteous delicious delight
    delighted easy efficient elegant enjoy enjoyed enjoyable excellent excited fabulous fantastic fast
    favorite favourite fine flawless fresh friendly fun generous glad good gorgeous grateful great happy
    helpful impressed impressive incredible intuitive kind like liked love loved lovely nice outstanding
    patient perfect perfectly pleasant pleased polite prompt promptly quick quickly recommend recommended
    reliable resolved responsive satisfied smooth smoothly solid spotless stunning sturdy super superb
    surprised tasty terrific thank thanks thorough tidy useful valuable warm wonderful worth wow
    """
)

NEGATIVE = _stems(
    """
    abysmal angry annoyed annoying awful bad badly blocked boring broke broken bug bugs buggy charged
    cheap complain complaint confused confusing crash crashed crashes cracked damaged dangerous dead
    declined defect defective delay delayed dirty disappoint disappointed disappointing disappointment
    disgusting dreadful error errors expensive fail failed failing fails failure fault faulty filthy fraud
    freezes frustrated frustrating garbage hate hated horrible ignored impossible inconvenient incorrect
    late lost mess mistake missing mold nightmare noisy old outdated overcharged overpriced pathetic poor
    problem problems refund refuse refused regret ridiculous rude rust scam scratched shattered sad slow
    smelly stain stained stolen stuck terrible tired torn ugly unacceptable unable uncomfortable
    unfriendly unhappy unhelpful unprofessional unreliable unsafe unusable upset useless waste weak wet
    worse worst worthless wrong
    """
)

NEGATORS = _words(
    """
    not no never none nothing hardly barely scarcely without cannot n't nor neither nobody lacks lack
    lacking
    """
)

INTENSIFIERS = _words(
    """
    very really so extremely absolutely totally completely incredibly too super highly
    """
)

JAPANESE_POSITIVE = _terms(
    """
    良い よい いい感じ 良か 良く よかった 良かった 素晴らし すばらし 最高 満足 感動 綺麗 きれい 美し
    美味し おいし うま 便利 快適 丁寧 親切 優し やさし 嬉し うれし 楽し 楽しめ 面白 おもしろ 好き 大好き
    気に入 おすすめ お勧め オススメ ありがと 有難 感謝 助か 早い 早く 速い 迅速 安心 清潔 充実 絶景 癒
    上手 完璧 新鮮 安い お得 使いやす 分かりやす わかりやす スムーズ 期待以上 申し分な また来たい
    また行きたい リピート 魅力 見事 笑顔 暖か 温か
    """
)

JAPANESE_NEGATIVE = _terms(
    """
    悪い 悪く 悪か 最悪 ひどい 酷い ひどく 不満 残念 がっかり ガッカリ 不快 不便 不親切 不安 不良 不具合
    汚い 汚れ 臭い 遅い 遅く 遅れ 遅延 高すぎ 高い 割高 まずい 不味 つまらな 退屈 壊れ 破損 故障 欠陥 傷
    割れ 失敗 間違 誤 届かな 届いていな 来ない 対応が悪 失礼 無礼 怒 困 困り 困っ 苦情 クレーム 問題
    エラー バグ 落ち 固ま 使いにく 使いづら 分かりにく わかりにく わかりづら うるさ 騒音 狭い 古い 寒い
    暑い 混雑 混んで 待たされ 嫌 いや 疲れ 危な 危険 無駄 足りな 少なすぎ 返金 キャンセル 盗 紛失 詐欺
    改善し 改善を もう二度と 二度と 期待外れ 期待はずれ 物足りな 微妙 いまいち イマイチ
    """
)

JAPANESE_NEGATION = _terms(
    """
    ない なかった なく ません ず なし 無い 無かった ぬ とは言え とはいえ わけでは
    """
)

JAPANESE_NOT_NEGATED = _terms(
    """
    申し分な つまらな 届かな 届いていな 二度と もう二度と 足りな 物足りな 来ない
    """
)
"""Entries that carry their «not» already."""

URGENT = _stems(
    """
    urgent urgently immediately asap emergency critical now stolen fraud unauthorized hacked locked outage
    down security danger dangerous injured leak fire today deadline
    """
)

JAPANESE_URGENT = _terms(
    """
    至急 緊急 すぐに 直ちに 今すぐ 早急 大至急 危険 不正 盗 停止 障害 本日中 怪我 火災 漏
    """
)
