#!/usr/bin/env python3
"""A server of step 4 in a language of its own, right by default and wrong on request.

    wrong_servers.py --port 7104 --bug swapped-replies

checker_test.py runs the contract against every bug and expects the case named here to fail, and against no bug and
expects all of them to pass. A bug is what a learner might really write.
"""
import argparse
import asyncio
import json
import os
import re
import socket
import struct
import sys
import unicodedata

# bug: (a case that must catch it, what is wrong)
BUGS = {
    "swapped-replies": ("pipeline-two", "of two requests in one read, the second is answered first"),
    "half-lines-dropped": ("framing-split", "what one read left unfinished is forgotten at the next"),
    "half-lines-answered": ("framing-half-line-waits", "every read is taken for a whole number of lines"),
    "one-line-a-read": ("framing-two-lines", "only the first line of each read is answered"),
    "empty-lines-answered": ("framing-empty", "an empty line gets a reply"),
    "carriage-return-kept": ("framing-empty-crlf", "the carriage return is taken for part of the line"),
    "carriage-return-ends-line": ("framing-cr-ends-nothing", "a carriage return alone ends a line"),
    "unfinished-line-answered": ("framing-whole-but-unfinished", "the end of the stream ends the last line"),
    "crlf-replies": ("event-example", "replies end with a carriage return, too"),
    "wrong-key-order": ("event-example", "the balance comes before the status"),
    "spaces-in-replies": ("event-example", "replies are JSON, but not compact"),
    "spaces-in-errors": ("event-no-user", "errors are JSON, but not compact"),
    "second-reply": ("event-example", "valid events get a reply too many"),
    "no-detail": ("event-no-user", "an invalid event is refused without saying why"),
    "detail-not-escaped": ("request-unknown-quotes", "the client's own text breaks the reply"),
    "closed-on-invalid-json": ("event-connection-stays", "an error ends the connection"),
    "closed-on-fin": ("pipeline-half-close", "a client that has sent FIN gets no replies any more"),
    "stays-after-fin": ("framing-connect-and-leave", "the server never closes"),
    "fraction-taken": ("number-1-point-0", "1.0 is taken for 1"),
    "string-taken": ("number-string", "\"100\" is taken for 100"),
    "true-taken": ("number-true", "true is taken for 1"),
    "no-upper-limit": ("number-largest-plus-1", "amounts have no upper limit"),
    "wrapped-to-64-bits": ("number-2-to-64-plus-1", "large amounts wrap around"),
    "nan-is-json": ("number-nan", "NaN is taken for JSON"),
    "infinity-kills": ("number-1e999", "a number too large for a double is an unhandled error"),
    "first-key-counts": ("json-doubled-amount", "of a doubled key the first one counts"),
    "keys-without-case": ("event-key-case", "User is taken for user"),
    "strict-keys": ("event-unknown-string", "unknown keys are refused"),
    "type-ignored": ("request-type-in-event", "a type beside an event is taken for an unknown key"),
    "no-depth-limit": ("json-deep-65-arrays", "JSON may be nested as deep as the parser likes"),
    "depth-limit-63": ("json-deep-64-event", "the depth limit is one too small"),
    "invalid-utf8-replaced": ("utf8-ff", "bytes that are no UTF-8 become replacement characters"),
    "utf8-by-read": ("utf8-split", "each read is decoded by itself"),
    "byte-order-mark-skipped": ("utf8-bom", "a byte order mark is skipped"),
    "nul-ends-line": ("utf8-nul-after", "a NUL is taken for the end of the line"),
    "lone-surrogates-taken": ("json-surrogate-high", "half a surrogate pair is taken for a character"),
    "trailing-garbage-ignored": ("json-trailing-garbage", "what stands behind the event is not looked at"),
    "user-limit-in-characters": ("event-user-bytes-not-characters", "the limit of 64 counts characters"),
    "c1-controls-taken": ("event-user-85", "only ASCII's control characters are refused"),
    "users-trimmed": ("balance-spaces-matter", "spaces around a user are cut off"),
    "users-normalised": ("balance-no-normalisation", "two spellings of a letter are one user"),
    "action-case-ignored": ("event-action-capitals", "BUY is taken for buy"),
    "one-balance-for-all": ("balance-two-users", "all users share one balance"),
    "balance-by-connection": ("balance-two-connections", "each connection has balances of its own"),
    "never-negative": ("balance-sell-first", "a balance stops at 0"),
    "line-limit-off-by-one": ("limit-exact", "a line of exactly the limit is too long"),
    "carriage-return-counted": ("limit-exact-crlf", "the dropped carriage return counts for the limit"),
    "no-line-limit": ("limit-one-more", "lines may be as long as they like"),
    "limit-needs-line-feed": ("limit-unended", "a line that never ends is never too long"),
    "open-after-too-long": ("limit-one-more", "the connection goes on after a line that is too long"),
    "reset-after-too-long": ("limit-far-more", "the connection is reset before the client can read why"),
    "one-client-at-a-time": ("client-half-line-holds-nobody", "the next client waits until the first has left"),
    "dies-of-nul": ("utf8-nul-in-string", "a NUL in a name ends the process"),
    "dies-of-reset": ("client-reset-pipeline", "a reset connection ends the process"),
}

