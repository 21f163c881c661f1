"""Exercise cursor: every event once, in order, replayed or live; and sleep where there is nothing."""

import json
import socket
import time

from .bench import Failed

SOURCE = "station/log/cursor_follow.cpp"
SMALL = ("--segment-bytes", "4096")  # some fifty events of a few bytes
WIDE = 1200  # bytes: three events a segment


def payload(number, width=0):
    return (b"event %06d" % number).ljust(width, b".")


def publish(bench, folder, numbers, width=0):
    lines = b"".join(payload(number, width) + b"\n" for number in numbers)
    done = bench.run("publish", "--dir", folder, "--topic", "t", "--durability", "os", *SMALL, stdin=lines,
                     by=bench.reference)
    if done.returncode != 0:
        raise Failed(f"the reference can't publish: {done.stderr.decode().strip()}", "Is there room on the disk?")


def compare(came, first, count, what, width=0):
    """Each event once, in order, from `first` on."""
    for index, line in enumerate(came):
        if index == count:
            raise Failed(f"{what}: {len(came)} events came, expected {count}",
                         f"Each event once: look at the limits in poll(), {SOURCE}")
        if line != payload(first + index, width):
            raise Failed(f"{what}: in place {index} came {line[:40].decode(errors='replace')!r}, expected "
                         f"{payload(first + index).decode()!r}",
                         f"Read a segment to its end, then the next one from behind its header: {SOURCE}")
    if len(came) < count:
        raise Failed(f"{what}: {len(came)} of {count} events came, the last one "
                     f"{came[-1][:40].decode() if came else 'none'!r}",
                     f"Where a segment is sealed and read to its end, go on with the next one: next_segment() in "
                     f"{SOURCE}")


def segments(folder):
    return len(list((folder / "topics/t").glob("*.seg")))


def reads_every_segment(bench):
    folder = bench.folder / "data"
    # Each run is a start, and a batch never spans what two runs have written.
    for begin in range(0, 2000, 500):
        publish(bench, folder, range(begin, begin + 500))
    compare(bench.run("replay", "--dir", folder, "--topic", "t").stdout.splitlines(), 0, 2000,
            "replay from the beginning")
    return f"2,000 events in {segments(folder)} segments"


def starts_anywhere(bench):
    folder = bench.folder / "data"
    publish(bench, folder, range(600))
    known = bench.run("replay", "--dir", folder, "--topic", "t", "--json", by=bench.reference).stdout
    events = [json.loads(line) for line in known.splitlines()]
    starts = 0
    for index in (0, 1, 38, 39, 40, 41, 299, 598, 599):
        for kind in (f"offset:{index}", f"event:{events[index]['id']}"):
            for exclusive in (0, 1):
                options = ["--exclusive"] if exclusive else []
                came = bench.run("replay", "--dir", folder, "--topic", "t", "--from", kind,
                                 *options).stdout.splitlines()
                first = index + exclusive
                compare(came, first, 600 - first, " ".join(["replay from", kind.split(":")[0], str(index), *options]))
                starts += 1
    for limit in (1, 45, 600):
        came = bench.run("replay", "--dir", folder, "--topic", "t", "--limit", limit).stdout.splitlines()
        compare(came, 0, limit, f"replay --limit {limit}")
    return f"{starts} starts, 3 limits"


def follow(bench, folder, start):
    return bench.start("tail", "--dir", folder, "--topic", "t", "--from", start)


def expect_lines(follower, count, what):
    if not follower.read_until(lambda lines: len(lines) >= count):
        came = len(follower.lines)
        raise Failed(f"{what}: after {came} of {count} events nothing more came, and there is more",
                     f"Is the next segment read, and is whoever sleeps woken? next_segment() and sleep_until() in "
                     f"{SOURCE}")


