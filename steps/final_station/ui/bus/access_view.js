// Asks for the access token where the server wants one.
import {couldBeToken, hasToken, setToken} from './access.js';
import {byId, setText} from './shared/dom.js';

export class AccessView {
    #connection;
    #asking = false;

    constructor(connection) {
        this.#connection = connection;
        connection.on('state', ({phase}) => this.#draw(phase));
        byId('access-form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#enter(byId('token').value.trim());
        });
    }

    #enter(text) {
        if (!couldBeToken(text)) return this.#complain('A token is letters, digits and -._~+/=');
        setText(byId('access-problem'), '');
        byId('token').removeAttribute('aria-invalid');
        setToken(text);
        this.#connection.unlock();
    }

    #complain(sentence) {
        setText(byId('access-problem'), sentence);
        byId('token').setAttribute('aria-invalid', 'true');
        byId('token').select();
    }

    #draw(phase) {
        if (phase === 'locked') {
            byId('access').hidden = false;
            byId('token').focus();
            this.#asking = true;
            if (hasToken()) this.#complain('The station does not take this token');
        } else if (phase === 'open' && this.#asking) {
            this.#asking = false;
            byId('token').value = '';
            byId('token').removeAttribute('aria-invalid');
            setText(byId('access-problem'), '');
            const held = byId('access').contains(document.activeElement);
            byId('access').hidden = true;
            if (held) byId('message').focus();
        }
    }
}
