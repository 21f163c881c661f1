#!/usr/bin/env python3
"""Rooms and who may do what with them, people and their roles.

    tests/chat/rooms_test.py --station build/bin/station
"""
import itertools
import threading
import uuid

from chat_harness import chat_scenario, check, equal, run

NOWHERE = str(uuid.uuid4())


@chat_scenario()
def a_room_is_as_it_was_made(chat):
    ann, bob = chat.member("Ann Room"), chat.member()
    made = ann.ask("POST", "/rooms", {"name": "Plans", "type": "closed", "members": [bob.id]})
    equal(made.status, 201, f"making a room: {made}")
    room = made.json
    equal(made.headers["Location"], f"/chat/api/rooms/{room['id']}", "where it is")
    equal({key: value for key, value in room.items() if key != "id"},
          {"name": "Plans", "type": "closed", "creator": {"id": ann.id, "name": "Ann Room"}, "involvement": "mentions",
           "unread": 0, "last_message_at": None}, "what it is")
    equal(ann.get(f"/rooms/{room['id']}"), room, "the same, asked for")
    check(room in ann.get("/rooms") and room in bob.get("/rooms"), "both are in it")
    check(room["id"] not in [other["id"] for other in chat.first().get("/rooms")], "nobody else is")
    equal({member["id"] for member in ann.get(f"/rooms/{room['id']}/members")}, {ann.id, bob.id}, "its members")
    member = ann.get(f"/rooms/{room['id']}/members")[0]
    equal(set(member), {"id", "name", "login", "role", "active", "online"}, "what is told of a member")


@chat_scenario()
def what_is_no_room_is_refused(chat):
    ann = chat.member()
    for body, reason in (({"name": "", "type": "open"}, "invalid_name"), ({"type": "open"}, "invalid_name"),
                         ({"name": "x", "type": "direct"}, "invalid_type"), ({"name": "x"}, "invalid_type"),
                         ({"name": "x", "type": 1}, "invalid_type"), ({"name": 1, "type": "open"}, "invalid_name"),
                         ({"name": "x", "type": "closed", "members": "all"}, "invalid_users"),
                         ({"name": "x", "type": "closed", "members": [NOWHERE]}, "invalid_users"),
                         ({"name": "x", "type": "closed", "members": ["x"]}, "invalid_users")):
        ann.refused("POST", "/rooms", body, 422, reason)
    ann.refused("POST", "/rooms/direct", {"users": [NOWHERE]}, 422, "invalid_users")


@chat_scenario()
def an_unknown_room_answers_as_a_closed_one(chat):
    ann = chat.member()
    closed = chat.first().room()
    asked = (("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/members", None),
             ("PUT", f"/members/{ann.id}", None), ("DELETE", f"/members/{ann.id}", None),
             ("PUT", "/involvement", {"level": "nothing"}), ("GET", "/messages", None),
             ("POST", "/messages", {"content": "x", "client_message_id": "1"}))
    for method, rest, body in asked:
        there, nowhere = (ann.ask(method, f"/rooms/{room}{rest}", body) for room in (closed, NOWHERE))
        equal((there.status, there.body), (nowhere.status, nowhere.body), f"{method} {rest}")
        equal((there.status, there.error), (403, "not_a_member"), f"{method} {rest}")
        if method == "GET" or rest == "/messages":
            equal(ann.ask(method, f"/rooms/no-uuid{rest}", body).status, 404, f"{method} no-uuid{rest}")


@chat_scenario()
def who_may_change_a_room(chat):
    """REQ: the decision table of rooms: creator, administrator, member, stranger."""
    creator, member, stranger, extra = (chat.member() for _ in range(4))
    administrator = chat.member()
    chat.first().patch(f"/users/{administrator.id}", {"role": "administrator"})
    people = {"creator": creator, "administrator": administrator, "member": member, "stranger": stranger}

    def room(type_):
        return creator.room(type=type_, members=[member.id, administrator.id])

    change, remove, add = ("PATCH", "", {"name": "New"}), ("DELETE", "", None), ("PUT", f"/members/{extra.id}", None)
    leave, cast_out = ("DELETE", "/members/oneself", None), ("DELETE", f"/members/{member.id}", None)
    denied, stranger_is = (403, "not_allowed"), (403, "not_a_member")
    table = [  # room, what, and what becomes of it for the four
        ("closed", change, (200, 200, denied, stranger_is)), ("closed", remove, (204, 204, denied, stranger_is)),
        ("closed", add, (204, 204, denied, stranger_is)), ("closed", cast_out, (204, 204, 204, stranger_is)),
        ("closed", leave, (204, 204, 204, stranger_is)),
        # An open room has everybody, so the stranger is a member of it, too.
        ("open", change, (200, 200, denied, denied)), ("open", remove, (204, 204, denied, denied)),
        ("open", add, ((409, "open_room"),) * 4), ("open", leave, ((409, "open_room"),) * 4),
    ]
    for type_, (method, rest, body), outcomes in table:
        for (who, caller), expected in zip(people.items(), outcomes):
            where = room(type_)
            answer = caller.ask(method, f"/rooms/{where}{rest.replace('oneself', caller.id)}", body)
            found = answer.status if isinstance(expected, int) else (answer.status, answer.error)
            equal(found, expected, f"{who}: {method} {rest} of a room that is {type_}: {answer}")


