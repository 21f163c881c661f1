// The rooms one is in, and what is unread in them. Emits 'change', and 'gone' {id}.
import {Emitter} from '../shared/emitter.js';
import {mentions} from '../text/mentions.js';

export class Rooms extends Emitter {
    #api;
    #people;
    #rooms = new Map();
    #members = new Map();  // room → promise of its members' ids
    loaded = false;

    constructor(api, people) {
        super();
        this.#api = api;
        this.#people = people;
    }

    get(id) {
        return this.#rooms.get(id);
    }

    // As they are listed: by name; direct ones by what came last.
    get all() {
        return [...this.#rooms.values()].sort((a, b) => this.nameOf(a).localeCompare(this.nameOf(b)));
    }

    get direct() {
        const latest = ({last_message_at: at}) => BigInt(at ?? 0);
        return this.all
            .filter(({type}) => type === 'direct')
            .sort((a, b) => (latest(a) < latest(b) ? 1 : latest(a) > latest(b) ? -1 : 0));
    }

    get shared() {
        return this.all.filter(({type}) => type !== 'direct');
    }

    async load() {
        const rooms = await this.#api.get('rooms');
        for (const id of this.#rooms.keys()) {
            if (!rooms.some((room) => room.id === id)) this.remove(id);
        }
        for (const room of rooms) this.#put(room);
        this.loaded = true;
        this.emit('change');
    }

    update(room) {
        this.#put(room);
        this.#members.delete(room.id);
        this.emit('change');
    }

    remove(id) {
        if (!this.#rooms.delete(id)) return;
        this.#members.delete(id);
        this.emit('gone', {id});
        this.emit('change');
    }

    setUnread(id, count, mentions = 0) {
        const room = this.#rooms.get(id);
        if (!room || (room.unread === count && room.mentions === mentions)) return;
        Object.assign(room, {unread: count, mentions});
        this.emit('change');
    }

    // One that came in a room that is followed, where nobody looks: the server counts for those that are not.
    count({room: id, content}) {
        const room = this.#rooms.get(id);
        if (!room || room.involvement === 'nothing' || room.involvement === 'invisible') return;
        this.setUnread(
            id,
            room.unread + 1,
            room.mentions + (mentions(content, this.#people.me, this.#people) ? 1 : 0)
        );
    }

    async setInvolvement(room, level) {
        await this.#api.put(`rooms/${room.id}/involvement`, {level});
        room.involvement = level;
        this.emit('change');
    }

    // A direct room is called after the others in it.
    nameOf(room) {
        if (room.type !== 'direct') return room.name;
        const others = room.members?.filter((id) => id !== this.#people.me?.id);
        if (!others) return room.name || 'Direct room';
        return others.length === 0
            ? 'Notes to oneself'
            : others
                  .map((id) => this.#people.nameOf(id))
                  .sort()
                  .join(', ');
    }

    // Their ids; kept until the room changes. An open room has everybody.
    async members(id) {
        if (this.#rooms.get(id)?.type === 'open')
            return this.#people.all.filter(({active}) => active).map((user) => user.id);
        if (!this.#members.has(id)) {
            const asked = this.#api.get(`rooms/${id}/members`).then((users) => users.map((user) => user.id ?? user));
            asked.catch(() => this.#members.delete(id));
            this.#members.set(id, asked);
        }
        return this.#members.get(id);
    }

    forgetMembers(id) {
        this.#members.delete(id);
        this.emit('change');
    }

    #put(room) {
        const known = this.#rooms.get(room.id);
        this.#rooms.set(room.id, {mentions: 0, unread: 0, involvement: 'mentions', ...known, ...room});
        if (room.type === 'direct' && !known?.members) this.#nameDirect(room.id);
    }

    async #nameDirect(id) {
        const members = await this.members(id).catch(() => null);
        const room = this.#rooms.get(id);
        if (!members || !room) return;
        room.members = members;
        this.emit('change');
    }
}
