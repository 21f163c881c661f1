"""Exercise torn_tail: what recovery cuts, and what it must never cut."""

import json

from . import log_files as files
from .bench import Failed

SOURCE = "station/log/torn_tail.cpp"
RULE = (f"Damage is what lies before the durable end, torn is the rest: what proof_of says of a record, "
        f"and what judge_tail makes of it, in {SOURCE}")


def recover(bench, folder):
    """Opens the bus to write, which recovers every topic in it."""
    bench.run("publish", "--dir", folder, "--topic", "unrelated", "this opens the folder")


def first_difference(a, b):
    return next((index for index, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def expect_cut(folder, topic, before, at, what):
    """The segment ends at byte `at` now, and what was cut is kept."""
    after = files.read_segment(folder, topic)
    if after[:at] != before[:at] or any(after[at:]):
        lost = len(after) < at or after[:at] != before[:at]
        cause = f"more than the torn tail was cut ({what}): " if lost else f"the torn tail was not cut ({what}): "
        kept = first_difference(after, before)
        raise Failed(f"{cause}the first {kept} bytes are as they were, expected {at}", RULE)
    tail = before[at:].rstrip(b"\0")
    kept = files.torn_files(folder, topic).get(f"log-00000001.torn-{at}", b"")
    if kept.rstrip(b"\0") != tail:
        raise Failed(f"what was cut ({what}) is not kept in log-00000001.torn-{at}",
                     "Cut where the first torn place begins, and nowhere else")


def expect_untouched(folder, topic, before, what):
    after = files.read_segment(folder, topic)
    if after[: len(before)] != before or files.torn_files(folder, topic):
        cut = first_difference(after, before)
        behind = before.count(b"STN1", cut + 1)
        raise Failed(f"{what}: the log was cut at byte {cut}, and with it went {behind} records behind that place",
                     RULE)


def expect_damage(bench, folder, topic, what):
    done = bench.run("publish", "--dir", folder, "--topic", topic, "nobody may write behind damage")
    if done.returncode != 1:
        raise Failed(f"{what}: the topic takes new events, as if nothing were damaged",
                     "Report every gap that was durable as a Loss; recovery does the rest")


def verdicts(bench, folder):
    done = bench.run("verify", "--dir", folder, "--json")
    return {verdict["topic"]: verdict for verdict in map(json.loads, done.stdout.splitlines())}


def sound_logs_stay(bench):
    logs = {"synced": files.Log().add_synced(5), "grouped": files.Log().add_synced(1).add_group(6),
            "empty": files.Log()}
    before = {name: bytes(log.bytes) for name, log in logs.items()}
    folder = files.write_topics(bench.folder / "data", {name: [data] for name, data in before.items()})
    recover(bench, folder)
    for name, data in before.items():
        expect_untouched(folder, name, data, f"a sound log ({name})")
    return f"{len(logs)} logs"


def every_torn_tail_is_cut(bench):
    log = files.Log().add_synced(2)
    whole = bytes(files.Log().add_synced(3).bytes)
    end = len(log.bytes)
    tails = {f"cut-{size}": whole[: end + size] for size in range(1, len(whole) - end)}
    tails["zeros"] = bytes(log.bytes) + bytes(500)
    tails["noise"] = bytes(log.bytes) + bytes((index * 37 + 11) % 251 + 1 for index in range(300))
    tails["half-then-zeros"] = whole[: end + 40] + bytes(200)
    folder = files.write_topics(bench.folder / "data", {name: [data] for name, data in tails.items()})
    recover(bench, folder)
    for name, data in tails.items():
        expect_cut(folder, name, data, end, f"a last record cut short: {name}")
    receipt = json.loads(bench.run("publish", "--dir", folder, "--topic", "cut-1", "the next one").stdout)
    if receipt["offset"] != 2:
        raise Failed(f"the event behind a cut got offset {receipt['offset']}, expected 2", RULE)
    broken = [name for name, verdict in verdicts(bench, folder).items() if verdict["damage"]]
    if broken:
        raise Failed(f"after the cut, {broken[0]!r} is damaged", RULE)
    return f"{len(tails)} tails"


def damage_is_never_cut(bench):
    log = files.Log().add_synced(6)
    places = {"MAGIC": 0, "LEN": 9, "EVENT_ID": 14, "OFFSET": 37, "PAYLOAD": 55,
              "CRC32C": log.end_of(0) - log.starts[0] - 2}
    before = {}
    for index in range(4):
        for name, at in places.items():
            before[f"record-{index}-{name}"] = bytes(log.broken(index, at))
    folder = files.write_topics(bench.folder / "data", {name: [data] for name, data in before.items()})
    recover(bench, folder)
    for name, data in before.items():
        expect_untouched(folder, name, data, f"a broken record that was durable ({name}), with valid ones behind it")
    seen = verdicts(bench, folder)
    for name in before:
        if not seen[name]["damage"] or seen[name]["events"] != 5:
            raise Failed(f"{name}: verify sees {seen[name]['events']} events and {len(seen[name]['damage'])} damaged "
                         f"places, expected 5 and 1", RULE)
    for index in range(4):
        name = f"record-{index}-PAYLOAD"
        expect_damage(bench, folder, name, f"a broken record that was durable ({name})")
        came = bench.run("replay", "--dir", folder, "--topic", name).stdout.splitlines()
        wanted = [payload for at, payload in enumerate(log.payloads) if at != index]
        if came != wanted:
            raise Failed(f"{name}: replay gives {len(came)} events, expected the {len(wanted)} before and behind the "
                         f"damage", RULE)
    return f"{len(before)} broken records"


def torn_groups_are_cut(bench):
    log = files.Log().add_synced(2).add_group(5)
    before = {}
    wanted = {}
    for index in range(2, 7):
        before[f"record-{index}"] = bytes(log.broken(index, 55))
        wanted[f"record-{index}"] = log.starts[index]
    two = log.broken(3, 55)
    two[log.starts[5] + 20] ^= 0xFF
    before["record-3-and-5"], wanted["record-3-and-5"] = bytes(two), log.starts[3]
    hole = bytearray(log.bytes)
    hole[log.starts[2] : log.starts[4]] = bytes(log.starts[4] - log.starts[2])
    before["two-of-zeros"], wanted["two-of-zeros"] = bytes(hole), log.starts[2]
    folder = files.write_topics(bench.folder / "data", {name: [data] for name, data in before.items()})
    recover(bench, folder)
    for name, data in before.items():
        expect_cut(folder, name, data, wanted[name], f"a hole in a group of which nothing was synced: {name}")
    # Nothing that was cut may come back to life behind what is written next.
    bench.run("publish", "--dir", folder, "--topic", "record-2", "new")
    came = bench.run("replay", "--dir", folder, "--topic", "record-2").stdout.splitlines()
    if came != [*log.payloads[:2], b"new"]:
        raise Failed(f"after a cut and a new event, replay gives {came}", RULE)
    return f"{len(before)} groups with holes"


def every_proof_counts(bench):
    base = files.Log().add_synced(2).add(b"broken")
    at = base.starts[2]
    broken = base.broken(2, 55)
    behind = len(broken)

    def followed_by(unsynced):
        return bytes(broken) + files.record(3, b"behind", unsynced)

    cases = {
        # name: (segments, cut there or None: damage)
        "proof-ends-where-it-broke": ([followed_by(behind - at)], at),
        "proof-reaches-one-byte-into-it": ([followed_by(behind - at - 1)], None),
        "proof-of-all": ([followed_by(0)], None),
        "proof-unknown": ([followed_by(files.UNSYNCED_UNKNOWN)], at),
        "proof-larger-than-the-file": ([followed_by(behind + 1)], at),
        "next-segment-says-durable": ([bytes(broken), bytes(files.Log(3, flags=1).add(b"3", 32).bytes)], None),
    }
    folder = files.write_topics(bench.folder / "data", {name: segments for name, (segments, _) in cases.items()})
    recover(bench, folder)
    for name, (segments, cut) in cases.items():
        if cut is None:
            expect_untouched(folder, name, segments[0],
                             f"a broken record that something proves to have been durable ({name})")
            expect_damage(bench, folder, name, name)
        else:
            expect_cut(folder, name, segments[0], cut,
                       f"a broken record that nothing proves to have been durable: {name}")
    return f"{len(cases)} proofs"


def a_missing_end(bench):
    """What a clean close has promised is gone; and segments that do not follow one another."""
    folder = bench.folder / "closed"
    for text in ("one", "two", "three"):
        bench.run("publish", "--dir", folder, "--topic", "t", text, by=bench.reference)
    path = folder / "topics/t" / files.segment_name(1)
    data = path.read_bytes()
    starts = [at for at, _ in files.split_records(data)]
    path.write_bytes(data[: starts[2]])
    expect_damage(bench, folder, "t", "the last record, closed cleanly, is missing from the file")

    first = files.Log().add_synced(3)
    # The first segment lost its last record; the next one says nothing about it.
    cut_short = bytes(first.bytes[: first.starts[2]])
    apart = files.write_topics(bench.folder / "apart",
                               {"t": [cut_short, bytes(files.Log(3, flags=0).add(b"3", 32).bytes)]})
    recover(bench, apart)
    after = files.read_segment(apart, "t")
    if after.rstrip(b"\0") != cut_short.rstrip(b"\0"):
        raise Failed("the first segment was changed, though all that is left of it holds", RULE)
    came = bench.run("replay", "--dir", apart, "--topic", "t").stdout.splitlines()
    if came != first.payloads[:2]:
        raise Failed(f"a segment whose end nothing proves is followed by one that begins later: replay gives {came}, "
                     f"expected the log to end there",
                     "Cut at scan.end where the next segment begins elsewhere and nothing proves that there was more")
    return "an end that was durable, and one that nothing proves"


CHECKS = (
    ("torn_tail.sound-logs-stay", sound_logs_stay),
    ("torn_tail.every-torn-tail-is-cut", every_torn_tail_is_cut),
    ("torn_tail.damage-is-never-cut", damage_is_never_cut),
    ("torn_tail.torn-groups-are-cut", torn_groups_are_cut),
    ("torn_tail.every-proof-counts", every_proof_counts),
    ("torn_tail.a-missing-end", a_missing_end),
)
