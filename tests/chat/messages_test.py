#!/usr/bin/env python3
"""What is said: once for each client_message_id, edited, deleted, boosted, paged, and not too much of it.

    tests/chat/messages_test.py --station build/bin/station
"""
import json
import threading
import uuid

from chat_harness import Chat, Member, chat_scenario, check, equal, run, scenario

NOWHERE = str(uuid.uuid4())
SPACES = "\t\n \u0085\u00a0\u1680\u2000\u2003\u2028\u202f\u3000"


@chat_scenario()
def a_message_is_as_it_was_written(chat):
    ann = chat.member("Ann Message")
    room = ann.room()
    text = "  <b>*bold*</b> \u202e\u200b😀 \"quoted\" \\ \n @nobody /play\t "
    answer = ann.ask("POST", f"/rooms/{room}/messages", {"content": text, "client_message_id": "first one!~"})
    equal(answer.status, 201, f"posting: {answer}")
    message = answer.json
    equal(answer.headers["Location"], f"/chat/api/messages/{message['id']}", "where it is")
    equal(list(message), ["id", "room", "creator", "content", "client_message_id", "created_at", "edited_at", "sequence",
                          "sound", "boosts"], "its members")
    equal((message["room"], message["creator"], message["content"], message["client_message_id"]),
          (room, {"id": ann.id, "name": "Ann Message"}, text.strip(), "first one!~"), "what it says")
    equal((message["edited_at"], message["sound"], message["boosts"]), (None, None, []), "what it has not")
    check(isinstance(message["created_at"], int) and message["created_at"] > 10**18, "nanoseconds since 1970")
    equal(ann.get(f"/messages/{message['id']}"), message, "the same, asked for")
    equal(ann.get(f"/rooms/{room}/messages"), [message], "the same, in its room")


@chat_scenario()
def contents_that_are_and_are_not(chat):
    ann = chat.member()
    room = ann.room()
    equal(ann.say(room, SPACES + "x" + SPACES)["content"], "x", "what is trimmed")
    equal(ann.say(room, "😀" * 10_000)["content"], "😀" * 10_000, "ten thousand characters")
    for content in ("", SPACES, "x" * 10_001, "a\0b", 7, None, ["x"]):
        ann.refused("POST", f"/rooms/{room}/messages", {"content": content, "client_message_id": str(uuid.uuid4())}, 422,
                    "invalid_content")
    for name in ("tada", "56k", "nyan"):
        equal(ann.say(room, f"/play {name}")["sound"], name, "a sound")
    equal(ann.say(room, "/play silence")["sound"], None, "a sound that there is not")
    for bad in ("", "x" * 65, "\u00e9", "a\nb", 7, None):
        ann.refused("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": bad}, 422,
                    "invalid_client_message_id")
    ann.refused("POST", f"/rooms/{room}/messages", {"content": "x"}, 422, "invalid_client_message_id")
    # Which is asked first.
    ann.refused("POST", f"/rooms/{room}/messages", {}, 422, "invalid_client_message_id")
    ann.refused("POST", f"/rooms/{NOWHERE}/messages", {}, 403, "not_a_member")


@chat_scenario()
def req_gap_001_the_same_id_is_the_same_message(chat):
    """The source's first gap: deduplication that a race slips through."""
    ann, bob = chat.member(), chat.member()
    room = ann.room(members=[bob.id])
    first = ann.say(room, "once", "id-1")
    again = ann.say(room, "something else", "id-1", status=200)
    equal(again, {**first, "duplicate": True}, "the message as it is")
    edited = ann.patch(f"/messages/{first['id']}", {"content": "edited"})
    equal(ann.say(room, "once", "id-1", status=200), {**edited, "duplicate": True}, "the message as it is now")
    bob.refused("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": "id-1"}, 409,
                "client_message_id_taken")
    other = ann.room()
    check(ann.say(other, "once", "id-1")["id"] != first["id"], "in another room it is another message")
    # What is wrong with the content of one that exists is no matter.
    equal(ann.say(room, "", "id-1", status=200)["id"], first["id"], "before the content is looked at")
    ann.delete(f"/messages/{first['id']}")
    ann.refused("POST", f"/rooms/{room}/messages", {"content": "once", "client_message_id": "id-1"}, 410,
                "message_deleted")
    bob.refused("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": "id-1"}, 409,
                "client_message_id_taken")
    equal(ann.said(room), [], "nothing was appended")


