// The newest head of the chat's ledger that this browser has seen proved: trust on first use. What is kept never goes back.
import {toHex} from './bytes.js';
import {readHead} from './check.js';

// Each chat of an origin has its own: two may lie behind one proxy.
function key() {
    return `station.chat.head ${new URL('.', document.baseURI).pathname}`;
}

export function pinnedHead() {
    try {
        const text = localStorage.getItem(key());
        return text === null ? null : readHead(JSON.parse(text));
    } catch {
        return null;
    }
}

// Storage may be switched off: then every proof is a first one, and says so.
export function pin({ledger, origin, size, root}) {
    try {
        localStorage.setItem(key(), JSON.stringify({ledger, origin, size: String(size), root: toHex(root)}));
    } catch {
        return;
    }
}

export function unpin() {
    try {
        localStorage.removeItem(key());
    } catch {
        return;
    }
}
