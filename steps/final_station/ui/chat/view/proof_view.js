// The proof of one message: fetched, checked here, and said step by step.
import {element} from '../shared/dom.js';
import {checkProof} from '../proof/check.js';
import {pin, pinnedHead, unpin} from '../proof/pinned.js';
import {sentence} from './dialog.js';
import {button} from './fields.js';
import {visible} from './names.js';

export class ProofView {
    #api;
    #side;
    #asked = 0;

    constructor({api, side}) {
        this.#api = api;
        this.#side = side;
    }

    async open(message) {
        const body = this.#side.open('proof', 'Proof');
        const verdict = element('p', {class: 'verdict', role: 'status'}, 'Checking\u2026');
        body.append(
            element(
                'blockquote',
                {class: 'soft', dir: 'auto'},
                `${visible(message.creator.name)}: ${message.content.slice(0, 140)}`
            ),
            verdict
        );
        const number = ++this.#asked;
        const pinned = pinnedHead();
        try {
            const answer = await this.#ask(message.id, pinned?.size ?? 0n);
            if (number !== this.#asked || this.#side.shows !== 'proof') return;
            this.#show(body, verdict, message, checkProof({answer, message, pinned}), pinned);
        } catch (error) {
            if (number !== this.#asked) return;
            verdict.dataset.fine = 'false';
            verdict.textContent =
                error.status === 404 ? 'It was deleted meanwhile: there is nothing to prove' : sentence(error);
        }
    }

    // A server whose history is shorter than what was kept has no extension to give: what it has is looked at all the
    // same.
    async #ask(id, since) {
        try {
            return await this.#api.get(`proof/${id}`, {since: String(since)});
        } catch (error) {
            if (since === 0n || ![400, 422].includes(error.status)) throw error;
            return this.#api.get(`proof/${id}`, {since: '0'});
        }
    }

    #show(body, verdict, message, {steps, head, fine}, pinned) {
        verdict.dataset.fine = String(fine);
        verdict.textContent = fine ? 'This message is in the history, as it is shown' : 'This is not proved';
        const list = element(
            'ol',
            {class: 'steps'},
            ...steps.map((step) =>
                element('li', {'data-fine': String(step.fine)}, element('strong', {}, step.name), `: ${step.words}`)
            )
        );
        body.append(list);
        if (fine) {
            pin(head);
            body.append(
                element(
                    'p',
                    {class: 'soft'},
                    'Computed in this page from the bytes of the record. The server can\u2019t ' +
                        'change or take back what this browser has seen proved without failing here.'
                )
            );
        } else if (pinned !== null && steps.length === 1) {
            body.append(
                element(
                    'p',
                    {},
                    'If the chat was set up anew or restored from a backup on purpose, ' +
                        'this browser can forget what it has kept. ' +
                        'Otherwise ask whoever runs it.'
                ),
                button('Forget what was kept', () => {
                    unpin();
                    this.open(message);
                })
            );
        }
    }
}
