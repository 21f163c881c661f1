// Tells the server up to where one has read: at once, and then not more than once a second.
const kApart = 1000;  // ms

export class Seen {
    #socket;
    #told = new Map();  // room → id of the message that was told
    #waiting = new Map();
    #timer = 0;

    constructor(socket) {
        this.#socket = socket;
        socket.on('open', () => this.#told.clear());  // the last word may have been lost
    }

    note(room, message) {
        if (this.#told.get(room) === message) return;
        this.#told.set(room, message);
        this.#waiting.set(room, message);
        if (this.#timer === 0) this.#tell();
    }

    #tell() {
        this.#timer = 0;
        if (this.#waiting.size === 0) return;
        for (const [room, message] of this.#waiting) this.#socket.tell({type: 'seen', room, message});
        this.#waiting.clear();
        this.#timer = setTimeout(() => this.#tell(), kApart);
    }
}
