// Asks the server once a second for its topics and its metrics, while there is a connection. Emits
//   topics   the array of GET /api/topics
//   metrics  {before, now, seconds}: two readings and the time between them
import {headers} from './access.js';
import {Emitter} from './shared/emitter.js';
import {parse} from './shared/json.js';
import {parseMetrics} from './prometheus.js';

const kEvery = 1000;       // ms
const kWhenHidden = 5000;  // ms, in a tab that nobody sees
const kShortest = 500;     // ms between two readings that a rate is made of

export class Poll extends Emitter {
    #connection;
    #timer = 0;
    #before = null;

    constructor(connection) {
        super();
        this.#connection = connection;
        connection.on('open', () => this.soon());
        connection.on('lost', () => {
            clearTimeout(this.#timer);
            this.#before = null;  // a restarted server counts from 0
        });
        document.addEventListener('visibilitychange', () => this.soon());
    }

    soon() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#ask(), 0);
    }

    async #ask() {
        const began = performance.now();
        const [topics, metrics] = await Promise.all([read('api/topics'), read('metrics')]);
        clearTimeout(this.#timer);
        if (!this.#connection.isOpen) return;
        const every = document.hidden ? kWhenHidden : kEvery;
        this.#timer = setTimeout(() => this.#ask(), Math.max(50, every - (performance.now() - began)));
        this.#take(topics, metrics);
    }

    #take(topics, metrics) {
        if (topics !== null) this.emit('topics', parse(topics));
        if (metrics === null) return;
        const now = {at: performance.now(), samples: parseMetrics(metrics)};
        const before = this.#before;
        if (before && now.at - before.at < kShortest) return;
        this.#before = now;
        const seconds = before ? (now.at - before.at) / 1000 : 0;
        this.emit('metrics', {before: before?.samples ?? null, now: now.samples, seconds});
    }
}

// Null where there is no answer: the connection says what is wrong, and the next second asks again.
async function read(path) {
    try {
        const answer = await fetch(path, {cache: 'no-store', headers: headers()});
        return answer.ok ? await answer.text() : null;
    } catch {
        return null;
    }
}