NUL_IN_NAME = re.compile(rb'"user":"[^"]*\0')  # one case has it: the checker gives up on what dies of every other one

MAX_LINE = 65536
MAX_DEPTH = 64
MAX_AMOUNT = 10**12

sys.set_int_max_str_digits(0)


class InvalidJson(Exception):
    pass


class InvalidEvent(Exception):
    pass


def depth_of(text):
    depth = deepest = 0
    in_string = escaped = False
    for c in text:
        if in_string:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                in_string = False
        elif c == '"':
            in_string = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest


class Parser:
    def __init__(self, bug):
        self.bug = bug

    def parse(self, line):
        """Returns user and change, or raises InvalidJson or InvalidEvent."""
        request = self.load(self.decode(line))
        if not isinstance(request, dict):
            raise InvalidEvent("a request must be an object")
        if self.bug == "keys-without-case":
            request = {key.lower(): value for key, value in request.items()}
        if "type" in request and self.bug != "type-ignored":
            raise InvalidEvent("unknown type " + str(request["type"])[:64])
        if self.bug == "strict-keys" and set(request) - {"user", "action", "amount"}:
            raise InvalidEvent("unknown key")
        user, action = self.user(request), self.action(request)
        amount = self.amount(request)
        return user, amount if action == "buy" else -amount

    def decode(self, line):
        if self.bug == "nul-ends-line":
            line = line.split(b"\0")[0]
        if self.bug == "byte-order-mark-skipped":
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            return line.decode("utf-8", errors="replace" if self.bug == "invalid-utf8-replaced" else "strict")
        except UnicodeDecodeError:
            raise InvalidJson from None

    def load(self, text):
        limit = {"no-depth-limit": 10**9, "depth-limit-63": 63}.get(self.bug, MAX_DEPTH)
        if depth_of(text) > limit:
            raise InvalidJson
        try:
            if self.bug == "trailing-garbage-ignored":
                return json.JSONDecoder().raw_decode(text)[0]
            value = json.loads(text, parse_constant=self.constant, object_pairs_hook=self.members)
            if self.bug != "lone-surrogates-taken":
                json.dumps(value, ensure_ascii=False).encode("utf-8")
            return value
        except (ValueError, RecursionError):
            raise InvalidJson from None

    def constant(self, name):
        if self.bug == "nan-is-json":
            return name
        raise ValueError(name)

    def members(self, pairs):
        return dict(reversed(pairs)) if self.bug == "first-key-counts" else dict(pairs)

    def user(self, request):
        user = request.get("user")
        if isinstance(user, str):
            if self.bug == "users-trimmed":
                user = user.strip()
            if self.bug == "users-normalised":
                user = unicodedata.normalize("NFC", user)
            size = len(user) if self.bug == "user-limit-in-characters" else len(user.encode("utf-8", "surrogatepass"))
            controls = [c for c in user if unicodedata.category(c) == "Cc"]
            if self.bug == "c1-controls-taken":
                controls = [c for c in controls if c <= "\x7f"]
            if 1 <= size <= 64 and not controls:
                return user
        raise InvalidEvent("user must be a string of 1 to 64 bytes without control characters")

    def action(self, request):
        action = request.get("action")
        if self.bug == "action-case-ignored" and isinstance(action, str):
            action = action.lower()
        if action in ("buy", "sell") and isinstance(action, str):
            return action
        raise InvalidEvent('action must be "buy" or "sell"')

    def amount(self, request):
        amount = request.get("amount")
        if self.bug == "string-taken" and isinstance(amount, str) and amount.isdigit():
            amount = int(amount)
        if self.bug == "fraction-taken" and isinstance(amount, float) and amount.is_integer():
            amount = int(amount)
        if self.bug == "infinity-kills" and isinstance(amount, float) and amount in (float("inf"), float("-inf")):
            os._exit(1)
        if self.bug == "wrapped-to-64-bits" and type(amount) is int:
            amount %= 2**64
        if isinstance(amount, int) and (self.bug == "true-taken" or not isinstance(amount, bool)):
            if 1 <= amount and (amount <= MAX_AMOUNT or self.bug == "no-upper-limit"):
                return int(amount)
        raise InvalidEvent("amount must be an integer from 1 to 1000000000000")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


