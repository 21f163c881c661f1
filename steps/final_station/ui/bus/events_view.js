// The events of the chosen topic. However many there are, only the rows in sight exist as elements; they are moved and
// filled again as one scrolls. What arrives is drawn once a frame.
import {byId, element, onceAFrame, setText} from './shared/dom.js';
import {clock, count, plural} from './shared/format.js';
import {preview} from './payload.js';

const kSpare = 6;  // rows drawn above and below the window
const kDigit = 0.56;  // rem: a little more than a digit of an offset is wide

export class EventsView {
    #timeline;
    #show;
    #pool = [];
    #active = null;     // number of the chosen row
    #held = false;      // it followed until an event was opened
    #aim = null;        // offset to bring to the top
    #rowHeight = 0;
    #first = 0;         // number of the list's first row, as last drawn
    #placed = 0;        // where the last drawing left the list
    #list = byId('events');
    #rows = byId('rows');
    #newer = byId('newer');
    draw = onceAFrame(() => this.#draw());

    constructor({timeline, show}) {
        this.#timeline = timeline;
        this.#show = show;
        timeline.on('change', this.draw);
        timeline.on('restart', ({offset}) => this.#restart(offset));
        timeline.on('state', () => this.#drawEnds());
        this.#list.addEventListener('scroll', () => this.#scrolled(), {passive: true});
        this.#list.addEventListener('keydown', (event) => this.#key(event));
        this.#rows.addEventListener('click', (event) => this.#click(event));
        this.#newer.addEventListener('click', () => {
            timeline.follow();
            this.#list.focus();
        });
        new ResizeObserver(() => {
            this.#rowHeight = this.#measure();
            if (!timeline.following) this.#reveal();
            this.draw();
        }).observe(this.#list);
    }

    // Who no longer looks at one event, and has not gone elsewhere, wants to see what comes, as before.
    resume() {
        if (this.#held) this.#timeline.follow();
        this.#held = false;
    }

    get #window() {
        return this.#timeline.window;
    }

    #restart(offset) {
        this.#active = null;
        this.#held = false;
        this.#aim = offset;
        this.#first = 0;
        this.draw();
    }

    #draw() {
        this.#rowHeight ||= this.#measure();
        const height = this.#rowHeight;
        if (this.#active < this.#window.first) this.#active = null;
        this.#rows.style.height = `${this.#window.length * height}px`;
        this.#keepPlace(height);
        const top = this.#list.scrollTop / height;
        const bottom = (this.#list.scrollTop + this.#list.clientHeight) / height;
        const first = Math.max(0, Math.floor(top) - kSpare);
        const last = Math.min(this.#window.length, Math.ceil(bottom) + kSpare);
        const digits = this.#window.end === null ? 0 : count(this.#window.end).length;
        byId('list-frame').style.setProperty('--offset-width', `${(digits * kDigit).toFixed(1)}rem`);
        while (this.#pool.length < last - first) this.#pool.push(this.#makeRow());
        for (const [i, row] of this.#pool.entries()) {
            const position = first + i;
            row.node.hidden = position >= last;
            if (position < last) this.#fill(row, position, height);
        }
        const number = (position) => this.#window.first + Math.min(this.#window.length, Math.max(0, position));
        this.#timeline.see(number(Math.round(top)), number(Math.round(bottom)));
        this.#drawEnds();
    }

    // Following, it stays at the end. Elsewhere what is read stays where it is, while rows come and go above it.
    #keepPlace(height) {
        const above = this.#first - this.#window.first;
        this.#first = this.#window.first;
        if (this.#timeline.following) {
            this.#list.scrollTop = this.#window.length * height;
        } else if (this.#aim !== null && this.#window.length > 0) {
            this.#active = Math.min(this.#window.find(this.#aim), this.#window.last - 1);
            this.#list.scrollTop = (this.#active - this.#window.first) * height;
            this.#aim = null;
        } else if (above !== 0) {
            this.#list.scrollTop += above * height;
        }
        this.#placed = this.#list.scrollTop;
    }

    #drawEnds() {
        const {busy, following, behind, window} = this.#timeline;
        byId('empty').hidden = window.length > 0 || busy;
        this.#list.setAttribute('aria-busy', String(busy));
        this.#newer.hidden = following || behind === 0n;
        setText(this.#newer, `${plural(behind, 'newer event')} \u2193`);
        const active = this.#pool.find(({node, number}) => !node.hidden && number === this.#active);
        if (active) this.#list.setAttribute('aria-activedescendant', active.node.id);
        else this.#list.removeAttribute('aria-activedescendant');
    }

    #fill(row, position, height) {
        const number = this.#window.first + position;
        const item = this.#window.at(number);
        row.node.style.transform = `translateY(${position * height}px)`;
        row.node.setAttribute('aria-selected', String(number === this.#active));
        if (row.item === item && row.number === number) return;
        Object.assign(row, {item, number});
        const isHole = item.payload === undefined;
        if (isHole) {
            setText(row.offset, '');
            setText(row.time, '');
            setText(row.payload, `Events ${count(item.from)} to ${count(item.to - 1n)} are not there any more`);
            row.payload.dataset.kind = 'hole';
            return;
        }
        item.preview ??= preview(item.payload);
        setText(row.offset, count(item.offset));
        setText(row.time, item.time === null ? '' : clock(item.time));
        setText(row.payload, item.preview.text);
        row.payload.dataset.kind = item.preview.kind;
    }

    #makeRow() {
        const row = {offset: element('span', {class: 'offset'}), time: element('span', {class: 'time'}),
            payload: element('span', {class: 'payload', dir: 'auto'}), item: null, number: -1};
        row.node = element('div', {class: 'row', role: 'option', id: `row-${this.#pool.length}`},
            row.offset, row.time, row.payload);
        this.#rows.append(row.node);
        return row;
    }

    #measure() {
        const row = this.#pool[0] ?? this.#makeRow();
        if (this.#pool.length === 0) this.#pool.push(row);
        row.node.hidden = false;
        return row.node.getBoundingClientRect().height || 36;
    }

    // Only who scrolls up stops following: a list that became shorter is not at its end either, for a moment.
    #scrolled() {
        const {scrollTop, scrollHeight, clientHeight} = this.#list;
        const atEnd = scrollHeight - clientHeight - scrollTop < this.#rowHeight / 2;
        if (Math.abs(scrollTop - this.#placed) > 1 && !atEnd) this.#held = false;
        if (!atEnd && scrollTop < this.#placed - 1) this.#timeline.stay();
        this.draw();
    }

    #key(event) {
        const page = Math.max(1, Math.floor(this.#list.clientHeight / this.#rowHeight) - 1);
        const steps = {ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity};
        if (event.key === 'Enter' || event.key === ' ') this.#open();
        else if (event.key in steps) this.#move(steps[event.key]);
        else return;
        event.preventDefault();
    }

    // End follows; every other key goes to a place, and stays there.
    #move(step) {
        const {window, following} = this.#timeline;
        if (step === Infinity) return this.#toEnd();
        this.#held = false;
        this.#timeline.stay();
        if (step === -Infinity && this.#timeline.toStart()) return;
        if (window.length === 0) return;
        const sight = Math.round(this.#list.scrollTop / this.#rowHeight) + window.first;
        const from = this.#active ?? (following ? window.last - (step < 0 ? 0 : 1) : sight - step);
        this.#active = Math.min(window.last - 1, Math.max(window.first, from + step));
        this.#reveal();
        this.draw();
    }

    #toEnd() {
        this.#active = null;
        this.#timeline.follow();
        this.draw();
    }

    #click(event) {
        const node = event.target.closest('.row');
        const row = this.#pool.find((other) => other.node === node);
        if (!row) return;
        this.#active = row.number;
        this.draw();
        this.#open();
    }

    #open() {
        const item = this.#active === null ? undefined : this.#window.at(this.#active);
        if (!item?.payload) return;
        this.#held ||= this.#timeline.following;
        this.#timeline.stay();
        this.#show(item);
    }

    // The chosen row, if there is one, moves into sight.
    #reveal() {
        if (this.#active === null) return;
        const top = (this.#active - this.#first) * this.#rowHeight;
        const bottom = top + this.#rowHeight - this.#list.clientHeight;
        if (this.#list.scrollTop > top) this.#list.scrollTop = top;
        else if (this.#list.scrollTop < bottom) this.#list.scrollTop = bottom;
        this.#placed = this.#list.scrollTop;
    }
}
