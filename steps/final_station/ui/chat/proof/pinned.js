// The newest head of the chat's ledger that this browser has seen proved: trust on first use. What is kept never goes
// back.
import {inBrowser} from '../model/stored.js';
import {toHex} from './bytes.js';
import {readHead} from './check.js';

// Each chat of an origin has its own: two may lie behind one proxy.
function key() {
    return `station.chat.head ${new URL('.', document.baseURI).pathname}`;
}

export function pinnedHead() {
    const kept = inBrowser.read(key());
    try {
        return kept === null ? null : readHead(kept);
    } catch {
        return null;
    }
}

export function pin({ledger, origin, size, root}) {
    inBrowser.write(key(), {ledger, origin, size: String(size), root: toHex(root)});
}

export function unpin() {
    inBrowser.write(key(), null);
}
