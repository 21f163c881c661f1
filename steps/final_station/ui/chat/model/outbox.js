// One's own messages until they are known to be stored:
//   sending   handed to the connection
//   unknown   no answer, or none that says: it may be stored or not. To send it again does no harm: its
//             client_message_id stays, and the server has each of those once
//   refused   surely not stored; why says what to change
//   gone      it was stored, and has been deleted since
// and then they are messages as all others. Emits 'change' {room}, 'sent' {message, duplicate}.
import {Emitter} from '../shared/emitter.js';

const kPatience = 10000;  // ms
// Reasons that come from the server's troubles, not from what was sent.
const kUnclear = new Set(['server_busy', 'storage_error', 'shutting_down']);

export class Outbox extends Emitter {
    #socket;
    #entries = new Map();  // client_message_id → entry, in the order they were made

    constructor(socket) {
        super();
        this.#socket = socket;
        socket.on('told ack', ({client_message_id: key, message, duplicate}) =>
            this.#settle(key, message, duplicate === true)
        );
        socket.on('told error', (text) => this.#refuse(text));
        socket.on('lost', () => this.#loseAll());
    }

    get all() {
        return [...this.#entries.values()];
    }

    in(room) {
        return this.all.filter((entry) => entry.room === room);
    }

    send(room, content) {
        const entry = {key: newKey(), room, content, at: Date.now(), state: 'sending', why: '', timer: 0};
        this.#entries.set(entry.key, entry);
        this.#send(entry);
    }

    sendAgain(entry) {
        if (entry.state === 'sending' || !this.#entries.has(entry.key)) return;
        Object.assign(entry, {state: 'sending', why: ''});
        this.#send(entry);
    }

    discard(entry) {
        clearTimeout(entry.timer);
        this.#entries.delete(entry.key);
        this.emit('change', {room: entry.room});
    }

    // One of an earlier life of this page.
    remember({key, room, content, at, state, why}) {
        this.#entries.set(key, {key, room, content, at, state, why, timer: 0});
        this.emit('change', {room});
    }

    // A message of one's own that came, live or as missed: it tells what became of an entry, too.
    compare(message) {
        if (this.#entries.has(message.client_message_id)) this.#settle(message.client_message_id, message, false);
    }

    #send(entry) {
        const {key, room, content} = entry;
        if (this.#socket.isOpen) {
            this.#socket.tell({type: 'message', room, content, client_message_id: key});
            entry.timer = setTimeout(() => this.#unsettle(entry, 'no answer came'), kPatience);
            this.emit('change', {room});
        } else {
            this.#unsettle(entry, 'there is no connection');
        }
    }

    #settle(key, message, duplicate) {
        const entry = this.#entries.get(key);
        if (!entry) return;
        clearTimeout(entry.timer);
        this.#entries.delete(key);
        this.emit('sent', {message, duplicate});
        this.emit('change', {room: entry.room});
    }

    #refuse({reason, detail, client_message_id: key, retry_after: seconds}) {
        const entry = this.#entries.get(key);
        if (!entry) return;
        if (kUnclear.has(reason)) return this.#unsettle(entry, detail || reason);
        clearTimeout(entry.timer);
        Object.assign(entry, {
            state: reason === 'message_deleted' ? 'gone' : 'refused',
            why: `${detail || reason}${seconds ? ` (again in ${seconds} s)` : ''}`,
        });
        this.emit('change', {room: entry.room});
    }

    #unsettle(entry, why) {
        clearTimeout(entry.timer);
        Object.assign(entry, {state: 'unknown', why});
        this.emit('change', {room: entry.room});
    }

    #loseAll() {
        for (const entry of this.all) {
            if (entry.state === 'sending') this.#unsettle(entry, 'the connection broke before the answer');
        }
    }
}

function newKey() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
        ''
    );
}
