#!/usr/bin/env python3
"""Folders that released versions have left (README.md) are opened by the program of now, and say what they said then.

    upgrade_test.py --station BINARY VERSION
"""
import contextlib
import gzip
import json
import sys
import tarfile
import tempfile
from pathlib import Path

from told import FOLDERS, bus, chat, chat_of, check, equal, ledger, lines, must_hold, sign_in, station

sys.path.append(str(Path(__file__).resolve().parent.parent / "station"))

from clients import fetch, publish  # noqa: E402
from harness import Failure, Server, main, scenario  # noqa: E402
from told import TOKEN  # noqa: E402

VERSION = sys.argv.pop()
VERSIONS = sorted(path.name.removesuffix(".tar.gz") for path in FOLDERS.glob("*.tar.gz"))


@contextlib.contextmanager
def folder_of(version):
    """What it has left, unpacked, and what it said was in it."""
    with tempfile.TemporaryDirectory(prefix="station-upgrade-") as folder:
        with tarfile.open(FOLDERS / f"{version}.tar.gz") as archive:
            archive.extractall(folder)
        yield folder, json.loads(gzip.decompress((FOLDERS / f"{version}.json.gz").read_bytes()))


def of_every_version(function):
    """The scenario once for each version, told which one it was where it fails."""
    def run():
        for version in VERSIONS:
            with folder_of(version) as (folder, then):
                try:
                    function(folder, then)
                except Failure as failure:
                    raise Failure(f"the folder of {version}: {failure}") from None

    run.__name__ = function.__name__
    return scenario(bare=True)(run)


@scenario(bare=True)
def this_version_has_left_a_folder():
    check(VERSION in VERSIONS, f"tests/upgrade/folders has none of {VERSION}, only of {VERSIONS}: README.md says how to make it")


@of_every_version
def commands_read_every_event(folder, then):
    data = f"{folder}/kept/data"
    must_hold(bus(data), then["bus"])
    must_hold(ledger(data), then["ledger"])
    for topic in lines("verify", "--dir", data, "--json"):
        equal(topic.get("damage", []), [], f"damage of {topic}")


@of_every_version
def the_ledger_is_the_one_whose_head_was_kept(folder, then):
    head = f"{folder}/head.json"
    Path(head).write_text(json.dumps(then["head"]), encoding="ascii")
    verified = lines("ledger", "verify", "--dir", f"{folder}/kept/data", "--head", head, "--json")[0]
    equal((verified["sound"], verified["records"]), (True, then["head"]["size"]), "what verify says")
    station("ledger", "verify", "--dir", f"{folder}/kept/data/chat", "--ledger", "chat")


@of_every_version
def a_server_shows_it_and_goes_on_writing(folder, then):
    data = f"{folder}/kept/data"
    with chat_of(data) as server:
        must_hold(chat(server, sorted(then["chat"])), then["chat"])
        authorized = [f"Authorization: Bearer {TOKEN}"]
        for topic in sorted(set(then["bus"]) - {"ledger"}):
            body = fetch(server, "GET", f"/api/topics/{topic}/events?from=beginning&limit=10000", headers=authorized).body
            must_hold([json.loads(line) for line in body.splitlines()], then["bus"][topic], topic)
            equal(fetch(server, "POST", f"/api/topics/{topic}/events", b"new", headers=authorized).status, 201, "one more event")
        ada = sign_in(server, "ada")
        everybody = next(room["id"] for room in ada.get("/rooms") if room["name"] == "All talk")
        ada.say(everybody, "and the later version goes on")
        server.stop()
    station("ledger", "append", "--dir", data, "--entity", "account:1", "--scope", "bank", "--kind", "1:1", "--expect", "1", "{}")
    again = lines("ledger", "append", "--dir", data, "--entity", "account:1", "--scope", "bank", "--kind", "1:1",
                  "--key", "c0ffee00-0000-4000-8000-00000000beef", '{"amount":5}')[0]
    equal((again["duplicate"], again["event_id"]), (True, then["ledger"][0]["event_id"]), "a key that was given to the old version")
    now = bus(data)
    for topic, events in then["bus"].items():
        equal(len(now[topic]), len(events) + 1, f"events of {topic}, with the one that came now")
        must_hold(now[topic][:-1], events, topic)
    with chat_of(data) as server:
        said = sign_in(server, "ben").get(f"/rooms/{everybody}/messages?limit=100")
        equal(said[-1]["content"], "and the later version goes on", "the last message")
        must_hold(said[:-1], then["chat"]["ben"]["messages"][everybody], "the messages before it")
        server.stop()


@of_every_version
def what_a_killed_server_had_acknowledged_is_there(folder, then):
    with Server(folder=f"{folder}/killed") as server:
        publish(server, "lobby", b"new")
        server.stop()
    now = bus(f"{folder}/killed/data")
    must_hold(now["lobby"][:-1], then["killed"]["lobby"], "lobby")
    station("verify", "--dir", f"{folder}/killed/data")


if __name__ == "__main__":
    main()
