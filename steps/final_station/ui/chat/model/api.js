// The chat's HTTP interface, beside the page wherever a proxy has put it: .../chat/ has its own at .../chat/api/.
import {Emitter} from '../shared/emitter.js';
import {parse} from '../shared/json.js';

const kPatience = 20000;  // ms until an answer must be there

// What the server said no to, or what kept it from answering.
export class Refusal extends Error {
    // status is 0 where there was no answer; detail is for people.
    constructor({status, reason, detail = '', retryAfter = null}) {
        super(detail || reason);
        Object.assign(this, {status, reason, detail, retryAfter});
    }

    // Whether it may have been done all the same.
    get isUnclear() {
        return this.status === 0 || this.status >= 500;
    }
}

export class Api extends Emitter {
    #base = new URL('api/', document.baseURI);

    get(path, query = {}) {
        const parameters = new URLSearchParams(query).toString();
        return this.#call('GET', parameters === '' ? path : `${path}?${parameters}`);
    }

    post(path, body = {}) {
        return this.#call('POST', path, body);
    }

    put(path, body = {}) {
        return this.#call('PUT', path, body);
    }

    patch(path, body) {
        return this.#call('PATCH', path, body);
    }

    delete(path, body) {
        return this.#call('DELETE', path, body);
    }

    // Null where that can't be told.
    async hasSession() {
        try {
            await this.get('me');
            return true;
        } catch ({status}) {
            return status === 401 ? false : null;
        }
    }

    // The answer's value, null where it has none. Emits 'ended' where there is no session (any more).
    async #call(method, path, body) {
        const options = {method, signal: AbortSignal.timeout(kPatience), cache: 'no-store'};
        if (body !== undefined)
            Object.assign(options, {body: JSON.stringify(body), headers: {'Content-Type': 'application/json'}});
        let answer = null;
        let text = '';
        try {
            answer = await fetch(new URL(path, this.#base), options);
            text = await answer.text();
        } catch {
            throw new Refusal({status: 0, reason: 'no_answer', detail: 'The server can\u2019t be reached'});
        }
        const value = valueOf(text);
        if (answer.ok) return value;
        if (answer.status === 401 && !path.startsWith('session')) this.emit('ended');
        throw new Refusal({
            status: answer.status,
            reason: value?.error ?? `status_${answer.status}`,
            detail: value?.detail,
            retryAfter: Number(answer.headers.get('Retry-After')) || null,
        });
    }
}

function valueOf(text) {
    try {
        return text === '' ? null : parse(text);
    } catch {
        return null;
    }
}
