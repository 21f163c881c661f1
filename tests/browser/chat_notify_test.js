// What rings, and what sounds: notifications by involvement and only where nobody looks, never for what one catches up on;
// the twelve sounds.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {invited, noProblems, openMember, setUp, shows, startChat} from './chat_support.js';
import {startBrowser} from './support.js';

test('what rings', async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob', login: 'bob'});
    const rooms = {};
    for (const level of ['everything', 'mentions', 'nothing', 'invisible']) {
        rooms[level] = (await anna.call('POST', 'rooms', {name: level, type: 'open'})).id;
        await anna.call('PUT', `rooms/${rooms[level]}/involvement`, {level});
    }
    const page = await openMember(await startBrowser(), chat, anna, {
        permissions: ['notifications'],
        prepare: (one) =>
            one.addInitScript(() => {
                globalThis.rung = [];
                globalThis.Notification = class {
                    static permission = 'granted';
                    static requestPermission = () => Promise.resolve('granted');
                    constructor(title, {body}) {
                        globalThis.rung.push(`${title}: ${body}`);
                    }
                    close() {}
                };
            }),
    });
    const rung = (count) => page.waitForFunction((wanted) => globalThis.rung.length >= wanted, count);
    const taken = () => page.evaluate(() => globalThis.rung.splice(0));

    // The last word comes to a room that rings, so that what does not ring has had its time.
    const speak = async () => {
        for (const level of ['nothing', 'invisible', 'mentions', 'everything']) await bob.write(rooms[level], `to ${level}`);
    };
    await t.test('nothing rings before one has asked for it', async () => {
        await speak();
        await page.waitForFunction(() => document.title === '(1) Station chat');
        assert.deepEqual(await taken(), []);
    });
    await t.test('as each room says', async () => {
        await page.getByRole('button', {name: 'You: Anna Berg'}).click();
        await page.getByRole('checkbox', {name: /^Notifications/}).check();
        await page.getByRole('dialog').getByRole('button', {name: 'Close'}).click();
        await speak();
        await rung(1);
        assert.deepEqual(await taken(), ['Bob in everything: to everything']);
        for (const level of ['nothing', 'invisible', 'mentions']) await bob.write(rooms[level], `@anna in ${level}`);
        await rung(1);
        assert.deepEqual(await taken(), ['Bob in mentions: @anna in mentions']);
    });
    await t.test('a room that was looked at before rings, the one in sight does not', async () => {
        for (const level of ['everything', 'mentions']) {
            await page.getByRole('link', {name: new RegExp(`^${level},`)}).click();
            await shows(page, `to ${level}`);
        }
        await bob.write(rooms.mentions, '@anna in sight');
        await shows(page, '@anna in sight');
        await bob.write(rooms.everything, 'out of sight');
        await rung(1);
        assert.deepEqual(await taken(), ['Bob in everything: out of sight']);
        await page.getByRole('link', {name: /^everything, open room, 1 unread/}).click();
        await shows(page, 'out of sight');
        await bob.write(rooms.mentions, 'nobody is meant');
        await bob.write(rooms.mentions, '@anna is meant');
        await rung(1);
        assert.deepEqual(await taken(), ['Bob in mentions: @anna is meant']);
    });
    await t.test('what one catches up on does not ring', async () => {
        await page.context().setOffline(true);
        await page.reload().catch(() => {});
        await bob.write(rooms.everything, 'meanwhile');
        await page.context().setOffline(false);
        await page.goto(`${chat.base}/chat/#room/${rooms.everything}`);
        await shows(page, 'meanwhile');
        assert.deepEqual(await taken(), []);
    });
    await t.test('each of the twelve sounds is made', async () => {
        await page.locator('#message').click();
        const made = await page.evaluate(async () => {
            const {kSoundNames, play} = await import(new URL('model/sounds.js', document.baseURI));
            const answers = [];
            for (const name of [...kSoundNames, 'nothing', 'constructor']) answers.push([name, await play(name)]);
            return answers;
        });
        assert.deepEqual(made.filter(([, done]) => done).map(([name]) => name).sort(), ['56k', 'airhorn', 'applause', 'bell', 'bezos', 'boo',
            'bueller', 'crickets', 'nyan', 'rimshot', 'tada', 'trombone']);
    });
    noProblems(page);
});
