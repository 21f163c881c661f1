// One message as an element, filled anew only when it is another object than before.
import {element, setText, svg} from '../shared/dom.js';
import {plural} from '../shared/format.js';
import {placeOf} from '../model/place.js';
import {contentNode} from './message_nodes.js';
import {dateOf, timeOfDay, wholeMoment} from './moments.js';
import {nameNode, tile, visible} from './names.js';

const kLong = 1600;  // characters and lines after which a message is folded
const kManyLines = 24;

export class MessageView {
    #context;
    #message = null;
    #continues = null;
    #sent = element('span', {class: 'sent'}, 'sent');
    node;

    // context: {people, prove(message), boost(message, content, on), again(entry), edit(entry), discard(entry),
    // playSound(name)}
    constructor(context) {
        this.#context = context;
        this.node = element('li', {class: 'message', tabindex: '-1'});
        this.node.view = this;
    }

    get message() {
        return this.#message;
    }

    // continues: the one above is by the same author, a moment ago.
    show(message, continues, sent) {
        if (this.#message !== message || this.#continues !== continues) this.#fill(message, continues);
        this.#sent.hidden = !sent;
    }

    #fill(message, continues) {
        const {people} = this.#context;
        const date = dateOf(message.created_at);
        const hadFocus = this.node.contains(document.activeElement);
        this.#message = message;
        this.#continues = continues;
        this.node.id = `m-${message.id}`;
        this.node.dataset.state = 'stored';
        this.node.classList.toggle('continues', continues);
        this.node.setAttribute('aria-label', `${visible(message.creator.name)}, ${timeOfDay(date)}`);
        const time = element(
            'a',
            {class: 'time', href: placeOf(message.room, message.id), title: wholeMoment(date), tabindex: '-1'},
            element('time', {datetime: date.toISOString()}, timeOfDay(date))
        );
        const lock = element('button', {
            type: 'button',
            class: 'lock',
            tabindex: '-1',
            'aria-label': 'Proof of this message',
            title: 'Proof',
        });
        lock.append(lockShape());
        lock.addEventListener('click', () => this.#context.prove(this.#message));
        const marks = element('span', {class: 'marks'}, time);
        if (message.edited_at !== null)
            marks.append(element('span', {class: 'edited', title: wholeMoment(dateOf(message.edited_at))}, 'edited'));
        if (message.creator.id === people.me.id) marks.append(this.#sent);
        marks.append(lock);
        const head = element('p', {class: 'by'}, nameNode(message.creator.name), marks);
        this.node.replaceChildren(
            tile(message.creator.id, message.creator.name),
            head,
            this.#body(message),
            this.#boosts(message)
        );
        if (hadFocus) this.node.focus({preventScroll: true});
    }

    #body(message) {
        if (message.sound !== null && message.sound !== undefined) return this.#sound(message.sound);
        const {people} = this.#context;
        const content = contentNode(message.content, {people, me: people.me.id});
        return foldable(content, message.content);
    }

    #sound(name) {
        const button = element('button', {type: 'button', class: 'sound', tabindex: '-1'}, `\u25b6 ${name}`);
        button.setAttribute('aria-label', `Play the sound ${name}`);
        button.addEventListener('click', () => this.#context.playSound(name));
        return element('div', {class: 'content'}, button);
    }

    #boosts(message) {
        const list = element('ul', {class: 'boosts', 'aria-label': 'Boosts'});
        list.hidden = message.boosts.length === 0;
        for (const [content, creators] of grouped(message.boosts)) {
            const mine = creators.some(({id}) => id === this.#context.people.me.id);
            const names = creators.map(({name}) => visible(name)).join(', ');
            const button = element(
                'button',
                {type: 'button', class: 'boost', tabindex: '-1', 'aria-pressed': String(mine), title: names},
                element('bdi', {}, content),
                creators.length > 1 ? ` ${creators.length}` : ''
            );
            button.setAttribute('aria-label', `${content} by ${names}`);
            button.addEventListener('click', () => this.#context.boost(this.#message, content, !mine));
            list.append(element('li', {}, button));
        }
        return list;
    }
}

// A message of one's own that is not known to be stored.
export class PendingView {
    #context;
    #entry;
    #words = element('span', {class: 'fate', role: 'status'});
    #actions = element('span', {class: 'fate-actions'});
    #shown = '';
    node;

    constructor(entry, context) {
        this.#context = context;
        this.#entry = entry;
        const {people} = context;
        const content = contentNode(entry.content, {people, me: people.me.id});
        const head = element('p', {class: 'by'}, nameNode(people.me.name), this.#words);
        this.node = element(
            'li',
            {class: 'message pending', tabindex: '-1', 'aria-label': 'Your message, not sent yet'},
            tile(people.me.id, people.me.name),
            head,
            foldable(content, entry.content),
            this.#actions
        );
        this.show();
    }

    show() {
        const {state, why} = this.#entry;
        this.node.dataset.state = state;
        if (this.#shown === state + why) return;
        this.#shown = state + why;
        setText(
            this.#words,
            {
                sending: 'sending',
                unknown: `not sure it was sent: ${why}`,
                refused: `not sent: ${why}`,
                gone: 'sent, and deleted since',
            }[state]
        );
        this.#actions.replaceChildren(...this.#buttons(state));
    }

    #buttons(state) {
        const make = (label, work) => {
            const button = element(
                'button',
                {type: 'button', 'aria-label': `${label}: ${this.#entry.content.slice(0, 60)}`},
                label
            );
            button.addEventListener('click', () => work(this.#entry));
            return button;
        };
        if (state === 'sending') return [];
        const discard = make('Discard', this.#context.discard);
        discard.classList.add('quiet');
        if (state === 'gone') return [discard];
        if (state === 'unknown') return [make('Not sure: send again', this.#context.again), discard];
        return [make('Send again', this.#context.again), make('Change', this.#context.change), discard];
    }
}

// What is very long shows its beginning, and all of it when asked.
function foldable(content, text) {
    if (text.length <= kLong && text.split('\n', kManyLines + 1).length <= kManyLines) return content;
    const more = element(
        'button',
        {type: 'button', class: 'quiet unfold', 'aria-expanded': 'false'},
        `Show all ${plural([...text].length, 'character')}`
    );
    const node = element('div', {class: 'folded'}, content, more);
    more.addEventListener('click', () => {
        const folds = node.classList.toggle('folded');
        more.setAttribute('aria-expanded', String(!folds));
        more.textContent = folds ? `Show all ${plural([...text].length, 'character')}` : 'Show less';
    });
    return node;
}

function grouped(boosts) {
    const groups = new Map();
    for (const {content, creator} of boosts) groups.set(content, [...(groups.get(content) ?? []), creator]);
    return groups;
}

function lockShape() {
    return svg(
        'svg',
        {viewBox: '0 0 16 16', 'aria-hidden': 'true'},
        svg('path', {d: 'M5 7V5a3 3 0 0 1 6 0v2M3.5 7h9v6.5h-9z'})
    );
}
