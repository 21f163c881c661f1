// Checks a message's proof against what is shown and the head that this browser has kept, trusting the server in
// nothing: everything is computed again from the bytes of the event.
import {fromBase64, fromHex, same, toHex} from './bytes.js';
import {leafOf, readEvent} from './event.js';
import {isConsistent, rootOfInclusion} from './merkle.js';

const kScope = 'chat';
const kPosted = 0x4001;  // the kinds of events from which a message has its text
const kEdited = 0x4002;

// answer: what GET /proof/{message} said; message: as it is shown; pinned: a head, or null. Returns {steps, head,
// fine}: each step is {name, fine, words}, and after one that failed none follows.
export function checkProof({answer, message, pinned}) {
    const steps = [];
    const step = (name, work) => {
        if (steps.at(-1)?.fine === false) return;
        try {
            steps.push({name, fine: true, words: work()});
        } catch (error) {
            steps.push({name, fine: false, words: error.message});
        }
    };
    let head = null;
    let event = null;
    step('History', () => {
        head = readHead(answer.head);
        return goesOn(head, pinned, answer.extension);
    });
    step('Record', () => {
        event = readEvent(fromBase64(answer.event));
        return `its content and its hash ${toHex(event.eventHash).slice(0, 16)}… agree`;
    });
    step('Place', () => liesIn(event, head, answer));
    step('Message', () => isOf(event, message));
    step('Text', () => {
        if (event.payload.get('content') !== message.content)
            throw new Error('the record holds another text than the one shown');
        return 'the text shown is the text of the record, to the letter';
    });
    return {steps, head, fine: steps.every(({fine}) => fine)};
}

// {ledger, origin, size (BigInt), root (bytes)} of a head's JSON.
export function readHead({ledger, origin, size, root}) {
    const bytes = fromHex(root);
    if (bytes.length !== 32) throw new Error('the root is no hash');
    if (!/^\d+$/.test(String(size))) throw new Error('the size is no number');
    return {ledger: String(ledger), origin, size: BigInt(size), root: bytes};
}

function goesOn(head, pinned, extension) {
    if (pinned === null)
        return `this browser's first look: it keeps this history of ${head.size} records, for later ones to go on from`;
    if (head.ledger !== pinned.ledger || (pinned.size > 0n && head.origin !== pinned.origin)) {
        throw new Error('this is another history than the one that this browser has kept');
    }
    if (head.size < pinned.size)
        throw new Error(`the history is shorter than the ${pinned.size} records that this browser has kept`);
    const path = extension.map(fromHex);
    const consistent = isConsistent({
        oldSize: pinned.size,
        oldRoot: pinned.root,
        size: head.size,
        root: head.root,
        path,
    });
    if (!consistent)
        throw new Error(
            `the history was changed: it does not go on from the ${pinned.size} records that this browser has kept`
        );
    return head.size === pinned.size
        ? `the ${head.size} records that this browser has kept, and no other`
        : `${head.size} records, the first ${pinned.size} of which are those that this browser has kept`;
}

function liesIn(event, head, {index, path}) {
    const place = BigInt(index);
    if ((event.id === head.origin) !== (place === 0n))
        throw new Error('the history does not begin with the record that it names');
    const root = rootOfInclusion(leafOf(event.eventHash), place, head.size, path.map(fromHex));
    if (root === null || !same(root, head.root)) throw new Error('the record is not part of the history');
    return `record ${place} of ${head.size}, by ${path.length} hashes up to the root ${toHex(head.root).slice(0, 16)}…`;
}

function isOf(event, message) {
    if (event.scope !== kScope || event.entity !== `room:${message.room}`)
        throw new Error('the record belongs to another room');
    if (!(event.payload instanceof Map)) throw new Error('the record holds no message');
    const kind = event.kind;
    const isPosted = kind === kPosted && event.id === message.id;
    if (!isPosted && !(kind === kEdited && event.payload.get('message') === message.id))
        throw new Error('the record belongs to another message');
    if (event.payload.get('by') !== message.creator.id)
        throw new Error('the record has another author than the one shown');
    const shown = isPosted ? message.created_at : message.edited_at;
    if (shown !== null && BigInt(event.time) !== BigInt(shown) / 1000n)
        throw new Error('the record was written at another time than the one shown');
    if (isPosted && message.edited_at !== null) throw new Error('the record is older than the edit that is shown');
    return isPosted
        ? "the record is the message's first writing, by the author and at the time shown"
        : "the record is the message's last edit, by the author and at the time shown";
}
