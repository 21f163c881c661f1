// The events of the chosen topic. However many there are, only the rows in sight exist as elements; they are moved and
// filled again as one scrolls. What arrives is drawn once a frame.
import {byId, element, onceAFrame, setText} from './shared/dom.js';
import {clock, count, plural} from './shared/format.js';
import {preview} from './payload.js';

const kSpare = 6;  // rows drawn above and below the window

export class EventsView {
    #ring;
    #show;
    #pool = [];
    #following = true;
    #active = null;     // number of the chosen row, counted since the ring was cleared
    #seen = 0;          // how many there were when following ended
    #rowHeight = 0;
    #lastDropped = 0;
    #placed = 0;        // where the last drawing left the window
    #window = byId('events');
    #rows = byId('rows');
    #newer = byId('newer');
    draw = onceAFrame(() => this.#draw());

    constructor({ring, show}) {
        this.#ring = ring;
        this.#show = show;
        this.#window.addEventListener('scroll', () => this.#scrolled(), {passive: true});
        this.#window.addEventListener('keydown', (event) => this.#key(event));
        this.#rows.addEventListener('click', (event) => this.#click(event));
        this.#newer.addEventListener('click', () => {
            this.follow();
            this.#window.focus();
        });
        new ResizeObserver(() => {
            this.#rowHeight = this.#measure();
            if (!this.#following) this.#reveal();
            this.draw();
        }).observe(this.#window);
    }

    restart() {
        this.#active = null;
        this.#lastDropped = 0;
        this.follow();
    }

    follow() {
        this.#following = true;
        this.draw();
    }

    // Who looks no longer at one event, and has the last ones in sight, wants to see what comes.
    resume() {
        if (this.#atEnd) this.follow();
    }

    get #end() {
        return this.#ring.dropped + this.#ring.length;
    }

    #draw() {
        this.#rowHeight ||= this.#measure();
        if (this.#active < this.#ring.dropped) this.#active = null;
        const height = this.#rowHeight;
        this.#rows.style.height = `${this.#ring.length * height}px`;
        this.#keepPlace(height);
        const top = this.#window.scrollTop;
        const first = Math.max(0, Math.floor(top / height) - kSpare);
        const last = Math.min(this.#ring.length, Math.ceil((top + this.#window.clientHeight) / height) + kSpare);
        while (this.#pool.length < last - first) this.#pool.push(this.#makeRow());
        for (const [i, row] of this.#pool.entries()) {
            const position = first + i;
            row.node.hidden = position >= last;
            if (position < last) this.#fill(row, position, height);
        }
        this.#drawEnds();
    }

    // At the end, stay there. Elsewhere, what is read stays where it is while older rows go.
    #keepPlace(height) {
        const gone = this.#ring.dropped - this.#lastDropped;
        this.#lastDropped = this.#ring.dropped;
        if (this.#following) this.#window.scrollTop = this.#ring.length * height;
        else if (gone > 0) this.#window.scrollTop -= gone * height;
        this.#placed = this.#window.scrollTop;
    }

    #drawEnds() {
        byId('empty').hidden = this.#ring.length > 0;
        const unseen = this.#end - this.#seen;
        this.#newer.hidden = this.#following;
        setText(this.#newer, unseen > 0 ? `${plural(unseen, 'newer event')} \u2193` : 'To the end \u2193');
        const active = this.#pool.find(({node, number}) => !node.hidden && number === this.#active);
        if (active) this.#window.setAttribute('aria-activedescendant', active.node.id);
        else this.#window.removeAttribute('aria-activedescendant');
    }

    #fill(row, position, height) {
        const item = this.#ring.at(position);
        const number = this.#ring.dropped + position;
        row.node.style.transform = `translateY(${position * height}px)`;
        row.node.setAttribute('aria-selected', String(number === this.#active));
        if (row.item === item && row.number === number) return;
        Object.assign(row, {item, number});
        row.node.classList.toggle('hole', item.hole !== undefined);
        if (item.hole !== undefined) {
            setText(row.offset, '');
            setText(row.time, '');
            setText(row.payload, item.hole);
            row.payload.classList.remove('binary');
            return;
        }
        item.preview ??= preview(item.payload);
        setText(row.offset, count(item.offset));
        setText(row.time, item.time === null ? '' : clock(item.time));
        setText(row.payload, item.preview.text);
        row.payload.classList.toggle('binary', item.preview.binary);
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

    get #atEnd() {
        const rest = this.#window.scrollHeight - this.#window.clientHeight - this.#window.scrollTop;
        return rest < this.#rowHeight / 2;
    }

    // Only who scrolls up stops following: a list that became shorter is not at its end either, for a moment.
    #scrolled() {
        const atEnd = this.#atEnd;
        if (atEnd) this.#following = true;
        else if (this.#window.scrollTop < this.#placed - 1) this.#stopFollowing();
        this.draw();
    }

    #key(event) {
        const page = Math.max(1, Math.floor(this.#window.clientHeight / this.#rowHeight) - 1);
        const steps = {ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity};
        if (event.key === 'Enter' || event.key === ' ') this.#open();
        else if (event.key in steps) this.#move(steps[event.key]);
        else return;
        event.preventDefault();
    }

    #move(step) {
        if (this.#ring.length === 0) return;
        const start = this.#ring.dropped;
        const from = this.#active === null ? this.#end - (step < 0 ? 0 : 1) : this.#active;
        this.#active = Math.min(this.#end - 1, Math.max(start, from + step));
        this.#reveal();
        if (step === Infinity) this.follow();
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
        const item = this.#active === null ? undefined : this.#ring.at(this.#active - this.#ring.dropped);
        if (!item?.payload) return;
        this.#stopFollowing();
        this.#show(item);
    }

    #stopFollowing() {
        if (this.#following) this.#seen = this.#end;
        this.#following = false;
    }

    // The chosen row, if there is one, moves into sight.
    #reveal() {
        if (this.#active === null) return;
        const top = (this.#active - this.#ring.dropped) * this.#rowHeight;
        const bottom = top + this.#rowHeight - this.#window.clientHeight;
        if (this.#window.scrollTop > top) this.#window.scrollTop = top;
        else if (this.#window.scrollTop < bottom) this.#window.scrollTop = bottom;
    }
}
