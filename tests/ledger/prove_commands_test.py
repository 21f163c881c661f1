#!/usr/bin/env python3
"""What `station ledger head|prove|check-proof|keygen|forget` promise.

    prove_commands_test.py STATION
"""
import glob
import json
import os
import stat

from ledger_commands import EVENT, ZEROS, LedgerTest, main


class Proving(LedgerTest):
    def setUp(self):
        super().setUp()
        self.receipts = self.append(stdin=b"".join(b"%d\n" % n for n in range(11)))

    def test_an_event_is_proved_and_the_proof_is_checked_without_the_ledger(self):
        head = self.keep("head", self.ledger("head"))
        self.assertEqual(list(self.kept(head)), ["ledger", "origin", "size", "root"])
        proof = self.ledger("prove", self.receipts[3]["event_id"])
        self.assertEqual(list(json.loads(proof)), ["ledger", "origin", "size", "root", "index", "event_id", "prev_hash", "entity",
                                                   "scope", "header", "tail", "payload", "path"])
        file = self.keep("proof", proof)
        self.data = self.path("gone")
        checked, = self.lines("check-proof", "--json", file, "--head", head)
        self.assertEqual(checked, {"proved": True, "ledger": "ledger", "size": 11, "index": 3,
                                   "event_id": self.receipts[3]["event_id"], "entity": "account:7", "scope": "bank"})
        self.assertEqual(len(self.ledger("check-proof", file, "--head", head).splitlines()), 1)
        for field, value in (("index", 4), ("entity", "account:8"), ("scope", "b"), ("payload", "BA=="), ("size", 12),
                             ("event_id", self.receipts[4]["event_id"]), ("root", ZEROS), ("path", []), ("tail", "AA==")):
            forged = self.keep("forged", json.dumps({**json.loads(proof), field: value}))
            self.ledger("check-proof", forged, "--head", head, status=1)
            self.assertIn("station: ", self.words)
        self.ledger("check-proof", head, "--head", head, status=1)
        self.ledger("check-proof", self.path("none"), "--head", head, status=1)
        self.assertIn("No such file", self.words)

    def test_sizes_must_agree_and_a_kept_head_can_still_be_proved_for(self):
        head = self.keep("head", self.ledger("head"))
        self.append("11")
        now = self.keep("now", self.ledger("prove", self.receipts[3]["event_id"]))
        self.ledger("check-proof", now, "--head", head, status=1)
        self.assertIn("size, proof and head differ in it", self.words)
        then = self.keep("then", self.ledger("prove", self.receipts[3]["event_id"], "--head", head))
        self.ledger("check-proof", then, "--head", head)
        late = self.query("--sequences", "11..11")[0]["event_id"]
        self.ledger("prove", late, "--head", head, status=1)
        other = self.kept(head)
        other["root"] = ZEROS
        self.ledger("prove", self.receipts[3]["event_id"], "--head", self.keep("other", json.dumps(other)), status=1)
        self.assertIn("root, proof and head differ in it", self.words)

    def test_the_ledger_goes_on_from_an_old_head(self):
        old = self.keep("old", self.ledger("head"))
        self.append(stdin=b"1\n" * 9)
        head = self.keep("head", self.ledger("head"))
        extension = self.keep("extension", self.ledger("prove", "--from", "11"))
        self.assertEqual(list(self.kept(extension)), ["ledger", "origin", "size", "root", "old_size", "path"])
        self.assertEqual(self.lines("check-proof", "--json", extension, "--head", head, "--old-head", old),
                         [{"proved": True, "ledger": "ledger", "size": 20, "old_size": 11}])
        self.ledger("check-proof", extension, "--head", old, "--old-head", head, status=1)
        self.ledger("check-proof", extension, "--head", head, status=1)
        self.ledger("prove", "--from", "21", status=1)
        self.ledger("prove", "--from", "0")

    def test_signatures(self):
        key = self.path("key")
        public = self.ledger("keygen", key).strip()
        self.assertRegex(public, r"\A[0-9a-f]{64}\Z")
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        content = self.bytes_of(key)
        self.ledger("keygen", key, status=1)
        self.assertIn("File exists", self.words)
        self.assertEqual(self.bytes_of(key), content)
        other = self.lines("keygen", "--json", self.path("other"))[0]["key"]
        head = self.ledger("head", "--sign", key)
        self.assertEqual(list(json.loads(head)), ["ledger", "origin", "size", "root", "key", "signature"])
        self.assertEqual(json.loads(head)["key"], public)
        head = self.keep("head", head)
        proof = self.keep("proof", self.ledger("prove", self.receipts[0]["event_id"]))
        self.ledger("check-proof", proof, "--head", head, "--key", public)
        self.ledger("check-proof", proof, "--head", head, "--key", other, status=1)
        self.assertIn("signed with another key", self.words)
        self.ledger("check-proof", proof, "--head", self.keep("plain", self.ledger("head")), "--key", public, status=1)
        self.assertIn("not signed", self.words)
        forged = {**self.kept(head), "signature": "00" * 64}
        self.ledger("check-proof", proof, "--head", self.keep("forged", json.dumps(forged)), status=1)
        self.ledger("check-proof", proof, "--head", head, "--key", "xyz", status=2)
        self.ledger("head", "--sign", self.path("none"), status=1)
        self.assertIn("No such file", self.words)
        self.ledger("head", "--sign", proof, status=1)
        self.assertIn("no key that `station ledger keygen` wrote", self.words)
        self.ledger("keygen", self.path("no/folder"), status=1)


