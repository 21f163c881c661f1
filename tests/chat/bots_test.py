#!/usr/bin/env python3
"""Bots: made by administrators, calling with text alone, as Campfire's bots do.

    tests/chat/bots_test.py --station build/bin/station
"""
import uuid

from chat_harness import chat_scenario, check, equal, run

NOWHERE = str(uuid.uuid4())


class Bot:
    def __init__(self, chat, name, **fields):
        self.chat = chat
        self.made = chat.first().post("/bots", {"name": name, **fields})
        self.id, self.key = self.made["id"], self.made["key"]
        self._anybody = chat.anybody()

    def call(self, method, room, rest="", text=None, headers=(), key=None):
        body = text if text is None or isinstance(text, bytes) else text.encode()
        return self._anybody.send(method, f"/chat/rooms/{room}/{key or self.key}/messages{rest}", body, headers)


@chat_scenario()
def a_bot_is_made_by_an_administrator(chat):
    ann = chat.member()
    ann.refused("POST", "/bots", {"name": "Robbie"}, 403, "not_allowed")
    ann.refused("GET", "/bots", None, 403, "not_allowed")
    answer = chat.first().ask("POST", "/bots", {"name": "The Deploy Bot"})
    equal(answer.status, 201, f"making a bot: {answer}")
    made = answer.json
    equal((set(made), made["name"], made["login"]), ({"id", "name", "login", "key"}, "The Deploy Bot", "the-deploy-bot"),
          "what it is")
    check(len(made["key"]) >= 32, "its key")
    path = f"/bots/{made['id']}"
    equal(chat.first().get(path), {"id": made["id"], "name": "The Deploy Bot", "login": "the-deploy-bot",
                                   "webhook": None}, "the key is told once")
    check(path.rpartition("/")[2] in [bot["id"] for bot in chat.first().get("/bots")], "it is listed")
    for body, reason in (({}, "invalid_name"), ({"name": "!!!"}, "invalid_login"), ({"name": 3}, "invalid_value"),
                         ({"name": "x", "webhook": "ftp://example.org"}, "invalid_webhook"),
                         ({"name": "x", "webhook": 3}, "invalid_value")):
        chat.first().refused("POST", "/bots", body, 422, reason)
    chat.first().refused("POST", "/bots", {"name": "The Deploy Bot"}, 409, "login_taken")
    changed = chat.first().patch(path, {"name": "Deployer", "webhook": "https://example.org/x"})
    equal((changed["name"], "key" in changed), ("Deployer", False), "what it is now")
    equal(chat.first().get(path)["webhook"], "https://example.org/x", "its webhook")
    chat.first().patch(path, {"webhook": ""})
    equal(chat.first().get(path)["webhook"], None, "no webhook any more")
    user = next(user for user in ann.get("/users") if user["id"] == made["id"])
    equal((user["role"], user["active"]), ("bot", True), "as everybody sees it")
    chat.first().refused("PATCH", f"/bots/{ann.id}", {"name": "x"}, 404, "not_found")
    chat.first().refused("GET", f"/bots/{NOWHERE}", None, 404, "not_found")


@chat_scenario()
def a_bot_says_what_its_body_is(chat):
    bot, room = Bot(chat, "Herald"), chat.all_talk()
    answer = bot.call("POST", room, text="Deployed <b>42</b> 🎉 ")
    equal(answer.status, 201, f"posting: {answer}")
    message = answer.json
    equal((message["content"], message["creator"]), ("Deployed <b>42</b> 🎉", {"id": bot.id, "name": "Herald"}), "what it said")
    check(message["client_message_id"], "the server made an id")
    location = answer.headers["Location"]
    check(location.endswith(message["id"]), f"where it is: {location}")
    equal(chat.anybody().send("GET", location).json, message, "the same, from there")
    for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain; charset=utf-8", "image/png"):
        answer = bot.call("POST", room, text='{"x":1}', headers=[("Content-Type", kind)])
        equal((answer.status, answer.json["content"]), (201, '{"x":1}'), f"{kind}: {answer}")
    for kind in ("multipart/form-data; boundary=x", "Multipart/Mixed"):
        answer = bot.call("POST", room, text="--x", headers=[("Content-Type", kind)])
        equal((answer.status, answer.error), (415, "unsupported_type"), f"{kind}: {answer}")
    for text in ("", " \n", "x" * 10_001, b"\xff\xfe", b"a\0b"):
        answer = bot.call("POST", room, text=text)
        equal((answer.status, answer.error), (422, "invalid_content"), f"{text[:9]!r}: {answer}")
    said = bot.call("GET", room, "?limit=5")
    equal([one["content"] for one in said.json][-1], '{"x":1}', "what it reads")


