// What administrators do: invite, give roles, deactivate, help who forgot a password, and keep bots.
import {element, onceAFrame} from '../shared/dom.js';
import {linkTo} from '../model/place.js';
import {BotsView} from './bots_view.js';
import {attempt, confirm, sentence} from './dialog.js';
import {button, copyable} from './fields.js';
import {nameNode, tile, visible} from './names.js';
import {qrNode} from './qr_node.js';

export class AdministrationView {
    #api;
    #people;
    #side;
    #bots;
    #problem = null;
    #list = null;
    // By account. A code is told once, and the list is drawn anew whenever somebody's account changes.
    #codes = new Map();
    #draw = onceAFrame(() => this.#showPeople());

    constructor({api, people, side}) {
        this.#api = api;
        this.#people = people;
        this.#side = side;
        this.#bots = new BotsView({api, people});
        people.on('change', this.#draw);
    }

    async open() {
        const body = this.#side.open('administration', 'Administration');
        const invitation = element('section', {class: 'stack', 'aria-label': 'Invitation'});
        this.#problem = element('p', {class: 'problem', role: 'alert'});
        this.#codes.clear();
        this.#list = element('ul', {class: 'people', 'aria-label': 'Accounts'});
        const bots = element('section', {class: 'stack', 'aria-label': 'Bots'});
        body.append(
            element('h3', {}, 'Invitation'),
            invitation,
            element('h3', {}, 'Accounts'),
            this.#list,
            this.#problem,
            element('h3', {}, 'Bots'),
            bots
        );
        this.#showPeople();
        this.#people.load().catch((error) => (this.#problem.textContent = sentence(error)));
        this.#bots.show(bots);
        await this.#showInvitation(invitation);
    }

    async #showInvitation(section) {
        try {
            this.#people.me = await this.#api.get('me');
        } catch (error) {
            section.replaceChildren(element('p', {class: 'problem'}, sentence(error)));
            return;
        }
        const link = linkTo(`#join=${this.#people.me.join_code}`);
        const problem = element('p', {class: 'problem', role: 'alert'});
        const renew = button(
            'Make a new link',
            () =>
                confirm({
                    title: 'Make a new link?',
                    words: 'The one that there is stops working. Who has joined stays.',
                    action: 'Make a new one',
                    work: async () => {
                        await this.#api.post('join_code');
                        await this.#showInvitation(section);
                    },
                }),
            {class: 'quiet'}
        );
        const code = qrNode(link, 'The invitation link as a QR code');
        section.replaceChildren(
            copyable('Whoever has this link can join', link),
            ...(code ? [code] : []),
            renew,
            problem
        );
    }

    #showPeople() {
        if (this.#side.shows !== 'administration') return;
        const hadFocus = this.#list.contains(document.activeElement) ? document.activeElement.dataset.what : null;
        const users = this.#people.all
            .filter(({role}) => role !== 'bot')
            .sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name));
        this.#list.replaceChildren(...users.map((user) => this.#row(user)));
        if (hadFocus) this.#list.querySelector(`[data-what="${hadFocus}"]`)?.focus();
    }

    #row(user) {
        const row = element(
            'li',
            {class: user.active ? '' : 'inactive'},
            tile(user.id, user.name),
            element('span', {class: 'who'}, nameNode(user.name), element('bdi', {class: 'soft'}, `@${user.login}`))
        );
        const role = element(
            'select',
            {'aria-label': `Role of ${visible(user.name)}`, 'data-what': `role-${user.id}`},
            ...['member', 'administrator'].map((value) => element('option', {value}, value))
        );
        role.value = user.role;
        role.disabled = !user.active;
        role.addEventListener('change', async () => {
            if (!(await this.#change(role, user, {role: role.value}))) role.value = user.role;
        });
        const active = user.active
            ? button('Deactivate', () => this.#deactivate(user), {
                  class: 'quiet',
                  'aria-label': `Deactivate ${visible(user.name)}`,
              })
            : button('Activate', (node) => this.#change(node, user, {active: true}), {
                  class: 'quiet',
                  'aria-label': `Activate ${visible(user.name)}`,
              });
        active.dataset.what = `active-${user.id}`;
        const tools = element('span', {class: 'row-tools'}, role, active);
        row.append(tools);
        const code = this.#codes.get(user.id);
        if (code) {
            const given = copyable(
                `For ${visible(user.name)} alone: they choose a new password with it, once and within 4 hours`,
                linkTo(`#code=${code}`)
            );
            given.querySelector('input').dataset.what = `code-${user.id}`;
            row.append(given);
        } else if (user.active) {
            tools.append(
                button('Sign-in link', (node) => this.#signInLink(node, user), {
                    class: 'quiet',
                    'aria-label': `Sign-in link for ${visible(user.name)}`,
                })
            );
        }
        return row;
    }

    #change(node, user, body) {
        return attempt(node, this.#problem, async () =>
            this.#people.update({...user, ...(await this.#api.patch(`users/${user.id}`, body))})
        );
    }

    #deactivate(user) {
        confirm({
            title: `Deactivate ${visible(user.name)}?`,
            words: 'All their sessions end at once, and they can\u2019t sign in. Their messages stay.',
            action: 'Deactivate',
            work: async () => {
                this.#people.update({
                    ...user,
                    active: false,
                    ...(await this.#api.patch(`users/${user.id}`, {active: false})),
                });
            },
        });
    }

    #signInLink(node, user) {
        attempt(node, this.#problem, async () => {
            const {code} = await this.#api.post(`users/${user.id}/sign-in-link`);
            this.#codes.set(user.id, code);
            this.#showPeople();
            this.#list.querySelector(`[data-what="code-${user.id}"]`)?.focus();
        });
    }
}
