"""What a folder says when it is asked everything, and how a folder for keeping is laid out."""
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "chat"))

from chat_harness import PASSWORD, PATIENCE, Chat, Member, Settings, check, equal  # noqa: E402

FOLDERS = HERE / "folders"
TOKEN = "a-token-of-the-upgrade-test"


def station(*arguments, status=0, stdin=""):
    done = subprocess.run([Settings.station, *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE)
    equal(done.returncode, status, f"the status of station {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def lines(*arguments, **more):
    return [json.loads(line) for line in station(*arguments, **more).splitlines()]


def bus(folder):
    """Each topic's events, by its name, as a reader without a server finds them."""
    topics = sorted(topic["name"] for topic in json.loads(station("topics", "--dir", folder, "--json")))
    return {topic: lines("replay", "--dir", folder, "--topic", topic, "--from", "beginning", "--json") for topic in topics}


def ledger(folder):
    return lines("ledger", "query", "--dir", folder, "--json")


@contextlib.contextmanager
def chat_of(data):
    """A server of a folder's bus and chat; who asks has the token."""
    token = f"{data}.token"
    with open(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(TOKEN)
    with Chat("--chat-rate", "none", "--token-file", token, folder=os.path.dirname(data)) as server:
        yield server


def sign_in(server, login):
    member = Member(server)
    member.me = member.post("/session", {"login": login, "password": PASSWORD})
    return member


def chat(server, logins):
    """What each of them sees: rooms, and all that is said there."""
    seen = {}
    for login in logins:
        member = sign_in(server, login)
        rooms = {room["id"]: room for room in member.get("/rooms")}
        seen[login] = {
            "users": sorted(member.get("/users"), key=lambda user: user["id"]),
            "rooms": [without(rooms[room], "unread", "mentions") for room in sorted(rooms)],
            "messages": {room: member.get(f"/rooms/{room}/messages?limit=100") for room in sorted(rooms)}}
    return seen


def without(entry, *keys):
    return {key: value for key, value in entry.items() if key not in keys}


def must_hold(now, then, where=""):
    """All that was said then is said now. A later version may say more of a thing, but not of more things."""
    if isinstance(then, dict):
        check(isinstance(now, dict), f"{where}: was an object, and is {now!r}")
        for key, value in then.items():
            check(key in now, f"{where}: {key} is no longer said")
            must_hold(now[key], value, f"{where}/{key}")
    elif isinstance(then, list):
        check(isinstance(now, list) and len(now) == len(then), f"{where}: were {len(then)}, and are: {now!r}")
        for number, value in enumerate(then):
            must_hold(now[number], value, f"{where}/{number}")
    else:
        check(type(now) is type(then) and now == then, f"{where}: was {then!r}, and is {now!r}")
