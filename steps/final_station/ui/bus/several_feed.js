// The events of all topics that a pattern fits, as they come: of each topic in its order, without a gap and without a
// double, whatever happens to the connection. The rule is the feed's, for each topic: one number, the offset that must
// come next. Topics that are made meanwhile come in by themselves. Emits
//   event   {topic, offset, id, time, payload}
//   hole    {topic, from, to}    offsets [from, to) of the topic exist no more
//   state   after anything else has changed
import {Emitter} from './shared/emitter.js';
import {FrameType} from './frames.js';
import {fits} from './pattern.js';

const kTail = 200;  // events shown of what was there, of all topics together, about
const kMost = 2000;  // topics whose ends are asked for; of others all is shown

export class SeveralFeed extends Emitter {
    #connection;
    #ref = null;          // of the subscription; answers to an older one are stale
    #streams = new Map();  // stream → {topic, expected}, on this connection
    #places = new Map();   // topic → {stream, expected}
    #listed = null;        // topics as last heard, which says where their ends are

    constructor(connection) {
        super();
        this.#connection = connection;
        this.pattern = null;
        this.refused = new Map();  // topic, or '' → why it does not come in
        connection.on('lost', () => this.#pause());
        connection.on('frame', (frame) => this.#take(frame));
    }

    follow(pattern) {
        this.leave();
        this.pattern = pattern;
        this.#resume();
    }

    leave() {
        if (this.#ref !== null && this.#connection.isOpen) {
            this.#connection.request({type: 'unsubscribe', topics: [this.pattern]}, () => {});
        }
        this.#places.clear();
        this.refused.clear();
        this.pattern = null;
        this.#pause();
    }

    // As GET /api/topics has them.
    listed(topics) {
        this.#listed = topics;
        this.#resume();
    }

    get live() {
        return this.#ref !== null && this.#connection.isOpen;
    }

    get topics() {
        return this.#streams.size;
    }

    #pause() {
        if (this.#ref !== null) this.#connection.forget(this.#ref);
        this.#ref = null;
        this.#streams.clear();
        this.emit('state');
    }

    // Topics that nobody has told of have been made since: all of them is new.
    #resume() {
        if (this.pattern === null || this.#ref !== null || this.#listed === null || !this.#connection.isOpen) return;
        this.refused.clear();
        const fitting = this.#listed.filter(({name}) => fits(this.pattern, name)).slice(0, kMost);
        const each = BigInt(Math.max(1, Math.floor(kTail / Math.max(1, fitting.length))));
        const offsets = Object.fromEntries(fitting.map(({name, first_offset, next_offset}) => {
            const [first, next] = [BigInt(first_offset), BigInt(next_offset)];
            const tail = next - each > first ? next - each : first;
            return [name, tail];
        }));
        for (const [name, {expected}] of this.#places) offsets[name] = expected;
        const message = {type: 'subscribe', topics: [this.pattern], from: 'beginning', offsets, meta: true};
        this.#ref = this.#connection.follow(message, (error, answer) => this.#answered(error, answer));
        this.emit('state');
    }

    #answered(error, answer) {
        if (error) {
            if (error.reason) this.refused.set(error.topic ?? '', error.message);
            return this.emit('state');
        }
        const {topic} = answer;
        const stream = BigInt(answer.stream);
        const known = this.#places.get(topic);
        if (known && known.stream !== stream) return this.#again(topic, stream);
        const from = BigInt(answer.from_offset);
        if (known && from > known.expected) this.emit('hole', {topic, from: known.expected, to: from});
        const place = {topic, stream, expected: known && known.expected > from ? known.expected : from};
        this.#places.set(topic, place);
        this.#streams.set(stream, place);
        this.emit('state');
    }

    // Another topic of its name: what was known of the first holds no more.
    #again(topic, stream) {
        this.#places.set(topic, {topic, stream, expected: 0n});
        this.#connection.request({type: 'subscribe', topic, from: 'beginning', meta: true},
            (error, answer) => this.#answered(error, answer));
    }

    #take(frame) {
        const place = this.#streams.get(frame.stream);
        if (!place || frame.type !== FrameType.messageMeta || frame.offset < place.expected) return;
        if (frame.offset > place.expected) this.emit('hole', {topic: place.topic, from: place.expected, to: frame.offset});
        place.expected = frame.offset + 1n;
        this.emit('event', {...frame, topic: place.topic});
    }
}
