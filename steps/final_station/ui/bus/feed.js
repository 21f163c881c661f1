// The chosen topic's events as they come, in order, without a gap and without a double, whatever happens to the
// connection; and where its log begins and ends, as last heard.
//
// The rule is one number: `expected`, the offset that must come next. A new connection subscribes from there; an older
// offset is dropped; a younger one is a hole, and shown as one. Where it does not follow, nothing is subscribed.
//
// A topic that the server has not got is not asked for, since asking would make it: whoever sends somebody a link could
// fill a server with topics. Emits
//   event   {offset, id, time, payload}
//   hole    {from, to}    offsets [from, to) exist no more
//   restart the log is not the one that was read: what was shown holds no more
//   state   after anything else has changed
import {Emitter} from './shared/emitter.js';
import {FrameType} from './frames.js';

const kTail = 200n;      // events shown of a topic that has just been chosen
const kFarBehind = 1000n;  // a live view that is this far behind says so

export class Feed extends Emitter {
    #connection;
    #request = 0;       // the newest subscribe: answers to older ones are stale
    #asked = false;     // a subscribe is on its way or answered, so that an unsubscribe is due
    #subscribed = false;
    #there = null;      // whether the server has the topic; null until it has said so on this connection
    #wanted = null;     // where to begin, until the server has said what offset that is
    #before = 0n;       // `head` as the connection was lost: a log that ends before it is another one

    constructor(connection) {
        super();
        this.#connection = connection;
        this.topic = null;
        this.stream = null;
        this.following = true;
        this.expected = null;
        this.first = 0n;       // the log's first and next offset, as last heard
        this.head = 0n;
        this.live = false;
        this.joined = null;    // `head` when it began to follow: what comes before it is no news
        this.refused = '';     // why the server does not serve it
        connection.on('lost', () => {
            this.#there = null;
            this.#before = this.head;
            this.#pause();
        });
        connection.on('frame', (frame) => this.#take(frame));
    }

    choose(topic) {
        this.#leave();
        this.#there = null;
        Object.assign(this, {topic, stream: null, first: 0n, head: 0n});
        this.#before = 0n;
        this.follow('tail');
    }

    // from: 'tail' (the last few, then live) or {offset: BigInt}.
    follow(from) {
        this.#wanted = from;
        Object.assign(this, {following: true, expected: null, live: false, joined: null});
        this.#resume();
    }

    stay() {
        this.#request += 1;
        this.#leave();
        Object.assign(this, {following: false, expected: null, live: false});
        this.emit('state');
    }

    // The topic as GET /api/topics has it; undefined where it is not among the server's.
    listed(entry) {
        const came = entry !== undefined && !this.#there;
        this.#there = entry !== undefined;
        if (entry !== undefined) this.#learn(BigInt(entry.first_offset), BigInt(entry.next_offset));
        if (came) this.#resume();
        else this.emit('state');
    }

    // Nobody has published to it yet.
    get missing() {
        return this.#there === false;
    }

    // There is something to read, and somebody to ask for it.
    get reachable() {
        return this.#there === true && this.#connection.isOpen;
    }

    #learn(first, head) {
        this.first = first;
        if (head > this.head) this.head = head;
        if (this.live && this.behind > kFarBehind) this.live = false;
    }

    get behind() {
        return this.expected === null || this.head < this.expected ? 0n : this.head - this.expected;
    }

    #leave() {
        const asked = this.#asked;
        this.#pause();
        if (asked && this.#connection.isOpen) {
            this.#connection.request({type: 'unsubscribe', topic: this.topic}, () => {});
        }
    }

    #pause() {
        this.#asked = false;
        this.#subscribed = false;
        this.emit('state');
    }

    #resume() {
        if (!this.reachable) return;
        this.#leave();
        const request = ++this.#request;
        this.refused = '';
        this.#connection.request({type: 'open', topic: this.topic}, (error, opened) => {
            if (request !== this.#request) return;
            if (error) return this.#refuse(error);
            this.stream = BigInt(opened.stream);
            this.head = BigInt(opened.next_offset);
            const lost = this.head < this.#before;
            this.#before = 0n;
            if (lost) this.#restart();
            else if (this.following) this.#subscribe(request);
            else this.emit('state');
        });
    }

    // The log ends before what was seen: another folder, or one that lost its end. Nothing shown holds any more.
    #restart() {
        this.emit('restart');
        this.follow('tail');
    }

    #subscribe(request) {
        const tail = this.head - kTail > this.first ? this.head - kTail : this.first;
        const wanted = this.#wanted === 'tail' ? {offset: tail} : this.#wanted;
        const from = this.expected === null ? wanted : {offset: this.expected};
        const message = {type: 'subscribe', topic: this.topic, from, meta: true};
        this.#asked = true;
        this.#connection.request(message, (error, answer) => {
            if (request !== this.#request) return;
            if (error) return this.#refuse(error);
            this.#subscribed = true;
            this.#answered(from, answer);
        });
    }

    #answered(from, answer) {
        const at = BigInt(answer.from_offset);
        this.first = BigInt(answer.first_offset);
        this.head = BigInt(answer.next_offset);
        const asked = from.offset;
        this.joined ??= this.head;
        if (this.expected !== null && this.head < this.expected) return this.#restart();
        if (at > asked) this.emit('hole', {from: asked, to: at});
        this.expected = at > asked ? at : asked;
        this.#checkLive();
        this.emit('state');
    }

    #take(frame) {
        if (frame.type !== FrameType.messageMeta && frame.type !== FrameType.message) return;
        if (!this.#subscribed || frame.stream !== this.stream || frame.offset < this.expected) return;
        if (frame.offset > this.expected) this.emit('hole', {from: this.expected, to: frame.offset});
        this.expected = frame.offset + 1n;
        if (this.expected > this.head) this.head = this.expected;
        this.#checkLive();
        this.emit('event', frame);
    }

    #checkLive() {
        if (!this.live && this.expected >= this.head) this.live = true;
    }

    #refuse(error) {
        // A connection that broke is the connection's story, not the topic's.
        if (error.reason) this.refused = error.message;
        this.emit('state');
    }
}
