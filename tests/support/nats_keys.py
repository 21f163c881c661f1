"""What `nsc` would make: an operator of NATS, two accounts and users with credentials, as tokens signed with Ed25519.

The format is that of nats-io/nkeys (base32 of a prefix, a key and a CRC-16) and nats-io/jwt, version 2."""
import base64
import binascii
import ctypes
import ctypes.util
import hashlib
import json
import os
import time

SEED, OPERATOR, ACCOUNT, USER = 18 << 3, 14 << 3, 0, 20 << 3
UNLIMITED = {**dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1), "wildcards": True}
STORES = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)


def library():
    """libsodium, which station itself is linked with."""
    return ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")


def in_letters(data):
    """XMODEM's checksum is what binascii has."""
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode().rstrip("=")


def base64_url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    def __init__(self, kind):
        seed, public, self._secret = os.urandom(32), ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        library().crypto_sign_seed_keypair(public, self._secret, seed)
        self.public = in_letters(bytes([kind]) + public.raw)
        self.seed = in_letters(bytes([SEED | kind >> 5, (kind & 31) << 3]) + seed)

    def sign(self, text):
        signature, data = ctypes.create_string_buffer(64), text.encode()
        library().crypto_sign_detached(signature, None, data, ctypes.c_ulonglong(len(data)), self._secret)
        return signature.raw


def token(issuer, subject, name, **claims):
    body = {"iat": int(time.time()), "iss": issuer.public, "sub": subject.public, "name": name,
            "nats": {"version": 2, **claims}}
    body["jti"] = in_letters(hashlib.sha256(json.dumps(body).encode()).digest())
    text = ".".join(base64_url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
    return f"{text}.{base64_url(issuer.sign(text))}"


class Operator:
    def __init__(self):
        self.key, self.account, self.system = Key(OPERATOR), Key(ACCOUNT), Key(ACCOUNT)

    def config(self):
        """For nats-server: who is let in, and where JetStream is."""
        none = {"default_permissions": {"pub": {}, "sub": {}}}
        of_operator = token(self.key, self.key, "operator", type="operator", system_account=self.system.public)
        of_account = token(self.key, self.account, "account", type="account", limits={**UNLIMITED, **STORES}, **none)
        of_system = token(self.key, self.system, "system", type="account", limits=UNLIMITED, **none)
        return (f"operator: {of_operator}\nsystem_account: {self.system.public}\nresolver: MEMORY\n"
                f"resolver_preload: {{ {self.account.public}: {of_account}, {self.system.public}: {of_system} }}\n")

    def credentials(self, path, right=True):
        """A file with what a new user has; wrong: with the key of another one."""
        user = Key(USER)
        claims = token(self.account, user, "user", type="user", pub={}, sub={}, subs=-1, data=-1, payload=-1)
        seed = (user if right else Key(USER)).seed
        with open(path, "w", encoding="ascii") as file:
            for name, text in (("NATS USER JWT", claims), ("USER NKEY SEED", seed)):
                file.write(f"-----BEGIN {name}-----\n{text}\n------END {name}------\n\n")
        return path
