// Exponential backoff with jitter, so that a thousand pages do not come back to a restarted server in step.
const kFirst = 100;    // ms
const kLongest = 15000;

export class Backoff {
    #attempt = 0;

    // Milliseconds to wait before the next attempt: between half of 100, 200, 400, … 15,000 and the whole of it.
    next() {
        const most = Math.min(kLongest, kFirst * 2 ** this.#attempt);
        this.#attempt += 1;
        return most * (0.5 + Math.random() / 2);
    }

    reset() {
        this.#attempt = 0;
    }
}
