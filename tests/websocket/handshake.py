"""The opening handshake (RFC 6455, section 4): what is asked, and what must be answered."""
import dataclasses

PROTOCOL = b"station.batch.v1"


@dataclasses.dataclass
class Handshake:
    section: str
    name: str
    status: "int | tuple"               # 101, or what refuses
    headers: dict = dataclasses.field(default_factory=dict)
    line: bytes = b"GET %s HTTP/1.1"
    answer: dict = dataclasses.field(default_factory=dict)  # headers that must be in the response; None: must not


def handshakes(host):
    cases = []

    def ask(section, name, status, answer=None, line=b"GET %s HTTP/1.1", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cases.append(Handshake(section, name, status, named, line, answer or {}))

    version = {"sec-websocket-version": "13"}
    ask("4.2.2", "the plain handshake", 101, {"upgrade": "websocket", "connection": "Upgrade"})
    ask("4.2.2", "no extension where none was offered", 101, {"sec-websocket-extensions": None})
    ask("4.2.1", "no Upgrade", 400, Upgrade=None)
    ask("4.2.1", "another Upgrade", 400, Upgrade=b"websockets")
    ask("4.2.1", "no Connection", 400, Connection=None)
    ask("4.2.1", "Connection without Upgrade", 400, Connection=b"keep-alive")
    ask("4.2.1", "Connection: xUpgrade", 400, Connection=b"xUpgrade")
    ask("4.2.1", "no Host", 400, Host=None)
    ask("4.2.1", "two Hosts", 400, Host=[host, host])
    ask("4.2.1", "Upgrade in capitals", 101, Upgrade=b"WEBSOCKET")
    ask("4.2.1", "Upgrade in mixed case", 101, Upgrade=b"WebSocket")
    ask("4.2.1", "Upgrade in a list", 101, Upgrade=b"h2c, websocket")
    ask("4.2.1", "Connection in lower case", 101, Connection=b"upgrade")
    ask("4.2.1", "Connection in capitals", 101, Connection=b"UPGRADE")
    ask("4.2.1", "Connection in a list", 101, Connection=b"keep-alive, Upgrade")
    ask("4.2.1", "Connection in a list without spaces", 101, Connection=b"keep-alive,Upgrade")
    ask("4.2.1", "Connection in a list with tabs", 101, Connection=b"keep-alive ,\tUpgrade\t")
    ask("4.2.1", "Connection in two headers", 101, Connection=[b"keep-alive", b"Upgrade"])
    ask("4.2.1", "header names in lower case", 101, Upgrade=None, Connection=None, Sec_WebSocket_Version=None,
        upgrade=b"websocket", connection=b"Upgrade", **{"sec-websocket-version": b"13"})
    ask("4.2.1", "header names in capitals", 101, Upgrade=None, Sec_WebSocket_Version=None,
        UPGRADE=b"websocket", **{"SEC-WEBSOCKET-VERSION": b"13"})
    ask("4.2.1", "unknown headers", 101, X_Something=b"else", Cookie=b"a=b")
    ask("4.2.1", "the server's own Origin", 101, Origin=b"http://" + host)

    ask("4.2.1", "no key", 400, Sec_WebSocket_Key=None)
    ask("4.2.1", "an empty key", 400, Sec_WebSocket_Key=b"")
    ask("4.2.1", "a key of 15 bytes", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25j")
    ask("4.2.1", "a key of 17 bytes", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25jZWQ=")
    ask("4.2.1", "a key of 12 bytes", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBu")
    ask("4.2.1", "a key of 32 bytes", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25jZWRnaGUgc2FtcGxlIG5vbmM=")
    ask("4.2.1", "a key that is no base64", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub2*jZQ==")
    ask("4.2.1", "a key without its padding", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25jZQ")
    ask("11.3.1", "two keys", 400, Sec_WebSocket_Key=[b"dGhlIHNhbXBsZSBub25jZQ==", b"AAAAAAAAAAAAAAAAAAAAAA=="])
    ask("4.2.1", "two keys in one header", 400, Sec_WebSocket_Key=b"dGhlIHNhbXBsZSBub25jZQ==, AAAAAAAAAAAAAAAAAAAAAA==")

    ask("4.4", "no version", 426, version, Sec_WebSocket_Version=None)
    for other in (b"", b"0", b"7", b"8", b"12", b"14", b"25", b"255", b"013", b"13.0", b"-13", b"x", b"13, 8"):
        ask("4.4", f"version {other.decode()!r}", 426, version, Sec_WebSocket_Version=other)
    for two in ([b"8", b"13"], [b"13", b"8"], [b"13", b"13"]):
        ask("11.3.5", f"two versions, {two[0].decode()} and {two[1].decode()}", (400, 426), Sec_WebSocket_Version=two)

    for method in (b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS"):
        ask("4.1", f"{method.decode()} in place of GET", 405, line=method + b" %s HTTP/1.1")
    ask("4.1", "HTTP/1.0", 400, line=b"GET %s HTTP/1.0")
    ask("4.1", "HTTP/2.0", 505, line=b"GET %s HTTP/2.0")
    ask("4.1", "HTTP/0.9", 505, line=b"GET %s")
    ask("4.1", "an absolute target", 101, line=b"GET http://" + host + b"%s HTTP/1.1")
    ask("4.1", "a target with a query", 101, line=b"GET %s?a=b HTTP/1.1")

    none = {"sec-websocket-protocol": None}
    batch = {"sec-websocket-protocol": PROTOCOL.decode()}
    ask("1.9", "no subprotocol where none was offered", 101, none)
    ask("1.9", "the subprotocol", 101, batch, Sec_WebSocket_Protocol=PROTOCOL)
    ask("1.9", "the subprotocol behind another", 101, batch, Sec_WebSocket_Protocol=b"chat, " + PROTOCOL)
    ask("1.9", "the subprotocol in two headers", 101, batch, Sec_WebSocket_Protocol=[b"chat", PROTOCOL])
    ask("1.9", "subprotocols nobody knows", 101, none, Sec_WebSocket_Protocol=b"chat, superchat")
    ask("1.9", "the subprotocol in capitals, which is another", 101, none, Sec_WebSocket_Protocol=PROTOCOL.upper())
    ask("1.9", "the beginning of a subprotocol", 101, none, Sec_WebSocket_Protocol=b"station.batch")
    ask("9.1", "extensions nobody knows", 101, {"sec-websocket-extensions": None}, Sec_WebSocket_Extensions=b"permessage-bzip2; level=9, x-webkit-deflate-frame")
    return cases
