// The list of topics: choose one, or open a new one by its name.
import {byId, element, setText} from './shared/dom.js';
import {count, plural} from './shared/format.js';

const kName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

export class TopicsView {
    #rows = new Map();  // name → {item, button, name, events}
    #choose;
    #chosen = null;
    #marked = null;
    #events = new Map();  // name → next offset of the last look, for the rate
    #looked = 0;

    constructor({choose}) {
        this.#choose = choose;
        byId('new-topic').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#open();
        });
    }

    mark(topic) {
        if (this.#marked === topic) return;
        this.#chosen = topic;
        this.#marked = this.#rows.has(topic) ? topic : null;  // a new one has no row yet
        for (const [name, {button}] of this.#rows) {
            if (name === topic) button.setAttribute('aria-current', 'true');
            else button.removeAttribute('aria-current');
        }
        const item = this.#rows.get(topic)?.item;
        if (item) intoSight(item, byId('topics'));
    }

    // topics: as GET /api/topics has them.
    show(topics) {
        const names = new Set(topics.map(({name}) => name));
        for (const [name, {item}] of this.#rows) {
            if (names.has(name)) continue;
            item.remove();
            this.#rows.delete(name);
        }
        const now = performance.now();
        for (const topic of topics) this.#showOne(topic, (now - this.#looked) / 1000);
        this.#looked = now;
        this.mark(this.#chosen);
    }

    #showOne(topic, seconds) {
        const row = this.#rows.get(topic.name) ?? this.#add(topic.name);
        const next = Number(topic.next_offset);
        const gained = next - (this.#events.get(topic.name) ?? next);
        this.#events.set(topic.name, next);
        const rate = Math.round(gained / seconds);
        setText(row.events, plural(next, 'event'));
        setText(row.rate, rate > 0 ? `${count(rate)}/s` : '');
        row.button.classList.toggle('damaged', (topic.recovery?.damage?.length ?? 0) > 0);
    }

    #add(name) {
        const row = {events: element('span', {class: 'soft'}), rate: element('span', {class: 'rate'})};
        row.button = element('button', {type: 'button', class: 'topic'}, element('span', {class: 'name'}, name), row.rate,
            row.events);
        row.button.addEventListener('click', () => this.#choose(name));
        row.item = element('li', {}, row.button);
        byId('topics').append(row.item);
        this.#rows.set(name, row);
        return row;
    }

    #open() {
        const input = byId('new-topic-name');
        const name = input.value.trim();
        const right = kName.test(name);
        setText(byId('new-topic-error'), right ? '' : 'Letters, digits, dot, dash and underscore; no dot in front');
        input.toggleAttribute('aria-invalid', !right);
        if (!right) return;
        input.value = '';
        this.#choose(name);
    }
}

// Scrolls only the list, which lies down on narrow screens; scrollIntoView() would move the page too.
function intoSight(item, list) {
    const left = item.offsetLeft - list.offsetLeft;
    const top = item.offsetTop - list.offsetTop;
    if (left < list.scrollLeft || left + item.offsetWidth > list.scrollLeft + list.clientWidth) list.scrollLeft = left;
    if (top < list.scrollTop || top + item.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top;
}
