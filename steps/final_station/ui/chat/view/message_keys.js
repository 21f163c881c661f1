// Going through the messages with the keyboard, and the tools of the one that has focus or the pointer: there is one
// set of them, which moves.
import {byId, element} from '../shared/dom.js';
import {linkTo, placeOf} from '../model/place.js';

const kReachable = 'button, a.time';  // within a message: reached by Tab only from the message itself

export class MessageKeys {
    #list = byId('messages');
    #actions;
    #people;
    #message = null;
    #buttons;
    #tools;

    // actions: {edit(message), remove(message), boostDialog(message), announce(words)}
    constructor({people, actions, mayRemove}) {
        this.#people = people;
        this.#actions = actions;
        this.mayRemove = mayRemove;
        const make = (label, work) => {
            const button = element('button', {type: 'button', class: 'quiet'}, label);
            button.addEventListener('click', () => work(this.#message));
            return button;
        };
        this.#buttons = {
            boost: make('Boost', actions.boostDialog),
            copy: make('Link', (message) => this.#copyLink(message)),
            edit: make('Edit', actions.edit),
            remove: make('Delete', actions.remove),
        };
        this.#tools = element(
            'div',
            {class: 'tools', role: 'group', 'aria-label': 'What to do with this message'},
            ...Object.values(this.#buttons)
        );
        this.#list.addEventListener('pointerover', (event) => this.#hover(event));
        byId('scroller').addEventListener('pointerleave', () => {
            if (!this.#tools.contains(document.activeElement)) this.#hide();
        });
        this.#list.addEventListener('focusin', (event) => this.#focused(event));
        this.#list.addEventListener('focusout', (event) => this.#left(event));
        byId('scroller').addEventListener('keydown', (event) => this.#key(event));
    }

    // From the composer, upwards.
    enter() {
        this.#messages.at(-1)?.focus();
    }

    get #messages() {
        return [...this.#list.querySelectorAll('.message')];
    }

    #hover(event) {
        const node = event.target.closest('.message');
        const focused = document.activeElement.closest('.message');
        if (node && (focused === null || focused === node)) this.#show(node);
    }

    #focused(event) {
        const node = event.target.closest('.message');
        if (!node) return;
        for (const part of node.querySelectorAll(kReachable)) part.removeAttribute('tabindex');
        this.#show(node);
    }

    #left(event) {
        const node = event.target.closest('.message');
        if (!node || node.contains(event.relatedTarget)) return;
        for (const part of node.querySelectorAll(kReachable)) {
            if (!part.closest('.tools, .fate-actions') && !part.classList.contains('unfold'))
                part.setAttribute('tabindex', '-1');
        }
    }

    #show(node) {
        const message = node.view?.message;
        if (!message) return this.#hide();
        const mine = message.creator.id === this.#people.me.id;
        this.#message = message;
        this.#buttons.edit.hidden = !mine || Boolean(message.sound);
        this.#buttons.remove.hidden = !this.mayRemove(message);
        this.#buttons.copy.textContent = 'Link';
        if (this.#tools.parentNode !== node) node.append(this.#tools);
    }

    #hide() {
        this.#tools.remove();
        this.#message = null;
    }

    async #copyLink(message) {
        const link = linkTo(placeOf(message.room, message.id));
        const copied =
            (await navigator.clipboard?.writeText(link).then(
                () => true,
                () => false
            )) ?? false;
        this.#buttons.copy.textContent = copied ? 'Copied' : 'Link';
        if (copied) this.#actions.announce('The link to the message is copied');
        else this.#actions.showLink(link);
    }

    #key(event) {
        if (event.target.closest('input, textarea') || event.altKey || event.ctrlKey || event.metaKey) return;
        const node = document.activeElement.closest('.message');
        const steps = {ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity};
        if (event.key in steps) this.#move(node, steps[event.key]);
        else if (event.key === 'Escape') byId('message').focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    #move(node, step) {
        const messages = this.#messages;
        const at = node ? messages.indexOf(node) : messages.length;
        const to = Math.min(messages.length - 1, Math.max(0, at + step));
        if (node && at === messages.length - 1 && step > 0) return byId('message').focus();
        messages[to]?.focus();
        messages[to]?.scrollIntoView({block: 'nearest'});
    }
}
