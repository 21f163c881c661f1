// Everybody who has an account, and who of them is there. Emits 'change'.
import {Emitter} from '../shared/emitter.js';

const kApart = 2000;  // ms between two askings

export class People extends Emitter {
    #api;
    #byId = new Map();
    #byLogin = new Map();
    #timer = 0;
    me = null;

    constructor(api) {
        super();
        this.#api = api;
    }

    get all() {
        return [...this.#byId.values()];
    }

    get(id) {
        return this.#byId.get(id);
    }

    // Of an account that is active; as logins are compared: whatever the case.
    byLogin(login) {
        return this.#byLogin.get(login.toLowerCase());
    }

    // Somebody, for what has only their id; whoever is new is asked for.
    nameOf(id) {
        if (!this.#byId.has(id)) this.soon();
        return this.#byId.get(id)?.name ?? 'Somebody';
    }

    get isAdministrator() {
        return this.me?.role === 'administrator';
    }

    async load() {
        const users = await this.#api.get('users');
        this.#byId = new Map(users.map((user) => [user.id, user]));
        this.#byLogin = new Map(users.filter(({active}) => active).map((user) => [user.login.toLowerCase(), user]));
        this.emit('change');
    }

    // Asks again, but not for each of many reasons at once.
    soon() {
        if (this.#timer !== 0) return;
        this.#timer = setTimeout(async () => {
            this.#timer = 0;
            await this.load().catch(() => {});  // the next reason asks again
        }, kApart);
    }

    presence(users) {
        for (const {id, online} of users) {
            const user = this.#byId.get(id);
            if (user) user.online = online;
            else this.soon();
        }
        this.emit('change');
    }

    update(user) {
        this.#byId.set(user.id, {...this.#byId.get(user.id), ...user});
        this.emit('change');
    }
}
