// What one may be about to type, under the composer: members after @, emoji after :. The list is a listbox whose
// chosen option the text's field names, so that focus stays in the text.
import {byId, element} from '../shared/dom.js';
import {findEmoji} from '../text/emoji.js';
import {nameNode, tile} from './names.js';

const kMost = 7;
const kTyped = /(?:^|[\s(])([@:])([^\s@:]{0,40})$/u;

export class Completions {
    #box = byId('message');
    #list = byId('completions');
    #people;
    #members;
    #options = [];
    #chosen = 0;

    // members(): ids of those in the room.
    constructor({people, members}) {
        this.#people = people;
        this.#members = members;
        this.#list.addEventListener('mousedown', (event) => {
            event.preventDefault();  // focus stays in the text
            const at = [...this.#list.children].indexOf(event.target.closest('li'));
            if (at >= 0) this.#take(at);
        });
        this.#box.addEventListener('blur', () => this.close());
    }

    get isOpen() {
        return this.#options.length > 0;
    }

    close() {
        this.#options = [];
        this.#show();
    }

    // After the text or the caret has changed.
    async look() {
        const typed = this.#typed();
        const options =
            typed === null ? [] : typed.mark === '@' ? await this.#findMembers(typed.word) : emojiFor(typed.word);
        if (this.#typed()?.word !== typed?.word) return;
        this.#options = options;
        this.#chosen = 0;
        this.#show();
    }

    // True where the key was meant for the list.
    key(event) {
        if (!this.isOpen) return false;
        const count = this.#options.length;
        if (event.key === 'ArrowDown') this.#chosen = (this.#chosen + 1) % count;
        else if (event.key === 'ArrowUp') this.#chosen = (this.#chosen + count - 1) % count;
        else if (event.key === 'Escape') this.#options = [];
        else if ((event.key === 'Enter' && !event.shiftKey && !this.#isWhole) || event.key === 'Tab')
            return this.#take(this.#chosen);
        else return false;
        this.#show();
        return true;
    }

    // What is chosen is what stands there already: Enter is for the message.
    get #isWhole() {
        const typed = this.#typed();
        return (
            typed !== null &&
            this.#options[this.#chosen].text.trim().toLowerCase() === `${typed.mark}${typed.word}`.toLowerCase()
        );
    }

    #typed() {
        const {value, selectionStart, selectionEnd} = this.#box;
        const match = selectionStart === selectionEnd ? kTyped.exec(value.slice(0, selectionStart)) : null;
        if (!match || (match[1] === ':' && match[2].length < 2)) return null;
        return {mark: match[1], word: match[2], from: selectionStart - match[2].length - 1, to: selectionStart};
    }

    async #findMembers(word) {
        const ids = new Set(await this.#members());
        const wanted = word.toLowerCase();
        const rank = ({login}) => (login.toLowerCase().startsWith(wanted) ? 0 : 1);
        const fits = ({login, name}) =>
            login.toLowerCase().startsWith(wanted) ||
            name
                .toLowerCase()
                .split(/\s+/)
                .some((part) => part.startsWith(wanted));
        const found = this.#people.all.filter((user) => user.active && ids.has(user.id) && fits(user));
        if (found.length === 0) this.#people.soon();  // somebody may be new
        return found
            .sort((a, b) => rank(a) - rank(b) || a.login.localeCompare(b.login))
            .slice(0, kMost)
            .map((user) => ({
                text: `@${user.login} `,
                parts: [
                    tile(user.id, user.name),
                    nameNode(user.name),
                    element('bdi', {class: 'soft'}, `@${user.login}`),
                ],
            }));
    }

    #take(at) {
        const typed = this.#typed();
        const option = this.#options[at];
        this.close();
        if (typed === null) return true;
        this.#box.setRangeText(option.text, typed.from, typed.to, 'end');
        this.#box.dispatchEvent(new Event('input', {bubbles: true}));
        return true;
    }

    #show() {
        this.#list.replaceChildren(
            ...this.#options.map(({parts}, at) =>
                element(
                    'li',
                    {role: 'option', id: `completion-${at}`, 'aria-selected': String(at === this.#chosen)},
                    ...parts
                )
            )
        );
        this.#list.hidden = !this.isOpen;
        this.#box.setAttribute('aria-expanded', String(this.isOpen));
        if (this.isOpen) this.#box.setAttribute('aria-activedescendant', `completion-${this.#chosen}`);
        else this.#box.removeAttribute('aria-activedescendant');
    }
}

function emojiFor(word) {
    return findEmoji(word, kMost).map(([name, emoji]) => ({
        text: `${emoji} `,
        parts: [element('span', {class: 'emoji'}, emoji), `:${name}:`],
    }));
}
