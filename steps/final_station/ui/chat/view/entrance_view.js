// How one comes in: the first account, an invitation, a login and a password, or a code in place of a password.
import {byId, setText} from '../shared/dom.js';
import {sentence} from './dialog.js';
import {field} from './fields.js';

const kName = ['name', 'Your name', {autocomplete: 'name', maxlength: '100'}];
const kLogin = [
    'login',
    'Login',
    {autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: '100'},
];
const kNewPassword = [
    'password',
    'Password',
    {type: 'password', autocomplete: 'new-password', maxlength: '1000'},
];
const kPassword = ['password', 'Password', {type: 'password', autocomplete: 'current-password', maxlength: '1000'}];

const kWays = {
    setup: {
        title: 'Make the first account',
        hint: 'It is an administrator\u2019s: with it you invite the others.',
        action: 'Make the account',
        fields: [kName, kLogin, kNewPassword],
        path: () => 'setup',
        body: (values, code) => ({code, ...values}),
    },
    join: {
        title: 'You are invited',
        hint: 'Choose how the others see you, and what you sign in with.',
        action: 'Join',
        fields: [kName, kLogin, kNewPassword],
        path: (code) => `join/${code}`,
        body: (values) => values,
    },
    code: {
        title: 'Sign in with a code',
        hint: 'Choose a new password. All other sessions of this account end. ' +
            'A code that you made yourself works without one, too.',
        action: 'Sign in',
        fields: [kNewPassword],
        path: () => 'session',
        body: ({password}, code) => (password === '' ? {code} : {code, password}),
        optional: true,
    },
    session: {
        title: 'Sign in',
        hint: 'Without an account you need somebody\u2019s invitation. ' +
            'The first one is made with the link that the server printed when it started.',
        action: 'Sign in',
        fields: [kLogin, kPassword],
        path: () => 'session',
        body: (values) => values,
    },
};

export class EntranceView {
    #api;
    #entered;
    #way = null;
    #code = '';
    #inputs = {};
    #busy = false;

    // entered(): there is a session.
    constructor({api, entered}) {
        this.#api = api;
        this.#entered = entered;
        byId('entrance-form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#enter();
        });
    }

    // place: what the address's fragment says; why: a sentence about what has ended.
    show(place, why = '') {
        const name = ['setup', 'join', 'code'].find((key) => place[key] !== undefined) ?? 'session';
        this.#way = kWays[name];
        this.#code = place[name] ?? '';
        setText(byId('entrance-title'), this.#way.title);
        setText(byId('entrance-hint'), this.#way.hint);
        setText(byId('enter'), this.#way.action);
        setText(byId('entrance-problem'), why);
        this.#inputs = {};
        byId('entrance-fields').replaceChildren(
            ...this.#way.fields.map(([key, label, attributes]) => {
                const {input, node} = field(label, {
                    ...attributes,
                    name: key,
                    'aria-describedby': 'entrance-problem',
                });
                this.#inputs[key] = input;
                return node;
            })
        );
        byId('entrance').hidden = false;
        Object.values(this.#inputs)[0].focus();
    }

    hide() {
        byId('entrance').hidden = true;
        byId('entrance-fields').replaceChildren();
    }

    async #enter() {
        if (this.#busy) return;
        const values = Object.fromEntries(
            Object.entries(this.#inputs).map(([key, input]) => [
                key,
                key === 'password' ? input.value : input.value.trim(),
            ])
        );
        const missing = this.#way.optional
            ? undefined
            : Object.entries(this.#inputs).find(([key]) => values[key] === '');
        for (const input of Object.values(this.#inputs)) input.removeAttribute('aria-invalid');
        if (missing) return this.#refuse(missing[1], 'Something is missing here');
        this.#busy = true;
        byId('enter').disabled = true;
        setText(byId('entrance-problem'), '');
        try {
            await this.#api.post(this.#way.path(this.#code), this.#way.body(values, this.#code));
        } catch (error) {
            const at = Object.keys(this.#inputs).find((key) => error.reason?.includes(key));
            return this.#refuse(this.#inputs[at] ?? this.#inputs.password, sentence(error));
        } finally {
            this.#busy = false;
            byId('enter').disabled = false;
        }
        this.#entered();
    }

    #refuse(input, words) {
        setText(byId('entrance-problem'), words);
        input.setAttribute('aria-invalid', 'true');
        input.focus();
        input.select();
    }
}
