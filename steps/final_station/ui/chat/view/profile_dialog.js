// One's own account, and what one has chosen for this browser.
import {element} from '../shared/dom.js';
import {linkTo} from '../model/place.js';
import {settings} from '../model/settings.js';
import {attempt, openDialog} from './dialog.js';
import {button, check, copyable, field} from './fields.js';

// leave(path): ends this session, or all.
export function openProfile({api, people, leave}) {
    const {me} = people;
    const problem = element('p', {class: 'problem', role: 'alert'});
    const said = element('p', {class: 'soft', role: 'status'});
    const name = field('Name', {maxlength: '100', autocomplete: 'name'});
    const login = field('Login', {
        maxlength: '100',
        autocomplete: 'username',
        autocapitalize: 'none',
        spellcheck: 'false',
    });
    name.input.value = me.name;
    login.input.value = me.login;
    const save = (what, body) => async () => {
        people.me = {...me, ...(await api.patch('me', body()))};
        people.update(people.me);
        said.textContent = what;
    };
    const account = form(
        'Account',
        'Save',
        [name.node, login.node],
        problem,
        save('Saved', () => ({name: name.input.value.trim(), login: login.input.value.trim()}))
    );
    const old = field('Old password', {type: 'password', autocomplete: 'current-password'});
    const password = field('New password', {type: 'password', autocomplete: 'new-password'});
    const secret = form('Password', 'Change the password', [old.node, password.node], problem, async () => {
        await save('The password is changed; all your other sessions have ended', () => ({
            password: password.input.value,
            old_password: old.input.value,
        }))();
        old.input.value = password.input.value = '';
    });
    const out = (path) => (node) => attempt(node, problem, () => leave(path));
    const link = button('A link to sign in elsewhere', (node) =>
        attempt(node, problem, async () => {
            const {code} = await api.post(`users/${me.id}/sign-in-link`);
            node.replaceWith(
                copyable('For once, and 4 hours. Whoever has it enters as you', linkTo(`#code=${code}`))
            );
        })
    );
    openDialog(
        'You',
        account,
        element('details', {}, element('summary', {}, 'Password'), secret),
        browserChoices(problem),
        link,
        said,
        problem,
        element(
            'div',
            {class: 'actions'},
            button('Log out', out('session')),
            button('Log out everywhere', out('sessions'))
        ),
        keysNode()
    );
}

function browserChoices(problem) {
    const sounds = check('Sounds', settings.get('sounds'), (on) => settings.set('sounds', on));
    const notifications = check(
        'Notifications, as each room\u2019s involvement says',
        settings.get('notifications') && globalThis.Notification?.permission === 'granted',
        async (on, input) => {
            const granted = on && (await globalThis.Notification?.requestPermission()) === 'granted';
            settings.set('notifications', granted);
            input.checked = granted;
            problem.textContent = on && !granted ? 'The browser does not allow notifications for this address' : '';
        }
    );
    return element('fieldset', {class: 'stack'}, element('legend', {}, 'In this browser'), sounds, notifications);
}

function keysNode() {
    const keys = [
        ['Ctrl K', 'go to a room or to somebody'],
        ['Alt \u2191 \u2193', 'the room above, below'],
        ['\u2191', 'edit your last message, where nothing is written'],
        ['Shift \u2191', 'into the messages; there Up and Down, Tab to the tools'],
        ['@ :', 'complete a member, an emoji'],
        ['Esc', 'close, and back to writing'],
        ['/play tada', 'a sound'],
    ];
    return element(
        'details',
        {},
        element('summary', {}, 'Keys'),
        element(
            'dl',
            {class: 'keys'},
            ...keys.map(([key, words]) =>
                element('div', {}, element('dt', {}, element('kbd', {}, key)), element('dd', {}, words))
            )
        )
    );
}

function form(label, action, parts, problem, work) {
    const submit = element('button', {type: 'submit'}, action);
    const node = element('form', {class: 'stack', 'aria-label': label, novalidate: ''}, ...parts, submit);
    node.addEventListener('submit', (event) => {
        event.preventDefault();
        attempt(submit, problem, work);
    });
    return node;
}
