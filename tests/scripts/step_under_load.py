#!/usr/bin/env python3
"""Loads a step with 50 clients (pipelined events and queries, garbage, half lines, too long lines, clients that leave),
checks each reply, sends a signal in the middle of it, and checks how the step ends:

    step_under_load.py --bin build/bin --step 05_bounded_channel --signal SIGINT [--exit-within 1]

A sanitizer's report ends the step with another status than 0, so it shows here, too."""

import argparse
import asyncio
import json
import random
from pathlib import Path

from step import PATIENCE, SIGNALS, USES, Step, check, counts, reported

CLIENTS = 50
BATCH = 32
REPLIES_BEFORE_SIGNAL = 4000
OPTIONS = {"--work": "sleep:100us", "--queue": "64", "--workers": "4", "--shards": "4"}
MAX_LINE = 2000
TOO_LONG = {"status": "error", "reason": "line_too_long"}


def json_line(**fields):
    return json.dumps(fields, separators=(",", ":")).encode()


def is_balance(reply):
    return reply.keys() == {"status", "balance"} and reply["status"] == "ok" and isinstance(reply["balance"], int)


def is_metrics(reply):
    return reply.keys() == {"received", "processed", "dropped"} and reply["received"] >= reply["processed"] + reply["dropped"]


class Contract:
    """What the step should answer to each kind of request, and how many events it has answered."""

    def __init__(self, step):
        self.number = int(step[:2])
        self.replies = 0
        self.events = 0
        self.accepted = 0

    def check(self, request, line):
        self.replies += 1
        if self.number <= 2:
            check(line == request, f"{request[:100]!r} came back as {line[:100]!r}")
            return
        reply = json.loads(line)
        check(self._fits(request, reply), f"{request[:100]!r} was answered with {line!r}")

    def _fits(self, request, reply):
        try:
            asked = json.loads(request)
        except ValueError:
            return reply == {"status": "error", "reason": "invalid_json"}
        kind = asked.get("type", "event")
        known = {"event": 3, "balance": 6, "metrics": 9, "health": 9}
        if asked == {} or self.number < known[kind]:
            return reply.get("reason") == "invalid_event"
        if kind == "event":
            return self._fits_event(reply)
        return {"balance": is_balance, "metrics": is_metrics, "health": lambda reply: reply == {"status": "ok"}}[kind](reply)

    def _fits_event(self, reply):
        self.events += 1
        accepted = is_balance(reply) if self.number in (4, 8) else reply == {"status": "accepted"}
        self.accepted += accepted
        reasons = {3: [], 4: [], 10: ["server_busy", "shutting_down"]}.get(self.number, ["server_busy"])
        return accepted or reply.get("status") == "rejected" and reply["reason"] in reasons


