// Five thousand messages, scrolled through from the last to the first and back: each is there once and in order, and
// the page never holds more than some hundred of them.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {invited, noProblems, openMember, setUp, shows, startChat} from './chat_support.js';
import {startBrowser, until} from './support.js';

const kMessages = 5000;
const kAtOnce = 25;
const kMostElements = 320;

test(`${kMessages} messages`, async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob', login: 'bob'});
    for (let first = 0; first < kMessages; first += kAtOnce) {
        await Promise.all(
            Array.from({length: kAtOnce}, (_, i) =>
                bob.write(anna.room, `${first + i}: ${'words '.repeat((first + i) % 30)}`)
            )
        );
    }
    const all = [];
    for (let before = ''; ;) {
        const page = await anna.call('GET', `rooms/${anna.room}/messages?limit=100${before}`);
        all.unshift(...page.map(({content}) => content));
        if (page.length < 100) break;
        before = `&before=${page[0].id}`;
    }
    assert.equal(all.length, kMessages);
    const page = await openMember(await startBrowser(), chat, anna);
    await shows(page, all.at(-1));

    // What is in sight and around it, after nothing more is being read.
    const settle = () =>
        page.evaluate(async () => {
            const frame = () => new Promise(requestAnimationFrame);
            do {
                await frame();
                await frame();
            } while (document.getElementById('scroller').getAttribute('aria-busy') === 'true');
            return [...document.querySelectorAll('#messages .message .content')].map((node) => node.textContent);
        });
    // Says where the topmost message in sight stands before anything else has happened.
    const scroll = (screens) =>
        page.evaluate((by) => {
            const scroller = document.getElementById('scroller');
            scroller.scrollTop += by * scroller.clientHeight;
            const {top} = scroller.getBoundingClientRect();
            const all = [...document.querySelectorAll('#messages .message')];
            const node = all.find((one) => one.getBoundingClientRect().bottom > top);
            return {id: node.id, top: node.getBoundingClientRect().top};
        }, screens);
    const stays = async ({id, top}) => {
        const now = await page.$eval(`[id="${id}"]`, (node) => node.getBoundingClientRect().top);
        assert.ok(Math.abs(now - top) < 2, `${id} was at ${top} and is at ${now}`);
    };
    let most = 0;
    const isWhole = (held) => {
        most = Math.max(most, held.length);
        const at = all.indexOf(held[0]);
        assert.deepEqual(held, all.slice(at, at + held.length), 'what the page holds is a stretch without a gap');
        return at;
    };

    await t.test('up to the first', async () => {
        for (let first = kMessages; first > 0; ) {
            await until('older ones come', async () => {
                const place = await scroll(-2);
                const at = isWhole(await settle());
                await stays(place);
                assert.ok(at <= first, 'it goes up and nowhere else');
                const goesOn = at < first;
                first = at;
                return goesOn || at === 0;
            });
        }
        await page.getByText(/^This is where .* begins\.$/).waitFor();
    });
    await t.test('what comes meanwhile is counted, and moves nothing', async () => {
        const place = () =>
            page.evaluate(() => {
                const top = document.getElementById('scroller').getBoundingClientRect().top;
                const node = [...document.querySelectorAll('#messages .message')].find(
                    (one) => one.getBoundingClientRect().bottom > top
                );
                return [node.id, Math.round(node.getBoundingClientRect().top)];
            });
        await page.evaluate(() => (document.getElementById('scroller').scrollTop = 700));
        await settle();
        const before = await place();
        for (let i = 0; i < 3; ++i) all.push((await bob.write(anna.room, `new ${i}`)).content);
        await page.getByRole('button', {name: '3 newer messages'}).waitFor();
        assert.deepEqual(await place(), before);
    });
    await t.test('down again', async () => {
        for (let held = []; held.at(-1) !== 'new 2'; ) {
            await until('newer ones come', async () => {
                const place = await scroll(2);
                const before = held.at(-1);
                held = await settle();
                isWhole(held);
                await stays(place);
                return held.at(-1) !== before;
            });
        }
    });
    await t.test('a jump to the end, and what comes is followed', async () => {
        for (let i = 0; i < 12; ++i) {
            await scroll(-3);
            await settle();
        }
        await page.getByRole('button', {name: /Newest|newer/}).click();
        await shows(page, 'new 2');
        await bob.write(anna.room, 'followed');
        await shows(page, 'followed');
        await page.waitForFunction(() => {
            const {scrollTop, scrollHeight, clientHeight} = document.getElementById('scroller');
            return scrollHeight - clientHeight - scrollTop < 5 && document.getElementById('newer').hidden;
        });
    });
    assert.ok(most > 100 && most <= kMostElements, `${most} messages at most were elements`);
    noProblems(page);
});
