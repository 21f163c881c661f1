// The page's one WebSocket: a LastingSocket that asks for batches, and pairs control texts with their replies. Emits what
// that does, and
//   frame   each binary frame
import {isGranted, protocols} from './access.js';
import {decodeFrames} from './frames.js';
import {parse, stringify} from './shared/json.js';
import {LastingSocket} from './shared/lasting_socket.js';

export class Connection extends LastingSocket {
    #requests = new Map();  // ref → callback
    #followed = new Map();  // the same, for each of several answers
    #lastRef = 0;

    constructor(url) {
        super(url, {
            protocols: () => protocols('station.batch.v1'),
            ask: () => this.request({type: 'health'}, () => {}),
            isRefused: async () => await isGranted() === false,
        });
        this.on('message', (data) => this.#receive(data));
        this.on('lost', () => this.#failRequests());
    }

    // Sends a control text. `done(error, reply)` is called within the handling of the reply, so that it comes before
    // any frame behind it; or with an error when the connection breaks first.
    request(message, done) {
        if (!this.isOpen) return done(new Error('not connected'));
        const ref = ++this.#lastRef;
        this.#requests.set(ref, done);
        this.say(stringify({...message, ref}));
    }

    // The same of a request that has an answer for each of several topics, now and later: `each` is called for every one,
    // until the connection breaks or forget() is called with the number that is returned.
    follow(message, each) {
        const ref = ++this.#lastRef;
        this.#followed.set(ref, each);
        this.say(stringify({...message, ref}));
        return ref;
    }

    forget(ref) {
        this.#followed.delete(ref);
    }

    #receive(data) {
        if (typeof data !== 'string') return this.#receiveFrames(data);
        const reply = parse(data);
        const done = this.#requests.get(reply.ref) ?? this.#followed.get(reply.ref);
        this.#requests.delete(reply.ref);
        this.settle();
        if (!done) return;
        if (reply.type === 'error') done(Object.assign(new Error(reply.detail || reply.reason), {reason: reply.reason, topic: reply.topic}));
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
        if (!whole) this.drop(1002);  // what followed is unreadable too: the next connection asks for it again
    }

    #failRequests() {
        const requests = [...this.#requests.values()];
        this.#requests.clear();
        this.#followed.clear();
        for (const done of requests) done(new Error('the connection broke'));
    }
}
