// Many events at once: the page answers meanwhile, and holds a bounded number of elements.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

const kEvents = 20000;
const kMost = 400000;  // the flood ends here even if the page never answers
const kKept = 5000;

async function elements(page) {
    return page.evaluate(() => document.getElementsByTagName('*').length);
}

test(`${kEvents} events quickly`, async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const client = await openClient(station.base, 'flood');
    const page = await openPage(await startBrowser(), station.base, 'flood');
    const quiet = await elements(page);
    await page.evaluate(() => {
        globalThis.ticks = 0;
        globalThis.announced = 0;
        globalThis.began = performance.now();
        const tick = () => requestAnimationFrame(() => (globalThis.ticks += 1, tick()));
        tick();
        new MutationObserver(() => (globalThis.announced += 1)).observe(document.getElementById('announcer'), {childList: true});
    });

    let sent = 0;
    await t.test('a click is answered while they come, and frames are drawn', async () => {
        let answered = false;
        const clicking = (async () => {
            await page.waitForFunction(() => document.querySelectorAll('#rows .row').length > 0);
            await page.click('#theme');
            await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
            answered = true;
        })();
        const ticks = await page.evaluate(() => globalThis.ticks);
        while (sent < kEvents || (!answered && sent < kMost)) {
            for (let i = 0; i < 500; ++i) client.publish(`event ${sent++}`);
            await client.settled(sent - 2000);
        }
        assert.ok(answered, `no answer to a click in ${sent} events`);
        await clicking;
        await client.settled(sent);
        await showsOffset(page, sent - 1);
        assert.ok(await page.evaluate(() => globalThis.ticks) - ticks > 10, 'frames were drawn');
    });
    await t.test('the document stays small', async () => {
        const now = await elements(page);
        assert.ok(now < quiet + 400, `${now} elements, ${quiet} before`);
        assert.match(await page.textContent('#facts'), new RegExp(`${(sent - kKept).toLocaleString('en')} scrolled by, the last 5,000 kept`));
        const rows = await allRows(page);
        assert.deepEqual(rows.map(({offset}) => offset), Array.from({length: kKept}, (_, i) => sent - kKept + i));
    });
    await t.test('they are replayed as quickly, and the page says how far it has come', async () => {
        await page.evaluate(() => {
            globalThis.said = new Set();
            const position = document.getElementById('position');
            new MutationObserver(() => globalThis.said.add(position.textContent.replace(/\d.*/, ''))).observe(position, {childList: true});
        });
        await page.fill('#offset', '0');
        await page.press('#offset', 'Enter');
        await page.waitForFunction(() => globalThis.said.has('Catching up, '));
        await live(page);
        await showsOffset(page, sent - 1);
        const rows = await allRows(page);
        assert.deepEqual([rows[0].offset, rows.at(-1).offset, rows.length], [sent - kKept, sent - 1, kKept]);
    });
    await t.test('a screen reader is told in sentences, seconds apart', async () => {
        const {announced, elapsed} = await page.evaluate(() => ({announced: globalThis.announced, elapsed: performance.now() - globalThis.began}));
        assert.ok(announced >= 1 && announced <= 1 + elapsed / 4000, `${announced} in ${elapsed} ms`);
        assert.match(await page.textContent('#announcer'), /new events? in flood, the last one: event \d+|Durable/);
    });
    await t.test('what was replayed is not called new', async () => {
        client.publish(`event ${sent++}`);
        await page.waitForFunction((text) => document.getElementById('announcer').textContent.endsWith(text), `: event ${sent - 1}`);
        assert.equal(await page.textContent('#announcer'), `1 new event in flood, the last one: event ${sent - 1}`);
    });
    assert.deepEqual(page.problems, []);
});
