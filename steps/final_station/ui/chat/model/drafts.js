// What was begun in each room and not sent yet; it survives the page.
const kKey = 'station.chat.drafts';

export class Drafts {
    #member;
    #texts;

    constructor(member) {
        this.#member = member;
        this.#texts = this.#load();
    }

    get(room) {
        return this.#texts[room] ?? '';
    }

    set(room, text) {
        if (this.get(room) === text) return;
        if (text === '') delete this.#texts[room];
        else this.#texts[room] = text;
        try {
            localStorage.setItem(`${kKey} ${this.#member}`, JSON.stringify(this.#texts));
        } catch {
            return;  // storage is full or switched off: it lasts as long as the page
        }
    }

    #load() {
        try {
            return Object.assign(Object.create(null), JSON.parse(localStorage.getItem(`${kKey} ${this.#member}`)));
        } catch {
            return Object.create(null);
        }
    }
}
