"""What clients saw acknowledged, and what the log holds: the judge of every scenario with real processes.

Each payload begins with its sender's name and a number that it never uses twice, so that an event found can only be one
thing. A run is what happens between two starts of the station.
"""
from harness import Wrong


class Tally:
    def __init__(self):
        self.acknowledged = self.found = self.lost = self.doubled = self.out_of_order = self.strangers = 0
        self.sent_again = 0
        self.examples = []

    def wrong(self):
        return self.lost + self.doubled + self.out_of_order + self.strangers

    def numbers(self):
        return {name: getattr(self, name) for name in
                ("acknowledged", "found", "sent_again", "lost", "doubled", "out_of_order", "strangers")}

    def note(self, words):
        if len(self.examples) < 5:
            self.examples.append(words)


class Sender:
    """What one client sent in this run, and which of it was acknowledged, in order: (offset, place in sent, when)."""

    def __init__(self, name):
        self.name = name
        self.sent = []
        self.acknowledged = []

    def begin_run(self):
        """What was sent and not acknowledged is what an honest client sends again."""
        answered = {place for _, place, _ in self.acknowledged}
        again = [payload for place, payload in enumerate(self.sent) if place not in answered]
        self.sent, self.acknowledged = [], []
        return again

    def acknowledge(self, offset, place, when=0.0):
        self.acknowledged.append((offset, place, when))


class Topic:
    """A topic as it was seen at the last look."""

    def __init__(self, name):
        self.name = name
        self.payloads = []

    def look(self, events, first, senders, tally, may_lose=None):
        """events: (offset, payload) from offset `first` on. may_lose: judges what was acknowledged and is gone, a list
        of (offset, payload, when), with what is left; without it, nothing may be."""
        before = len(self.payloads)
        found = dict(events)
        offsets = [offset for offset, _ in events]
        if offsets != list(range(first, first + len(offsets))):
            tally.out_of_order += 1
            tally.note(f"{self.name}: offsets are not one after the other from {first} on")
        end = first + len(events)
        self._compare_with_before(found, first, min(before, end), tally)
        gone = [(offset, self.payloads[offset], None) for offset in range(end, before)]
        self.payloads[first:] = [payload for _, payload in events]
        gone += self._acknowledged_and_gone(found, senders, tally)
        self._compare_with_sent(before, senders, tally)
        tally.found += max(0, end - before)
        if may_lose is not None:
            may_lose(gone, end)
        else:
            tally.lost += len(gone)
            for offset, payload, _ in gone[:3]:
                tally.note(f"{self.name}: '{payload[:40]}' was safe at offset {offset} and is not there")

    def _compare_with_before(self, found, first, upto, tally):
        for offset in range(first, upto):
            if found.get(offset) != self.payloads[offset]:
                tally.out_of_order += 1
                tally.note(f"{self.name}: offset {offset} was {self.payloads[offset][:40]!r} and is "
                           f"{found.get(offset)!r}")

    def _acknowledged_and_gone(self, found, senders, tally):
        gone = []
        for sender in senders:
            tally.acknowledged += len(sender.acknowledged)
            last = -1
            for offset, place, when in sender.acknowledged:
                if offset <= last:
                    tally.out_of_order += 1
                    tally.note(f"{sender.name}: offset {offset} was acknowledged behind {last}")
                last = offset
                if found.get(offset) != sender.sent[place]:
                    gone.append((offset, sender.sent[place], when))
        return sorted(gone, key=lambda one: one[0])

    def _compare_with_sent(self, before, senders, tally):
        """What got in of one run is part of what was sent in it, in that order, each no oftener than it was sent."""
        places = {sender.name: {payload: place for place, payload in enumerate(sender.sent)} for sender in senders}
        last = {sender.name: -1 for sender in senders}
        for offset in range(before, len(self.payloads)):
            payload = self.payloads[offset]
            name = owner(payload)
            place = places.get(name, {}).get(payload)
            if place is None:
                tally.strangers += 1
                tally.note(f"{self.name}: nobody sent {payload[:60]!r} in this run, and it is at offset {offset}")
            elif place == last[name]:
                tally.doubled += 1
                tally.note(f"{self.name}: {payload[:40]!r} is there twice, and was sent once")
            elif place < last[name]:
                tally.out_of_order += 1
                tally.note(f"{self.name}: {payload[:40]!r} is behind what was sent after it")
            if place is not None:
                last[name] = max(last[name], place)


def owner(payload):
    return payload.split('"', 4)[3] if payload.startswith("{") else payload.split(" ", 1)[0]


def must_be_clean(tally):
    if tally.wrong():
        raise Wrong("; ".join(tally.examples))


def prove_that_it_judges(name):
    """The control of every ledger: one acknowledged event taken out, one doubled, two swapped."""
    caught = 0
    for change in ("lost", "doubled", "out_of_order"):
        sender = Sender("control")
        sender.sent = [f"control {i}" for i in range(10)]
        for place in range(10):
            sender.acknowledge(place, place)
        payloads = list(sender.sent)
        if change == "lost":
            del payloads[4]
        elif change == "doubled":
            payloads.insert(4, payloads[4])
        else:
            payloads[4], payloads[5] = payloads[5], payloads[4]
        tally = Tally()
        Topic(name).look(list(enumerate(payloads)), 0, [sender], tally)
        if getattr(tally, change) > 0:
            caught += 1
    if caught != 3:
        raise Wrong("a ledger with an event lost, doubled or out of place was believed: this proves nothing")
    return caught
