// The panel on the right: one thing at a time. On a narrow screen it takes the place of the conversation.
import {byId, setText} from '../shared/dom.js';

export class Side {
    #openers = {members: byId('open-members'), search: byId('open-search')};
    #opener = null;
    #closed = null;
    shows = null;  // what it is open with

    constructor() {
        byId('side-close').addEventListener('click', () => this.close());
        byId('side').addEventListener('keydown', (event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            this.close();
        });
    }

    // what: a name for it; closed(): when something else takes its place, or nothing. The body is returned, empty.
    open(what, title, {focus = true, closed = null} = {}) {
        this.#closed?.();
        if (this.shows === null) this.#opener = document.activeElement;
        this.#closed = closed;
        this.shows = what;
        setText(byId('side-title'), title);
        byId('side').hidden = false;
        byId('chat').dataset.side = what;
        byId('side-body').replaceChildren();
        byId('side-body').dataset.shows = what;
        this.#mark();
        if (focus) byId('side-title').focus({preventScroll: true});
        return byId('side-body');
    }

    close() {
        if (this.shows === null) return;
        const hadFocus = byId('side').contains(document.activeElement);
        this.#closed?.();
        this.#closed = null;
        this.shows = null;
        byId('side').hidden = true;
        delete byId('chat').dataset.side;
        byId('side-body').replaceChildren();
        this.#mark();
        if (hadFocus)
            (this.#opener?.isConnected && this.#opener.offsetParent ? this.#opener : byId('message')).focus();
    }

    #mark() {
        for (const [what, opener] of Object.entries(this.#openers))
            opener.setAttribute('aria-expanded', String(this.shows === what));
    }
}
