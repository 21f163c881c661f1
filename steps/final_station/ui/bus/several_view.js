// What comes in all topics that a pattern fits: the newest few, each with its topic, by their time. A topic's name leads
// to the topic, where all that it holds can be seen.
import {announce, hush} from './shared/announce.js';
import {byId, element, onceAFrame, setText} from './shared/dom.js';
import {clock, count, plural} from './shared/format.js';
import {preview} from './payload.js';

const kKept = 300;  // rows

export class SeveralView {
    #feed;
    #choose;
    #items = [];   // by time; {topic, offset, time, payload} or {topic, from, to, time}
    #nodes = new Map();  // item → row
    #arrived = 0;  // since the last sentence about it
    #list = byId('several-rows');
    draw = onceAFrame(() => this.#draw());

    constructor({feed, choose}) {
        this.#feed = feed;
        this.#choose = choose;
        this.say = () => this.#sentence();
        feed.on('event', (event) => this.#add(event));
        feed.on('hole', (hole) => this.#add({...hole, time: this.#items.at(-1)?.time ?? 0n}));
        feed.on('state', this.draw);
    }

    // null: it is a single topic that is shown.
    show(pattern) {
        byId('several').hidden = pattern === null;
        byId('single').hidden = pattern !== null;
        this.#items = [];
        this.#arrived = 0;
        hush(this.say);
        if (pattern !== null) this.draw();
    }

    // Most come as they happened; of several topics that begin, one after the other, each lies among the others.
    #add(item) {
        let at = this.#items.length;
        while (at > 0 && this.#items[at - 1].time > item.time) at -= 1;
        this.#items.splice(at, 0, item);
        if (this.#items.length > kKept) this.#items.shift();
        this.#arrived += 1;
        announce(this.say);
        this.draw();
    }

    #sentence() {
        const last = this.#items.at(-1);
        const sentence = `${plural(this.#arrived, 'new event')} in ${this.#feed.pattern}, the last one in ${last?.topic ?? 'none'}`;
        this.#arrived = 0;
        return sentence;
    }

    // Who has scrolled up stays where it is.
    #draw() {
        const {pattern, live, topics, refused} = this.#feed;
        if (pattern === null) return;
        setText(byId('several-title'), pattern);
        byId('several-state').dataset.phase = live ? 'open' : 'waiting';
        setText(byId('several-state'), live ? 'Live' : 'Waiting for the server');
        const [topic, why] = refused.entries().next().value ?? [];
        const left = refused.size === 0 ? '' : topic === '' ? why : `${plural(refused.size, 'topic')} left out: ${why}`;
        setText(byId('several-facts'), plural(topics, 'topic'));
        setText(byId('several-problem'), left);
        byId('several-empty').hidden = this.#items.length > 0;
        const {scrollTop, scrollHeight, clientHeight} = this.#list;
        const atEnd = scrollHeight - clientHeight - scrollTop < 8;
        const nodes = new Map(this.#items.map((item) => [item, this.#nodes.get(item) ?? this.#row(item)]));
        for (const [item, node] of this.#nodes) {
            if (!nodes.has(item)) node.remove();
        }
        let at = this.#list.firstElementChild;
        for (const node of nodes.values()) {
            if (node === at) at = at.nextElementSibling;
            else this.#list.insertBefore(node, at);
        }
        this.#nodes = nodes;
        if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
    }

    #row(item) {
        const name = element('button', {type: 'button', class: 'of', title: item.topic}, item.topic);
        name.addEventListener('click', () => this.#choose(item.topic));
        const isHole = item.payload === undefined;
        const {text, kind} = isHole
            ? {text: `Events ${count(item.from)} to ${count(item.to - 1n)} are not there any more`, kind: 'hole'}
            : preview(item.payload);
        if (!isHole) item.payload = null;  // it is a view of all that came with it
        return element('li', {class: 'row'}, name,
            element('span', {class: 'offset'}, isHole ? '' : count(item.offset)),
            element('span', {class: 'time'}, isHole ? '' : clock(item.time)),
            element('span', {class: 'payload', dir: 'auto', 'data-kind': kind}, text));
    }
}
