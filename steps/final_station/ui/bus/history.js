// Reads a stretch of a topic's past: GET /api/topics/{name}/events, one event a line (docs/protocol.md, "HTTP").
import {headers} from './access.js';
import {parse} from './shared/json.js';

const encoder = new TextEncoder();

// from: 'offset:7' or 'time:1700000000000000000'. Gives {items, cut, at}: the events and holes from offset `at` on, at
// most `limit` events; cut where they ended early, since they had passed `budget` characters. Throws where there is no
// answer, or not a whole one.
export async function readEvents({topic, from, limit, budget, signal}) {
    const query = new URLSearchParams({from, limit});
    const address = `api/topics/${encodeURIComponent(topic)}/events?${query}`;
    const answer = await fetch(address, {cache: 'no-store', headers: headers(), signal});
    if (!answer.ok) throw new Error(`the server says ${answer.status}`);
    const items = [];
    let expected = BigInt(answer.headers.get('Station-From-Offset'));
    const at = expected;
    let left = limit;
    const cut = await eachLine(answer.body, budget, (line) => {
        const entry = parse(line);
        if (entry.offset === undefined) return;  // what is lost to damage: the jump in the offsets says where
        const event = eventOf(entry);
        if (event.offset > expected) items.push({from: expected, to: event.offset});
        expected = event.offset + 1n;
        items.push(event);
        left -= 1;
    });
    const next = BigInt(answer.headers.get('Station-Next-Offset'));
    if (!cut && left > 0 && expected < next) items.push({from: expected, to: next});
    return {items, cut, at};
}

// True where lines were left: they had come to more than `budget` characters.
async function eachLine(body, budget, handle) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let taken = 0;
    for (;;) {
        const {done, value} = await reader.read();
        if (done) return false;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        for (const line of lines) {
            if (line === '') continue;
            if (taken > budget) {
                await reader.cancel();
                return true;
            }
            taken += line.length;
            handle(line);
        }
    }
}

function eventOf({offset, id, time, payload, payload_base64: coded}) {
    const bytes = coded === undefined ? encoder.encode(payload) : fromBase64(coded);
    return {offset: BigInt(offset), id, time: BigInt(time), payload: bytes};
}

function fromBase64(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
