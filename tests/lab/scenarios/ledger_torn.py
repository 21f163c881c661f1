"""The end of a killed ledger is cut off, or zeros or noise take its place, anywhere in its last four records.

Checkpoint, tree and keys lie beside it and know more than the log then. Must hold: exactly the events before the cut, a
batch that the cut goes through as a whole not; keys of what is gone are new again, all others are known; it goes on.
"""
import os

from harness import check
from ledger_judge import Folder, Promises, folder_in_memory, judge, prove_that_it_judges
import read_log

COUNT, UNIT = 200, "torn ends"
ERASED = 7


def last_segment(folder):
    names = sorted(name for name in os.listdir(folder.topic) if name.endswith(".seg"))
    for name in reversed(names):
        path = os.path.join(folder.topic, name)
        records = list(read_log.read_segment(path, True))
        if records:
            return path, records
    return None, []


def record_end(data, record):
    return record["position"] + read_log.PREFIX.size + read_log.PREFIX.unpack_from(data, record["position"])[3]


def tear(random, data, begin, end, last):
    """The bytes as they are then, and from where on none is to be believed."""
    at = random.randrange(begin, end)
    way = random.choice(["cut", "zeros", "noise"])
    if way == "cut":
        return data[:at], at
    if way == "zeros":  # where there were zeros already, nothing has changed
        used = len(data.rstrip(b"\0"))
        return data[:at] + bytes(len(data) - at), at if any(data[at:used]) else len(data)
    at = random.randrange(last, end)
    return data[:at] + bytes([data[at] ^ random.randint(1, 255)]) + data[at + 1:], at


def what_is_left(promises, upto, events):
    """The promises that the cut leaves, and the offsets of the events that it leaves."""
    whole = {event["offset"] for event in events if event["offset"] < upto and
             (event["batch"] is None or event["batch"]["first"] + event["batch"]["count"] <= upto)}
    left = Promises()
    left.events = [promise for promise in promises.events if promise[2] in whole]
    left.tried, left.next_key, left.forgetting = promises.tried, promises.next_key, promises.forgetting
    left.appended = {key: ["done"] for key, _, _, _ in left.events if key is not None}
    kept = {event_id for _, event_id, _, _ in left.events}
    left.secrets = [event_id for event_id in promises.secrets if event_id in kept]
    for entity, count in promises.forgotten.items():
        left.forgotten[entity] = sum(1 for event_id in promises.secrets[:count] if event_id in kept)
    return left, whole


def once(run):
    folder = run.last_folder = Folder(run, folder_in_memory(run))
    life = folder.live("--durability", run.random.choice(["os", "always"]), "--threads", "3")
    life.read_lines(run.random.choice([10, 30, 60, 150]))
    life.kill()
    folder.look(last=True)
    path, records = last_segment(folder)
    with open(path, "rb") as file:
        data = file.read()
    # What was forgotten is gone only behind a sync: no torn end takes an ERASED with it.
    erased = max((event["offset"] for event in folder.events if event["header"]["event_kind"] == ERASED), default=-1)
    torn = [record for record in records[-4:] if record["offset"] > erased]
    if not torn:
        return
    torn_data, from_byte = tear(run.random, data, torn[0]["position"], record_end(data, torn[-1]), torn[-1]["position"])
    with open(path, "wb") as file:
        file.write(torn_data)
    upto = next((record["offset"] for record in records if record_end(data, record) > from_byte),
                records[-1]["offset"] + 1)
    before, promises = folder.events, folder.promises
    folder.promises, whole = what_is_left(promises, upto, before)
    folder.live("--appends", "5", "--threads", "2").finish()
    folder.look(last=True)
    same = [(event["id"], event["event_hash"]) for event in before if event["offset"] in whole]
    found = [(event["id"], event["event_hash"]) for event in folder.events if event["offset"] < upto]
    check(found == same, f"the cut is before global sequence {upto}; {len(same)} events lie before it, and there are",
          len(found))
    run.add(torn=1, control_caught=int(bool(judge(folder.events, promises))))
    folder.tally()


def run(run):
    for _ in range(run.count):
        run.attempt(once)
    prove_that_it_judges(run.last_folder)
    check(run.report.get("control_caught", 0) > 0, "what was torn off was not missed: this proves nothing")