class Session(asyncio.Protocol):
    balances = {}
    open_sessions = []

    def __init__(self, bug):
        self.bug = bug
        self.parser = Parser(bug)
        self.buffer = b""
        self.ended = False  # no more requests are taken
        if bug == "balance-by-connection":
            self.balances = {}

    def connection_made(self, transport):
        self.transport = transport
        if self.bug == "one-client-at-a-time":
            if self.open_sessions:
                transport.pause_reading()
            self.open_sessions.append(self)

    def connection_lost(self, error):
        if error is not None and self.bug == "dies-of-reset":
            os._exit(1)
        if self.bug == "one-client-at-a-time":
            self.open_sessions.remove(self)
            if self.open_sessions and not self.open_sessions[0].transport.is_reading():
                self.open_sessions[0].transport.resume_reading()

    def data_received(self, data):
        if self.ended:
            return
        if self.bug == "dies-of-nul" and NUL_IN_NAME.search(self.buffer + data):
            os._exit(1)
        if self.bug == "utf8-by-read":
            data = data.decode("utf-8", "replace").encode("utf-8")
        if self.bug == "carriage-return-ends-line":
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self.bug == "half-lines-answered":
            data += b"" if data.endswith(b"\n") else b"\n"
        self.buffer += data
        self.answer(self.take_lines())
        if self.bug == "half-lines-dropped":
            self.buffer = b""

    def eof_received(self):
        if self.bug == "unfinished-line-answered" and self.buffer:
            self.answer([self.buffer])
        return self.bug == "stays-after-fin"

    def take_lines(self):
        *lines, self.buffer = self.buffer.split(b"\n")
        if self.bug == "one-line-a-read":
            lines = lines[:1]
        if self.too_long(self.buffer) and self.bug != "limit-needs-line-feed":
            lines.append(self.buffer)
        return lines

    def too_long(self, line):
        if self.bug == "no-line-limit":
            return False
        limit = MAX_LINE - (self.bug == "line-limit-off-by-one")
        return len(line if self.bug == "carriage-return-counted" else line.removesuffix(b"\r")) > limit

    def answer(self, lines):
        replies = []
        for line in lines:
            if self.too_long(line):
                replies.append('{"status":"error","reason":"line_too_long"}')
                self.ended = self.bug != "open-after-too-long"
                if self.ended:
                    break
                continue
            if self.bug != "carriage-return-kept":
                line = line.removesuffix(b"\r")
            if line or self.bug == "empty-lines-answered":
                replies.extend(self.reply(line))
        if self.bug == "swapped-replies" and len(replies) > 1:
            replies[0], replies[1] = replies[1], replies[0]
        end = "\r\n" if self.bug == "crlf-replies" else "\n"
        self.send("".join(reply + end for reply in replies).encode("utf-8"))

    def send(self, replies):
        if self.bug == "closed-on-fin" and replies:
            # Replies a moment late, as a worker would, by which time FIN may have come.
            asyncio.get_running_loop().call_later(0.002, self.write, replies)
        else:
            self.write(replies)

    def write(self, replies):
        if self.transport.is_closing():
            return
        self.transport.write(replies)
        if self.ended and self.bug == "reset-after-too-long":
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        elif self.ended and self.transport.can_write_eof():
            self.transport.write_eof()
            asyncio.get_running_loop().call_later(1, self.transport.close)

    def reply(self, line):
        try:
            user, change = self.parser.parse(line)
        except InvalidJson:
            self.ended = self.ended or self.bug == "closed-on-invalid-json"
            return ['{"status":"error","reason":"invalid_json"}']
        except InvalidEvent as error:
            return [self.refuse(str(error))]
        return [self.confirm(self.apply(user, change))] * (2 if self.bug == "second-reply" else 1)

    def refuse(self, detail):
        if self.bug == "detail-not-escaped":
            return '{"status":"error","reason":"invalid_event","detail":"%s"}' % detail
        error = {"status": "error", "reason": "invalid_event", "detail": detail}
        if self.bug == "no-detail":
            del error["detail"]
        return json.dumps(error) if self.bug == "spaces-in-errors" else compact(error)

    def apply(self, user, change):
        if self.bug == "one-balance-for-all":
            user = ""
        balance = self.balances.get(user, 0) + change
        if self.bug == "never-negative":
            balance = max(balance, 0)
        if not -(2**63) <= balance < 2**63:
            return None
        self.balances[user] = balance
        return balance

    def confirm(self, balance):
        if balance is None:
            return '{"status":"error","reason":"balance_overflow"}'
        if self.bug == "wrong-key-order":
            return compact({"balance": balance, "status": "ok"})
        reply = {"status": "ok", "balance": balance}
        return json.dumps(reply) if self.bug == "spaces-in-replies" else compact(reply)


async def serve(port, bug):
    server = await asyncio.get_running_loop().create_server(lambda: Session(bug), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bug", choices=["none", *BUGS], default="none")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.bug))


if __name__ == "__main__":
    main()