@chat_scenario()
def fifty_at_once_are_one_message(chat):
    ann = chat.member()
    room = ann.room()
    for number in range(5):
        answers = []

        def post(content, number=number, answers=answers):
            member = Member(chat, ann.cookie)
            answers.append(member.ask("POST", f"/rooms/{room}/messages",
                                      {"content": content, "client_message_id": f"race {number}"}))
            member.close()

        threads = [threading.Thread(target=post, args=(f"from {one}",)) for one in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(sorted(answer.status for answer in answers), [200] * 49 + [201], "statuses")
        equal(len({answer.json["id"] for answer in answers}), 1, "messages")
        equal(len({answer.json["content"] for answer in answers}), 1, "contents")
    equal(len(ann.said(room)), 5, "messages in the room")


@chat_scenario()
def two_members_with_one_id_at_once(chat):
    ann, bob = chat.member(), chat.member()
    room = ann.room(members=[bob.id])
    for number in range(20):
        answers = []

        def post(who, number=number, answers=answers):
            answers.append(who.ask("POST", f"/rooms/{room}/messages",
                                   {"content": who.login, "client_message_id": f"theirs {number}"}))

        threads = [threading.Thread(target=post, args=(who,)) for who in (ann, bob)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(sorted(answer.status for answer in answers), [201, 409], f"statuses: {answers}")
        loser = next(answer for answer in answers if answer.status == 409)
        equal(set(loser.json), {"error", "detail"}, "nothing of the other's message is told")


@scenario(bare=True)
def the_same_id_after_a_crash():
    with Chat("--chat-rate", "none") as chat:
        ada = chat.first()
        room = ada.room()
        messages = [ada.say(room, f"text {number}", f"id {number}") for number in range(20)]
        ada.delete(f"/messages/{messages[3]['id']}")
        chat.kill()
        with Chat("--chat-rate", "none", folder=chat.folder) as again:
            member = Member(again, ada.cookie)
            for number, message in enumerate(messages):
                if number == 3:
                    member.refused("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": "id 3"}, 410,
                                   "message_deleted")
                else:
                    equal(member.say(room, "other", f"id {number}", status=200), {**message, "duplicate": True},
                          "the message that was acknowledged")
            equal(len(member.said(room)), 19, "messages")
            again.stop()


@chat_scenario()
def who_may_change_a_message(chat):
    """REQ: the decision table of messages: author, administrator in the room, member, stranger."""
    author, member, stranger, administrator = (chat.member() for _ in range(4))
    chat.first().patch(f"/users/{administrator.id}", {"role": "administrator"})
    room = author.room(members=[member.id, administrator.id])
    people = (author, administrator, member, stranger)
    denied, unknown = (403, "not_allowed"), (404, "not_found")
    table = [
        ("GET", "", None, (200, 200, 200, unknown)),
        ("PATCH", "", {"content": "edited"}, (200, denied, denied, unknown)),
        ("PATCH", "", {"content": ""}, ((422, "invalid_content"), denied, denied, unknown)),
        ("DELETE", "", None, (204, 204, denied, unknown)),
        ("PUT", "/boosts", {"content": "👍"}, (200, 200, 200, unknown)),
        ("DELETE", "/boosts", {"content": "👍"}, (200, 200, 200, unknown)),
    ]
    for method, rest, body, outcomes in table:
        for caller, expected in zip(people, outcomes):
            message = author.say(room, "text")["id"]
            answer = caller.ask(method, f"/messages/{message}{rest}", body)
            found = answer.status if isinstance(expected, int) else (answer.status, answer.error)
            equal(found, expected, f"{method} {rest} by {caller.login}: {answer}")
    for caller in people:
        for method, rest, body, _ in table:
            caller.refused(method, f"/messages/{NOWHERE}{rest}", body, 404, "not_found")
            caller.refused(method, f"/messages/no-uuid{rest}", body, 404, "not_found")
    gone = author.say(room, "text")["id"]
    author.delete(f"/messages/{gone}")
    for caller in people[:3]:
        for method, rest, body, _ in table:
            caller.refused(method, f"/messages/{gone}{rest}", body, 410, "message_deleted")
    stranger.refused("DELETE", f"/messages/{gone}", None, 404, "not_found")


@chat_scenario()
def an_edit_keeps_its_place(chat):
    ann = chat.member()
    room = ann.room()
    one, two = ann.say(room, "one"), ann.say(room, "two")
    edited = ann.patch(f"/messages/{one['id']}", {"content": " one, edited "})
    check(edited["edited_at"] >= one["created_at"], "when it was edited")
    equal({**edited, "edited_at": None}, {**one, "content": "one, edited"}, "the rest stays")
    equal([message["id"] for message in ann.get(f"/rooms/{room}/messages")], [one["id"], two["id"]], "the order")


@chat_scenario()
def boosts_are_ones_own(chat):
    ann, bob = chat.member("Ann Boost"), chat.member("Bob Boost")
    room = ann.room(members=[bob.id])
    path = f"/messages/{ann.say(room, 'x')['id']}/boosts"
    by = {who: {"creator": {"id": who.id, "name": who.me["name"]}, "content": "👍"} for who in (ann, bob)}
    equal(ann.put(path, {"content": "👍"})["boosts"], [by[ann]], "one")
    equal(ann.put(path, {"content": "👍"})["boosts"], [by[ann]], "the same again")
    equal(bob.put(path, {"content": "👍"})["boosts"], [by[ann], by[bob]], "another's")
    equal(bob.delete(path, {"content": "👍"}, status=200)["boosts"], [by[ann]], "one's own is taken back")
    equal(len(bob.put(path, {"content": "x" * 16})["boosts"]), 2, "sixteen characters")
    for content in ("", "x" * 17, None, 3):
        ann.refused("PUT", path, {"content": content}, 422, "invalid_boost")


def ids(messages):
    return [message["id"] for message in messages]


@chat_scenario()
def pages_of_messages(chat):
    ann = chat.member()
    room = ann.room()
    path = f"/rooms/{room}/messages"
    said = [ann.say(room, str(number))["id"] for number in range(105)]
    equal(ids(ann.get(path)), said[-40:], "the last forty")
    equal(ids(ann.get(path + "?limit=100")), said[-100:], "as many as one wants")
    equal(ids(ann.get(f"{path}?before={said[10]}")), said[:10], "those before")
    equal(ids(ann.get(f"{path}?before={said[60]}&limit=3")), said[57:60], "the nearest before")
    equal(ids(ann.get(f"{path}?after={said[60]}&limit=3")), said[61:64], "the nearest after")
    around = ids(ann.get(f"{path}?around={said[50]}&limit=5"))
    check(said[50] in around and around == sorted(around) and len(around) == 5, f"those around: {around}")
    seen, link = [], path
    while link:
        answer = ann.ask("GET", link)
        seen = ids(answer.json) + seen
        link = answer.headers.get("Link")
        if link:
            check(link.endswith('>; rel="next"'), f"a link: {link}")
            link = link.partition("<")[2].partition(">")[0].removeprefix("/chat/api")
    equal(seen, said, "all of them, page after page")
    ann.delete(f"/messages/{said[60]}")
    equal(ids(ann.get(f"{path}?after={said[60]}&limit=1")), [said[61]], "one that was deleted marks its place")
    other = ann.say(ann.room(), "elsewhere")["id"]
    for place in (NOWHERE, other, "no-uuid"):
        ann.refused("GET", f"{path}?before={place}", None, 404, "not_found")
    for query in ("limit=0", "limit=101"):
        ann.refused("GET", f"{path}?{query}", None, 422, "invalid_value")
    for query in ("limit=x", "limit=-1", "limit=", f"before={said[0]}&after={said[1]}", "page=2", "limit=3&limit=4"):
        equal(ann.ask("GET", f"{path}?{query}").status, 400, query)


@chat_scenario("--chat-rate", "1:5")
def too_many_messages_are_held_up(chat):
    ada = chat.first()
    room = ada.room()
    for number in range(5):
        ada.say(room, "x", f"id {number}")
    answer = ada.refused("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": "id 5"}, 429,
                         "rate_limited")
    check(1 <= int(answer.headers["Retry-After"]) <= 60, f"how long to wait: {answer.headers['Retry-After']}")
    equal(ada.say(room, "x", "id 0", status=200)["duplicate"], True, "what is there already is free")
    # What is refused for another reason has cost nothing, and gives nothing back.
    for where, content in ((NOWHERE, "x"), (room, ""), (room, "x" * 10_001)) * 10:
        ada.ask("POST", f"/rooms/{where}/messages", {"content": content, "client_message_id": str(uuid.uuid4())})
    statuses = [ada.ask("POST", f"/rooms/{room}/messages", {"content": "x", "client_message_id": f"again {number}"}).status
                for number in range(20)]
    check(statuses.count(201) <= 1, f"a bucket that fills once a minute: {statuses}")
    chat.member().say(chat.all_talk(), "others may")