class Forgetting(LedgerTest):
    def test_what_was_said_is_gone_and_the_ledger_is_sound(self):
        self.append("--erasable", stdin=b'"secret 1"\n"secret 2"\n', entity="person:1", scope="crm")
        self.append('"public"')
        self.assertEqual(self.payloads(), ["secret 1", "secret 2", "public"])
        self.assertNotIn(b"secret", self.bytes_of(self.segment()))
        head = self.keep("head", self.ledger("head"))
        proof = self.keep("proof", self.ledger("prove", self.query()[0]["event_id"]))
        self.assertEqual(self.lines("forget", "--json", "person:1"), [{"entity": "person:1", "forgotten": True}])
        self.assertEqual(self.lines("forget", "--json", "person:1"), [{"entity": "person:1", "forgotten": False}])
        events = self.query()
        self.assertEqual([event["payload"] for event in events], [None, None, "public", None])
        self.assertEqual([event.get("erased") for event in events[:3]], [True, True, None])
        self.assertEqual(list(events[0]), EVENT[:10] + ["erased"] + EVENT[10:])
        self.assertEqual((events[3]["kind"], events[3]["scope"], events[3]["entity"]), ("0:7", "crm", "person:1"))
        self.assertIn("(erased)", self.ledger("stream", "person:1"))
        self.append('"again"', entity="person:1", scope="crm")
        self.assertEqual(self.query()[-1]["payload"], "again")
        self.assertIn("sound", self.ledger("verify", "--head", head))
        self.ledger("check-proof", proof, "--head", head)

    def test_what_cannot_be_forgotten(self):
        self.append("1")
        self.ledger("forget", "account:7", status=1)
        self.assertIn("only an entity whose first event was erasable can be forgotten", self.words)
        self.append("--erasable", "2", status=1)
        self.assertEqual(self.payloads(), [1])

    def test_a_copy_without_keys(self):
        self.append("--erasable", "1")
        for file in glob.glob(os.path.join(self.data, "topics", "ledger", "keys.db*")):
            os.remove(file)
        event, = self.query()
        self.assertEqual((event["payload"], event["no_key"]), (None, True))
        self.append("2", status=1)
        self.assertIn("the entity's key is not here", self.words)
        self.assertIn("sound", self.ledger("verify"))


if __name__ == "__main__":
    main()
