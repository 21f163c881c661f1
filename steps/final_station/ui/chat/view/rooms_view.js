// The list of rooms, with what is unread in each.
import {byId, element, onceAFrame, setText} from '../shared/dom.js';
import {placeOf} from '../model/place.js';
import {visible} from './names.js';

const kMostShown = 99;

export class RoomsView {
    #rooms;
    #people;
    #links = new Map();  // room → its parts
    #current = null;
    #draw = onceAFrame(() => this.#show());

    constructor({rooms, people}) {
        this.#rooms = rooms;
        this.#people = people;
        rooms.on('change', this.#draw);
        people.on('change', this.#draw);
        byId('chat').addEventListener('keydown', (event) => this.#key(event));
    }

    setCurrent(room) {
        this.#current = room;
        this.#draw();
    }

    // The rooms in the order in which they are listed.
    get listed() {
        const isShown = ({involvement}) => involvement !== 'invisible';
        return [...this.#rooms.shared.filter(isShown), ...this.#rooms.direct.filter(isShown)];
    }

    #show() {
        const isHidden = ({involvement}) => involvement === 'invisible';
        const {shared, direct} = this.#rooms;
        this.#fill(
            byId('rooms'),
            shared.filter((room) => !isHidden(room))
        );
        this.#fill(
            byId('direct'),
            direct.filter((room) => !isHidden(room))
        );
        const hidden = [...shared, ...direct].filter(isHidden);
        this.#fill(byId('hidden'), hidden);
        byId('hidden-rooms').hidden = hidden.length === 0;
        for (const id of this.#links.keys()) {
            if (!this.#rooms.get(id)) this.#links.delete(id);
        }
    }

    #fill(list, rooms) {
        const nodes = rooms.map((room) => this.#item(room));
        for (const node of [...list.children]) {
            if (!nodes.includes(node)) node.remove();
        }
        nodes.forEach((node, at) => {
            if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
        });
    }

    #item(room) {
        const parts = this.#links.get(room.id) ?? this.#make(room);
        const name = visible(this.#rooms.nameOf(room));
        const unread = room.id === this.#current ? 0 : room.unread;
        setText(parts.name, name);
        setText(parts.unread, unread === 0 ? '' : unread > kMostShown ? `${kMostShown}+` : String(unread));
        parts.link.classList.toggle('unread', unread > 0);
        parts.link.classList.toggle('called', unread > 0 && room.mentions > 0);
        parts.link.classList.toggle('quiet-room', room.involvement === 'nothing');
        if (room.id === this.#current) parts.link.setAttribute('aria-current', 'page');
        else parts.link.removeAttribute('aria-current');
        parts.link.setAttribute(
            'aria-label',
            [name, kKinds[room.type], unread > 0 ? `${unread} unread` : '', this.#isThere(room) ? 'there' : '']
                .filter(Boolean)
                .join(', ')
        );
        parts.mark.dataset.kind = room.type;
        parts.mark.classList.toggle('there', this.#isThere(room));
        return parts.item;
    }

    // Of a direct room with one other: whether they are there.
    #isThere(room) {
        const others = room.type === 'direct' ? (room.members?.filter((id) => id !== this.#people.me?.id) ?? []) : [];
        return others.length === 1 && this.#people.get(others[0])?.online === true;
    }

    #make(room) {
        const parts = {
            mark: element('span', {class: 'mark', 'aria-hidden': 'true'}),
            name: element('bdi', {class: 'name'}),
            unread: element('span', {class: 'count'}),
        };
        parts.link = element('a', {class: 'room', href: placeOf(room.id)}, parts.mark, parts.name, parts.unread);
        parts.item = element('li', {}, parts.link);
        this.#links.set(room.id, parts);
        return parts;
    }

    // Up and Down go from room to room; with Alt from anywhere, and one goes there.
    #key(event) {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        const step = event.key === 'ArrowUp' ? -1 : 1;
        if (event.altKey) {
            const {listed} = this;
            const at = listed.findIndex(({id}) => id === this.#current);
            const to = listed[(at + step + listed.length) % listed.length];
            if (to) location.hash = placeOf(to.id);
        } else if (event.target.classList.contains('room')) {
            const links = [...document.querySelectorAll('.rooms .room')].filter((link) => link.offsetParent !== null);
            links[links.indexOf(event.target) + step]?.focus();
        } else {
            return;
        }
        event.preventDefault();
    }
}

const kKinds = {open: 'open room', closed: 'closed room', direct: 'direct'};