class Load:
    def __init__(self, contract, port, seed):
        self.contract = contract
        self.port = port
        self.random = random.Random(seed)
        self.enough = asyncio.Event()
        self.ending = False

    def _request(self, garbage):
        user = "hot" if self.random.random() < 0.5 else f"user{self.random.randrange(100)}"
        event = json_line(user=user, action=self.random.choice(["buy", "sell"]), amount=self.random.randint(1, 10**12))
        queries = [json_line(type="balance", user=user), b'{"type":"metrics"}', b'{"type":"health"}']
        wrong = [b"garbage", b"\xff\xfe", event[:-1], b"{}", event + b"x", b"[" * 100, b"\0"]
        if self.random.random() < garbage:
            return self.random.choice(wrong)
        return event if self.random.random() < 0.8 else self.random.choice(queries)

    async def _exchange(self, reader, writer, garbage=0.0):
        """One batch of requests and all its replies. False: the step has ended the connection."""
        requests = [self._request(garbage) for _ in range(BATCH)]
        block = b"\n".join(requests) + b"\n"
        cut = self.random.randrange(len(block))
        for piece in (block[:cut], block[cut:]):
            writer.write(piece)
            await writer.drain()
        for request in requests:
            line = await reader.readline()
            if not line.endswith(b"\n"):
                check(self.ending, "the step ended a connection that was in use")
                return False
            self.contract.check(request, line[:-1])
            if self.contract.replies >= REPLIES_BEFORE_SIGNAL:
                self.enough.set()
        return True

    async def _steady(self, reader, writer):
        while await self._exchange(reader, writer):
            pass

    async def _wild(self, reader, writer):
        while await self._exchange(reader, writer, garbage=0.5):
            pass

    async def _short(self, reader, writer):
        if await self._exchange(reader, writer):
            writer.write(b"half a li")
            writer.write_eof()
            check(await reader.read() == b"" or self.ending, "a half line was answered")

    async def _too_long(self, reader, writer):
        writer.write(b"x" * (3 * MAX_LINE))
        line = await reader.readline()
        check(self.ending or json.loads(line) == TOO_LONG, f"a line that was too long was answered with {line!r}")

    async def _rude(self, reader, writer):
        writer.write(json_line(user="rude", action="buy", amount=1) + b"\n")
        writer.transport.abort()

    async def _silent(self, reader, writer):
        writer.write(self.random.choice([b"", b"half a li"]))
        await reader.read()

    async def _client(self, kind):
        while not self.ending:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionError:
                check(self.ending, "the step refused a connection")
                return
            try:
                await kind(self, reader, writer)
            except OSError:
                check(self.ending or kind is Load._too_long, "the step reset a connection that was in use")
            finally:
                writer.transport.abort()

    async def run(self, send_signal):
        kinds = [Load._steady] * 30 + [Load._wild] * 10
        if self.contract.number > 1:  # step 1 serves one client after another: who stays, stops it
            kinds += [Load._short] * 4 + [Load._too_long] * 2 + [Load._rude] * 2 + [Load._silent] * 2
        clients = [asyncio.create_task(self._client(kind)) for kind in (kinds * 2)[:CLIENTS]]
        enough = asyncio.create_task(self.enough.wait())
        done, _ = await asyncio.wait([enough, *clients], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {enough}:
            task.result()
        check(self.enough.is_set(), f"only {self.contract.replies} replies in {PATIENCE} s")
        self.ending = True
        result = await asyncio.to_thread(send_signal)
        await asyncio.wait_for(asyncio.gather(*clients), PATIENCE)
        return result


def attempt(binary, name, signal, seed):
    """Returns the seconds that the step took to leave."""
    options = [word for option in sorted(USES[name] & OPTIONS.keys()) for word in (option, OPTIONS[option])]
    with Step(binary, "--max-line", str(MAX_LINE), *options) as step:
        contract = Contract(name)
        status, seconds = asyncio.run(Load(contract, step.port, seed).run(lambda: step.end(SIGNALS[signal])))
        check(status == 0, f"{signal} ended it with status {status}; standard error has: {step.stderr()}")
        check(step.rest_of_stdout() == "", "there is more than one line on standard output")
        if contract.number < 4:
            check(step.stderr() == "", f"standard error has: {step.stderr()}")
            return seconds
        check_counts(contract, *counts(step))
        return seconds


def check_counts(contract, received, processed, dropped):
    seen = f"received {received}, processed {processed}, dropped {dropped}; clients saw {contract.events} replies to events"
    check(received >= processed + dropped, seen)
    check(received >= contract.events, seen)
    if contract.number == 10:
        check(received == processed + dropped, f"not all that was accepted is processed: {seen}")
        check(processed >= contract.accepted, f"{seen}, {contract.accepted} of them accepted")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--step", choices=USES, required=True)
    parser.add_argument("--signal", choices=SIGNALS, required=True)
    parser.add_argument("--exit-within", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    print(f"--seed {arguments.seed}")

    # On a busy machine one try may be unlucky; a step that is slow to leave is slow every time.
    took = []
    with reported(f"step{arguments.step}"):
        while not took or took[-1] > arguments.exit_within:
            check(len(took) < 3, f"took {took} seconds to leave")
            took.append(attempt(arguments.bin / f"step{arguments.step}", arguments.step, arguments.signal, arguments.seed))
    print(f"left after {took} seconds")


if __name__ == "__main__":
    main()
