// A WebSocket that comes back by itself, and notices when the other side is gone. Emits
//   state    {phase: 'connecting' | 'open' | 'waiting' | 'locked', retryAt, losses}; locked: until unlock() is called
//   open     a new connection is ready: whatever was agreed on the last one is gone
//   message  what came: a text or an ArrayBuffer
//   lost     {code} the connection is gone, and with it everything unanswered
import {Backoff} from './backoff.js';
import {Emitter} from './emitter.js';

const kQuiet = 15000;     // ms without a word from the server, after which the page asks whether it lives
const kNoAnswer = 8000;   // ms in which the answer to that, or to the handshake, must have come
const kLook = 1000;       // ms between two looks at the clock,
const kMostALook = 3000;  // and what may count as waited between them: who stood still has read no answer either
const kMostUnsent = 8 << 20;  // bytes that may wait in the socket before send() refuses

export class LastingSocket extends Emitter {
    #url;
    #options;
    #backoff = new Backoff();
    #socket = null;
    #heard = 0;      // when the last word came
    #looked = 0;     // when the clock was last looked at
    #waited = null;  // ms for the answer that is due; null where none is
    #watch = 0;
    #retry = 0;
    #losses = 0;

    // protocols(): what to agree on; ask(): sends something that will be answered; isRefused(): a promise of whether it is
    // in vain to try again before unlock().
    constructor(url, {protocols = () => [], ask, isRefused}) {
        super();
        this.#url = url;
        this.#options = {protocols, ask, isRefused};
        this.state = {phase: 'connecting', retryAt: 0, losses: 0};
        globalThis.addEventListener('online', () => this.reconnectNow());
    }

    get isOpen() {
        return this.state.phase === 'open';
    }

    start() {
        this.#set('connecting');
        const socket = new WebSocket(this.#url, this.#options.protocols());
        socket.binaryType = 'arraybuffer';
        this.#socket = socket;
        this.#looked = performance.now();
        this.#waited = 0;
        socket.onopen = () => {
            this.#hear();
            this.#set('open');
            this.emit('open');
        };
        socket.onmessage = (event) => {
            this.#hear();
            this.emit('message', event.data);
        };
        socket.onclose = (event) => this.drop(event.code);
        this.#watch = setInterval(() => this.#checkAlive(), kLook);
    }

    reconnectNow() {
        if (this.state.phase !== 'waiting') return;
        clearTimeout(this.#retry);
        this.start();
    }

    // There is something new to try with.
    unlock() {
        if (this.state.phase === 'locked') this.start();
    }

    // The server has answered as it should: the next loss is a first one.
    settle() {
        this.#backoff.reset();
    }

    // False where the data was not taken: not connected, or too much waits to be sent already.
    send(data) {
        if (!this.isOpen || this.#socket.bufferedAmount > kMostUnsent) return false;
        this.#socket.send(data);
        return true;
    }

    // Control texts are small: nothing that waits keeps one back.
    say(text) {
        if (this.isOpen) this.#socket.send(text);
    }

    // Gives this connection up, and tries again after a while.
    drop(code) {
        const socket = this.#socket;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        clearInterval(this.#watch);
        this.#losses += this.isOpen ? 1 : 0;
        if (!this.isOpen) this.#askWhy();
        const wait = this.#backoff.next();
        this.#set('waiting', performance.now() + wait);
        this.#retry = setTimeout(() => this.start(), wait);
        this.emit('lost', {code});
    }

    #hear() {
        this.#heard = performance.now();
        this.#waited = null;
    }

    // A socket whose network is gone stays open for minutes; the browser shows the page no pings. A silence alone says
    // nothing: the page may have slept, or its timers, and an answer may lie unread. So it asks, and then counts only
    // time in which it could have read.
    #checkAlive() {
        const now = performance.now();
        const passed = Math.min(now - this.#looked, kMostALook);
        this.#looked = now;
        if (this.#waited !== null) {
            this.#waited += passed;
            if (this.#waited > kNoAnswer) this.drop(1006);
        } else if (now - this.#heard > kQuiet) {
            this.#waited = 0;
            this.#options.ask();
        }
    }

    // A browser does not tell a page why a WebSocket was refused.
    async #askWhy() {
        if (!await this.#options.isRefused() || this.state.phase !== 'waiting') return;
        clearTimeout(this.#retry);
        this.#set('locked');
    }

    #set(phase, retryAt = 0) {
        this.state = {phase, retryAt, losses: this.#losses};
        this.emit('state', this.state);
    }
}
