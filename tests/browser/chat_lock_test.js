// The lock beside a message: its proof is computed in the page, held against what this browser has seen before, and
// fails where the server says anything else than what is in the log.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {invited, noProblems, openMember, setUp, shows, startChat} from './chat_support.js';
import {startBrowser} from './support.js';

test('the lock', async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob', login: 'bob'});
    const first = await bob.write(anna.room, 'Grüße, 世界 🎉');
    const second = await bob.write(anna.room, 'to be edited');
    await bob.call('PATCH', `messages/${second.id}`, {content: 'edited'});
    const page = await openMember(await startBrowser(), chat, anna);
    await shows(page, 'edited');
    const open = async (id) => {
        await page.hover(`#m-${id}`);
        await page.locator(`#m-${id} .lock`).click();
        await page.waitForFunction(() =>
            ['true', 'false'].includes(document.querySelector('#side .verdict')?.dataset.fine)
        );
        return {
            fine: (await page.getAttribute('#side .verdict', 'data-fine')) === 'true',
            steps: await page.locator('#side .steps li').allTextContents(),
        };
    };
    const pinned = () =>
        page.evaluate(() =>
            JSON.parse(
                Object.entries(localStorage).find(([key]) => key.startsWith('station.chat.head'))?.[1] ?? 'null'
            )
        );

    await t.test('the first one is trusted, and kept', async () => {
        const {fine, steps} = await open(first.id);
        assert.ok(fine, steps.join('\n'));
        assert.match(steps[0], /first look/);
        assert.equal((await pinned()).ledger, 'chat');
    });
    await t.test('a later one goes on from it; an edit is proved by its own record', async () => {
        const before = BigInt((await pinned()).size);
        for (let i = 0; i < 40; ++i) await bob.write(anna.room, `more ${i}`);
        await shows(page, 'more 39');
        const {fine, steps} = await open(second.id);
        assert.ok(fine, steps.join('\n'));
        assert.match(steps[0], /are those that this browser has kept/);
        assert.ok(BigInt((await pinned()).size) > before);
    });
    for (const [name, change, step] of [
        [
            'another root',
            (answer) => (answer.head.root = `${answer.head.root[0] === '0' ? '1' : '0'}${answer.head.root.slice(1)}`),
            /History|Place/,
        ],
        ['a shorter history', (answer) => (answer.head.size = 3), /History/],
        [
            'another record',
            (answer) => {
                const bytes = Buffer.from(answer.event, 'base64');
                bytes[bytes.indexOf('more') + 5] ^= 1;
                answer.event = bytes.toString('base64');
            },
            /Record/,
        ],
        ['no proof at all', (answer) => Object.keys(answer).forEach((key) => delete answer[key]), /History/],
    ]) {
        await t.test(`a server that lies is found: ${name}`, async () => {
            const kept = await pinned();
            await page.route('**/chat/api/proof/**', async (route) => {
                const answer = await (await route.fetch()).json();
                change(answer);
                await route.fulfill({json: answer});
            });
            const [last] = await anna.call('GET', `rooms/${anna.room}/messages?limit=1`);
            const {fine, steps} = await open(last.id);
            assert.equal(fine, false);
            assert.match(steps.at(-1), step);
            assert.deepEqual(await pinned(), kept, 'nothing of it is kept');
            await page.unroute('**/chat/api/proof/**');
        });
    }
    await t.test('a text that is shown, and is not the record\u2019s', async () => {
        const messages = await anna.call('GET', `rooms/${anna.room}/messages?limit=100`);
        const {id} = messages.find(({content}) => content === 'more 20');
        const other = await openMember(null, chat, anna, {
            context: page.context(),
            prepare: async (one) => {
                await one.routeWebSocket('**/chat/ws', (socket) => {
                    const server = socket.connectToServer();
                    server.onMessage((text) => socket.send(String(text).replaceAll('more 20', 'never said')));
                });
            },
        });
        await shows(other, 'never said');
        await other.hover(`#m-${id}`);
        await other.locator(`#m-${id} .lock`).click();
        await other.getByText('This is not proved').waitFor();
        await other.getByText(/another text than the one shown/).waitFor();
    });
    await t.test('a deleted message has none', async () => {
        const gone = await bob.write(anna.room, 'soon gone');
        await shows(page, 'soon gone');
        await page.route('**/chat/api/proof/**', async (route) => {
            await bob.call('DELETE', `messages/${gone.id}`).catch(() => {});
            await route.continue();
        });
        await page.hover(`#m-${gone.id}`);
        await page.locator(`#m-${gone.id} .lock`).click();
        await page.getByText('It was deleted meanwhile: there is nothing to prove').waitFor();
    });
    noProblems(page);
});