@chat_scenario()
def a_bot_changes_its_own_only(chat):
    bot, other, room = Bot(chat, "Own"), Bot(chat, "Other"), chat.all_talk()
    message = bot.call("POST", room, text="first").json["id"]
    edited = bot.call("PATCH", room, f"/{message}", "second")
    equal((edited.status, edited.json["content"]), (200, "second"), f"edited: {edited}")
    equal(other.call("PATCH", room, f"/{message}", "third").status, 403, "another's edit")
    equal(other.call("DELETE", room, f"/{message}").status, 403, "another's deletion")
    boosted = other.call("POST", room, f"/{message}/boosts", "🚀")
    equal((boosted.status, boosted.json["boosts"][0]["content"]), (201, "🚀"), f"boosted: {boosted}")
    equal(other.call("DELETE", room, f"/{message}/boosts", "🚀").status, 204, "taken back")
    equal(bot.call("POST", room, f"/{message}/boosts", "x" * 17).status, 422, "too long for a boost")
    elsewhere = chat.first().room(members=[bot.id])
    equal(bot.call("PATCH", elsewhere, f"/{message}", "x").status, 404, "a message of another room")
    equal(bot.call("DELETE", room, f"/{message}").status, 204, "deleted")
    equal(bot.call("GET", room, f"/{message}").status, 410, "gone")


@chat_scenario()
def a_bot_is_in_open_rooms_and_where_it_was_put(chat):
    bot = Bot(chat, "Guest")
    ann = chat.member()
    closed = ann.room()
    equal(bot.call("POST", closed, text="let me in").error, "not_a_member", "a closed room")
    equal(bot.call("POST", NOWHERE, text="x").error, "not_a_member", "no room")
    ann.put(f"/rooms/{closed}/members/{bot.id}", status=204)
    equal(bot.call("POST", closed, text="thanks").status, 201, "once it was put there")
    opened = ann.room(type="open")
    equal(bot.call("POST", opened, text="hello").status, 201, "an open room made later")


@chat_scenario()
def keys_that_are_wrong_or_gone(chat):
    bot, room = Bot(chat, "Locked"), chat.all_talk()
    for key in ("wrong", bot.key[:-1] + "!", "%00", bot.id):
        answer = bot.call("POST", room, text="x", key=key)
        check(answer.status in (400, 401), f"{key}: {answer}")
    new = chat.first().patch(f"/bots/{bot.id}", {"new_key": True})["key"]
    equal(bot.call("POST", room, text="x").status, 401, "the old key")
    equal(bot.call("POST", room, text="x", key=new).status, 201, "the new key")
    chat.first().delete(f"/bots/{bot.id}")
    equal(bot.call("POST", room, text="x", key=new).status, 401, "a bot that was deleted")
    chat.first().refused("GET", f"/bots/{bot.id}", None, 404, "not_found")
    # It is no way around the session, either.
    stranger = chat.anybody()
    stranger.cookie = f"station_chat_00000000={new}"
    stranger.refused("GET", "/me", None, 401, "not_signed_in")
    stranger.refused("POST", "/session", {"login": "locked", "password": ""}, 401, "wrong_login")


@chat_scenario("--chat-rate", "1:2")
def bots_are_held_up_as_members_are(chat):
    bot, room = Bot(chat, "Chatty"), chat.all_talk()
    statuses = [bot.call("POST", room, text="x").status for _ in range(3)]
    equal(statuses, [201, 201, 429], "the third at once")


if __name__ == "__main__":
    run()
