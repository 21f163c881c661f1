// Ctrl+K: to a room, or to somebody, by some letters of the name.
import {byId, element} from '../shared/dom.js';
import {closeDialog, openDialog} from './dialog.js';
import {nameNode, tile, visible} from './names.js';

const kMost = 9;

export class SwitcherView {
    #rooms;
    #people;
    #go;
    #talk;
    #options = [];
    #chosen = 0;
    #list = null;
    #input = null;

    // go(room), talk(user)
    constructor({rooms, people, go, talk}) {
        this.#rooms = rooms;
        this.#people = people;
        this.#go = go;
        this.#talk = talk;
        byId('switch').addEventListener('click', () => this.open());
        addEventListener('keydown', (event) => {
            const isIt =
                (event.ctrlKey || event.metaKey) &&
                !event.altKey &&
                !event.shiftKey &&
                event.key.toLowerCase() === 'k';
            if (!isIt || byId('chat').hidden) return;
            event.preventDefault();
            this.open();
        });
    }

    open() {
        this.#input = element('input', {
            type: 'search',
            role: 'combobox',
            'aria-label': 'Room or person',
            'aria-expanded': 'true',
            'aria-controls': 'switcher',
            'aria-autocomplete': 'list',
            autocomplete: 'off',
            spellcheck: 'false',
            autofocus: '',
            class: 'wide',
        });
        this.#list = element('ul', {id: 'switcher', role: 'listbox', 'aria-label': 'Rooms and people'});
        this.#input.addEventListener('input', () => this.#look());
        this.#input.addEventListener('keydown', (event) => this.#key(event));
        this.#list.addEventListener('click', (event) => {
            const at = [...this.#list.children].indexOf(event.target.closest('li'));
            if (at >= 0) this.#take(at);
        });
        openDialog('Go to', this.#input, this.#list);
        this.#look();
    }

    #look() {
        const wanted = this.#input.value.trim().toLowerCase();
        const unread = (room) => (room.involvement === 'invisible' ? 0 : room.unread);
        const rooms = [...this.#rooms.shared, ...this.#rooms.direct].map((room) => ({
            room,
            name: this.#rooms.nameOf(room),
        }));
        const people = this.#people.all
            .filter(({id, active}) => active && id !== this.#people.me.id)
            .map((user) => ({user, name: `${user.name} ${user.login}`}));
        const rank = ({name, room}) =>
            wanted === '' && room && unread(room) > 0 ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2;
        this.#options = [...rooms, ...people]
            .filter(({name}) => name.toLowerCase().includes(wanted))
            .sort((a, b) => rank(a) - rank(b))
            .slice(0, kMost);
        this.#chosen = 0;
        this.#show();
    }

    #show() {
        this.#list.replaceChildren(
            ...this.#options.map((option, at) => {
                const {room, user} = option;
                const parts = room
                    ? [
                          element('span', {class: 'mark', 'data-kind': room.type, 'aria-hidden': 'true'}),
                          nameNode(this.#rooms.nameOf(room)),
                          element('span', {class: 'soft'}, room.unread > 0 ? `${room.unread} unread` : 'room'),
                      ]
                    : [
                          tile(user.id, user.name),
                          nameNode(user.name),
                          element('bdi', {class: 'soft'}, `@${visible(user.login)}`),
                      ];
                return element(
                    'li',
                    {role: 'option', id: `switcher-${at}`, 'aria-selected': String(at === this.#chosen)},
                    ...parts
                );
            })
        );
        if (this.#options.length > 0) this.#input.setAttribute('aria-activedescendant', `switcher-${this.#chosen}`);
        else this.#input.removeAttribute('aria-activedescendant');
    }

    #key(event) {
        const count = this.#options.length;
        if (event.key === 'Enter') this.#take(this.#chosen);
        else if (event.key === 'ArrowDown' && count > 0) this.#chosen = (this.#chosen + 1) % count;
        else if (event.key === 'ArrowUp' && count > 0) this.#chosen = (this.#chosen + count - 1) % count;
        else return;
        event.preventDefault();
        if (event.key !== 'Enter') this.#show();
    }

    #take(at) {
        const option = this.#options[at];
        if (!option) return;
        closeDialog();
        if (option.room) this.#go(option.room.id);
        else this.#talk(option.user.id);
    }
}
