#!/usr/bin/env python3
"""How one comes into the chat and goes out of it: the first account, joining, signing in, codes, cookies, throttles.

    tests/chat/sessions_test.py --station build/bin/station
"""
import re
import threading
from pathlib import Path

from chat_harness import PASSWORD, Chat, Member, chat_scenario, check, equal, run, scenario


def cookie_of(answer):
    cookies = answer.headers.get_all("Set-Cookie", [])
    equal(len(cookies), 1, f"one cookie: {cookies}")
    return cookies[0]


def sign_in(chat, login, password=PASSWORD, status=201, headers=()):
    member = Member(chat)
    answer = member.ask("POST", "/session", {"login": login, "password": password}, headers)
    equal(answer.status, status, f"signing in: {answer}")
    if status == 201:
        member.me = answer.json
    return member


@chat_scenario(own=True)
def nobody_but_who_has_the_code_is_first(chat):
    body = {"name": "Ada", "login": "ada", "password": PASSWORD}
    stranger = chat.anybody()
    stranger.refused("POST", "/setup", {**body, "code": "guess"}, 403, "wrong_code")
    stranger.refused("POST", "/setup", body, 403, "wrong_code")
    for field, value, reason in (("name", "", "invalid_name"), ("name", "a\nb", "invalid_name"),
                                 ("name", "x" * 101, "invalid_name"), ("login", "a b", "invalid_login"),
                                 ("login", "", "invalid_login"), ("password", "", "invalid_password"),
                                 ("password", 12345678, "invalid_password"), ("name", None, "invalid_name")):
        stranger.refused("POST", "/setup", {**body, "code": chat.setup_code(), field: value}, 422, reason)
    equal(stranger.cookie, None, "the cookie of who was refused")
    me = chat.first().me
    equal((me["name"], me["login"], me["role"]), ("Ada", "ada", "administrator"), "the first one")
    check(len(me["join_code"]) >= 20, "an administrator sees the code to join")
    check(re.fullmatch(r"[A-Za-z0-9-]+", chat.setup_code()), "the code's characters")
    stranger.refused("POST", "/setup", {**body, "code": chat.setup_code()}, 409, "already_set_up")
    equal([room["name"] for room in chat.first().get("/rooms")], ["All talk"], "the first room")


@chat_scenario(own=True)
def fifty_at_once_are_one_first_administrator(chat):
    code = chat.setup_code()
    answers = []

    def attempt(number):
        answers.append(chat.anybody().ask("POST", "/setup", {"code": code, "name": f"N{number}", "login": f"n{number}",
                                                              "password": PASSWORD}).status)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(answers.count(201), 1, f"first accounts: {answers}")
    equal(set(answers) - {201, 409, 503}, set(), "the other answers")


@chat_scenario()
def joining_takes_the_code_and_a_free_login(chat):
    code = chat.first().get("/me")["join_code"]
    body = {"name": "Bob", "login": "bob", "password": PASSWORD}
    chat.anybody().refused("POST", "/join/nonsense", body, 403, "wrong_code")
    bob = chat.anybody()
    bob.me = bob.post(f"/join/{code}", body)
    equal(bob.me["role"], "member", "a newcomer's role")
    check("join_code" not in bob.me, "a member does not see the code to join")
    chat.anybody().refused("POST", f"/join/{code}", body, 409, "login_taken")
    chat.anybody().refused("POST", f"/join/{code}", {**body, "login": "BOB"}, 409, "login_taken")
    check(chat.all_talk() in [room["id"] for room in bob.get("/rooms")], "an open room has newcomers")


@chat_scenario(own=True)
def a_renewed_join_code_ends_the_old_one(chat):
    old = chat.first().get("/me")["join_code"]
    member = chat.member()
    member.refused("POST", "/join_code", {}, 403, "not_allowed")
    new = chat.first().post("/join_code", status=200)["join_code"]
    check(new != old, "it is another one")
    equal(chat.first().get("/me")["join_code"], new, "the one that is shown")
    body = {"name": "Late", "login": "late", "password": PASSWORD}
    chat.anybody().refused("POST", f"/join/{old}", body, 403, "wrong_code")
    chat.anybody().post(f"/join/{new}", body)


