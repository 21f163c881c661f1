// The messages of one room that the page holds: a stretch of its history without a gap, in the order of the ledger.
// Emits
//   change   the stretch is another
//   reset    it begins anew somewhere else
import {Emitter} from '../shared/emitter.js';

const kMost = 300;  // messages, and so elements, however far one scrolls

export class RoomLog extends Emitter {
    #byId = new Map();
    messages = [];
    atStart = false;  // there is nothing before the first one
    atEnd = false;  // there is nothing behind the last one: what comes is added
    newer = 0;  // how many came while it was elsewhere
    last = null;  // id of the message that a reconnect goes on from
    newest = 0n;  // sequence of the last message that came in order

    get(id) {
        return this.#byId.get(id);
    }

    get size() {
        return this.messages.length;
    }

    reset(messages, {atStart, atEnd}) {
        this.messages = messages;
        this.#byId = new Map(messages.map((message) => [message.id, message]));
        Object.assign(this, {atStart, atEnd});
        if (atEnd) this.newer = 0;
        this.emit('reset');
        this.emit('change');
    }

    // Older ones, oldest first. What lies too far behind then is let go.
    prepend(messages, atStart) {
        this.#insert(messages);
        this.atStart = atStart;
        if (this.size > kMost) {
            this.atEnd = false;
            this.#forget(this.messages.splice(kMost));
        }
        this.emit('change');
    }

    // Newer ones, oldest first.
    append(messages, atEnd) {
        this.#insert(messages);
        this.atEnd = atEnd;
        if (atEnd) this.newer = 0;
        this.trim();
        this.emit('change');
    }

    // One that has come, now or again. True where it is new here.
    arrive(message) {
        if (this.#byId.has(message.id)) {
            this.update(message);
            return false;
        }
        if (this.atEnd) this.#insert([message]);
        else this.newer += 1;
        this.emit('change');
        return true;
    }

    update(message) {
        const known = this.#byId.get(message.id);
        if (!known) return;
        const place = this.messages.indexOf(known);
        this.messages[place] = message;
        this.#byId.set(message.id, message);
        this.emit('change');
    }

    remove(id) {
        const known = this.#byId.get(id);
        if (!known) return;
        this.#forget(this.messages.splice(this.messages.indexOf(known), 1));
        this.emit('change');
    }

    // Lets go of the oldest, where one looks at the newest.
    trim() {
        if (this.size <= kMost) return;
        this.atStart = false;
        this.#forget(this.messages.splice(0, this.size - kMost));
    }

    // Nearly always at an end; an acknowledgement may overtake what others wrote before.
    #insert(messages) {
        for (const message of messages) {
            if (this.#byId.has(message.id)) {
                this.update(message);
                continue;
            }
            this.#byId.set(message.id, message);
            const sequence = BigInt(message.sequence);
            const before =
                sequence < BigInt(this.messages[0]?.sequence ?? 0)
                    ? -1
                    : this.messages.findLastIndex((other) => BigInt(other.sequence) < sequence);
            this.messages.splice(before + 1, 0, message);
        }
    }

    #forget(messages) {
        for (const {id} of messages) this.#byId.delete(id);
    }
}