@chat_scenario()
def a_room_that_opens_has_everybody_and_closed_keeps_them(chat):
    ann, bob = chat.member(), chat.member()
    room = ann.room()
    bob.refused("GET", f"/rooms/{room}", None, 403, "not_a_member")
    equal(ann.patch(f"/rooms/{room}", {"type": "open"})["type"], "open", "what it is now")
    bob.get(f"/rooms/{room}")
    late = chat.member()
    late.get(f"/rooms/{room}")
    ann.patch(f"/rooms/{room}", {"type": "closed", "name": "Ours"})
    equal(late.get(f"/rooms/{room}")["name"], "Ours", "who was in it stays")
    later = chat.member()
    later.refused("GET", f"/rooms/{room}", None, 403, "not_a_member")


@chat_scenario()
def a_deleted_room_is_gone(chat):
    ann = chat.member()
    room = ann.room()
    message = ann.say(room, "zanzibar")
    ann.get("/search?q=zanzibar")
    ann.delete(f"/rooms/{room}")
    ann.refused("GET", f"/rooms/{room}", None, 403, "not_a_member")
    ann.refused("GET", f"/messages/{message['id']}", None, 404, "not_found")
    equal(ann.get("/search?q=zanzibar"), [], "what is found")
    check(room not in [one["id"] for one in ann.get("/rooms")], "it is not listed")


@chat_scenario()
def one_direct_room_for_the_same_people(chat):
    ann, bob, cem = (chat.member() for _ in range(3))
    first = ann.ask("POST", "/rooms/direct", {"users": [bob.id]})
    equal(first.status, 201, f"the first time: {first}")
    equal((first.json["type"], first.json["involvement"]), ("direct", "everything"), "what it is")
    for who, users in ((ann, [bob.id]), (bob, [ann.id]), (ann, [ann.id, bob.id, bob.id])):
        again = who.ask("POST", "/rooms/direct", {"users": users})
        equal((again.status, again.json["id"]), (200, first.json["id"]), "the same people")
    three = ann.ask("POST", "/rooms/direct", {"users": [bob.id, cem.id]})
    check(three.status == 201 and three.json["id"] != first.json["id"], "others get another one")
    alone = ann.ask("POST", "/rooms/direct", {"users": []})
    equal((alone.status, len(ann.get(f"/rooms/{alone.json['id']}/members"))), (201, 1), "oneself is a set, too")
    room = first.json["id"]
    for method, rest, body in (("PATCH", "", {"name": "x"}), ("DELETE", "", None),
                               ("PUT", f"/members/{cem.id}", None), ("DELETE", f"/members/{ann.id}", None)):
        ann.refused(method, f"/rooms/{room}{rest}", body, 409, "direct_room")


@chat_scenario()
def one_direct_room_under_races(chat):
    ann, bob = chat.member(), chat.member()
    answers = []

    def make(who, other):
        member = type(who)(chat, who.cookie)
        answers.append(member.ask("POST", "/rooms/direct", {"users": [other.id]}))
        member.close()

    threads = [threading.Thread(target=make, args=pair) for pair in [(ann, bob), (bob, ann)] * 25]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted({answer.status for answer in answers} - {200}), [201], "statuses")
    equal(len({answer.json["id"] for answer in answers}), 1, "rooms")
    equal(sum(answer.status == 201 for answer in answers), 1, "how many were told that it is new")


@chat_scenario()
def involvement_says_what_is_unread(chat):
    ann, bob = chat.member(), chat.member()
    room = ann.room(members=[bob.id])
    bob.say(room, "one")
    bob.say(room, "two")
    unread = {}
    for level in ("everything", "mentions", "nothing", "invisible"):
        equal(ann.put(f"/rooms/{room}/involvement", {"level": level})["involvement"], level, "the level")
        unread[level] = ann.get(f"/rooms/{room}")["unread"]
    equal(unread, {"everything": 2, "mentions": 2, "nothing": 0, "invisible": 0}, "what is unread")
    equal(bob.get(f"/rooms/{room}")["unread"], 0, "of what one has said oneself")
    check(bob.get(f"/rooms/{room}")["last_message_at"] > 10**18, "when something was said last")
    ann.refused("PUT", f"/rooms/{room}/involvement", {"level": "loud"}, 422, "invalid_level")
    ann.refused("PUT", f"/rooms/{room}/involvement", {}, 422, "invalid_level")