@chat_scenario()
def the_cookie_is_out_of_reach(chat):
    member = chat.member()
    answer = Member(chat).ask("POST", "/session", {"login": member.login, "password": PASSWORD})
    name, _, rest = cookie_of(answer).partition("=")
    check(re.fullmatch(r"station_chat_[0-9a-f]{8}", name), f"its name: {name}")
    token, *attributes = [part.strip() for part in rest.split(";")]
    check(re.fullmatch(r"[A-Za-z0-9]{32,}", token), f"the secret: {token}")
    equal(sorted(attributes), ["HttpOnly", "Max-Age=86400", "Path=/chat", "SameSite=Strict"], "its attributes")
    equal(answer.headers["Cache-Control"], "no-store", "who may keep the answer")
    for file in Path(chat.folder).rglob("*"):
        found = file.read_bytes() if file.is_file() else b""
        check(token.encode() not in found and PASSWORD.encode() not in found, f"a secret lies in {file}")


@chat_scenario("--chat-url", "https://chat.example.org")
def with_an_address_of_its_own_the_cookie_is_secure(chat):
    found = re.search(r"https://chat\.example\.org/chat/#setup=([A-Za-z0-9-]+)$", chat.stderr(), re.M)
    check(found, f"the link: {chat.stderr()!r}")
    member = chat.anybody()
    answer = member.ask("POST", "/setup", {"code": found[1], "name": "Ada", "login": "ada", "password": PASSWORD})
    equal(answer.status, 201, f"setting up: {answer}")
    check("; Secure" in cookie_of(answer), "it goes encrypted only")


@chat_scenario()
def everything_else_wants_a_session(chat):
    stranger = chat.anybody()
    some_id = "0190a000-0000-7000-8000-000000000000"
    for method, path in (("GET", "/me"), ("PATCH", "/me"), ("DELETE", "/session"), ("DELETE", "/sessions"),
                         ("GET", "/users"), ("PATCH", f"/users/{some_id}"), ("POST", f"/users/{some_id}/sign-in-link"),
                         ("GET", "/rooms"), ("POST", "/rooms"), ("POST", "/rooms/direct"), ("GET", f"/rooms/{some_id}"),
                         ("GET", f"/rooms/{some_id}/messages"), ("POST", f"/rooms/{some_id}/messages"),
                         ("GET", f"/messages/{some_id}"), ("PUT", f"/messages/{some_id}/boosts"), ("GET", "/search?q=a"),
                         ("GET", "/bots"), ("POST", "/bots"), ("GET", f"/proof/{some_id}"), ("POST", "/join_code")):
        stranger.refused(method, path, {} if method != "GET" else None, 401, "not_signed_in")
    stranger.cookie = "station_chat_00000000=" + "x" * 43
    stranger.refused("GET", "/me", None, 401, "not_signed_in")


@chat_scenario()
def signing_out_ends_one_session_or_all(chat):
    one = chat.member()
    two = sign_in(chat, one.login)
    old = two.cookie
    answer = two.ask("DELETE", "/session")
    equal(answer.status, 204, "signing out")
    check("Max-Age=0" in cookie_of(answer), "the cookie is taken away")
    two.cookie = old
    two.refused("GET", "/me", None, 401, "not_signed_in")
    one.get("/me")
    three = sign_in(chat, one.login)
    one.delete("/sessions")
    three.refused("GET", "/me", None, 401, "not_signed_in")


@scenario(bare=True)
def sessions_outlive_a_crash():
    with Chat() as own:
        ada = own.first()
        cookie = ada.cookie
        own.kill()
        with Chat(folder=own.folder) as again:
            member = Member(again, cookie)
            equal(member.get("/me")["login"], "ada", "who it is")
            check("setup" not in again.stderr(), "there is an account, and no code")
            again.stop()


@chat_scenario()
def a_changed_password_needs_the_old_one_and_ends_all_others(chat):
    one = chat.member()
    two = sign_in(chat, one.login)
    one.refused("PATCH", "/me", {"password": "another horse"}, 403, "wrong_password")
    one.refused("PATCH", "/me", {"password": "another horse", "old_password": "wrong"}, 403, "wrong_password")
    one.refused("PATCH", "/me", {"password": "", "old_password": PASSWORD}, 422, "invalid_password")
    one.patch("/me", {"password": "another horse", "old_password": PASSWORD})
    one.get("/me")
    two.refused("GET", "/me", None, 401, "not_signed_in")
    sign_in(chat, one.login, PASSWORD, 401)
    sign_in(chat, one.login, "another horse")


@chat_scenario()
def names_and_logins_change(chat):
    one, other = chat.member(), chat.member()
    me = one.patch("/me", {"name": "Grace", "login": one.login + "-2"})
    equal((me["name"], me["login"]), ("Grace", one.login + "-2"), "what one is now")
    one.refused("PATCH", "/me", {"login": other.login}, 409, "login_taken")
    one.refused("PATCH", "/me", {"name": 7}, 422, "invalid_name")
    one.refused("PATCH", "/me", {}, 422, "invalid_value")
    sign_in(chat, one.login + "-2")
    sign_in(chat, one.login, status=401)


