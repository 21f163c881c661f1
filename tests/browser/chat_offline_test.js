// A network that breaks: what was missed comes once and in order, and one's own messages are never in doubt without
// the page saying so, and never there twice.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {invited, noProblems, openMember, say, setUp, shows, startChat, texts} from './chat_support.js';
import {startProxy} from './proxy.js';
import {startBrowser, until} from './support.js';

const kCuts = 30;

test('a network that breaks', async (t) => {
    const proxy = await startProxy();
    const chat = await startChat({options: ['--chat-url', proxy.base]});
    proxy.port = chat.port;
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob', login: 'bob'});
    const browser = await startBrowser();
    const page = await openMember(browser, chat, anna, {base: proxy.base});
    const other = await openMember(browser, chat, bob, {base: proxy.base, room: anna.room});
    const offline = async () => {
        proxy.down = true;
        proxy.cut();
        await page.waitForFunction(() => document.getElementById('connection').dataset.phase === 'waiting');
    };
    const online = async () => {
        proxy.down = false;
        await page.waitForFunction(() => document.getElementById('connection').dataset.phase === 'open');
    };
    // Beside the network that breaks.
    const stored = (text) =>
        until(`${text} is stored`, async () => {
            const messages = await bob.call('GET', `rooms/${anna.room}/messages?limit=100`);
            return messages.filter(({content}) => content === text).length === 1;
        });
    const losses = () =>
        page.evaluate(() => Number(/\d+/.exec(document.getElementById('connection').title)?.[0] ?? 0));
    const again = (text) => page.getByRole('button', {name: `Not sure: send again: ${text}`});

    await t.test('what came meanwhile comes once and in order, edits and deletions too', async () => {
        await bob.write(anna.room, 'before');
        const edited = await bob.write(anna.room, 'to be edited');
        const deleted = await bob.write(anna.room, 'to be deleted');
        await shows(page, 'to be deleted');
        await offline();
        for (let i = 0; i < 20; ++i) await bob.write(anna.room, `meanwhile ${i}`);
        await bob.call('PATCH', `messages/${edited.id}`, {content: 'edited'});
        await bob.call('DELETE', `messages/${deleted.id}`);
        await online();
        await shows(page, 'meanwhile 19');
        await shows(page, 'edited');
        await until('the deleted one is gone', async () => !(await texts(page)).includes('to be deleted'));
        assert.deepEqual(await texts(page), [
            'before',
            'edited',
            ...Array.from({length: 20}, (_, i) => `meanwhile ${i}`),
        ]);
    });
    await t.test('offline: not sure, and sent again when there is a connection', async () => {
        await offline();
        await say(page, 'written offline');
        await again('written offline').waitFor();
        await online();
        await again('written offline').click();
        await shows(page, 'written offline');
        await shows(other, 'written offline');
    });
    await t.test('the answer is lost: what the server has says that it was sent', async () => {
        proxy.deafen();
        await say(page, 'was it sent?');
        await stored('was it sent?');
        assert.equal(await page.locator('.pending[data-state=sending]').count(), 1);
        proxy.cut();
        await shows(page, 'was it sent?');
        await page.waitForFunction(() => document.querySelectorAll('.pending').length === 0);
        await shows(other, 'was it sent?');
        assert.equal((await texts(other)).filter((text) => text === 'was it sent?').length, 1);
    });
    await t.test('not sure, ten times over, with a reload between: it is there once', async () => {
        for (let i = 0; i < 10; ++i) {
            await offline();
            if (i === 0) await say(page, 'ten times');
            else await again('ten times').click();
            await again('ten times').waitFor();
            await online();
            if (i === 5) {
                await page.reload();
                await page.waitForFunction(() => document.getElementById('connection').dataset.phase === 'open');
            }
        }
        await again('ten times').click();
        await shows(page, 'ten times');
        await shows(other, 'ten times');
        await say(page, 'and after it');
        await shows(other, 'and after it');
        assert.equal((await texts(other)).filter((text) => text === 'ten times').length, 1);
    });
    await t.test('no answer for ten seconds: not sure, and the answer that comes late settles it', async () => {
        proxy.deafen();
        await say(page, 'into silence');
        await again('into silence').waitFor();
        await stored('into silence');
        proxy.cut();
        await shows(page, 'into silence');
    });
    await t.test(`${kCuts} cuts while both write: every message once and in the same order for both`, async () => {
        const expected = [];
        for (let cut = 0; cut < kCuts; ++cut) {
            const before = await losses();
            await bob.write(anna.room, `steady ${cut}`);
            expected.push(`steady ${cut}`);
            proxy.cut();
            await page.waitForFunction(
                (known) =>
                    Number(/\d+/.exec(document.getElementById('connection').title)?.[0] ?? 0) > known &&
                    document.getElementById('connection').dataset.phase === 'open',
                before
            );
        }
        await shows(page, expected.at(-1));
        await shows(other, expected.at(-1));
        for (const one of [page, other]) {
            const steady = (await texts(one)).filter((text) => text.startsWith('steady'));
            assert.deepEqual(steady, expected);
        }
    });
    await t.test('kill -9 of the server, and back', async () => {
        await chat.kill();
        await page.waitForFunction(() => document.getElementById('connection').dataset.phase !== 'open');
        await chat.restart();
        await page.waitForFunction(() => document.getElementById('connection').dataset.phase === 'open');
        await say(page, 'after the restart');
        await shows(other, 'after the restart');
    });
    await t.test('what the server refuses says why, and can be changed', async () => {
        const long = 'x'.repeat(10001);
        await say(page, long);
        await page.getByText(/not sent: a message has 1 to 10,000 characters/).waitFor();
        await page.getByRole('button', {name: /^Change/}).click();
        assert.equal((await page.getByLabel('Message', {exact: true}).inputValue()).length, long.length);
        await say(page, 'shorter');
        await shows(other, 'shorter');
    });
    noProblems(page, other);
});
