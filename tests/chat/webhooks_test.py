#!/usr/bin/env python3
"""Webhooks: when a bot is called, what with, what becomes of its answer; and where nobody is called.

    tests/chat/webhooks_test.py --station build/bin/station
"""
import contextlib
import http.server
import json
import threading
import uuid

from chat_harness import PATIENCE, Chat, check, equal, run, scenario, until


class Receiver:
    """Somebody's server, which answers as a test wants it to."""

    def __init__(self, status=200, content_type="text/plain", text="", headers=()):
        received = self.received = []
        self.go_on = go_on = threading.Event()
        self.go_on.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path, dict(self.headers), json.loads(body)))
                go_on.wait(PATIENCE)
                data = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(data)

            def do_GET(self):  # pylint: disable=invalid-name
                received.append((self.path, {}, None))
                self.send_error(404)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def chat_with(*options, **more):
    return Chat("--chat-rate", "none", *options, **more)


def make_bot(chat, url, name="Robbie"):
    return chat.first().post("/bots", {"name": name, "webhook": url})


def is_said(member, room, text):
    return text in member.said(room)


@scenario(bare=True)
def a_mention_calls_the_bot_and_its_answer_is_a_message():
    with Receiver(text="pong <i>") as receiver, chat_with("--allow-private-webhooks") as chat:
        bot, ada, room = make_bot(chat, receiver.url), chat.first(), chat.all_talk()
        chat.member()   # so that the bot is not alone with one
        ada.say(room, "nobody is meant")
        message = ada.say(room, "@robbie ping & <b>pong</b>")
        until(lambda: is_said(ada, room, "pong <i>"), "the bot's answer")
        equal(len(receiver.received), 1, "calls")
        path, headers, body = receiver.received[0]
        equal((path, headers["Content-Type"]), ("/hook", "application/json"), "the call")
        equal(body, {"user": {"id": ada.id, "name": "Ada"},
                     "room": {"id": room, "name": "All talk", "path": f"/chat/rooms/{room}"},
                     "message": {"id": message["id"],
                                 "body": {"html": "@robbie ping &amp; &lt;b&gt;pong&lt;/b&gt;",
                                          "plain": "ping & <b>pong</b>"},
                                 "path": f"/chat/#room/{room}/message/{message['id']}"}}, "what it was told")
        answer = ada.get(f"/rooms/{room}/messages")[-1]
        equal((answer["creator"]["id"], answer["content"]), (bot["id"], "pong <i>"), "the answer")
        check(bot["key"] not in json.dumps(body), "the key is told nobody")
        chat.stop()


@scenario(bare=True)
def alone_with_a_bot_every_message_calls_it_but_never_twice():
    with Receiver(content_type="application/octet-stream", text="x") as receiver, \
            chat_with("--allow-private-webhooks") as chat:
        bot, ada = make_bot(chat, receiver.url), chat.first()
        room = ada.post("/rooms/direct", {"users": [bot["id"]]})["id"]
        ada.say(room, "one", "id-1")
        ada.say(room, "one", "id-1", status=200)
        message = ada.say(room, "two, @robbie")
        ada.patch(f"/messages/{message['id']}", {"content": "two, edited, @robbie"})
        until(lambda: len(receiver.received) >= 2, "both calls")
        ada.say(room, "three")
        until(lambda: len(receiver.received) >= 3, "the third call")
        equal(sorted(body["message"]["body"]["plain"] for _, _, body in receiver.received),
              ["one", "three", "two,"], "what it was called with")
        equal(ada.said(room), ["one", "two, edited, @robbie", "three"], "what is no text is no answer")
        chat.stop()


@scenario(bare=True)
def bots_never_call_bots():
    with Receiver() as receiver, chat_with("--allow-private-webhooks") as chat:
        ada, room = chat.first(), chat.all_talk()
        make_bot(chat, receiver.url, "Callee")
        other = make_bot(chat, receiver.url, "Caller")
        path = f"/chat/rooms/{room}/{other['key']}/messages"
        equal(chat.anybody().send("POST", path, b"@callee and @caller").status, 201, "a bot's message")
        ada.say(room, "@callee")
        until(lambda: receiver.received, "a member's call")
        equal([body["user"]["id"] for _, _, body in receiver.received], [ada.id], "who called")
        chat.stop()


