// Going back: by the slider, to an offset, to a moment, from an event; each time on to live.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder, until} from './support.js';

const kHalf = 700;

async function publishHalf(client, first) {
    for (let i = first; i < first + kHalf; ++i) client.publish(`event ${i}`);
    await client.settled(first + kHalf);
}

function range(from, to) {
    return Array.from({length: to - from}, (_, i) => ({offset: from + i, payload: `event ${from + i}`}));
}

// As the field writes it, which is how it must be typed: a fraction of a second without zeros at its end.
async function localMoment(page, nanoseconds) {
    return page.evaluate((ms) => {
        const field = document.createElement('input');
        field.type = 'datetime-local';
        field.step = 'any';
        field.value = new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 23);
        return field.value;
    }, Number(nanoseconds / 1000000n));
}

async function viewStartsAt(page, offset) {
    await live(page);
    await page.waitForFunction((wanted) => document.getElementById('facts').textContent.includes(wanted),
        offset === 0 ? 'offsets 0 to' : `shown from ${offset.toLocaleString('en')}`);
}

test('replay', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const client = await openClient(station.base, 'history');
    await publishHalf(client, 0);
    const between = BigInt(Date.now() + 2) * 1000000n;
    await until('the clock has moved on', () => Date.now() > Number(between / 1000000n) + 2);
    await publishHalf(client, kHalf);
    const end = 2 * kHalf;
    const page = await openPage(await startBrowser(), station.base, 'history');

    await t.test('a topic that is chosen shows its last events', async () => {
        await viewStartsAt(page, end - 200);
        assert.deepEqual(await allRows(page), range(end - 200, end));
    });
    await t.test('the slider, set', async () => {
        await page.locator('#slider').fill('300');
        assert.equal(await page.getAttribute('#slider', 'aria-valuetext'), 'offset 300');
        await viewStartsAt(page, 300);
        assert.deepEqual(await allRows(page), range(300, end));
        assert.equal(await page.textContent('#slider-value'), 'now', 'it has gone to the end by itself');
    });
    await t.test('the slider, by keyboard', async () => {
        await page.focus('#slider');
        await page.keyboard.press('Home');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        await viewStartsAt(page, 2);
        assert.deepEqual(await allRows(page), range(2, end));
    });
    await t.test('the slider, back at its right end', async () => {
        await page.focus('#slider');
        await page.keyboard.press('Home');
        await page.keyboard.press('End');
        await viewStartsAt(page, end - 200);
    });
    await t.test('an offset, typed', async () => {
        await page.fill('#offset', '1,000');
        await page.press('#offset', 'Enter');
        await viewStartsAt(page, 1000);
        assert.deepEqual(await allRows(page), range(1000, end));
        await page.fill('#offset', 'ten');
        await page.press('#offset', 'Enter');
        assert.notEqual(await page.getAttribute('#offset', 'aria-invalid'), null);
    });
    await t.test('a moment', async () => {
        await page.fill('#moment', await localMoment(page, between));
        await page.press('#moment', 'Enter');
        await viewStartsAt(page, kHalf);
        assert.deepEqual(await allRows(page), range(kHalf, end));
    });
    await t.test('from an event', async () => {
        await page.locator('#events').evaluate((list) => (list.scrollTop = 0));
        await page.click(`#rows .row:has-text("event ${kHalf + 3}")`);
        await page.click('#detail-replay');
        await viewStartsAt(page, kHalf + 3);
        assert.deepEqual(await allRows(page), range(kHalf + 3, end));
    });
    await t.test('what comes after a replay follows without a seam', async () => {
        client.publish(`event ${end}`);
        await showsOffset(page, end);
        assert.deepEqual(await allRows(page), range(kHalf + 3, end + 1));
        assert.deepEqual(page.problems, []);
    });
});
