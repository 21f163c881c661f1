"""Exercise chain: a ledger that somebody has edited, and one that nobody has."""

import json
import shutil
import struct

from . import log_files as files
from .bench import Failed

SOURCE = "station/ledger/store/detail/chain_check.cpp"
SEGMENT = files.segment_name(1)

# Who says something, in turn: ann's events are 0, 2, 4, 6, 8, 9 of the ledger.
TOLD = ("ann", "ben", "ann", "eva", "ann", "ben", "ann", "eva", "ann", "ann")


def write_ledger(bench):
    """A ledger of the reference's: its folder, which the checks of one run share, and nobody changes."""
    folder = bench.folder.parents[1] / "ledger"
    if folder.exists():
        return folder
    for owner in TOLD:
        done = bench.run("ledger", "append", "--dir", folder, "--entity", f"account:{owner}", "--scope", "bank",
                         "--kind", "1:3", '{"cents":500}', by=bench.reference)
        if done.returncode != 0:
            raise Failed(f"the reference could not append: {done.stderr!r}", "Look at the commands of the trace")
    return folder


def read_events(folder):
    """Of each record: id, time, unsynced, the event's map."""
    data = (folder / "topics/ledger" / SEGMENT).read_bytes()
    events = []
    for _, record in files.split_records(data):
        identity, time, _, unsynced, _, size = files.FIXED.unpack_from(record, files.PREFIX.size)
        at = files.PREFIX.size + files.FIXED.size
        events.append((identity, time, unsynced, record[at : at + size]))
    return data[: files.HEADER_SIZE], events


def write_edited(bench, sound, name, events):
    """A copy of the folder that holds these events: its log is in order, whatever they say."""
    header, _ = read_events(sound)
    folder = bench.folder / name
    (folder / "topics/ledger").mkdir(parents=True)
    shutil.copy(sound / "bus.meta.json", folder)
    data = bytearray(header)
    for offset, (identity, time, unsynced, event) in enumerate(events):
        covered = files.FIXED.pack(identity, time, offset, 0 if offset else unsynced, 0, len(event)) + event
        covered += struct.pack("<I", 0)
        data += files.PREFIX.pack(b"STN1", 1, 0, len(covered) + 4) + covered
        data += struct.pack("<I", files.crc32c(covered))
    (folder / "topics/ledger" / SEGMENT).write_bytes(data)
    return folder


def verify(bench, folder):
    done = bench.run("ledger", "verify", "--dir", folder, "--json")
    return done.returncode, json.loads(done.stdout)


def expect_named(bench, sound, name, events, at):
    """The edited history is refused at event `at`, and that one is named."""
    status, verdict = verify(bench, write_edited(bench, sound, name, events))
    if verdict["sound"] or status != 1:
        raise Failed(f"{name}: verify says that this history is sound",
                     f"Say what is wrong with that event, in {SOURCE}")
    if verdict.get("global_sequence") != at:
        raise Failed(f"{name}: verify names event {verdict.get('global_sequence')} ({verdict['wrong']}), expected {at}",
                     "Name the first event that can't be what was appended there, and none before it")


def behind(event, mark, at=0):
    """The event's map with another byte behind `mark`."""
    place = event.index(mark) + len(mark) + at
    return event[:place] + bytes([event[place] ^ 1]) + event[place + 1 :]


def changed(events, at, event):
    identity, time, unsynced, _ = events[at]
    return [*events[:at], (identity, time, unsynced, event), *events[at + 1 :]]


def a_sound_ledger(bench):
    sound = write_ledger(bench)
    _, events = read_events(sound)
    for folder in (sound, write_edited(bench, sound, "copied", events)):
        status, verdict = verify(bench, folder)
        if status != 0 or not verdict["sound"]:
            raise Failed(f"nobody has touched this ledger, and verify says: event {verdict.get('global_sequence')}: "
                         f"{verdict.get('wrong')}", f"Look at what is compared with what, in {SOURCE}")
        if (verdict["records"], verdict["entities"]) != (len(TOLD), len(set(TOLD))):
            raise Failed(f"verify counts {verdict['entities']} entities, expected {len(set(TOLD))}",
                         "An entity counts with its first event")
    return f"{len(TOLD)} events"


def every_change(bench):
    sound = write_ledger(bench)
    _, events = read_events(sound)
    marks = {"payload": (b"\xa5cents\xcd", 1), "content_hash": (b"content_hash\xc4\x20", 0),
             "correlation_id": (b"correlation_id\xc4\x10", 15), "event_kind": (b"event_kind\xcd", 1),
             "flags": (b"\xa5flags", 0), "prev_hash": (b"prev_hash\xc4\x20", 9),
             "event_hash": (b"event_hash\xc4\x20", 31), "entity": (b"account:a", 0), "scope": (b"\xa5scope\xa4", 3),
             "event_id": (b"event_id\xc4\x10", 15), "wall_ms": (b"wall_ms\xcf", 7)}
    for at in (0, 9):
        for name, (mark, byte) in marks.items():
            edited = changed(events, at, behind(events[at][3], mark, byte))
            expect_named(bench, sound, f"event-{at}-{name}-changed", edited, at)
    return f"{2 * len(marks)} changes"


def a_missing_event(bench):
    sound = write_ledger(bench)
    _, events = read_events(sound)
    # Behind the one that goes, the next of its entity has moved forward by one.
    cases = {0: 1, 1: 4, 3: 6, 4: 5, 6: 7, 8: 8}
    for at, named in cases.items():
        expect_named(bench, sound, f"event-{at}-missing", [*events[:at], *events[at + 1 :]], named)
    return f"{len(cases)} events"


def moved_or_doubled(bench):
    sound = write_ledger(bench)
    _, events = read_events(sound)
    for one, other in ((0, 2), (4, 6), (3, 7), (1, 3)):
        edited = changed(changed(events, one, events[other][3]), other, events[one][3])
        expect_named(bench, sound, f"events-{one}-and-{other}-swapped", edited, one)
    for at in (0, 4, 9):
        identity, time, _, event = events[at]
        # Ids ascend, or the log itself says that something is wrong.
        again = ((int.from_bytes(identity, "big") + 1).to_bytes(16, "big"), time, 0, event)
        expect_named(bench, sound, f"event-{at}-twice", [*events[: at + 1], again, *events[at + 1 :]], at + 1)
    return "4 swaps, 3 doubles"


CHECKS = (
    ("chain.a-sound-ledger", a_sound_ledger),
    ("chain.every-change-is-named", every_change),
    ("chain.a-missing-event-is-named", a_missing_event),
    ("chain.what-was-moved-or-doubled-is-named", moved_or_doubled),
)
