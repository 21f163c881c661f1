// Going to a place in the topic: by the slider, which shows the place as well, by an offset or by a moment. The
// slider's right end is live, and follows.
import {byId, setText} from './shared/dom.js';
import {count, localInput} from './shared/format.js';

export class ReplayView {
    #feed;
    #timeline;
    #slider = byId('slider');
    #moving = false;   // the slider is held
    #base = 0n;        // the offset at the slider's left end
    #suggested = null; // topic whose moment was filled in

    constructor({feed, timeline}) {
        this.#feed = feed;
        this.#timeline = timeline;
        this.#slider.addEventListener('input', () => this.#slide());
        this.#slider.addEventListener('change', () => (this.#moving = false));
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
        const {first, head} = this.#feed;
        if (this.#moving || this.#timeline.seeking) return;
        this.#base = first;
        this.#slider.max = String(head - first);
        const at = this.#timeline.place ?? head;
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

    #slide() {
        this.#moving = true;
        this.#label();
        if (this.#slider.value === this.#slider.max) this.#timeline.follow();
        else this.#timeline.go({offset: this.#offset});
    }

    #fromOffset() {
        const field = byId('offset');
        const digits = field.value.replaceAll(/[\s,.]/g, '');
        const right = /^\d{1,19}$/.test(digits);
        field.toggleAttribute('aria-invalid', !right);
        if (right) this.#timeline.go({offset: BigInt(digits)});
    }

    #fromMoment() {
        const field = byId('moment');
        const milliseconds = new Date(field.value).getTime();
        const right = Number.isFinite(milliseconds);
        field.toggleAttribute('aria-invalid', !right);
        if (right) this.#timeline.go({time: BigInt(milliseconds) * 1000000n});
    }
}

function onSubmit(form, work) {
    byId(form).addEventListener('submit', (event) => {
        event.preventDefault();
        work();
    });
}
