#!/usr/bin/env python3
"""The executable contract of the ten steps (tests/contract), as far as it holds for the last step's line door, too: all
cases of step 10 but those about balances and the steps' own options, with this step's reply to a valid event."""

import glob
import json
import os
import re
import sys

from clients import Lines
from harness import Failure, check, equal, main, scenario

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "contract")
ACCEPTED = re.compile(r'\{"status":"accepted","id":"[0-9a-f-]{36}","offset":\d+\}')
# What only the steps do: replies with a balance, and a queue that is made small.
NOT_HERE = ("balance", "metrics_grew", "remember_metrics", "eventually", "or_busy", "tally")


def bytes_of(value):
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    parts = []
    for part in value:
        if isinstance(part, str):
            part = {"text": part}
        data = bytes.fromhex(part["hex"]) if "hex" in part else part["text"].encode()
        parts.append(data * part.get("times", 1))
    return b"".join(parts)


class Run:
    def __init__(self, server, number, cut=None):
        self.server = server
        self.users = number
        self.cut = cut
        self.connections = {}
        self.ended = set()

    def fill(self, data, i):
        data = re.sub(rb"\$u(\d)", lambda found: b"c%08d_%02d" % (self.users, int(found[1])), data)
        return data.replace(b"$i", b"%d" % i)

    def on(self, action):
        name = action.get("on", "a")
        if name not in self.connections:
            self.connections[name] = Lines(self.server)
        return self.connections[name]

    def act(self, actions, outer=1):
        for action in actions:
            if "repeat" in action:
                for i in range(1, action["repeat"] + 1):
                    self.act(action["do"], i)
                continue
            client = self.on(action)
            if "send" in action or "line" in action:
                self.send(client, action, outer)
            elif "half_close" in action:
                client.half_close()
            elif "close" in action or "reset" in action:
                client.close() if "close" in action else client.reset()
                self.ended.add(action.get("on", "a"))
            elif "closed" in action:
                client.expect_end()
                self.ended.add(action.get("on", "a"))
            elif "silence" not in action:
                for _ in range(action.get("times", 1)):
                    self.expect(client.reply_text(), action, outer)

    def send(self, client, action, outer):
        end = b"" if "send" in action else b"\n"
        data = bytes_of(action["send"] if "send" in action else action["line"]) + end
        whole = b"".join(self.fill(data, i if "times" in action else outer) for i in range(1, action.get("times", 1) + 1))
        split = action.get("split")
        places = [] if split is None else range(1, len(whole)) if split == "bytes" else [self.cut] if split == "everywhere" else split
        at = 0
        for place in [*places, len(whole)]:
            client.send(whole[at:place])
            at = place
        for _ in range(action.get("discard_replies", 0)):
            client.reply_text()

    def expect(self, reply, action, outer):
        if "valid" in action:
            return check(ACCEPTED.fullmatch(reply), f"a valid event is accepted: {reply}")
        if "error" in action:
            found = json.loads(reply)
            equal((found["status"], found["reason"]), ("error", action["error"]), "the error")
            about = action.get("about", [])
            for word in [about] if isinstance(about, str) else about:
                check(self.fill(word.encode(), outer).decode() in found["detail"], f"the detail mentions {word}: {reply}")
            return None
        if "metrics" in action:
            return equal(list(json.loads(reply)), ["received", "processed", "dropped"], "metrics")
        wanted = action["one_of"] if "one_of" in action else [action["expect"]]
        texts = [self.fill(bytes_of(one), outer).decode() for one in wanted]
        return check(reply in texts or any('"accepted"' in text for text in texts) and ACCEPTED.fullmatch(reply),
                     f"{texts} was expected: {reply}")

    def end(self):
        for name, client in self.connections.items():
            if name not in self.ended:
                client.half_close()
                client.expect_end()
            client.close()


# A first line of HTTP is answered in HTTP here, so that no web page is a client of this door.
OTHERWISE_HERE = {"json-http"}


def applies(case):
    if case["id"] in OTHERWISE_HERE:
        return False
    steps = case["steps"]
    last = steps == 10 or (isinstance(steps, list) and 10 in steps) or (isinstance(steps, dict) and steps["to"] == 10)
    # The kinds of requests that came with the balances; what is unknown to all is among the cases without them.
    return last and "--queue" not in case.get("options", []) and "--work" not in case.get("options", []) and not (
        isinstance(steps, dict) and 6 <= steps["from"] <= 8) and not any(
            f'"{word}"' in json.dumps(case["actions"]) for word in NOT_HERE) and r'\"balance' not in json.dumps(case["actions"])


def cuts(case):
    """The places to cut, where a case runs once for each."""
    for action in case["actions"]:
        if action.get("split") == "everywhere":
            end = 0 if "send" in action else 1
            # Placeholders are as long as what takes their place, but for $u1: 12 bytes instead of 3.
            data = re.sub(rb"\$u\d", b"x" * 12, bytes_of(action["send"] if "send" in action else action["line"]))
            return range(1, len(data) + end)
    return [None]


def read_cases(options):
    for path in sorted(glob.glob(os.path.join(CASES, "*.jsonl"))):
        with open(path, encoding="utf-8") as lines:
            for line in list(lines)[1:]:
                case = json.loads(line)
                if applies(case) and case.get("options", []) == options:
                    yield case


def run_cases(server, options):
    ran = 0
    problems = []
    for case in read_cases(options):
        for cut in cuts(case):
            ran += 1
            run = Run(server, ran, cut)
            try:
                run.act(case["actions"])
                run.end()
            except (Failure, OSError, ValueError) as failure:
                problems.append(f"{case['id']} ({case['name']}), cut at {cut}: {failure}")
                break
    print(f"      {ran} runs of cases", file=sys.stderr)
    check(not problems, "\n".join(problems))
    return ran


@scenario()
def the_contract_holds(server):
    check(run_cases(server, []) > 300, "most of the contract's cases are for this step, too")


@scenario("--max-line", "100")
def the_contract_of_short_lines_holds(server):
    check(run_cases(server, ["--max-line", "100"]) > 0, "there are such cases")


@scenario("--max-line", "200000")
def the_contract_of_long_lines_holds(server):
    check(run_cases(server, ["--max-line", "200000"]) > 0, "there are such cases")


if __name__ == "__main__":
    main()
