"""A real small file system that fills up under load and gets room again: a clear error, reads go on, writes work again.

A server on a tmpfs of a few megabytes, publishers at all doors, a reader that goes on reading; then `verify`.
"""
import os
import time

from harness import check, end, until
from ledger import Tally, must_be_clean, prove_that_it_judges
from load import Load
from loop_disk import SmallDisk
from server import Server

COUNT, UNIT = 9, "full disks"
MODES = ["always", "os", "batch:20,50"]
FULL = {"disk_full", "the disk is full"}


def is_full(refusal):
    return refusal.get("error") in FULL or refusal.get("reason") in FULL


def fill_once(run, number):
    disk = SmallDisk(run, 4)
    data = os.path.join(disk.mount_point, "data")
    server = Server(run, data, "--durability", MODES[number % len(MODES)], "--segment-bytes",
                    str(run.random.choice([65536, 262144, 268435456])))
    run.cleanup.add(end, server.process)
    server.open()
    disk.fill(2 << 20)
    load = Load(run.random)
    tally = Tally()
    load.start(server)
    until(lambda: all(any(is_full(refusal) for refusal in list(producer.refused)) for producer in load.producers[1:]),
          "every door says that the disk is full")
    # Readers go on, and nothing of what was acknowledged so far is missing.
    status, _ = server.get("/api/topics/shared/events?from=offset:0")
    check(status == 200, "readers do not go on:", status)
    check(server.get("/health")[0] == 200, "a full disk makes the server unhealthy")
    before = load.acknowledged()
    disk.make_room()
    until(lambda: all(len(producer.acknowledged) > 0 for producer in load.producers) and
          load.acknowledged() > before + 200, "writes work again")
    time.sleep(0.05)
    server.kill()
    load.join()
    bad = [refusal for producer in load.producers for refusal in producer.refused if not is_full(refusal)]
    check(not bad, "refused for another reason:", bad[:2])
    run.add(refused=sum(len(producer.refused) for producer in load.producers))
    again = Server(run, data)
    run.cleanup.add(end, again.process)
    again.open()
    load.look(again, tally)
    check(again.stop() == 0, "the station does not stop:", again.stderr())
    run.station_command("verify", "--dir", data)
    for name, value in tally.numbers().items():
        run.add(**{name: value})
    must_be_clean(tally)


def run(run):
    run.report["control_caught"] = prove_that_it_judges("disk-full")
    for number in range(run.count):
        fill_once(run, number)
        run.add(full_disks=1)
