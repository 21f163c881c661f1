// The rooms whose messages the page follows, each with its log, and what comes of them over the socket: first what was
// missed, then what is new (one cursor on the server's side, so there is no seam). Emits
//   live     {room, message, isNew}  one that came now; isNew: not an echo of something shown already
//   missed   {room, message}         one that came while the page was away
//   ready    {room}                  what was missed is there
//   removed  {room, id}
//   followed {log}                   a room is followed from now on
import {Emitter} from '../shared/emitter.js';
import {RoomLog} from './room_log.js';

const kMostRooms = 12;  // followed at once; of others comes only how much is unread

export class Following extends Emitter {
    #socket;
    #logs = new Map();  // room → RoomLog, the one looked at last at the end
    #missing = new Map();  // room → {left, messages, restart}

    constructor(socket) {
        super();
        this.#socket = socket;
        socket.on('told missed', (text) => this.#beginMissed(text));
        socket.on('told message', ({message}) => this.#take(message));
        socket.on('told updated', ({message}) => this.log(message.room)?.update(message));
        socket.on('told removed', ({room, id}) => {
            this.log(room)?.remove(id);
            this.emit('removed', {room, id});
        });
    }

    // For the socket's hello.
    get places() {
        return Object.fromEntries([...this.#logs].map(([room, {last}]) => [room, last]));
    }

    log(room) {
        return this.#logs.get(room);
    }

    // The room's log, followed from now on.
    follow(room) {
        const known = this.#logs.get(room);
        this.#logs.delete(room);
        this.#logs.set(room, known ?? new RoomLog());
        if (this.#logs.size > kMostRooms) this.#logs.delete(this.#logs.keys().next().value);
        if (!known) {
            this.emit('followed', {log: this.#logs.get(room)});
            this.#socket.hello();
        }
        return this.#logs.get(room);
    }

    leave(room) {
        this.#logs.delete(room);
        this.#missing.delete(room);
    }

    clear() {
        this.#logs.clear();
        this.#missing.clear();
    }

    // What was missed goes on behind the log's last message, or leaves a gap that is not shown as if it were none.
    #beginMissed({room, count, complete}) {
        const log = this.log(room);
        if (!log) return;
        const restart = log.last === null || !complete;
        this.#missing.set(room, {
            left: Number(count),
            messages: [],
            restart,
            atStart: log.last === null && Number(count) < 50,
        });
        this.#endMissed(room);
    }

    #take(message) {
        const {room} = message;
        const log = this.log(room);
        if (!log) return;
        const missing = this.#missing.get(room);
        if (missing) {
            missing.left -= 1;
            missing.messages.push(message);
            return this.#endMissed(room);
        }
        log.last = message.id;
        log.newest = BigInt(message.sequence);
        this.emit('live', {room, message, isNew: log.arrive(message)});
    }

    // Behind what was missed come the edits of what lies before, nobody knows how many: until a message that is new has
    // come, a reconnect goes on from the same place again, and what it brings twice is no news.
    #endMissed(room) {
        const {left, messages, restart, atStart} = this.#missing.get(room);
        if (left > 0) return;
        this.#missing.delete(room);
        const log = this.log(room);
        const isNew = ({sequence}) => BigInt(sequence) > log.newest;
        const fresh = messages.filter(isNew);
        if (restart && (log.atEnd || log.size === 0)) log.reset(messages, {atStart, atEnd: true});
        else if (log.atEnd) log.append(messages, true);
        else if (!restart) {
            for (const message of messages) {
                if (isNew(message)) log.arrive(message);
                else log.update(message);
            }
        }
        if (messages.length > 0) {
            if (restart) log.last = messages.at(-1).id;
            log.newest = BigInt(messages.at(-1).sequence);
        }
        for (const message of fresh) this.emit('missed', {room, message});
        this.emit('ready', {room});
    }
}