@chat_scenario()
def a_sign_in_code_is_for_once_and_sets_a_password(chat):
    member, other = chat.member(), chat.member()
    other.refused("POST", f"/users/{member.id}/sign-in-link", {}, 403, "not_allowed")
    code = chat.first().post(f"/users/{member.id}/sign-in-link")["code"]
    stranger = chat.anybody()
    stranger.refused("POST", "/session", {"code": code}, 422, "invalid_password")
    stranger.refused("POST", "/session", {"code": code, "password": ""}, 422, "invalid_password")
    stranger.refused("POST", "/session", {"code": "nonsense", "password": "new password"}, 401, "wrong_login")
    me = stranger.post("/session", {"code": code, "password": "new password"})
    equal(me["id"], member.id, "who it is")
    member.refused("GET", "/me", None, 401, "not_signed_in")
    chat.anybody().refused("POST", "/session", {"code": code, "password": "new password"}, 401, "wrong_login")
    sign_in(chat, member.login, "new password")
    # One's own needs none: it is for another device.
    own = stranger.post(f"/users/{member.id}/sign-in-link")["code"]
    second = chat.anybody()
    equal(second.post("/session", {"code": own})["id"], member.id, "who it is on the other device")
    stranger.get("/me")


@chat_scenario(own=True)
def guesses_are_held_up_and_nobody_is_locked_out(chat):
    member = chat.member()
    for _ in range(10):
        sign_in(chat, member.login, "wrong", 401)
    answer = chat.anybody().ask("POST", "/session", {"login": member.login, "password": PASSWORD})
    equal((answer.status, answer.error), (429, "rate_limited"), "the eleventh, though right")
    check(0 < int(answer.headers["Retry-After"]) <= 180, f"how long to wait: {answer.headers['Retry-After']}")
    other = chat.member()
    sign_in(chat, other.login)
    member.get("/me")


@chat_scenario("--chat-url", "http://chat.example.org")
def behind_a_proxy_the_client_is_who_the_proxy_says(chat):
    host = [("Host", "chat.example.org")]
    found = re.search(r"#setup=(\S+)$", chat.stderr(), re.M)
    ada = chat.anybody()
    equal(ada.ask("POST", "/setup", {"code": found[1], "name": "Ada", "login": "ada", "password": PASSWORD},
                  host).status, 201, "setting up")
    stranger = [*host, ("X-Forwarded-For", "203.0.113.1, 198.51.100.7")]
    for _ in range(10):
        sign_in(chat, "ada", "wrong", 401, stranger)
    # What the client itself claimed to be changes nothing.
    sign_in(chat, "ada", PASSWORD, 429, [*host, ("X-Forwarded-For", "192.0.2.99, 198.51.100.7")])
    sign_in(chat, "ada", PASSWORD, 201, [*host, ("X-Forwarded-For", "198.51.100.8")])
    # One customer's whole network is one.
    for number in range(10):
        sign_in(chat, "ada", "wrong", 401, [*host, ("X-Forwarded-For", f"2001:db8:7:7::{number:x}")])
    sign_in(chat, "ada", PASSWORD, 429, [*host, ("X-Forwarded-For", "2001:db8:7:7:ffff::1")])
    sign_in(chat, "ada", PASSWORD, 201, [*host, ("X-Forwarded-For", "2001:db8:7:8::1")])


@chat_scenario(own=True)
def without_a_proxy_nobody_says_where_one_is(chat):
    member = chat.member()
    for number in range(10):
        sign_in(chat, member.login, "wrong", 401, [("X-Forwarded-For", f"198.51.100.{number}")])
    sign_in(chat, member.login, PASSWORD, 429, [("X-Forwarded-For", "198.51.100.200")])


@chat_scenario(own=True)
def codes_and_keys_that_are_guessed_count_as_well(chat):
    chat.first()
    statuses = []
    for number in range(5):
        statuses.append(chat.anybody().ask("POST", f"/join/guess{number}", {"name": "E", "login": "e",
                                                                            "password": PASSWORD}).status)
        statuses.append(chat.anybody().ask("POST", "/session", {"code": f"guess{number}", "password": PASSWORD}).status)
    equal(sorted(set(statuses)), [401, 403], f"ten wrong codes: {statuses}")
    answer = chat.anybody().send("POST", f"/chat/rooms/{chat.all_talk()}/wrongkey/messages", b"hello")
    equal(answer.status, 429, f"the eleventh guess: {answer}")


if __name__ == "__main__":
    run()
