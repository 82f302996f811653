"""Words of the sample files: written for this project, people and places are made up."""

from __future__ import annotations

PRODUCTS = {
    "en": ["Aurora desk lamp", "Pico rice cooker", "Trail backpack 28L", "Cedar tea set", "Nimbus umbrella"],
    "ja": [
        "オーロラ卓上ライト",
        "炊飯器ピコ",
        "トレイルバックパック28L",
        "杉の茶器セット",
        "折りたたみ傘ニンバス",
    ],
}
NAMES = {
    "en": ["Ann Carter", "Ben Okafor", "Carla Mendes", "Dev Patel", "Erin Walsh", "Finn Larsen", "Grace Kim"],
    "ja": ["佐藤 花子", "鈴木 一郎", "高橋 美咲", "田中 健", "伊藤 さくら", "渡辺 大輔", "中村 由美"],
}
LOGINS = [
    "ann",
    "ben",
    "carla",
    "dev",
    "erin",
    "finn",
    "grace",
    "hanako",
    "ichiro",
    "misaki",
    "ken",
    "sakura",
]

# rating → comments about a product {p}
FEEDBACK = {
    "en": {
        5: [
            "The {p} arrived a day early and was packed with great care. Thank you!",
            "I use the {p} every day and it still looks new. Excellent quality for the price.",
            "Your support team answered within ten minutes and sent a new part for my {p} at once.",
            "Ordering was easy, and the {p} is even nicer than in the pictures.",
            "Best purchase this year!!! My whole family loves the {p}.",
        ],
        4: [
            "Good {p}, sturdy and well made. The manual could be clearer, though.",
            "Happy with the {p}. Delivery took two days longer than promised, but it arrived safely.",
            "The {p} does what it should. I would have liked more colours.",
        ],
        3: [
            "The {p} is okay. Quality is average and so is the price.",
            "Delivery of the {p} was quick, but the box was dented. The product itself is fine.",
            "It works. I found the app's order page confusing and nearly bought two.",
        ],
        2: [
            "The {p} is smaller than described and the material feels cheap. Disappointed.",
            "I was charged twice for one {p} and am still waiting for the refund.",
            "The help desk kept me on hold for 40 minutes and then could not answer my question.",
            "Your website logged me out three times before I could order the {p}.",
        ],
        1: [
            "The {p} broke after two days. I want my money back.",
            "My {p} never arrived and nobody answers my e-mails. Please call me on 555-0142.",
            "Arrived damaged, with a crack right across it. Very poor packaging!",
            "Far too expensive for what it is.\nI found the same item for half the price elsewhere.",
        ],
    },
    "ja": {
        5: [
            "{p}が予定より一日早く届きました。梱包もとても丁寧で、ありがとうございます。",
            "{p}を毎日使っていますが、品質が良くて大満足です。",
            "問い合わせにすぐ返信をいただき、対応がとても親切でした。",
            "注文が簡単で、{p}は写真よりもきれいでした。家族も喜んでいます！",
        ],
        4: [
            "{p}は丈夫で使いやすいです。説明書がもう少し詳しいと助かります。",
            "{p}に満足しています。配送が二日遅れましたが、無事に届きました。",
            "デザインが気に入りました。色の種類がもっとあると嬉しいです。",
        ],
        3: [
            "{p}は普通です。値段相応だと思います。",
            "配送は早かったのですが、箱が少しへこんでいました。商品は問題ありません。",
            "使えますが、アプリの注文画面が分かりにくかったです。",
        ],
        2: [
            "{p}は思ったより小さく、素材も安っぽくてがっかりしました。",
            "二重に請求されました。返金をまだ待っています。",
            "電話がつながるまで四十分待たされ、質問にも答えてもらえませんでした。",
        ],
        1: [
            "{p}が二日で壊れました。返金してください。",
            "商品が届きません。メールにも返事がありません。090-0000-0142までお電話ください。",
            "割れた状態で届きました。梱包がひどすぎます。",
            "値段が高すぎます。\n他の店では半額でした。",
        ],
    },
}

# category → (subject, body); {n} is a number
TICKETS = {
    "en": [
        (
            "Cannot sign in",
            "The two-factor code never arrives. I have tried {n} times and am locked out now.",
        ),
        ("Password reset loop", "The reset link sends me back to the login page. Our whole team is blocked."),
        (
            "Invoice {n} is wrong",
            "We cancelled two seats in March but invoice {n} still lists them. Please refund.",
        ),
        ("Upgrade to enterprise", "How much would {n} seats cost, and can we pay by bank transfer?"),
        ("Export crashes", "Exporting more than {n} rows ends with error 500 and the file is empty."),
        (
            "Totals do not add up",
            "The monthly report shows {n} items, the list shows one more. Which is right?",
        ),
        (
            "Dashboard very slow",
            "Since this morning every page takes {n} seconds to load. We can't work like this!",
        ),
        (
            "How do I share a board?",
            "I want to share one board with a guest, read only. Where is that setting?",
        ),
        ("Dark mode please", "A dark theme would be lovely for night shifts. No hurry, just a wish."),
        ("Thanks for the quick fix", "The import works again. Great support, thank you!"),
        (
            "Data gone after update",
            "After yesterday's update {n} records are missing. This is urgent, please restore them.",
        ),
    ],
    "ja": [
        ("ログインできません", "二段階認証のコードが届きません。{n}回試してアカウントがロックされました。"),
        ("請求書の金額が違います", "三月に解約した分が請求書{n}に残っています。返金をお願いします。"),
        ("エクスポートでエラー", "{n}件以上を出力するとエラー500になり、ファイルが空になります。"),
        (
            "画面がとても遅い",
            "今朝からページの表示に{n}秒かかります。仕事になりません。至急対応をお願いします。",
        ),
        ("ボードの共有方法", "ゲストに閲覧だけを許可したいのですが、設定はどこにありますか。"),
        ("機能の要望", "夜勤で使うので、ダークモードがあると嬉しいです。急ぎません。"),
        ("更新後にデータが消えた", "昨日の更新後、{n}件のデータが見つかりません。至急復旧をお願いします。"),
        ("ありがとうございました", "取り込みが直りました。迅速な対応に感謝します。"),
    ],
}
