// Where the page is in the topic: live, or catching up, and with what.
import {byId, setText} from './shared/dom.js';
import {count, plural} from './shared/format.js';

export class PositionView {
    #feed;
    #ring;
    #connection;

    constructor({feed, ring, connection}) {
        this.#feed = feed;
        this.#ring = ring;
        this.#connection = connection;
    }

    draw() {
        const feed = this.#feed;
        setText(byId('topic'), feed.topic);
        byId('events').setAttribute('aria-label', `Events of ${feed.topic}`);
        const [phase, words] = this.#state();
        byId('position').dataset.phase = phase;
        setText(byId('position'), words);
        setText(byId('facts'), this.#facts());
        setText(byId('empty'), feed.missing ? 'Nobody has published to this topic yet. The first event makes it.'
            : feed.head > 0n ? 'Nothing from here on yet.' : 'No events yet. Publish the first one below.');
    }

    #state() {
        const {refused, missing, expected, live, behind} = this.#feed;
        if (refused) return ['refused', refused];
        if (!this.#connection.isOpen) return ['waiting', expected === null ? 'Waiting for the server' : `Stopped at ${count(expected)}`];
        if (missing) return ['waiting', 'No such topic yet'];
        if (expected === null) return ['connecting', 'Opening'];
        if (live) return ['open', 'Live'];
        return ['connecting', `Catching up, ${plural(behind, 'event')} to go`];
    }

    #facts() {
        const {first, head, start, stream} = this.#feed;
        if (stream === null) return '';
        const facts = [head > first ? `offsets ${count(first)} to ${count(head - 1n)}` : 'empty'];
        if (start !== null && start > first) facts.push(`shown from ${count(start)}`);
        if (this.#ring.dropped > 0) facts.push(`${count(this.#ring.dropped)} scrolled by, the last ${count(this.#ring.length)} kept`);
        return facts.join(' \u00b7 ');
    }
}
