"""A small thesaurus between English and Japanese, so that «配送» finds the label `delivery`.

Everyday matters of customers, visitors and users; it belongs to no dataset. A line is one concept: English
words and Japanese strings, the Japanese matched anywhere in the text. An indented line goes on with
the one above.
"""

import re

from stub_bedrock.language.script import is_japanese, stem, words

_LINES = """
delivery deliver shipping shipment ship courier parcel package arrive arrival tracking dispatch 配送 配達
  発送 届 到着 宅配 荷物 追跡
delay late slow wait waiting overdue pending 遅延 遅れ 遅い 待た 待ち時間 未着
return exchange replace replacement 返品 交換 返送
refund reimburse reimbursement money-back chargeback 返金 払い戻し 払戻
cancel cancellation terminate unsubscribe close 解約 キャンセル 取消 取り消し 退会
payment pay billing bill invoice charge charged transaction checkout 支払 決済 請求 課金 引き落とし
price pricing cost fee expensive cheap overpriced value discount coupon 料金 価格 値段 費用 高い 安い 割引
  クーポン コスパ
quality defect defective broken damaged faulty durable sturdy workmanship 品質 不良 破損 壊れ 故障 傷 欠陥
  耐久
product item goods merchandise 商品 製品 品物
service support staff employee agent representative rude helpful helpdesk 対応 接客 スタッフ 店員 サービス
  サポート 係員 担当者
account login sign-in signin password username profile verify verification identity アカウント ログイン
  パスワード 会員 本人確認 認証
card debit credit visa mastercard カード クレジット
bank transfer balance deposit withdraw withdrawal topup top-up top 銀行 振込 送金 残高 入金 出金 チャージ
atm cash 現金
exchange-rate currency foreign fx 為替 通貨 両替 外貨
fraud scam stolen unauthorized security phishing hacked compromised 不正 詐欺 盗 セキュリティ
lost missing stolen 紛失 なくし 失くし
app application software website site bug crash error glitch technical login-page screen アプリ サイト
  画面 バグ 不具合 エラー システム 動作
performance speed slow fast lag 速度 重い 軽い 速い
feature request suggestion improve improvement idea wish 要望 機能 改善 提案 追加して
question inquiry ask how info information 質問 問い合わせ 教えて 情報
complaint complain dissatisfied unhappy クレーム 苦情 不満
praise compliment thank thanks excellent great 感謝 お礼 称賛 素晴らし ありがと
order purchase buy bought 注文 購入 オーダー
stock availability unavailable sold 在庫 品切れ 売り切れ 欠品
size fit color colour sizing サイズ 大きさ 色 寸法
package packaging box wrapping 梱包 包装 箱
food meal dish restaurant breakfast lunch dinner taste delicious menu drink gourmet 食事 料理 グルメ
  美味し おいし 味 レストラン 食べ 飲食 朝食 夕食
hotel room accommodation stay lodging bed 宿泊 ホテル 旅館 部屋 客室
facility facilities building toilet restroom restrooms equipment amenities 施設 設備 トイレ 館内 建物
clean cleanliness dirty hygiene 清潔 汚 掃除 衛生 きれい 綺麗
access transport transportation traffic bus train station parking car road 交通 アクセス 駅 バス 電車 駐車
  道路 車
scenery nature view landscape sea mountain beach 景色 景観 自然 眺め 風景 海 山 絶景
event festival exhibition experience activity イベント 祭 展示 体験
history culture museum temple shrine castle 歴史 文化 博物館 寺 神社 城
shopping shop store souvenir gift 買い物 土産 お店 店舗 売店
crowd crowded queue congestion busy line 混雑 混ん 行列 人が多
atmosphere ambience quiet noise noisy mood 雰囲気 静か 騒音 うるさ
sign signage guide map signboard explanation 案内 看板 標識 地図 説明
family child children kids baby 子供 子ども 家族 親子
reservation booking book reserve 予約
safety safe danger dangerous accident injury 安全 危険 事故 怪我
contact phone email call chat 電話 メール 連絡 チャット
subscription plan upgrade renewal membership 契約 プラン 更新 定期
hardware device machine phone laptop printer 端末 機器 パソコン プリンタ 本体
network internet wifi connection vpn ネットワーク 通信 接続 回線 インターネット
"""


def _index() -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Which concepts an English stem, and a Japanese string, belong to."""
    by_stem: dict[str, set[int]] = {}
    by_string: dict[str, set[int]] = {}
    for number, line in enumerate(_LINES.replace("\n  ", " ").strip().splitlines()):
        for word in line.split():
            index, key = (by_string, word) if is_japanese(word) else (by_stem, stem(word))
            index.setdefault(key, set()).add(number)
    return by_stem, by_string


_BY_STEM, _BY_STRING = _index()
_STRINGS = re.compile("|".join(re.escape(string) for string in sorted(_BY_STRING, key=len, reverse=True)))


def concepts_of(text: str) -> frozenset[int]:
    """Numbers of the concepts that the text touches."""
    found: set[int] = set()
    for word in words(text):
        found |= _BY_STEM.get(stem(word), set())
    for match in () if text.isascii() else _STRINGS.finditer(text):
        found |= _BY_STRING[match[0]]
    return frozenset(found)