def no_seam(bench):
    """Followers that come before, during and after what is written, while the writer changes segments all the time."""
    folder = bench.folder / "data"
    publish(bench, folder, range(200), WIDE)
    followers = {0: follow(bench, folder, "beginning"), 150: follow(bench, folder, "offset:150")}
    for begin in range(200, 1400, 300):
        publish(bench, folder, range(begin, begin + 300), WIDE)
        followers[begin + 100] = follow(bench, folder, f"offset:{begin + 100}")
    for first, follower in followers.items():
        what = f"a follower from offset {first} while others write"
        expect_lines(follower, 1400 - first, what)
        compare(follower.lines, first, 1400 - first, what, WIDE)
        if follower.interrupt() != 0:
            raise Failed("a follower does not end with status 0 when it is interrupted",
                         f"sleep_until() must look at cancelled_: {SOURCE}")
    return f"{len(followers)} followers of 1,400 events in {segments(folder)} segments"


def wakes_for_every_event(bench):
    """Events in pairs: the first one wakes the follower, the second one comes just when it goes to sleep again."""
    pairs = 400
    folder = bench.folder / "data"
    publish(bench, folder, range(1))
    follower = follow(bench, folder, "beginning")
    expect_lines(follower, 1, "the first event")
    publisher = bench.start("publish", "--dir", folder, "--topic", "t", "--durability", "os", *SMALL,
                            by=bench.reference)
    for pair in range(pairs):
        first = 1 + 2 * pair
        publisher.send(payload(first))
        publisher.read_until(lambda lines, count=first: len(lines) >= count)
        pause(pair % 100 * 2e-6)
        publisher.send(payload(first + 1))
        expect_lines(follower, first + 2, f"events {first} and {first + 1}, the second one just behind the first")
    compare(follower.lines, 0, 2 * pairs + 1, "two events at a time")
    return f"{pairs} pairs of events"


def pause(seconds):
    """Shorter than a sleep can be."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def sleeps(bench):
    folder = bench.folder / "data"
    publish(bench, folder, range(10))
    follower = follow(bench, folder, "beginning")
    expect_lines(follower, 10, "ten events")
    # Whoever looks again and again is seen however busy the machine is; whoever sleeps has nothing to wake up for.
    best = None
    for _ in range(3):
        before = follower.wake_ups()
        time.sleep(0.6)
        woke = follower.wake_ups() - before
        best = woke if best is None else min(best, woke)
        if best <= 3:
            break
    if best > 3:
        raise Failed(f"a follower with nothing to read woke up {best} times in 0.6 s",
                     f"Sleep until somebody wakes you: the waiter in sleep_until(), {SOURCE}")
    return f"{best} wake-ups in 0.6 s of nothing"


def serves_subscribers(bench):
    """The server's subscriptions go through wait(), and through the same poll()."""
    folder = bench.folder / "data"
    publish(bench, folder, range(300))
    server = bench.start("serve", "--data", folder, "--port", "0", "--line-port", "0", "--durability", "os", *SMALL)
    if not server.read_until(lambda lines: len(lines) >= 2):
        raise Failed("station serve does not start", "Run the command of the trace by hand")
    port = int(server.lines[1].rsplit(b":", 1)[1])
    with connect(bench, port) as reader, connect(bench, port) as writer:
        reader.sendall(b'{"type":"subscribe","topic":"t","from":"beginning"}\n')
        for number in range(300, 500):
            text = {"type": "publish", "topic": "t", "payload": payload(number).decode()}
            writer.sendall(json.dumps(text).encode() + b"\n")
        compare(messages(reader, 500), 0, 500, "a subscriber of station serve")
        writer.recv(1 << 20)
    return "500 events to a subscriber, 200 of them live"


def connect(bench, port):
    return socket.create_connection(("127.0.0.1", port), bench.patience)


def messages(client, count):
    came = []
    rest = b""
    while len(came) < count:
        try:
            piece = client.recv(1 << 16)
        except socket.timeout:
            piece = b""
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        for line in map(json.loads, lines):
            if line.get("type") == "message":
                came.append(line["payload"].encode())
    return came


CHECKS = (
    ("cursor.reads-every-segment", reads_every_segment),
    ("cursor.starts-anywhere", starts_anywhere),
    ("cursor.no-seam", no_seam),
    ("cursor.wakes-for-every-event", wakes_for_every_event),
    ("cursor.sleeps-when-there-is-nothing", sleeps),
    ("cursor.serves-subscribers", serves_subscribers),
)
