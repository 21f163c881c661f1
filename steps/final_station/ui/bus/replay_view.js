// Where in the topic the page reads: the slider follows the position, and moves it. Its right end is live.
import {byId, setText} from './shared/dom.js';
import {count, localInput} from './shared/format.js';

const kSettle = 250;  // ms after the last key before the slider's place is taken for meant

export class ReplayView {
    #feed;
    #slider = byId('slider');
    #moving = 0;       // a timer, or true while the slider is held
    #base = 0n;        // the offset at the slider's left end
    #suggested = null; // topic whose moment was filled in

    constructor(feed) {
        this.#feed = feed;
        this.#slider.addEventListener('input', () => {
            clearTimeout(this.#moving);
            this.#moving = true;
            this.#label();
        });
        this.#slider.addEventListener('change', () => {
            clearTimeout(this.#moving);
            this.#moving = setTimeout(() => this.#slid(), kSettle);
        });
        byId('to-live').addEventListener('click', () => feed.replay('tail'));
        onSubmit('from-offset', () => this.#fromOffset());
        onSubmit('from-moment', () => this.#fromMoment());
    }

    // A moment worth changing a little, instead of an empty field.
    suggest(time) {
        if (this.#suggested === this.#feed.topic || time === null) return;
        this.#suggested = this.#feed.topic;
        byId('moment').value = localInput(time);
    }

    show() {
        const {first, head, expected} = this.#feed;
        if (this.#moving) return;
        this.#base = first;
        this.#slider.max = String(head - first);
        const at = expected === null || this.#feed.live ? head : expected;
        this.#slider.value = String(at < first ? 0n : at - first);
        this.#label();
    }

    get #offset() {
        return this.#base + BigInt(this.#slider.value);
    }

    #label() {
        const atEnd = this.#slider.value === this.#slider.max;
        const text = atEnd ? 'now' : count(this.#offset);
        setText(byId('slider-value'), text);
        this.#slider.setAttribute('aria-valuetext', atEnd ? 'now' : `offset ${text}`);
        const share = Number(this.#slider.max) > 0 ? Number(this.#slider.value) / Number(this.#slider.max) : 1;
        this.#slider.style.setProperty('--share', `${(share * 100).toFixed(2)}%`);
    }

    #slid() {
        const atEnd = this.#slider.value === this.#slider.max;
        const offset = this.#offset;
        this.#moving = 0;
        this.#feed.replay(atEnd ? 'tail' : {offset});
    }

    #fromOffset() {
        const field = byId('offset');
        const digits = field.value.replaceAll(/[\s,.]/g, '');
        const right = /^\d{1,19}$/.test(digits);
        field.toggleAttribute('aria-invalid', !right);
        if (!right) return;
        const {first, head} = this.#feed;
        const offset = BigInt(digits);
        this.#feed.replay({offset: offset < first ? first : offset > head ? head : offset});
    }

    #fromMoment() {
        const field = byId('moment');
        const milliseconds = new Date(field.value).getTime();
        const right = Number.isFinite(milliseconds);
        field.toggleAttribute('aria-invalid', !right);
        if (right) this.#feed.replay({time: BigInt(milliseconds) * 1000000n});
    }
}

function onSubmit(form, work) {
    byId(form).addEventListener('submit', (event) => {
        event.preventDefault();
        work();
    });
}
