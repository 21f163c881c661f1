// What was begun in each room and not sent yet; it survives the page.
import {inBrowser} from './stored.js';

const kKey = 'station.chat.drafts';

export class Drafts {
    #member;
    #texts;

    constructor(member) {
        this.#member = member;
        this.#texts = Object.assign(Object.create(null), inBrowser.read(`${kKey} ${member}`));
    }

    get(room) {
        return this.#texts[room] ?? '';
    }

    set(room, text) {
        if (this.get(room) === text) return;
        if (text === '') delete this.#texts[room];
        else this.#texts[room] = text;
        inBrowser.write(`${kKey} ${this.#member}`, this.#texts);
    }
}
