// Who is writing in which room, and telling so of oneself. Emits 'change' {room}.
import {Emitter} from '../shared/emitter.js';

const kLasts = 6000;  // ms: the server ends it after 5 s; this is for a word that got lost
const kAgain = 3000;  // ms after which one's own is told anew

export class Typing extends Emitter {
    #socket;
    #rooms = new Map();  // room → Map of user → timer
    #told = {room: null, at: 0};

    constructor(socket) {
        super();
        this.#socket = socket;
        socket.on('told typing', ({room, user, on}) => this.#note(room, user?.id ?? user, on));
        socket.on('lost', () => {
            this.#told = {room: null, at: 0};
            for (const room of [...this.#rooms.keys()]) this.#clear(room);
        });
    }

    in(room) {
        return [...(this.#rooms.get(room)?.keys() ?? [])];
    }

    start(room) {
        const now = performance.now();
        if (this.#told.room === room && now - this.#told.at < kAgain) return;
        if (this.#told.room !== room) this.stop();
        this.#told = {room, at: now};
        this.#socket.tell({type: 'typing_start', room});
    }

    stop() {
        if (this.#told.room === null) return;
        this.#socket.tell({type: 'typing_stop', room: this.#told.room});
        this.#told = {room: null, at: 0};
    }

    // Who has sent something writes no more.
    ended(room, user) {
        this.#note(room, user, false);
    }

    #note(room, user, on) {
        const users = this.#rooms.get(room) ?? new Map();
        this.#rooms.set(room, users);
        clearTimeout(users.get(user));
        if (on)
            users.set(
                user,
                setTimeout(() => this.#note(room, user, false), kLasts)
            );
        else if (!users.delete(user)) return;
        this.emit('change', {room});
    }

    #clear(room) {
        for (const timer of this.#rooms.get(room).values()) clearTimeout(timer);
        this.#rooms.delete(room);
        this.emit('change', {room});
    }
}
