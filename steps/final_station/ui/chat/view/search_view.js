// Searching all rooms one is in.
import {element} from '../shared/dom.js';
import {count} from '../shared/format.js';
import {placeOf} from '../model/place.js';
import {sentence} from './dialog.js';
import {field} from './fields.js';
import {highlighted} from './message_nodes.js';
import {dateOf, shortMoment} from './moments.js';
import {nameNode, visible} from './names.js';

const kMost = 50;
const kAround = 160;  // characters shown before the first that was found, and three times as many in all

export class SearchView {
    #api;
    #rooms;
    #side;
    #asked = 0;
    #last = '';

    constructor({api, rooms, side}) {
        this.#api = api;
        this.#rooms = rooms;
        this.#side = side;
    }

    open() {
        const body = this.#side.open('search', 'Search', {focus: false});
        const query = field('Words, beginnings (stat*), \u201cphrases\u201d', {
            type: 'search',
            spellcheck: 'false',
            maxlength: '200',
        });
        const submit = element('button', {type: 'submit'}, 'Search');
        const form = element('form', {role: 'search', 'aria-label': 'All rooms'}, query.node);
        query.node.append(element('div', {class: 'field'}, query.input, submit));
        const said = element('p', {class: 'soft', role: 'status'});
        const list = element('ol', {class: 'found', 'aria-label': 'Found'});
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#search(query.input.value.trim(), said, list);
        });
        body.append(form, said, list);
        query.input.value = this.#last;
        query.input.focus();
        query.input.select();
    }

    async #search(words, said, list) {
        const number = ++this.#asked;
        this.#last = words;
        if (words === '') return list.replaceChildren();
        said.textContent = 'Searching\u2026';
        try {
            const messages = await this.#api.get('search', {q: words, limit: kMost});
            if (number !== this.#asked) return;
            list.replaceChildren(...messages.map((message) => this.#item(message)));
            said.textContent =
                messages.length === 0
                    ? 'Nothing was found.'
                    : messages.length < kMost
                      ? `${count(messages.length)} found, the newest first`
                      : `The newest ${kMost}`;
        } catch (error) {
            if (number !== this.#asked) return;
            list.replaceChildren();
            said.textContent = sentence(error);
        }
    }

    #item(message) {
        const room = this.#rooms.get(message.room);
        const {content, highlights} = around(message.content, message.highlights ?? []);
        return element(
            'li',
            {},
            element(
                'a',
                {href: placeOf(message.room, message.id)},
                element(
                    'span',
                    {class: 'where soft'},
                    nameNode(message.creator.name),
                    ' in ',
                    element('bdi', {}, room ? visible(this.#rooms.nameOf(room)) : 'a room'),
                    `, ${shortMoment(dateOf(message.created_at))}`
                ),
                highlighted(content, highlights)
            )
        );
    }
}

// The part of a long text in which something was found.
function around(content, highlights) {
    const first = highlights[0]?.[0] ?? 0;
    const from = first > kAround ? Math.max(0, content.lastIndexOf(' ', first - kAround / 2)) : 0;
    const end = from + kAround * 3;
    const moved = highlights
        .filter(([, to]) => to <= end)
        .map(([begin, to]) => [begin - from + (from > 0 ? 1 : 0), to - from + (from > 0 ? 1 : 0)]);
    return {
        content: `${from > 0 ? '\u2026' : ''}${content.slice(from, end)}${content.length > end ? '\u2026' : ''}`,
        highlights: moved,
    };
}