@chat_scenario()
def a_room_is_posted_to_as_soon_as_it_is_made(chat):
    """Gates look at what is under way, too, and no answer is older than what one was told."""
    ann = chat.member()
    for number in range(30):
        room = ann.room()
        ann.say(room, f"text {number}")
        equal(ann.said(room), [f"text {number}"], "what one reads behind it")


@chat_scenario()
def hostile_bodies(chat):
    ann = chat.member()
    room = ann.room()
    target = f"/chat/api/rooms/{room}/messages"
    headers = [("Cookie", ann.cookie), ("Content-Type", "application/json")]
    good = json.dumps({"content": "x", "client_message_id": "1"}).encode()
    for body in (b"{", b"\xff", b'{"content":"\xff"}', b'{"content":"\\ud800"}', b"[" * 100_000, b'{"a":' * 1000, b"nul",
                 good + b"x", b"{'content':1}", good[:-1], b"\xef\xbb\xbf" + good):
        answer = ann.send("POST", target, body, headers)
        equal((answer.status, answer.error), (400, "invalid_json"), f"{body[:20]!r}: {answer}")
    for body in (b"[]", b'"x"', b"7", b"null", b"true"):
        answer = ann.send("POST", target, body, headers)
        equal((answer.status, answer.error), (422, "invalid_value"), f"{body!r}: {answer}")
    answer = ann.send("POST", target, b'{"further":{"a":[1]},"content":"1","content":"2","client_message_id":"d"}', headers)
    equal((answer.status, answer.json["content"]), (201, "2"), "further ones are passed by, of a doubled one the last")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp",
                 "text/json"):
        answer = ann.send("POST", target, good, [("Cookie", ann.cookie), ("Content-Type", kind)])
        equal((answer.status, answer.error), (415, "unsupported_type"), f"{kind}: {answer}")
    equal(ann.send("POST", target, good, [("Cookie", ann.cookie)]).status, 415, "no type at all")
    equal(ann.send("POST", target, good, [*headers, ("Content-Type", "text/plain")]).status, 415, "two types")
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        answer = ann.send("POST", target, good, [("Cookie", ann.cookie), ("Content-Type", kind)])
        check(answer.status in (200, 201), f"{kind}: {answer}")


if __name__ == "__main__":
    run()
