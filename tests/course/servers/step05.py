#!/usr/bin/env python3
"""Step 5 in Python: one thread takes in and replies, a bounded queue, another thread does the work.

    ./dev check 5 --cmd "python3 tests/course/servers/step05.py {port}"

The check adds the options of the lesson at the end: --work cpu:1ms --queue 64.
"""
import argparse
import asyncio
import json
import os
import queue
import re
import signal
import sys
import threading
import time
import unicodedata
import zlib

MAX_LINE, MAX_DEPTH, MAX_AMOUNT = 65536, 64, 10**12
BLOCK = bytes(1 << 16)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class InvalidEvent(Exception):
    pass


def load(line):
    """The request, or a ValueError: Python's parser takes more for JSON than JSON's grammar does."""
    text = line.decode("utf-8")
    depth = deepest = 0
    for bracket in re.findall(r"[][{}]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise ValueError("too deep")
    value = json.loads(text, parse_constant=lambda name: 1 / 0, parse_int=lambda digits: int(digits[:20]))
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")   # refuses half a surrogate pair
    return value


def event_of(request):
    if not isinstance(request, dict):
        raise InvalidEvent("a request must be an object")
    if "type" in request:
        raise InvalidEvent("unknown type " + str(request["type"])[:64])
    user, action, amount = (request.get(key) for key in ("user", "action", "amount"))
    if (not isinstance(user, str) or not 1 <= len(user.encode("utf-8")) <= 64
            or any(unicodedata.category(c) == "Cc" for c in user)):
        raise InvalidEvent("user must be a string of 1 to 64 bytes without control characters")
    if action not in ("buy", "sell"):
        raise InvalidEvent('action must be "buy" or "sell"')
    if type(amount) is not int or not 1 <= amount <= MAX_AMOUNT:   # bool is an int, too
        raise InvalidEvent("amount must be an integer from 1 to 1000000000000")
    return user, amount if action == "buy" else -amount


class Server:
    def __init__(self, options):
        self.work = options.work
        self.queue = queue.Queue(options.queue)
        self.counters = {"received": 0, "processed": 0, "dropped": 0}
        self.balances = {}
        threading.Thread(target=self.process, daemon=True).start()

    def process(self):
        # Who replies goes first. On Linux a priority is a thread's own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        while True:
            user, change = self.queue.get()
            self.do_work()
            balance = self.balances.get(user, 0) + change
            if -2**63 <= balance < 2**63:
                self.balances[user] = balance
                self.counters["processed"] += 1

    def do_work(self):
        kind, seconds = self.work
        if kind == "sleep":
            time.sleep(seconds)
        end = time.thread_time() + seconds
        while kind == "cpu" and time.thread_time() < end:
            zlib.crc32(BLOCK)   # in C, and without the interpreter's lock: other threads go on

    def reply(self, line):
        try:
            event = event_of(load(line))
        except InvalidEvent as error:
            return {"status": "error", "reason": "invalid_event", "detail": str(error)}
        except (ValueError, ArithmeticError, RecursionError):
            return {"status": "error", "reason": "invalid_json"}
        self.counters["received"] += 1
        try:
            self.queue.put_nowait(event)      # the lesson: a full queue is an answer, not a wait
        except queue.Full:
            self.counters["dropped"] += 1
            return {"status": "rejected", "reason": "server_busy"}
        return {"status": "accepted"}


class Session(asyncio.Protocol):
    """One client: lines come in, replies go out, in the same order."""

    def __init__(self, server):
        self.server = server
        self.rest = b""
        self.is_done = False

    def connection_made(self, transport):
        self.transport = transport

    def pause_writing(self):   # a client that does not read is not read
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def data_received(self, data):
        if self.is_done:
            return   # a close with unread bytes would be a reset, and the last reply lost
        *lines, self.rest = (self.rest + data).split(b"\n")
        replies = []
        for line in (*lines, None):
            if len((self.rest if line is None else line).removesuffix(b"\r")) > MAX_LINE:
                replies.append({"status": "error", "reason": "line_too_long"})
                self.is_done = True
                break
            if line and line != b"\r":
                replies.append(self.server.reply(line.removesuffix(b"\r")))
        self.transport.write("".join(compact(reply) + "\n" for reply in replies).encode())
        if self.is_done:
            self.transport.write_eof()
            asyncio.get_running_loop().call_later(1, self.transport.close)


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def work_of(text):
    kind, _, duration = text.partition(":")
    number, unit = re.fullmatch(r"([\d.]*)(us|ms|s)?", duration).groups()
    return kind, float(number or 0) * {"us": 1e-6, "ms": 1e-3, "s": 1, None: 0}[unit]


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--work", type=work_of, default=("none", 0))
    parser.add_argument("--queue", type=int, default=1024)
    options, _ = parser.parse_known_args()
    sys.setswitchinterval(0.0005)   # the thread that works may not keep the one that replies waiting
    server = Server(options)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await loop.create_server(lambda: Session(server), "127.0.0.1", options.port, backlog=1024)
    print(f"step05.py listening on 127.0.0.1:{options.port}", flush=True)
    await stop.wait()
    print(compact(server.counters), file=sys.stderr, flush=True)


asyncio.run(main())
