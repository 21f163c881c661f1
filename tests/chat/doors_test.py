#!/usr/bin/env python3
"""The doors themselves: what is served with the chat, to which hosts and which pages; and what is not.

    tests/chat/doors_test.py --station build/bin/station
"""
import os
import re
import subprocess
import tempfile

from chat_harness import PASSWORD, Chat, Member, Settings, chat_scenario, check, equal, run, scenario


def setting_up(chat, headers=()):
    found = re.search(r"#setup=(\S+)$", chat.stderr(), re.M)
    ada = Member(chat)
    answer = ada.ask("POST", "/setup", {"code": found[1], "name": "Ada", "login": "ada", "password": PASSWORD}, headers)
    equal(answer.status, 201, f"setting up: {answer}")
    return ada


@chat_scenario()
def nothing_but_the_chat_is_there(chat):
    stranger = chat.anybody()
    for path in ("/", "/index.html", "/api/topics", "/metrics", "/ws", "/echo", "/app.js", "/shared/dom.js", "/api/access",
                 "/chat/../api/topics", "/chat/..%2fapi/topics", "/%2e%2e/api/topics"):
        check(stranger.send("GET", path).status in (400, 404), f"GET {path}: {stranger.send('GET', path)}")
    equal(stranger.send("POST", "/api/topics/lobby/events", b"x").status, 404, "a publish")
    for path in ("/livez", "/health", "/chat/"):
        equal(stranger.send("GET", path).status, 200, path)
    answer = stranger.send("GET", "/chat")
    equal((answer.status // 100, answer.headers["Location"]), (3, "/chat/"), "without its slash")
    equal(chat.line_port, None, "the line port")
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
               ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    for path in ("/", "/ws", "/echo"):
        equal(chat.anybody().send("GET", path, headers=upgrade).status, 404, f"a WebSocket at {path}")


@chat_scenario()
def the_page_is_strict(chat):
    answer = chat.anybody().send("GET", "/chat/")
    policy = answer.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"):
        check(rule in policy, f"{rule}: {policy}")
    check("unsafe" not in policy, policy)
    equal(answer.headers["X-Content-Type-Options"], "nosniff", "no guesses")
    equal(answer.headers["Content-Type"], "text/html; charset=utf-8", "its type")
    equal(chat.anybody().send("GET", "/chat/shared/dom.js").status, 200, "what pages share")
    equal(chat.anybody().send("GET", "/chat/none.js").status, 404, "what is not there")


@chat_scenario()
def other_pages_change_nothing(chat):
    """Cross-site request forgery: a page elsewhere, with the visitor's cookie."""
    ann = chat.member()
    own = f"http://127.0.0.1:{chat.port}"
    for origin in ("https://evil.example", "null", "", f"http://127.0.0.1:{chat.port + 1}", own + ".evil.example",
                   f"https://127.0.0.1:{chat.port}", f"http://localhost:{chat.port}", "file://"):
        for method, path in (("POST", "/rooms"), ("PATCH", "/me"), ("DELETE", "/session"), ("POST", "/session"),
                             ("POST", "/setup"), ("POST", "/join/x")):
            answer = ann.ask(method, path, {"name": "x", "type": "open"}, [("Origin", origin)])
            equal((answer.status, answer.error), (403, "foreign_origin"), f"{method} {path} from {origin}: {answer}")
    answer = ann.ask("POST", "/rooms", {"name": "x", "type": "closed"}, [("Origin", own)])
    equal(answer.status, 201, f"from its own page: {answer}")
    answer = ann.ask("POST", "/rooms", {"name": "x", "type": "closed"}, [("Origin", own), ("Origin", "https://evil.example")])
    equal(answer.status, 403, "two of them")
    equal(ann.ask("GET", "/me", None, [("Origin", "https://evil.example")]).status, 200, "GET changes nothing")
    bot = chat.first().post("/bots", {"name": "Origin bot"})
    path = f"/chat/rooms/{chat.all_talk()}/{bot['key']}/messages"
    equal(chat.anybody().send("POST", path, b"x", [("Origin", "https://evil.example")]).status, 403, "a bot's call")
    equal(chat.anybody().send("POST", path, b"x", [("Origin", own)]).status, 201, "a bot's call from its own page")


@chat_scenario("--allow-origin", "https://friend.example")
def pages_that_the_bus_allows_are_not_the_chats(chat):
    origin = [("Origin", "https://friend.example")]
    answer = chat.anybody().ask("POST", "/session", {"login": "a", "password": "b"}, origin)
    equal(answer.status, 403, f"a page of another origin: {answer}")
    for method, path in (("GET", "/chat/api/me"), ("GET", "/chat/"), ("OPTIONS", "/chat/api/rooms")):
        answer = chat.anybody().send(method, path, headers=[*origin, ("Access-Control-Request-Method", "POST")])
        check("Access-Control-Allow-Origin" not in answer.headers, f"{method} {path}: {answer.headers}")


@chat_scenario("--chat-url", "https://Chat.Example.org:443/")
def the_address_that_was_given_is_the_own_origin(chat):
    host = ("Host", "chat.example.org")
    ada = setting_up(chat, [host, ("Origin", "https://chat.example.org")])
    for origin, status in (("https://chat.example.org", 200), ("http://chat.example.org", 403),
                           (f"http://127.0.0.1:{chat.port}", 403), ("https://other.example.org", 403)):
        answer = ada.ask("PATCH", "/me", {"name": "Ada"}, [host, ("Origin", origin)])
        equal(answer.status, status, f"{origin}: {answer}")
    equal(chat.anybody().send("GET", "/chat/", headers=[("Host", "other.example.org")]).status, 403, "another host")
    equal(chat.anybody().send("GET", "/livez").status, 200, "by its address")


@scenario(bare=True)
def an_address_that_is_none_ends_the_start():
    for options in (["--chat-url", "chat.example.org"], ["--chat-url", "https://chat.example.org/sub"],
                    ["--chat-url", "ftp://x"], ["--chat-url", "https://"], ["--chat-rate", "lots"],
                    ["--chat-rate", "0:1"], ["--chat-rate", "1"]):
        with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
            done = subprocess.run([Settings.station, "serve", "--chat", "--data", folder + "/data", "--port", "0",
                                   *options], capture_output=True, text=True, timeout=60, check=False)
            equal(done.returncode, 2, f"the status of {options}: {done.stderr}")
            check(options[1] in done.stderr and options[0] in done.stderr, f"its words: {done.stderr}")
    done = subprocess.run([Settings.station, "serve", "--chat-url", "https://a.example"], capture_output=True, text=True,
                          timeout=60, check=False)
    equal(done.returncode, 2, f"without --chat: {done.stderr}")


@scenario(bare=True)
def with_a_token_the_bus_is_behind_it():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        file = os.path.join(folder, "token")
        with open(file, "w", encoding="ascii") as out:
            out.write("a-long-enough-token-of-the-bus\n")
        os.chmod(file, 0o600)
        with Chat("--token-file", file) as chat:
            check(chat.line_port, "the line port is there")
            stranger = chat.anybody()
            equal(stranger.send("GET", "/api/topics").status, 401, "the bus")
            equal(chat.anybody().send("GET", "/chat/").status, 200, "the chat's page")
            equal(chat.anybody().ask("GET", "/me").error, "not_signed_in", "the chat's own question")
            chat.first().say(chat.all_talk(), "hello")
            answer = chat.anybody().send("GET", "/api/topics", headers=[
                ("Authorization", "Bearer a-long-enough-token-of-the-bus")])
            equal([topic["name"] for topic in answer.json], ["lobby"], "the bus has no door to the chat")
            chat.stop()


@chat_scenario()
def answers_are_kept_by_nobody(chat):
    ann = chat.member()
    for method, path in (("GET", "/me"), ("GET", "/rooms"), ("GET", "/none"), ("GET", "/users"), ("PATCH", "/me")):
        answer = ann.ask(method, path, {} if method == "PATCH" else None)
        if answer.status != 404:
            equal(answer.headers["Cache-Control"], "no-store", f"{method} {path}")
        equal(answer.headers["Content-Type"], "application/json", f"{method} {path}")
    equal(ann.ask("PUT", "/me", {}).status, 405, "a method that is not offered")
    equal(ann.ask("GET", "/me?x=1").status, 400, "a parameter that there is not")
    equal(ann.ask("GET", "/none").status, 404, "a path that there is not")


if __name__ == "__main__":
    run()
