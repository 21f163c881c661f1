// Many events at once: the page answers meanwhile, and holds a bounded number of elements.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {kPatience, live, openClient, openPage, rowsInSight, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

const kEvents = 20000;
const kMostKept = 5000;

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
        // On a busy machine the flood is faster than the page: it goes on as long as one would wait for an answer, and then
        // no faster than the page takes part in it, which could otherwise not show the last event for minutes.
        const most = performance.now() + kPatience;
        while (sent < kEvents || (!answered && performance.now() < most)) {
            for (let i = 0; i < 500; ++i) client.publish(`event ${sent++}`);
            await client.settled(sent - 2000);
            if (sent >= kEvents) await page.evaluate(() => globalThis.ticks);
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
        const kept = await page.evaluate(() => document.getElementById('rows').clientHeight / document.querySelector('#rows .row').clientHeight);
        assert.ok(kept <= kMostKept, `${kept} rows are kept`);
    });
    await t.test('who goes to the first one stays there, and comes back to the last ones at once', async () => {
        await page.fill('#offset', '0');
        await page.press('#offset', 'Enter');
        await showsOffset(page, 0);
        const rows = await rowsInSight(page);
        assert.equal(await page.textContent('#position'), `${(sent - rows.length).toLocaleString('en')} events behind live`);
        await page.click('#follow');
        await live(page);
        await showsOffset(page, sent - 1);
    });
    await t.test('a screen reader is told in sentences, seconds apart', async () => {
        const {announced, elapsed} = await page.evaluate(() => ({announced: globalThis.announced, elapsed: performance.now() - globalThis.began}));
        assert.ok(announced >= 1 && announced <= 1 + elapsed / 4000, `${announced} in ${elapsed} ms`);
        assert.match(await page.textContent('#announcer'), /new events? in flood, the last one: event \d+|Event 0 of flood|Durable/);
    });
    await t.test('what was replayed is not called new', async () => {
        client.publish(`event ${sent++}`);
        await page.waitForFunction((text) => document.getElementById('announcer').textContent.endsWith(text), `: event ${sent - 1}`);
        assert.equal(await page.textContent('#announcer'), `1 new event in flood, the last one: event ${sent - 1}`);
    });
    assert.deepEqual(page.problems, []);
});
