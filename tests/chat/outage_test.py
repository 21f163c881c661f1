#!/usr/bin/env python3
"""While the tables can't be written what is said is taken all the same; who asks is told so at once, and nothing hangs.

    tests/chat/outage_test.py --station build/bin/station
"""
import os
import shutil
import subprocess
import tempfile

from chat_harness import Chat, check, equal, run, scenario, until
from chat_live import Live
from harness import Skip

READS = ("/rooms/{room}/messages", "/rooms/{room}/messages?around={message}", "/messages/{message}", "/search?q=word",
         "/proof/{message}")
ERROR = r".* error .*chat\.db: .*; tried again"


def mount(*arguments):
    done = subprocess.run(["mount", *arguments], stderr=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise Skip("needs the right to mount")


def unmount(place):
    subprocess.run(["umount", "-l", place], check=True)


def refused_at_once(member, room, message):
    """Every read that the tables answer."""
    for read in READS:
        answer = member.ask("GET", read.format(room=room, message=message))
        equal(answer.status, 503, f"the status of {read}: {answer}")
        check(answer.error == "storage_error" and answer.json["detail"], f"words: {answer}")
        check(answer.headers["Retry-After"], f"when to come again: {answer}")


def says_what_was_said(member, room, said):
    """By itself, once it can."""
    until(lambda: member.ask("GET", f"/rooms/{room}/messages").status == 200, "the tables are back")
    equal(member.said(room), said, "what was said meanwhile")
    equal(len(member.get("/search?q=word")), len(said), "what is found of it")


@scenario(bare=True)
def a_folder_in_the_place_of_the_tables():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        place = os.path.join(folder, "data", "chat", "chat.db")
        os.makedirs(os.path.join(place, "not empty"))
        with Chat("--chat-rate", "none", folder=folder, expected=[ERROR, r".* error .*chat\.db: .*"]) as chat:
            ann = chat.first()
            room = ann.room()
            messages = [ann.say(room, f"word {number}") for number in range(3)]
            refused_at_once(ann, room, messages[0]["id"])
            # What a message says now is in the tables.
            ann.refused("POST", f"/rooms/{room}/messages",
                        {"content": "again", "client_message_id": messages[0]["client_message_id"]}, 503, "storage_error")
            with Live(ann) as live:
                equal(live.post(room, "word 3", "n3")[1], False, "over a WebSocket")
                live.say(type="hello", rooms={room: None})
                equal(live.close_code(), 1013, "the close code: come again")
            shutil.rmtree(place)
            says_what_was_said(ann, room, [f"word {number}" for number in range(4)])
            chat.stop()


@scenario(bare=True)
def tables_that_are_for_reading_alone():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        with Chat("--chat-rate", "none", folder=folder) as chat:
            ann = chat.first()
            room = ann.room()
            message = ann.say(room, "word 0")
            chat.stop()
        place = os.path.join(folder, "data", "chat", "chat.db")
        mount("--bind", place, place)
        try:
            mount("-o", "remount,ro,bind", place)
            with Chat("--chat-rate", "none", folder=folder, expected=[ERROR, r".* error .*chat\.db: .*"]) as again:
                ann.chat = again
                ann.close()
                ann.say(room, "word 1")
                refused_at_once(ann, room, message["id"])
                unmount(place)
                place = None
                says_what_was_said(ann, room, ["word 0", "word 1"])
                again.stop()
        finally:
            if place:
                unmount(place)


@scenario(bare=True)
def a_full_disk():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        mount("-t", "tmpfs", "-o", "size=24m", "none", folder)
        try:
            full_disk(folder)
        finally:
            unmount(folder)


def full_disk(folder):
    with Chat("--chat-rate", "none", folder=folder, expected=[r".* (error|warning) .*"]) as chat:
        ann = chat.first()
        room = ann.room()
        said = [ann.say(room, "word 0")["content"]]
        filler = os.path.join(folder, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        number = 0
        while True:  # what was written ahead takes some more
            number += 1
            answer = ann.ask("POST", f"/rooms/{room}/messages",
                             {"content": f"word {number} " + "x" * 9000, "client_message_id": f"n{number}"})
            if answer.status != 201:
                break
            said.append(answer.json["content"])
        equal((answer.status, answer.error), (503, "storage_error"), f"a message without room: {answer}")
        check("full" in answer.json["detail"] and answer.headers["Retry-After"], f"words: {answer}")
        for path in ("/rooms", f"/rooms/{room}", f"/rooms/{room}/messages?limit=1", "/search?q=word&limit=1", "/me"):
            read = ann.ask("GET", path)
            check(read.status == 200 or read.status == 503 and read.json["detail"], f"{path} on a full disk: {read}")
        os.remove(filler)
        until(lambda: ann.ask("POST", f"/rooms/{room}/messages", {"content": "word again", "client_message_id": "again"})
              .status in (200, 201), "messages are taken again")
        until(lambda: ann.ask("GET", f"/rooms/{room}/messages").status == 200, "the tables are back")
        equal(ann.said(room, "?limit=100")[-2:], [said[-1], "word again"], "what was said")
        chat.stop()


if __name__ == "__main__":
    run()
