"""What a member asks over HTTP, and how long each answer took."""
import http.client
import json
import time
from urllib.parse import quote

CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxyz", "aeiou"


def word(rank):
    """A word that `station chat seed` says: the first in every third message, number 40,000 in some ten of a million."""
    left, letters = rank * 7919 + 17, ""
    while left > 0:
        letters += CONSONANTS[left % 21] + VOWELS[left % 5]
        left //= 21
    return letters


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))] if values else None


class Asker:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.cookie = None

    def ask(self, method, path, body=None):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        self.connection.request(method, "/chat/api" + path, body, headers)
        response = self.connection.getresponse()
        data = response.read()
        if response.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {response.status} {data[:200]!r}")
        if response.headers["Set-Cookie"]:
            self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        return json.loads(data)

    def sign_in(self, login, password="station-seed"):
        self.ask("POST", "/session", {"login": login, "password": password})
        return self

    def join(self, code, login):
        self.ask("POST", f"/join/{code}", {"name": login, "login": login, "password": "station-seed"})
        return self

    def time(self, path):
        began = time.perf_counter()
        answer = self.ask("GET", path)
        return (time.perf_counter() - began) * 1e3, answer


def pages(asker, rooms, times):
    """Milliseconds for pages of 40: the newest, then from one page to the one before it, here and there."""
    took, before = [], {}
    for i in range(times):
        room = rooms[i * 31 % len(rooms)]
        ms, answer = asker.time(f"/rooms/{room}/messages" + (f"?before={before[room]}" if room in before else ""))
        took.append(ms)
        before.pop(room, None)
        if len(answer) == 40:
            before[room] = answer[0]["id"]
    return took


def searches(asker, ranks):
    took, found = [], 0
    for rank in ranks:
        ms, answer = asker.time(f"/search?q={quote(word(rank))}&limit=40")
        took.append(ms)
        found += len(answer)
    return took, found
