// The page's one WebSocket: connects, asks for batches, comes back by itself, and pairs control texts with their
// replies. Emits
//   state   {phase: 'connecting' | 'open' | 'waiting' | 'locked', retryAt, losses}; locked: until unlock() is called
//   open    a new connection is ready: whatever was agreed on the last one is gone
//   frame   each binary frame
//   lost    {code} the connection is gone, and with it everything unanswered
import {isGranted, protocols} from './access.js';
import {Backoff} from './shared/backoff.js';
import {Emitter} from './shared/emitter.js';
import {decodeFrames} from './frames.js';
import {parse, stringify} from './shared/json.js';

const kQuiet = 15000;     // ms without a word from the server, after which the page asks whether it lives
const kNoAnswer = 8000;   // ms in which the answer to that, or to the handshake, must have come
const kLook = 1000;       // ms between two looks at the clock,
const kMostALook = 3000;  // and what may count as waited between them: who stood still has read no answer either
const kMostUnsent = 8 << 20;  // bytes that may wait in the socket before send() refuses

export class Connection extends Emitter {
    #url;
    #backoff = new Backoff();
    #socket = null;
    #requests = new Map();  // ref → callback
    #lastRef = 0;
    #heard = 0;      // when the last word came
    #looked = 0;     // when the clock was last looked at
    #waited = null;  // ms for the answer that is due; null where none is
    #watch = 0;
    #retry = 0;
    #losses = 0;

    constructor(url) {
        super();
        this.#url = url;
        this.state = {phase: 'connecting', retryAt: 0, losses: 0};
        globalThis.addEventListener('online', () => this.reconnectNow());
    }

    get isOpen() {
        return this.state.phase === 'open';
    }

    start() {
        this.#set('connecting');
        const socket = new WebSocket(this.#url, protocols('station.batch.v1'));
        socket.binaryType = 'arraybuffer';
        this.#socket = socket;
        this.#looked = performance.now();
        this.#waited = 0;
        socket.onopen = () => {
            this.#hear();
            this.#set('open');
            this.emit('open');
        };
        socket.onmessage = (event) => this.#receive(event.data);
        socket.onclose = (event) => this.#lost(event.code);
        this.#watch = setInterval(() => this.#checkAlive(), kLook);
    }

    reconnectNow() {
        if (this.state.phase !== 'waiting') return;
        clearTimeout(this.#retry);
        this.start();
    }

    // There is a token to try.
    unlock() {
        if (this.state.phase === 'locked') this.start();
    }

    // Sends a control text. `done(error, reply)` is called within the handling of the reply, so that it comes before
    // any frame behind it; or with an error when the connection breaks first.
    request(message, done) {
        if (!this.isOpen) return done(new Error('not connected'));
        const ref = ++this.#lastRef;
        this.#requests.set(ref, done);
        this.#socket.send(stringify({...message, ref}));
    }

    // False where the frame was not taken: not connected, or too much waits to be sent already.
    send(frame) {
        if (!this.isOpen || this.#socket.bufferedAmount > kMostUnsent) return false;
        this.#socket.send(frame);
        return true;
    }

    #hear() {
        this.#heard = performance.now();
        this.#waited = null;
    }

    #receive(data) {
        this.#hear();
        if (typeof data !== 'string') return this.#receiveFrames(data);
        const reply = parse(data);
        const done = this.#requests.get(reply.ref);
        this.#requests.delete(reply.ref);
        this.#backoff.reset();
        if (!done) return;
        if (reply.type === 'error') done(Object.assign(new Error(reply.detail || reply.reason), {reason: reply.reason}));
        else done(null, reply);
    }

    // Frames before the broken one count.
    #receiveFrames(data) {
        const frames = [];
        let whole = true;
        try {
            decodeFrames(data, (frame) => frames.push(frame));
        } catch {
            whole = false;
        }
        for (const frame of frames) this.emit('frame', frame);
        if (!whole) this.#lost(1002);  // what followed is unreadable too: the next connection asks for it again
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
            if (this.#waited > kNoAnswer) this.#lost(1006);
        } else if (now - this.#heard > kQuiet) {
            this.#waited = 0;
            this.request({type: 'health'}, () => {});
        }
    }

    #lost(code) {
        const socket = this.#socket;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        clearInterval(this.#watch);
        this.#losses += this.isOpen ? 1 : 0;
        if (!this.isOpen) this.#askWhy();
        const wait = this.#backoff.next();
        this.#set('waiting', performance.now() + wait);
        this.#retry = setTimeout(() => this.start(), wait);
        const requests = [...this.#requests.values()];
        this.#requests.clear();
        for (const done of requests) done(new Error('the connection broke'));
        this.emit('lost', {code});
    }

    // A browser does not tell a page why a WebSocket was refused.
    async #askWhy() {
        if (await isGranted() !== false || this.state.phase !== 'waiting') return;
        clearTimeout(this.#retry);
        this.#set('locked');
    }

    #set(phase, retryAt = 0) {
        this.state = {phase, retryAt, losses: this.#losses};
        this.emit('state', this.state);
    }
}
