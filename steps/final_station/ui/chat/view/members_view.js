// Who is in the room, and who of them is there.
import {element, onceAFrame, setText} from '../shared/dom.js';
import {attempt} from './dialog.js';
import {button, choice} from './fields.js';
import {nameNode, tile, visible} from './names.js';

export class MembersView {
    #api;
    #people;
    #rooms;
    #side;
    #direct;
    #room = null;
    #ids = [];
    #parts = null;
    #draw = onceAFrame(() => this.#show());

    // direct(user): goes to the direct room with them.
    constructor({api, people, rooms, side, direct}) {
        this.#api = api;
        this.#people = people;
        this.#rooms = rooms;
        this.#side = side;
        this.#direct = direct;
        for (const news of [people, rooms]) news.on('change', () => this.#side.shows === 'members' && this.#load());
    }

    setRoom(room) {
        this.#room = room;
        if (this.#side.shows === 'members') this.open({focus: false});
    }

    open({focus = true} = {}) {
        const body = this.#side.open('members', 'Members', {focus});
        const problem = element('p', {class: 'problem', role: 'alert'});
        const list = element('ul', {class: 'people', 'aria-label': 'Members'});
        const add = element('div', {class: 'add'});
        this.#parts = {problem, list, add, body, rows: new Map()};
        body.append(element('p', {class: 'soft facts'}), list, add, problem);
        this.#load();
    }

    async #load() {
        const room = this.#room;
        const ids = await this.#rooms.members(room.id).catch(() => this.#ids);
        if (room !== this.#room) return;
        this.#ids = ids;
        this.#draw();
    }

    #show() {
        if (this.#side.shows !== 'members' || this.#room === null) return;
        const {body, list, rows} = this.#parts;
        const users = this.#ids
            .map((id) => this.#people.get(id))
            .filter((user) => user !== undefined)
            .sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name));
        const there = users.filter(({online}) => online).length;
        setText(body.querySelector('.facts'), `${users.length} members, ${there} there now`);
        const nodes = users.map((user) => this.#row(user));
        for (const [id, row] of rows) {
            if (!nodes.includes(row)) rows.delete(id);
        }
        if (nodes.some((node, at) => list.children[at] !== node) || list.children.length !== nodes.length)
            list.replaceChildren(...nodes);
        this.#showAdd();
    }

    #row(user) {
        const {rows} = this.#parts;
        const mayRemove = this.#mayChange && user.id !== this.#people.me.id;
        const key = JSON.stringify([user.name, user.login, user.role, user.online, user.active, mayRemove]);
        const known = rows.get(user.id);
        if (known?.dataset.key === key) return known;
        const who = element(
            'span',
            {class: 'who'},
            nameNode(user.name),
            element(
                'bdi',
                {class: 'soft'},
                `@${user.login}${user.role === 'member' ? '' : `, ${user.role}`}${user.active ? '' : ', not active'}`
            )
        );
        const there = element('span', {
            class: user.online ? 'presence there' : 'presence',
            role: 'img',
            'aria-label': user.online ? 'there' : 'not there',
            title: user.online ? 'There' : 'Not there',
        });
        const row = element('li', {}, tile(user.id, user.name), who, there);
        if (user.id !== this.#people.me.id && user.active) {
            row.append(
                button('Talk', () => this.#direct(user.id), {
                    class: 'quiet',
                    'aria-label': `Talk to ${visible(user.name)}`,
                })
            );
        }
        if (mayRemove)
            row.append(
                button('Remove', (node) => this.#remove(node, user), {
                    class: 'quiet',
                    'aria-label': `Remove ${visible(user.name)}`,
                })
            );
        row.dataset.key = key;
        rows.set(user.id, row);
        return row;
    }

    get #mayChange() {
        const creator = this.#room.creator?.id ?? this.#room.creator;
        return this.#room.type === 'closed' && (this.#people.isAdministrator || creator === this.#people.me.id);
    }

    // Whom one may add to a closed room.
    #showAdd() {
        const {add} = this.#parts;
        const others = this.#mayChange
            ? this.#people.all.filter(({id, active}) => active && !this.#ids.includes(id))
            : [];
        const key = others.map(({id}) => id).join();
        if (add.dataset.key === key) return;
        add.dataset.key = key;
        add.replaceChildren();
        if (others.length === 0) return;
        const who = choice(
            'Add somebody',
            others.map(({id, name, login}) => [id, `${visible(name)} (@${login})`]),
            others[0].id
        );
        add.append(
            who.node,
            button('Add', (node) =>
                attempt(node, this.#parts.problem, async () => {
                    await this.#api.put(`rooms/${this.#room.id}/members/${who.input.value}`);
                    this.#changed();
                })
            )
        );
    }

    #remove(node, user) {
        attempt(node, this.#parts.problem, async () => {
            await this.#api.delete(`rooms/${this.#room.id}/members/${user.id}`);
            this.#changed();
        });
    }

    #changed() {
        this.#rooms.forgetMembers(this.#room.id);
    }
}
