// Rooms of three kinds, what is unread in them, going to them, searching them, and a bot that writes in one.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {client, invited, noProblems, openMember, say, setUp, shows, startChat, texts} from './chat_support.js';
import {startBrowser, until} from './support.js';

test('rooms', async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob Okafor', login: 'bob'});
    const chloe = await invited(chat, anna, {name: 'Chloé Durand', login: 'chloe'});
    const browser = await startBrowser();
    const page = await openMember(browser, chat, anna);
    const other = await openMember(browser, chat, bob, {room: anna.room});
    const room = (name) => page.getByRole('navigation').getByRole('link', {name});
    const isIn = (name, one = page) =>
        one.waitForFunction((wanted) => document.getElementById('room-name').textContent === wanted, name);

    await t.test('an open room is there for everybody at once', async () => {
        await page.getByRole('button', {name: 'New room'}).click();
        await page.getByRole('dialog').getByLabel('Name').fill('Operations');
        await page.getByRole('button', {name: 'Make the room'}).click();
        await isIn('Operations');
        await other.getByRole('link', {name: /^Operations, open room/}).click();
        await isIn('Operations', other);
        await say(other, 'to operations');
        await shows(page, 'to operations');
    });
    await t.test('a closed room is there for its members, and is left', async () => {
        await page.getByRole('button', {name: 'New room'}).click();
        await page.getByRole('dialog').getByLabel('Name').fill('Plans');
        await page.getByLabel('Who is in it').selectOption('closed');
        await page
            .getByRole('dialog')
            .getByRole('checkbox', {name: /Bob Okafor/})
            .check();
        await page.getByRole('button', {name: 'Make the room'}).click();
        await isIn('Plans');
        await other.getByRole('link', {name: /^Plans, closed room/}).click();
        await say(other, 'a secret');
        await shows(page, 'a secret');
        assert.ok(!(await chloe.call('GET', 'rooms')).some(({name}) => name === 'Plans'));
        await page.getByRole('button', {name: 'Members'}).click();
        await page.getByLabel('Add somebody').selectOption(chloe.me.id);
        await page.getByRole('button', {name: 'Add', exact: true}).click();
        await page.getByRole('button', {name: 'Remove Chloé Durand'}).waitFor();
        await other.getByRole('button', {name: 'Room', exact: true}).click();
        await other.getByRole('button', {name: 'Leave'}).click();
        await other.getByRole('dialog').getByRole('button', {name: 'Leave'}).click();
        await until(
            'the room is gone from the list',
            async () => (await other.getByRole('link', {name: /^Plans/}).count()) === 0
        );
        assert.equal((await texts(other)).includes('a secret'), false);
        await page.getByRole('button', {name: 'Close'}).click();
    });
    await t.test('who is removed sees it at once', async () => {
        const plans = page.url().split('/').at(-1);
        await anna.call('PUT', `rooms/${plans}/members/${bob.me.id}`);
        await other.getByRole('link', {name: /^Plans/}).click();
        await shows(other, 'a secret');
        await anna.call('DELETE', `rooms/${plans}/members/${bob.me.id}`);
        await until('it is gone', async () => !(await other.textContent('body')).includes('a secret'));
        await other.getByText('You are not in that room any more.').waitFor();
    });
    await t.test('a direct room is the same for both, and is called after the other', async () => {
        await page.getByRole('navigation').getByRole('button', {name: 'New', exact: true}).click();
        await page
            .getByRole('dialog')
            .getByRole('checkbox', {name: /Bob Okafor/})
            .check();
        await page.getByRole('button', {name: 'Talk', exact: true}).click();
        await isIn('Bob Okafor');
        await say(page, 'only for you');
        await other.getByRole('link', {name: /^Anna Berg, direct, 1 unread/}).click();
        await shows(other, 'only for you');
        await other.getByRole('button', {name: 'Go to'}).click();
        await other.getByLabel('Room or person').fill('chlo');
        await other.getByRole('option', {name: /Chloé/}).click();
        await isIn('Chloé Durand', other);
    });
    await t.test('unread and mentions are counted where one does not look, and read where one does', async () => {
        await room(/^Operations/).click();
        await isIn('Operations');
        await room(new RegExp(`^${anna.roomName}`)).click();
        await isIn(anna.roomName);
        const {id} = (await anna.call('GET', 'rooms')).find(({name}) => name === 'Operations');
        await anna.call('PUT', `rooms/${id}/involvement`, {level: 'everything'});
        for (let i = 0; i < 3; ++i) await bob.write(id, `unread ${i}`);
        await bob.write(id, 'look, @anna');
        await page.reload();
        await room(/^Operations, open room, 4 unread/).waitFor();
        await room(/^Operations/).click();
        await shows(page, 'look, @anna');
        await page.getByText('New', {exact: true}).and(page.locator('.unread-from span')).waitFor();
        await until(
            'the server knows that it is read',
            async () => (await anna.call('GET', 'rooms')).find((one) => one.id === id).unread === 0
        );
    });
    await t.test('involvement: nothing rings, hidden', async () => {
        await page.getByRole('button', {name: 'Room', exact: true}).click();
        await page.getByLabel('Your involvement').selectOption('invisible');
        await page.getByRole('dialog').getByRole('button', {name: 'Close'}).click();
        await page.getByRole('navigation').getByText('Hidden').click();
        await room(/^Operations/).waitFor();
        await page.getByRole('button', {name: 'Room', exact: true}).click();
        await page.getByLabel('Your involvement').selectOption('everything');
        await page.getByRole('dialog').getByRole('button', {name: 'Close'}).click();
        await page.waitForFunction(() => document.getElementById('hidden-rooms').hidden);
    });
    await t.test('a room is renamed and deleted for everybody', async () => {
        const made = await anna.call('POST', 'rooms', {name: 'For a day', type: 'open'});
        await other.getByRole('link', {name: /^For a day/}).click();
        await page.goto(`${chat.base}/chat/#room/${made.id}`);
        await isIn('For a day');
        await page.getByRole('button', {name: 'Room', exact: true}).click();
        await page.getByRole('dialog').getByLabel('Name').fill('For two days');
        await page.getByRole('dialog').getByRole('button', {name: 'Save'}).click();
        await isIn('For two days', other);
        await page.getByRole('button', {name: 'Room', exact: true}).click();
        await page.getByRole('button', {name: 'Delete the room'}).click();
        await page.getByText(/Their bytes stay in the log/).waitFor();
        await page.getByRole('button', {name: 'Delete for everybody'}).click();
        await other.getByText('You are not in that room any more.').waitFor();
    });
    await t.test('what is found is shown with its words, and one goes there', async () => {
        for (let i = 0; i < 120; ++i)
            await bob.write(anna.room, i === 5 ? 'the needle, 針山 and <b>bold</b>' : `hay ${i}`);
        await page.getByRole('button', {name: 'Search', exact: true}).click();
        const query = page.getByRole('searchbox', {name: /^Words/});
        await query.fill('needle');
        await query.press('Enter');
        const found = page.getByRole('list', {name: 'Found'});
        await found.getByText('needle', {exact: true}).and(page.locator('mark')).waitFor();
        assert.match(await found.textContent(), /<b>bold<\/b>/);
        await found.getByRole('link').click();
        await shows(page, 'the needle, 針山 and <b>bold</b>');
        await page.waitForFunction(() => document.activeElement.classList.contains('message'));
        assert.match(page.url(), /#room\/[0-9a-f-]{36}\/message\/[0-9a-f-]{36}$/);
        await page.getByRole('button', {name: /Newest|newer/}).click();
        await shows(page, 'hay 119');
        await query.fill('nothing-like-it');
        await query.press('Enter');
        await page.getByText('Nothing was found.').waitFor();
        await page.getByRole('button', {name: 'Close'}).click();
    });
    await t.test('a permalink opens in a page of its own; one that is gone says so', async () => {
        const deleted = await bob.write(anna.room, 'for a moment');
        await bob.call('DELETE', `messages/${deleted.id}`);
        const [old] = await anna.call('GET', 'search?q=needle');
        const link = await openMember(browser, chat, anna, {room: `${old.room}/message/${old.id}`});
        await link.waitForFunction((id) => document.activeElement.id === `m-${id}`, old.id);
        assert.ok(!(await texts(link)).includes('hay 119'), 'it is among what is around it');
        await link.goto(`${chat.base}/chat/#room/${old.room}/message/${deleted.id}`);
        await link.getByText(/^That message can’t be shown/).waitFor();
        noProblems(link);
        await link.context().close();
    });
    await t.test('a bot is made, writes with its key, and is mentioned', async () => {
        await page.getByRole('button', {name: 'Administration'}).click();
        await page.getByLabel('Name of a new bot').fill('Deployer');
        await page.getByRole('button', {name: 'Make the bot'}).click();
        const key = await page.getByRole('textbox', {name: /^Key of Deployer/}).inputValue();
        await page.getByRole('button', {name: 'Close'}).click();
        await client(chat.base).call('POST', `rooms/${anna.room}/${key}/messages`, 'deployed <i>v1</i>', {raw: true});
        await shows(page, 'deployed <i>v1</i>');
        await page.getByLabel('Message', {exact: true}).pressSequentially('thanks @depl');
        await page.getByRole('option', {name: /Deployer/}).waitFor();
        await page.getByLabel('Message', {exact: true}).press('Enter');
        await page.getByLabel('Message', {exact: true}).press('Enter');
        await shows(page, 'thanks @deployer');
    });
    noProblems(page, other);
});
