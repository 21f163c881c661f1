// The list of topics, the busy ones first: choose one, filter them, or open a new one by its name.
import {byId, element, setText} from './shared/dom.js';
import {count, plural} from './shared/format.js';

const kName = /^[A-Za-z0-9_*-][A-Za-z0-9._*-]{0,127}$/;  // or a pattern
const kFew = 8;         // so many topics need no filter
const kRecent = 10;     // seconds over which the rate that orders them is averaged, about

export class TopicsView {
    #rows = new Map();  // name → {item, button, events, rate, damaged, next, recent}
    #choose;
    #chosen = null;
    #marked = null;
    #looked = 0;
    #list = byId('topics');
    #filter = byId('topic-filter');

    constructor({choose}) {
        this.#choose = choose;
        byId('new-topic').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#open();
        });
        this.#filter.addEventListener('input', () => {
            this.#list.scrollTop = 0;
            this.#applyFilter();
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
        if (item) intoSight(item, this.#list);
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
        this.#order();
        this.#applyFilter();
        this.mark(this.#chosen);
    }

    #showOne(topic, seconds) {
        const row = this.#rows.get(topic.name) ?? this.#add(topic.name);
        const next = Number(topic.next_offset);
        const rate = Math.max(0, next - (row.next ?? next)) / seconds;
        row.recent += (rate - row.recent) * (1 - Math.exp(-seconds / kRecent));
        row.next = next;
        setText(row.events, plural(next, 'event'));
        setText(row.rate, rate >= 0.5 ? `${count(Math.round(rate))}/s` : '');
        row.damaged.hidden = !(topic.recovery?.damage?.length > 0);
        row.button.classList.toggle('damaged', !row.damaged.hidden);
    }

    #add(name) {
        const row = {events: element('span', {class: 'soft'}), rate: element('span', {class: 'rate'}),
            damaged: element('span', {class: 'damage'}, 'damaged'), next: null, recent: 0};
        row.button = element('button', {type: 'button', class: 'topic', title: name},
            element('span', {class: 'name'}, name), row.rate, row.events, row.damaged);
        row.button.addEventListener('click', () => this.#choose(name));
        row.item = element('li', {}, row.button);
        this.#list.append(row.item);
        this.#rows.set(name, row);
        return row;
    }

    // Nothing moves under a pointer, or under the focus.
    #order() {
        if (this.#list.matches(':hover, :focus-within')) return;
        const busy = ([, {recent}]) => (recent < 0.05 ? 0 : Number(recent.toPrecision(2)));
        const ordered = [...this.#rows].sort((a, b) => busy(b) - busy(a) || (a[0] < b[0] ? -1 : 1));
        let at = this.#list.firstElementChild;
        for (const [, {item}] of ordered) {
            if (item === at) at = at.nextElementSibling;
            else this.#list.insertBefore(item, at);
        }
    }

    #applyFilter() {
        const few = this.#rows.size <= kFew && this.#filter.value === '';
        byId('topic-filter-field').hidden = few;
        const wanted = this.#filter.value.trim().toLowerCase();
        let shown = 0;
        for (const [name, {item}] of this.#rows) {
            item.hidden = !name.toLowerCase().includes(wanted);
            shown += item.hidden ? 0 : 1;
        }
        const all = plural(this.#rows.size, 'topic');
        setText(byId('topic-count'), few ? '' : wanted === '' ? all : `${count(shown)} of ${all}`);
    }

    #open() {
        const input = byId('new-topic-name');
        const name = input.value.trim();
        const right = kName.test(name);
        setText(byId('new-topic-error'), right ? '' : 'Letters, digits, dot, dash and underscore, * for any of them; no dot in front');
        input.toggleAttribute('aria-invalid', !right);
        if (!right) return;
        input.value = '';
        this.#choose(name);
    }
}

// Scrolls only the list; scrollIntoView() would move the page too.
function intoSight(item, list) {
    const top = item.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top + item.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top;
}
