// What was published in this tab and came to no good end survives a reload: to leave a page is to break its connection.
const kKey = 'station.unsettled';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function keepUnsettled(outbox) {
    for (const entry of take()) outbox.remember({...entry, payload: encoder.encode(entry.text), head: BigInt(entry.head)});
    addEventListener('pagehide', () => store([...outbox.entries].filter(({state}) => state !== 'durable').map(asText)));
}

function asText({topic, payload, head, state, detail}) {
    const left = state === 'waiting';
    return {topic, text: decoder.decode(payload), head: String(head), state: left ? 'unknown' : state,
        detail: left ? 'the page was left before the answer' : detail};
}

// Storage may be switched off: then there is nothing to remember.
function take() {
    try {
        const text = sessionStorage.getItem(kKey);
        sessionStorage.removeItem(kKey);
        return JSON.parse(text) ?? [];
    } catch {
        return [];
    }
}

// Storage has an end, too: where not all of it fits, the newest do.
function store(entries) {
    for (let kept = entries; kept.length > 0; kept = kept.slice(Math.ceil(kept.length / 2))) {
        try {
            sessionStorage.setItem(kKey, JSON.stringify(kept));
            return;
        } catch {
            continue;
        }
    }
}
