// What was sent from this tab and came to no good end survives a reload. Each member's own: another who signs in here
// neither sees nor sends it.
const kKey = 'station.chat.unsettled';

export function keepUnsettled(outbox, me) {
    for (const entry of take(me)) outbox.remember(entry);
    addEventListener('pagehide', () => store(me, outbox.all.map(asKept)));
}

function asKept({key, room, content, at, state, why}) {
    const left = state === 'sending';
    return {key, room, content, at, state: left ? 'unknown' : state, why: left ? 'the page was left before the answer' : why};
}

// Storage may be switched off: then there is nothing to remember.
function take(me) {
    try {
        const {member, entries} = JSON.parse(sessionStorage.getItem(kKey)) ?? {};
        return member === me ? entries : [];
    } catch {
        return [];
    }
}

function store(member, entries) {
    try {
        if (entries.length > 0) sessionStorage.setItem(kKey, JSON.stringify({member, entries}));
        else sessionStorage.removeItem(kKey);
    } catch {
        return;
    }
}
