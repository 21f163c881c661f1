#!/usr/bin/env python3
"""Runs the behaviour cases of cases.jsonl against a server: what is asked over HTTP or said over the WebSocket, then what
must come.

    tests/chat/spec/cases_test.py --station build/bin/station

A line is a step. {"case":WORDS,"shows":[REQUIREMENT…]} begins a case; its people, ada (the administrator), bob, cyd and
eve, come as they are named, $bob is bob's id, and $talk the room that is there from the beginning.

    {"by":"bob","asks":"POST /rooms","with":{…},"status":201,"gives":{…}}
    {"by":"bob","says":{"type":"hello",…},"hears":[{…},…]}        the next texts like these, in this order
    {"by":"bob","hears_at_last":{…}}                              other texts of its type may come before
    {"by":"bob","hears_no":["message","updated"]}                 before a ping is answered

What is expected is a part of what comes: an object has at least these members, an array exactly these elements, or with
{"among":[…]} at least these. "?name" keeps what stands there as $name, "*" takes anything.
"""
import json
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from chat_harness import Chat, Failure, Member, check, equal, main, scenario  # noqa: E402
from chat_live import Live  # noqa: E402

CASES = Path(__file__).resolve().parent / "cases.jsonl"


def cases():
    """[(words, steps)]"""
    found = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        if "case" in step:
            found.append((step["case"], []))
        else:
            found[-1][1].append(step)
    return found


class Play:
    """One case, played."""

    def __init__(self, chat, number):
        self._chat = chat
        self._number = number
        self._people = {"ada": chat.first()}
        self._sockets = {}
        self.kept = {"ada": chat.first().id, "talk": chat.all_talk(), "case": f"case{number}",
                     "number": str(number)}

    def close(self):
        for live in self._sockets.values():
            live.close()

    def _person(self, name):
        if name not in self._people:
            self._people[name] = self._chat.member(f"{name}{self._number}")
            self.kept[name] = self._people[name].id
        return self._people[name]

    def _socket(self, name):
        person = self._person(name)
        if name not in self._sockets:
            self._sockets[name] = Live(person)
        return self._sockets[name]

    def _filled(self, value):
        """The names in it replaced by what was kept; a member who is named comes."""
        if isinstance(value, dict):
            return {self._filled(key): self._filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$(\w+)", value)
        return self._kept(whole[1]) if whole else re.sub(r"\$(\w+)", lambda match: str(self._kept(match[1])), value)

    def _kept(self, name):
        if name not in self.kept:
            self._person(name)
        return self.kept[name]

    def _fits(self, expected, came):
        if isinstance(expected, str) and expected.startswith("?"):
            self.kept[expected[1:]] = came
            return True
        if expected == "*":
            return True
        if isinstance(expected, dict) and list(expected) == ["among"]:
            return isinstance(came, list) and all(any(self._fits(one, other) for other in came)
                                                  for one in expected["among"])
        if isinstance(expected, dict):
            return isinstance(came, dict) and all(key in came and self._fits(inner, came[key])
                                                  for key, inner in expected.items())
        if isinstance(expected, list):
            return isinstance(came, list) and len(came) == len(expected) and all(map(self._fits, expected, came))
        return type(expected) is type(came) and expected == came

    def ask(self, step):
        method, _, path = self._filled(step["asks"]).partition(" ")
        person = Member(self._chat) if step["by"] == "stranger" else self._person(step["by"])
        answer = person.ask(method, path, self._filled(step.get("with")))
        equal(answer.status, step["status"], f"the status of {answer}")
        if "gives" in step:
            check(self._fits(self._filled(step["gives"]), answer.json), f"{step['gives']} was expected: {answer}")

    def hear(self, step):
        live = self._socket(step["by"])
        if "says" in step:
            live.say(**self._filled(step["says"]))
        for expected in self._filled(step.get("hears", [])):
            came = live.wait(expected["type"])
            check(self._fits(expected, came), f"{expected} was expected: {came}")
        if "hears_at_last" in step:
            expected = self._filled(step["hears_at_last"])
            while not self._fits(expected, live.wait(expected["type"])):
                pass
        if "hears_no" in step:
            for text in live.until_pong():
                check(text["type"] not in step["hears_no"], f"{text} should not have come")


@scenario(bare=True)
def every_case_comes_out_as_it_is_written():
    wrong = []
    with Chat("--chat-rate", "none") as chat:
        for number, (words, steps) in enumerate(cases()):
            play = Play(chat, number)
            try:
                for step in steps:
                    (play.ask if "asks" in step else play.hear)(step)
            except Failure as failure:
                wrong.append(f"{words}: {json.dumps(step)}: {failure}")
            finally:
                play.close()
        chat.stop()
    check(not wrong, "\n".join(wrong))


if __name__ == "__main__":
    main()
