#!/usr/bin/env python3
"""Makes the folder of a version for keeping, with the program of that version: README.md.

    tests/upgrade/make.py --station BINARY --version VERSION [--out FOLDER]
"""
import argparse
import gzip
import io
import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from told import FOLDERS, Settings, bus, chat, chat_of, equal, ledger, lines, station

sys.path.append(str(Path(__file__).resolve().parent.parent / "station"))

from clients import publish  # noqa: E402
from harness import Server  # noqa: E402


def make_bus(data):
    """Several segments, headers, a payload that is no text, a topic with nothing in it."""
    station("init", "--dir", data, "--topic", "empty", "--topic", "numbers")
    for hundred in range(8):
        numbers = "".join(f"{hundred * 100 + number} {'x' * 40}\n" for number in range(100))
        station("publish", "--dir", data, "--topic", "numbers", "--segment-bytes", "16384", stdin=numbers)
    station("publish", "--dir", data, "--topic", "lobby", "--header", "who=Zoë", "--header", "empty=", "ä text")
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(range(256)))
        file.flush()
        station("publish", "--dir", data, "--topic", "lobby", "--file", file.name)
    station("publish", "--dir", data, "--topic", "lobby", "--durability", "batch:100,10", "the last")


def make_ledger(data):
    def append(entity, payload, *more):
        return lines("ledger", "append", "--dir", data, "--entity", entity, "--scope", "bank", "--kind", "1:1", *more, payload)[0]

    first = append("account:1", '{"amount":5}', "--key", "c0ffee00-0000-4000-8000-00000000beef")
    append("account:1", '{"amount":-3}', "--expect", "0", "--cause", first["event_id"])
    append("account:2", '{"deep":[1,2.5,null,true,"Zoë"]}')
    append("person:1", '{"name":"to be forgotten"}', "--erasable")
    append("person:2", '{"name":"to be kept"}', "--erasable")
    station("ledger", "forget", "--dir", data, "person:1")


def talk(server):
    """People, rooms and what is said in them; edits, deletions, reactions."""
    ada = server.first()
    ben, eva = server.member("Ben"), server.member("Eva")
    everybody = server.all_talk()
    closed = ada.room(members=[ben.id])
    said = [who.say(everybody, f"{who.me['name']} says {number}") for number in range(5) for who in (ada, ben, eva)]
    ben.patch(f"/messages/{said[1]['id']}", {"content": "Ben has thought again"})
    ada.delete(f"/messages/{said[2]['id']}")
    eva.put(f"/messages/{said[0]['id']}/boosts", {"content": "👍"})
    ben.say(closed, "between us: @ada <b>*bold*</b>\n\tand another line")
    direct = eva.post("/rooms/direct", {"users": [ben.id]})["id"]
    ben.say(direct, "to Eva alone")


def make(folder):
    """Everything under `folder`; what it says."""
    data = os.path.join(folder, "kept/data")
    os.makedirs(os.path.dirname(data))
    make_bus(data)
    make_ledger(data)
    with chat_of(data) as server:
        talk(server)
        told = {"chat": chat(server, ["ada", "ben", "eva"])}
        server.stop()
    told["head"] = json.loads(station("ledger", "head", "--dir", data))
    told["bus"], told["ledger"] = bus(data), ledger(data)

    killed = os.path.join(folder, "killed")
    with Server(folder=killed) as server:
        for number in range(20):
            publish(server, "lobby", f"acknowledged {number}".encode())
        server.kill()
    told["killed"] = bus(os.path.join(killed, "data"))
    equal(len(told["killed"]["lobby"]), 20, "events of the server that was killed")
    return told


def pack(folder, path):
    """Its two folders with their modes, and nobody's name."""
    def anonymous(entry):
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("kept/data", "killed/data"):
            archive.add(os.path.join(folder, name), name, filter=anonymous)
    path.write_bytes(gzip.compress(packed.getvalue(), 9, mtime=0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, default=FOLDERS)
    arguments = parser.parse_args()
    Settings.station = os.path.abspath(arguments.station)
    with tempfile.TemporaryDirectory(prefix="station-upgrade-") as folder:
        told = make(folder)
        pack(folder, arguments.out / f"{arguments.version}.tar.gz")
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (arguments.out / f"{arguments.version}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
