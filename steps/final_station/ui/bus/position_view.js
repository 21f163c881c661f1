// Where the page is in the topic: live, catching up, or at a place, and how far behind live that is.
import {byId, setText} from './shared/dom.js';
import {count, plural} from './shared/format.js';

export class PositionView {
    #feed;
    #timeline;
    #connection;

    constructor({feed, timeline, connection}) {
        this.#feed = feed;
        this.#timeline = timeline;
        this.#connection = connection;
        byId('follow').addEventListener('click', () => (timeline.following ? timeline.stay() : timeline.follow()));
    }

    draw() {
        const feed = this.#feed;
        setText(byId('topic'), feed.topic);
        byId('topic').title = feed.topic;
        byId('events').setAttribute('aria-label', `Events of ${feed.topic}`);
        const [phase, words] = this.#state();
        byId('position').dataset.phase = phase;
        setText(byId('position'), words);
        setText(byId('facts'), this.#facts());
        byId('follow').setAttribute('aria-pressed', String(feed.following));
        setText(byId('empty'), feed.missing ? 'Nobody has published to this topic yet. The first event makes it.'
            : feed.head > feed.first ? 'Nothing from here on yet.' : 'No events yet. Publish the first one below.');
    }

    #state() {
        const {refused, missing, following, expected, live} = this.#feed;
        const {place, behind} = this.#timeline;
        const at = following ? expected : place;
        if (refused) return ['refused', refused];
        if (!this.#connection.isOpen) return ['waiting', at === null ? 'Waiting for the server' : `Stopped at ${count(at)}`];
        if (missing) return ['waiting', 'No such topic yet'];
        if (at === null) return ['connecting', 'Opening'];
        if (live) return ['open', 'Live'];
        if (following) return ['connecting', `Catching up, ${plural(behind, 'event')} to go`];
        return ['staying', behind > 0n ? `${plural(behind, 'event')} behind live` : 'At the end'];
    }

    #facts() {
        const {first, head, stream} = this.#feed;
        if (stream === null) return '';
        return head > first ? `offsets ${count(first)} to ${count(head - 1n)}` : 'empty';
    }
}
