// Making rooms, and what one may do with the room one is in.
import {element} from '../shared/dom.js';
import {attempt, closeDialog, confirm, openDialog} from './dialog.js';
import {button, check, choice, field} from './fields.js';
import {nameNode, tile, visible} from './names.js';

export const kInvolvements = [
    ['everything', 'Everything rings'],
    ['mentions', 'Mentions of me ring'],
    ['nothing', 'Nothing rings'],
    ['invisible', 'Hidden from the list'],
];
const kTypes = [
    ['open', 'Open: everybody is in it'],
    ['closed', 'Closed: those whom you choose'],
];

export class RoomDialogs {
    #api;
    #people;
    #rooms;
    #go;

    constructor({api, people, rooms, go}) {
        this.#api = api;
        this.#people = people;
        this.#rooms = rooms;
        this.#go = go;
    }

    newRoom() {
        const name = field('Name', {autofocus: '', maxlength: '100'});
        const type = choice('Who is in it', kTypes, 'open');
        const members = this.#picker();
        members.node.hidden = true;
        type.input.addEventListener('change', () => (members.node.hidden = type.input.value === 'open'));
        this.#form('New room', 'Make the room', [name.node, type.node, members.node], async () => {
            const body = {name: name.input.value.trim(), type: type.input.value};
            if (body.type === 'closed') body.members = members.chosen();
            this.#enter(await this.#api.post('rooms', body));
        });
    }

    newDirect() {
        const members = this.#picker();
        this.#form('Talk to somebody', 'Talk', [members.node], async () => {
            this.#enter(await this.#api.post('rooms/direct', {users: members.chosen()}));
        });
        members.filter.focus();
    }

    async direct(user) {
        this.#enter(await this.#api.post('rooms/direct', {users: [user]}));
    }

    room(room) {
        const problem = element('p', {class: 'problem', role: 'alert'});
        const level = choice('Your involvement', kInvolvements, room.involvement);
        level.input.addEventListener('change', () =>
            attempt(level.input, problem, () => this.#rooms.setInvolvement(room, level.input.value))
        );
        const parts = [level.node];
        const mayChange =
            room.type !== 'direct' &&
            (this.#people.isAdministrator || (room.creator?.id ?? room.creator) === this.#people.me.id);
        if (mayChange) parts.push(this.#changes(room, problem));
        const actions = element('div', {class: 'actions'});
        if (room.type === 'closed') actions.append(button('Leave', () => this.#leave(room), {class: 'danger'}));
        if (mayChange) actions.append(button('Delete the room', () => this.#delete(room), {class: 'danger'}));
        openDialog(visible(this.#rooms.nameOf(room)), ...parts, problem, actions);
    }

    #changes(room, problem) {
        const name = field('Name', {maxlength: '100'});
        name.input.value = room.name;
        const type = choice('Who is in it', kTypes, room.type);
        const save = element('button', {type: 'submit', class: 'main'}, 'Save');
        const form = element('form', {class: 'stack', 'aria-label': 'The room'}, name.node, type.node, save);
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            attempt(save, problem, async () => {
                this.#rooms.update(
                    await this.#api.patch(`rooms/${room.id}`, {name: name.input.value.trim(), type: type.input.value})
                );
                closeDialog();
            });
        });
        return form;
    }

    #leave(room) {
        confirm({
            title: `Leave ${visible(room.name)}?`,
            words: 'Somebody in it has to add you again before you can read it.',
            action: 'Leave',
            work: async () => {
                await this.#api.delete(`rooms/${room.id}/members/${this.#people.me.id}`);
                this.#rooms.remove(room.id);
            },
        });
    }

    #delete(room) {
        confirm({
            title: `Delete ${visible(room.name)}?`,
            action: 'Delete for everybody',
            words: 'The room and its messages leave everybody\u2019s view and the search. ' +
                'Their bytes stay in the log and in backups.',
            work: async () => {
                await this.#api.delete(`rooms/${room.id}`);
                this.#rooms.remove(room.id);
            },
        });
    }

    #enter(room) {
        this.#rooms.update(room);
        closeDialog();
        this.#go(room.id);
    }

    #form(title, action, parts, work) {
        const problem = element('p', {class: 'problem', role: 'alert'});
        const submit = element('button', {type: 'submit', class: 'main'}, action);
        const form = element(
            'form',
            {class: 'stack', 'aria-label': title, novalidate: ''},
            ...parts,
            problem,
            submit
        );
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            attempt(submit, problem, work);
        });
        openDialog(title, form);
    }

    // Chooses people by name out of many.
    #picker() {
        const chosen = new Set();
        const filter = field('People', {type: 'search', spellcheck: 'false'});
        const list = element('div', {class: 'picker', role: 'group', 'aria-label': 'People'});
        for (const user of this.#people.all) {
            if (!user.active || user.id === this.#people.me.id) continue;
            const row = check('', false, (on) => (on ? chosen.add(user.id) : chosen.delete(user.id)));
            row.append(
                tile(user.id, user.name),
                nameNode(user.name),
                element('bdi', {class: 'soft'}, `@${user.login}`)
            );
            row.dataset.words = `${user.name} ${user.login}`.toLowerCase();
            list.append(row);
        }
        filter.input.addEventListener('input', () => {
            const wanted = filter.input.value.toLowerCase();
            for (const row of list.children)
                row.hidden = !row.dataset.words.includes(wanted) && !row.querySelector('input').checked;
        });
        return {
            node: element('div', {class: 'stack'}, filter.node, list),
            filter: filter.input,
            chosen: () => [...chosen],
        };
    }
}
