// What this page publishes, and what became of it:
//   waiting    handed to the connection
//   durable    acknowledged, with its offset
//   rejected   refused by the server: nothing was stored
//   unknown    the connection broke between the sending and the answer: it may be stored or not
// Emits 'change', and 'latency' with milliseconds from sending to the acknowledgement.
import {Emitter} from './shared/emitter.js';
import {encodePublish, FrameType} from './frames.js';

const kMostSettled = 20;   // durable entries kept for show
const kMostWaiting = 10000;
const decoder = new TextDecoder();

export class Outbox extends Emitter {
    #connection;
    #streams = new Map();  // topic → stream, on this connection
    #opening = new Map();  // topic → entries that wait for its stream, in the order made
    #inFlight = new Map();  // stream → entries in the order sent: acknowledgements come in that order
    #durable = [];
    #unknown = new Set();
    #waiting = 0;

    constructor(connection) {
        super();
        this.#connection = connection;
        this.entries = new Set();  // in the order they were made
        connection.on('frame', (frame) => this.#take(frame));
        connection.on('lost', ({code}) => this.#lose(code));
    }

    // False where it was not sent at all, and the text should stay where it is.
    // `head` is the topic's next offset as far as the page knows: what it publishes can't be stored before it.
    publish(topic, payload, head) {
        if (!this.#connection.isOpen || this.#waiting >= kMostWaiting) return false;
        const entry = made({topic, payload, head, state: 'waiting', detail: ''});
        this.entries.add(entry);
        return this.#send(entry);
    }

    // One of an earlier life of this page, unknown or rejected.
    remember(kept) {
        const entry = made(kept);
        this.entries.add(entry);
        if (entry.state === 'unknown') this.#unknown.add(entry);
        this.emit('change');
    }

    sendAgain(entry) {
        if (!this.#connection.isOpen) return false;
        Object.assign(entry, {state: 'waiting', detail: '', seenAt: null});
        this.#unknown.delete(entry);
        return this.#send(entry);
    }

    dismiss(entry) {
        this.entries.delete(entry);
        this.#unknown.delete(entry);
        this.emit('change');
    }

    // An event that came in: perhaps it is an unknown one, stored after all.
    compare(topic, {offset, payload}) {
        for (const entry of this.#unknown) {
            if (entry.seenAt !== null || entry.topic !== topic || offset < entry.head || !same(entry.payload, payload)) continue;
            entry.seenAt = offset;
            this.emit('change');
            return;
        }
    }

    #send(entry) {
        this.#waiting += 1;
        const {topic} = entry;
        const stream = this.#streams.get(topic);
        if (stream !== undefined) {
            this.#sendTo(stream, entry);
        } else if (this.#opening.has(topic)) {
            this.#opening.get(topic).push(entry);  // what is published after it must not overtake it
        } else {
            this.#opening.set(topic, [entry]);
            this.#open(topic);
        }
        this.emit('change');
        return true;
    }

    #open(topic) {
        this.#connection.request({type: 'open', topic}, (error, opened) => {
            const entries = this.#opening.get(topic);
            this.#opening.delete(topic);
            // Nothing of them was sent yet, so there is nothing unknown about them.
            if (error) return entries.forEach((entry) => this.#settle(entry, 'rejected', error.message));
            const stream = BigInt(opened.stream);
            this.#streams.set(topic, stream);
            for (const entry of entries) this.#sendTo(stream, entry);
        });
    }

    #sendTo(stream, entry) {
        entry.sent = performance.now();
        if (!this.#connection.send(encodePublish(stream, entry.payload))) {
            return this.#settle(entry, 'rejected', 'too much is waiting to be sent');
        }
        if (!this.#inFlight.has(stream)) this.#inFlight.set(stream, []);
        this.#inFlight.get(stream).push(entry);
    }

    #take(frame) {
        if (frame.type !== FrameType.ack && frame.type !== FrameType.error) return;
        const entry = this.#inFlight.get(frame.stream)?.shift();
        if (!entry) return;
        if (frame.type === FrameType.ack) {
            entry.offset = frame.offset;
            entry.ms = performance.now() - entry.sent;
            this.#settle(entry, 'durable');
            this.emit('latency', entry.ms);
        } else {
            this.#settle(entry, 'rejected', reasonOf(frame.payload));
        }
    }

    #settle(entry, state, detail = '') {
        Object.assign(entry, {state, detail});
        this.#waiting -= 1;
        if (state === 'durable') this.#durable.push(entry);
        if (state === 'unknown') this.#unknown.add(entry);
        if (this.#durable.length > kMostSettled) this.entries.delete(this.#durable.shift());
        this.emit('change');
    }

    #lose(code) {
        const detail = code === 1009 ? 'the server closed: too big' : 'the connection broke before the answer';
        for (const entries of this.#inFlight.values()) {
            for (const entry of entries) this.#settle(entry, 'unknown', detail);
        }
        this.#inFlight.clear();
        this.#streams.clear();
    }
}

function made({topic, payload, head, state, detail}) {
    return {topic, payload, head, state, offset: null, detail, sent: 0, ms: null, seenAt: null};
}

function same(a, b) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function reasonOf(payload) {
    try {
        const {reason, detail} = JSON.parse(decoder.decode(payload));
        return detail ? `${reason}: ${detail}` : String(reason);
    } catch {
        return 'refused';
    }
}
