// What was sent from this tab and came to no good end survives a reload. Each member's own: another who signs in here
// neither sees nor sends it.
import {inTab} from './stored.js';

const kKey = 'station.chat.unsettled';

export function keepUnsettled(outbox, me) {
    const kept = inTab.read(kKey);
    if (kept?.member === me) kept.entries.forEach((entry) => outbox.remember(entry));
    addEventListener('pagehide', () =>
        inTab.write(kKey, outbox.all.length === 0 ? null : {member: me, entries: outbox.all.map(asKept)})
    );
}

function asKept({key, room, content, at, state, why}) {
    const left = state === 'sending';
    return {
        key,
        room,
        content,
        at,
        state: left ? 'unknown' : state,
        why: left ? 'the page was left before the answer' : why,
    };
}
