// Bots: programs that write with a key, and are called at an address of theirs when somebody mentions them.
import {element} from '../shared/dom.js';
import {attempt, confirm, sentence} from './dialog.js';
import {button, copyable, field} from './fields.js';
import {nameNode, tile, visible} from './names.js';

export class BotsView {
    #api;
    #people;
    #list = null;
    #problem = null;

    constructor({api, people}) {
        this.#api = api;
        this.#people = people;
    }

    show(section) {
        this.#problem = element('p', {class: 'problem', role: 'alert'});
        this.#list = element('ul', {class: 'people', 'aria-label': 'Bots'});
        const name = field('Name of a new bot', {maxlength: '100'});
        const webhook = field('Webhook: where it is called when it is mentioned', {
            type: 'url',
            placeholder: 'https://',
            maxlength: '1000',
        });
        const made = element('div', {});
        const submit = element('button', {type: 'submit'}, 'Make the bot');
        const form = element(
            'form',
            {class: 'stack', 'aria-label': 'New bot', novalidate: ''},
            name.node,
            webhook.node,
            submit,
            made
        );
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            attempt(submit, this.#problem, async () => {
                const body = {name: name.input.value.trim()};
                if (webhook.input.value.trim() !== '') body.webhook = webhook.input.value.trim();
                const bot = await this.#api.post('bots', body);
                made.replaceChildren(keyNode(bot));
                name.input.value = webhook.input.value = '';
                await Promise.all([this.#load(), this.#people.load()]);
            });
        });
        section.replaceChildren(this.#list, this.#problem, form);
        this.#load();
    }

    async #load() {
        try {
            const bots = await this.#api.get('bots');
            this.#list.replaceChildren(...bots.map((bot) => this.#row(bot)));
        } catch (error) {
            this.#problem.textContent = sentence(error);
        }
    }

    #row(bot) {
        const name = visible(bot.name);
        const row = element(
            'li',
            {class: bot.active === false ? 'inactive' : ''},
            tile(bot.id, bot.name),
            element(
                'span',
                {class: 'who'},
                nameNode(bot.name),
                element('bdi', {class: 'soft'}, `@${bot.login}`),
                element('bdi', {class: 'soft'}, bot.webhook ?? '')
            )
        );
        if (bot.active === false) return row;
        row.append(
            element(
                'span',
                {class: 'row-tools'},
                button('Webhook', () => this.#changeWebhook(row, bot), {
                    class: 'quiet',
                    'aria-label': `Webhook of ${name}`,
                }),
                button('Delete', () => this.#delete(bot), {class: 'quiet', 'aria-label': `Delete ${name}`})
            )
        );
        return row;
    }

    #changeWebhook(row, bot) {
        const webhook = field(`Webhook of ${visible(bot.name)}`, {
            type: 'url',
            placeholder: 'https://',
            maxlength: '1000',
        });
        webhook.input.value = bot.webhook ?? '';
        const save = element('button', {type: 'submit'}, 'Save');
        const form = element('form', {class: 'stack', novalidate: '', 'aria-label': 'Webhook'}, webhook.node, save);
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            attempt(save, this.#problem, async () => {
                await this.#api.patch(`bots/${bot.id}`, {webhook: webhook.input.value.trim()});
                await this.#load();
            });
        });
        row.querySelector('form')?.remove();
        row.append(form);
        webhook.input.focus();
    }

    #delete(bot) {
        confirm({
            title: `Delete ${visible(bot.name)}?`,
            words: 'Its key stops working at once. Its messages stay.',
            action: 'Delete the bot',
            work: async () => {
                await this.#api.delete(`bots/${bot.id}`);
                await Promise.all([this.#load(), this.#people.load()]);
            },
        });
    }
}

// The key is shown once: only its hash is kept.
function keyNode({name, key}) {
    const path = new URL(`rooms/ROOM/${key}/messages`, document.baseURI).href;
    return element(
        'div',
        {class: 'stack'},
        copyable(`Key of ${visible(name)}, shown this once`, key),
        copyable('It writes with', `curl -d 'Hello' ${path}`)
    );
}
