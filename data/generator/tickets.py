"""``support_tickets.csv``: 250 tickets of an IT help desk, 246 of them good."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from generator.sentences import Sentence, sentences

HEADER = [
    "ticket_id", "opened_at", "closed_at", "status", "priority", "team", "requester", "requester_email",
    "affected_users", "hours_spent", "reopened", "description",
]  # fmt: skip
_GOOD = 246
_PEOPLE = {
    "en": [("Mina Hart", "mina.hart@example.com"), ("Ben Wu", "ben.wu@example.com"), ("Ana Costa", "")],
    "ja": [("山田 太郎", "taro.yamada@example.jp"), ("田中 由美", "y.tanaka@example.jp"), ("鈴木 花子", "")],
}
_PRIORITIES = {"critical": "P1", "high": "P2", "normal": "P3", "low": "P4"}
_HOURS_TO_CLOSE = {"P1": 6, "P2": 30, "P3": 90, "P4": 240}
_TIME = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S+09:00"]
_START = datetime(2026, 1, 5, 8, 30)  # local time of the help desk, as the contract's timezone says
_END = datetime(2026, 4, 1)


def rows() -> list[list[str]]:
    """Return the rows after the header, always the same ones."""
    random = Random(20260401)  # noqa: S311 - the same rows each time are the point
    every = sentences("tickets")
    bodies = [one for one in every if one.category != "closing"]
    closings = [one for one in every if one.category == "closing"]
    made = [_row(random, number, random.choice(bodies), closings) for number in range(1, _GOOD + 1)]
    for position, row in zip((31, 90, 166, 249), _refused(), strict=True):
        made.insert(position, row)
    return made


def _row(random: Random, number: int, said: Sentence, closings: list[Sentence]) -> list[str]:
    opened = _START + timedelta(minutes=number * 490 + random.randrange(300))
    priority = random.choice([_PRIORITIES[said.mood]] * 5 + ["P3"])
    minutes = random.randrange(20, _HOURS_TO_CLOSE[priority] * 60)
    closed = opened + timedelta(minutes=minutes)
    done = closed < _END
    name, mail = random.choice(_PEOPLE[said.language])
    hours = round(random.randrange(1, 24) / 4, 2)
    users = 40 if said.mood == "critical" else random.choice([1, 1, 1, 2, 5])
    return [
        f"INC-2026-{number:05}",
        opened.strftime(random.choice(_TIME)),
        closed.strftime(random.choice(_TIME)) if done else "",
        random.choice(["resolved", "closed", "closed"]) if done else random.choice(["open", "in_progress"]),
        priority,
        said.subject,
        name,
        mail,
        str(users),
        f"{hours:g}" if done else "",
        random.choice(["no"] * 9 + ["yes"]) if done else "",
        _description(random, said, closings),
    ]


def _description(random: Random, said: Sentence, closings: list[Sentence]) -> str:
    """Write a description: in a quarter the bare sentence, so that tickets with the same words occur."""
    if random.randrange(4) == 0:
        return said.text
    closing = random.choice([one.text for one in closings if one.language == said.language])
    space = " " if said.language == "en" else ""
    return (said.text + random.choice([space, "\n", "\n\n"]) + closing).replace("\\n", "\n")


def _refused() -> list[list[str]]:
    """Four rows that end in the quarantine, each for its own reason."""
    who = ["Ben Wu", "ben.wu@example.com"]
    return [
        ["INC-2026-90001", "2026/01/20 9:00", "2026/01/19 9:00", "closed", "P3", "network", *who, "", "", "",
         "Closed before it was opened: a mistyped day."],
        ["INC-2026-90002", "2026-02-09 10:00", "", "open", "urgent", "hardware", *who, "1", "", "",
         "The priority is a word here."],
        ["INC-2026-90003", "2026-03-05 10:00", "", "resolved", "P4", "accounts", *who, "1", "0.5", "no",
         "解決済みなのに終了日時がありません。"],
        ["INC-2026-90004", "2026-03-31 10:00", "", "open", "P2", "applications", *who, "some", "", "",
         "How many users are affected is a word."],
    ]  # fmt: skip