@scenario(bare=True)
def this_machine_and_private_networks_are_refused():
    refused = r"the webhook of @.*: it leads to this machine or into a private network"
    with Receiver(text="x") as receiver, chat_with(expected=[refused, r"the webhook of @"]) as chat:
        ada, room = chat.first(), chat.all_talk()
        port = receiver.port
        names = {}
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433",
                     "0x7f000001", "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.31.0.1", "[fe80::1]", "[fd00::1]",
                     "[64:ff9b::7f00:1]", "100.64.0.1"):
            name = f"bot-{uuid.uuid4().hex[:8]}"
            names[name] = host
            make_bot(chat, f"http://{host}:{port}/hook", name)
        for name in names:
            ada.say(room, f"@{name} hello")
        for name, host in names.items():
            until(lambda name=name: f"the webhook of @{name}: " in chat.stderr(), f"a word about {host}")
            line = next(line for line in chat.stderr().splitlines() if f"@{name}: " in line)
            check("--allow-private-webhooks" in line, f"{host}: {line}")
        equal(receiver.received, [], "calls")
        chat.stop()


@scenario(bare=True)
def redirects_and_proxies_are_not_followed():
    with Receiver() as goal:
        environment = {"http_proxy": f"http://127.0.0.1:{goal.port}", "ALL_PROXY": f"http://127.0.0.1:{goal.port}"}
        with Receiver(status=302, headers=[("Location", goal.url)]) as receiver, \
                chat_with("--allow-private-webhooks", environment=environment,
                          expected=[r"the webhook of @robbie: it answered 302"]) as chat:
            make_bot(chat, receiver.url)
            chat.first().say(chat.all_talk(), "@robbie")
            until(lambda: "it answered 302" in chat.stderr(), "what became of it")
            equal((len(receiver.received), goal.received), (1, []), "calls")
            chat.stop()


@scenario(bare=True)
def answers_that_are_too_long_or_no_text():
    too_long = r"the webhook of @long: its answer is longer"
    no_message = r"the answer of @.* is no message"
    with Receiver(text="x" * 70_000) as long, Receiver(text=b"\xff\xfe") as bytes_, Receiver(text="") as empty, \
            Receiver(text="fine", content_type="text/html; charset=utf-8") as good, \
            chat_with("--allow-private-webhooks", expected=[too_long, no_message]) as chat:
        ada, room = chat.first(), chat.all_talk()
        for name, receiver in (("Long", long), ("Bytes", bytes_), ("Empty", empty), ("Good", good)):
            make_bot(chat, receiver.url, name)
        ada.say(room, "@long @bytes @empty @good")
        until(lambda: is_said(ada, room, "fine") and "longer" in chat.stderr() and "no message" in chat.stderr(),
              "what became of them")
        equal(sorted(ada.said(room)), ["@long @bytes @empty @good", "fine"], "messages")
        chat.stop()


@scenario(bare=True)
def a_slow_one_holds_up_nobody_and_is_given_up():
    with Receiver(text="late") as slow, Receiver(text="soon") as quick, \
            chat_with("--allow-private-webhooks", expected=[r"the webhook of @slow: Timeout"]) as chat:
        slow.go_on.clear()
        ada, room = chat.first(), chat.all_talk()
        make_bot(chat, slow.url, "Slow")
        make_bot(chat, quick.url, "Quick")
        ada.say(room, "@slow @quick")
        until(lambda: is_said(ada, room, "soon"), "the quick one's answer")
        until(lambda: "@slow: Timeout" in chat.stderr(), "that the slow one was given up")
        check(not is_said(ada, room, "late"), "an answer that came too late")
        chat.stop()


@scenario(bare=True)
def the_end_waits_for_no_webhook_and_a_start_calls_none_again():
    with Receiver(text="late") as slow, chat_with("--allow-private-webhooks") as chat:
        slow.go_on.clear()
        make_bot(chat, slow.url)
        chat.first().say(chat.all_talk(), "@robbie")
        until(lambda: slow.received, "the call")
        chat.stop()
        with chat_with("--allow-private-webhooks", folder=chat.folder) as again:
            again.administrator = chat.first().__class__(again, chat.first().cookie)
            equal(again.administrator.said(again.all_talk()), ["@robbie"], "what was said")
            again.stop()
        equal(len(slow.received), 1, "calls")


if __name__ == "__main__":
    run()