@chat_scenario()
def a_removed_member_is_out_at_once(chat):
    ann, bob = chat.member(), chat.member()
    room = ann.room(members=[bob.id])
    said = bob.say(room, "before")
    ann.delete(f"/rooms/{room}/members/{bob.id}")
    body = {"content": "after", "client_message_id": said["client_message_id"]}
    bob.refused("POST", f"/rooms/{room}/messages", body, 403, "not_a_member")
    bob.refused("GET", f"/messages/{said['id']}", None, 404, "not_found")
    bob.refused("PATCH", f"/messages/{said['id']}", {"content": "x"}, 404, "not_found")
    bob.refused("GET", f"/proof/{said['id']}", None, 404, "not_found")
    ann.put(f"/rooms/{room}/members/{bob.id}", status=204)
    equal(bob.said(room), ["before"], "back again")


@chat_scenario(own=True)
def roles_and_who_is_active(chat):
    ada, bob, cem = chat.first(), chat.member(), chat.member()
    bob.refused("PATCH", f"/users/{cem.id}", {"role": "administrator"}, 403, "not_allowed")
    ada.refused("PATCH", f"/users/{NOWHERE}", {"role": "member"}, 404, "not_found")
    ada.refused("PATCH", "/users/x", {"role": "member"}, 404, "not_found")
    for role in ("bot", "king", 1):
        ada.refused("PATCH", f"/users/{bob.id}", {"role": role}, 422, "invalid_role")
    ada.refused("PATCH", f"/users/{bob.id}", {"active": "yes"}, 422, "invalid_value")
    ada.refused("PATCH", f"/users/{bob.id}", {}, 422, "invalid_value")
    ada.refused("PATCH", f"/users/{ada.id}", {"role": "member"}, 409, "last_administrator")
    ada.refused("PATCH", f"/users/{ada.id}", {"active": False}, 409, "last_administrator")
    equal(ada.patch(f"/users/{bob.id}", {"role": "administrator"})["role"], "administrator", "the new role")
    ada.patch(f"/users/{ada.id}", {"role": "member"})
    ada.refused("PATCH", f"/users/{bob.id}", {"role": "member"}, 403, "not_allowed")
    said = cem.say(chat.all_talk(), "I was here")
    equal(bob.patch(f"/users/{cem.id}", {"active": False})["active"], False, "inactive")
    cem.refused("GET", "/me", None, 401, "not_signed_in")
    cem.refused("POST", "/session", {"login": cem.login, "password": cem.password}, 401, "wrong_login")
    equal(bob.get(f"/messages/{said['id']}")["content"], "I was here", "what a deactivated member said")
    bob.patch(f"/users/{cem.id}", {"active": True})
    cem.post("/session", {"login": cem.login, "password": cem.password})
    users = {user["id"]: user for user in bob.get("/users")}
    equal(users[cem.id], {"id": cem.id, "name": cem.me["name"], "login": cem.login, "role": "member", "active": True,
                          "online": False}, "as everybody is shown")


@chat_scenario(own=True)
def administrators_read_only_rooms_they_are_in(chat):
    bob = chat.member()
    room = bob.room()
    message = bob.say(room, "ours, xylophone")
    ada = chat.first()
    ada.refused("GET", f"/rooms/{room}/messages", None, 403, "not_a_member")
    ada.refused("GET", f"/messages/{message['id']}", None, 404, "not_found")
    ada.refused("DELETE", f"/messages/{message['id']}", None, 404, "not_found")
    ada.refused("PATCH", f"/rooms/{room}", {"name": "x"}, 403, "not_a_member")
    equal(ada.get("/search?q=xylophone"), [], "what is found")


@chat_scenario(own=True)
def last_administrators_under_races(chat):
    """Two administrators, each demoting the other at once: one stays."""
    ada, bob = chat.first(), chat.member()
    ada.patch(f"/users/{bob.id}", {"role": "administrator"})
    pairs = itertools.cycle(((ada, bob), (bob, ada)))
    answers = []

    def demote(by, whom):
        answers.append(by.ask("PATCH", f"/users/{whom.id}", {"role": "member"}).status)

    threads = [threading.Thread(target=demote, args=next(pairs)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roles = [user["role"] for user in ada.get("/users")]
    equal(roles.count("administrator"), 1, f"administrators, after {answers}")


if __name__ == "__main__":
    run()
