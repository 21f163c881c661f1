// A team begins: the first account, an invitation, two members who talk, see each other come and go, write, edit,
// boost and delete.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
    connected,
    fillEntrance,
    noProblems,
    openChat,
    say,
    shows,
    showsNot,
    startChat,
    tool,
} from './chat_support.js';
import {startBrowser, until} from './support.js';

test('a team begins', async (t) => {
    const chat = await startChat();
    const browser = await startBrowser();
    let anna;
    let bob;

    await t.test('the first account, with the link that the server printed', async () => {
        anna = await openChat(browser, chat.link);
        await anna.getByRole('heading', {name: 'Make the first account'}).waitFor();
        await anna.getByLabel('Your name').fill('Anna Berg');
        await anna.getByLabel('Login').fill('anna berg');
        await anna.getByLabel(/^Password/).fill('whatever it is');
        await anna.getByRole('button', {name: 'Make the account'}).click();
        await anna.getByText(/^A login has 1 to 64 letters/).waitFor();
        assert.equal(await anna.getByLabel('Login').getAttribute('aria-invalid'), 'true');
        await fillEntrance(anna, {name: 'Anna Berg', login: 'anna'});
        assert.ok(!anna.url().includes('setup'), 'the code does not stay in the address');
        await anna.getByText('Nothing was written here yet.').waitFor();
    });
    await t.test('a stranger gets no further than the door', async () => {
        const stranger = await openChat(browser, `${chat.base}/chat/`);
        await stranger.getByRole('heading', {name: 'Sign in'}).waitFor();
        await stranger.getByLabel('Login').fill('anna');
        await stranger.getByLabel('Password').fill('not the password');
        await stranger.getByRole('button', {name: 'Sign in'}).click();
        await stranger.waitForFunction(() => document.getElementById('entrance-problem').textContent !== '');
        assert.equal(await stranger.locator('#chat').isVisible(), false);
        await stranger.context().close();
    });
    await t.test('an invitation, by link and by QR code', async () => {
        await anna.getByRole('button', {name: 'Administration'}).click();
        const field = anna.getByRole('textbox', {name: 'Whoever has this link can join'});
        await field.waitFor();
        await anna.getByRole('img', {name: 'The invitation link as a QR code'}).waitFor();
        bob = await openChat(browser, await field.inputValue());
        await fillEntrance(bob, {name: 'Bob Okafor', login: 'bob'});
        await anna.getByRole('button', {name: 'Close'}).click();
    });
    await t.test('two talk, and each sees the other there', async () => {
        await say(anna, 'Hello *Bob*');
        await shows(bob, 'Hello Bob');
        assert.equal(await bob.locator('#messages strong', {hasText: 'Bob'}).count(), 1);
        await say(bob, 'Hello @anna');
        await shows(anna, 'Hello @anna');
        assert.equal(await anna.locator('.mention.mine').textContent(), '@anna');
        await anna.waitForFunction(() => document.querySelector('#messages .message .sent:not([hidden])'));
        await anna.getByRole('button', {name: 'Members'}).click();
        await anna.getByText('2 members, 2 there now').waitFor();
    });
    await t.test('presence counts tabs', async () => {
        const second = await openChat(browser, `${chat.base}/chat/`, {context: bob.context()});
        await connected(second);
        await second.close();
        await say(bob, 'still here');
        await shows(anna, 'still here');
        await anna.getByText('2 members, 2 there now').waitFor();
        const address = bob.url();
        await bob.goto('about:blank');
        await anna.getByText('2 members, 1 there now').waitFor();
        await bob.goto(address);
        await anna.getByText('2 members, 2 there now').waitFor();
        await anna.getByRole('button', {name: 'Close'}).click();
    });
    await t.test('one sees the other write, and stop', async () => {
        await bob.getByLabel('Message', {exact: true}).pressSequentially('I am wri');
        await anna.getByText('Bob Okafor is typing…').waitFor();
        await bob.getByLabel('Message', {exact: true}).fill('');
        await anna.waitForFunction(() => document.getElementById('typing').textContent === '');
    });
    await t.test('an edit is seen at once, by arrow-up and by its button', async () => {
        await say(bob, 'a mistke');
        await shows(anna, 'a mistke');
        await bob.getByLabel('Message', {exact: true}).press('ArrowUp');
        await bob.getByText('Editing your message').waitFor();
        await say(bob, 'a mistake');
        await shows(anna, 'a mistake');
        await shows(bob, 'a mistake');
        await showsNot(anna, 'a mistke');
        await anna.getByText('edited', {exact: true}).waitFor();
        await tool(bob, 'a mistake', 'Edit');
        await bob.getByLabel('Message', {exact: true}).press('Escape');
        assert.equal(await bob.getByLabel('Message', {exact: true}).inputValue(), '');
    });
    await t.test('a boost comes and goes', async () => {
        await tool(anna, 'a mistake', 'Boost');
        await anna.getByRole('dialog').getByRole('button', {name: 'tada'}).click();
        const boost = bob.getByRole('button', {name: /by Anna Berg$/});
        await boost.waitFor();
        await boost.click();
        await anna.waitForFunction(() => /2$/.test(document.querySelector('.boost')?.textContent ?? ''));
        await anna.locator('.boost').click();
        await bob.getByRole('button', {name: /by Bob Okafor$/}).waitFor();
        await anna.waitForFunction(() => document.querySelector('.boost')?.getAttribute('aria-pressed') === 'false');
    });
    await t.test('a deletion says what stays, and is seen at once', async () => {
        await tool(bob, 'a mistake', 'Delete');
        await bob.getByText(/Its bytes stay in the log and in backups/).waitFor();
        await bob.getByRole('button', {name: 'Keep'}).click();
        await shows(anna, 'a mistake');
        await tool(bob, 'a mistake', 'Delete');
        await bob.getByRole('dialog').getByRole('button', {name: 'Delete', exact: true}).click();
        await showsNot(anna, 'a mistake');
        await showsNot(bob, 'a mistake');
    });
    await t.test('a sound can be played', async () => {
        await say(anna, '/play tada');
        await bob.getByRole('button', {name: 'Play the sound tada'}).click();
        await say(anna, '/play nothing');
        await shows(bob, '/play nothing');
    });
    await t.test('who logs out sees nothing more, and comes in again', async () => {
        await bob.getByRole('button', {name: 'You: Bob Okafor'}).click();
        await bob.getByRole('button', {name: 'Log out', exact: true}).click();
        await bob.getByText('You have logged out').waitFor();
        assert.equal(await bob.locator('#messages .message').count(), 0);
        await fillEntrance(bob, {login: 'bob'});
        await shows(bob, 'Hello Bob');
    });
    await t.test('a reload stays where one is, and a draft stays', async () => {
        await bob.getByLabel('Message', {exact: true}).fill('not yet sent');
        await bob.reload();
        await shows(bob, 'Hello Bob');
        await until(
            'the draft is there',
            async () => (await bob.getByLabel('Message', {exact: true}).inputValue()) === 'not yet sent'
        );
    });
    await t.test('who is deactivated is out at once', async () => {
        await anna.getByRole('button', {name: 'Administration'}).click();
        await anna.getByRole('button', {name: 'Deactivate Bob Okafor'}).click();
        await anna.getByRole('dialog').getByRole('button', {name: 'Deactivate', exact: true}).click();
        await bob.getByText('Your session has ended').waitFor();
        await anna.getByRole('button', {name: 'Activate Bob Okafor'}).click();
        await anna.getByRole('button', {name: 'Sign-in link for Bob Okafor'}).click();
        const link = anna.getByRole('textbox', {name: /^For Bob Okafor alone/});
        const given = await link.inputValue();
        const role = anna.getByRole('combobox', {name: 'Role of Bob Okafor'});
        await role.evaluate((node) => (node.dataset.old = ''));
        await role.selectOption('administrator');
        await anna.locator('select[data-old]').waitFor({state: 'detached'});
        assert.equal(await link.inputValue(), given, 'the list is drawn anew, and the code is told once');
        await bob.goto(given);
        await bob.getByRole('heading', {name: 'Sign in with a code'}).waitFor();
        await bob.getByLabel(/^Password/).fill('another password');
        await bob.getByRole('button', {name: 'Sign in', exact: true}).click();
        await connected(bob);
        await shows(bob, 'Hello Bob');
    });
    noProblems(anna, bob);
});
