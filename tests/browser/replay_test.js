// Going back: by the slider, to an offset, to a moment, to an event; one stays there until one follows again.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, live, openClient, openPage, rowsInSight, showsOffset, startBrowser, startStation, temporaryFolder, until} from './support.js';

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

// The list stays where it is, with this offset at its top.
async function staysAt(page, offset) {
    await showsOffset(page, offset);
    const rows = await rowsInSight(page);
    assert.deepEqual(rows, range(offset, offset + rows.length));
    assert.match(await page.textContent('#position'), / events? behind live$/);
    assert.equal(await page.getAttribute('#follow', 'aria-pressed'), 'false');
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

    await t.test('a topic that is chosen follows what comes, and shows all of it to who scrolls up', async () => {
        await showsOffset(page, end - 1);
        assert.equal(await page.getAttribute('#follow', 'aria-pressed'), 'true');
        assert.deepEqual(await allRows(page), range(0, end));
    });
    await t.test('the slider, set', async () => {
        await page.locator('#slider').fill('300');
        assert.equal(await page.getAttribute('#slider', 'aria-valuetext'), 'offset 300');
        await staysAt(page, 300);
        assert.equal(await page.textContent('#slider-value'), '300', 'it stays, too');
        assert.deepEqual(await allRows(page), range(0, end));
    });
    await t.test('the slider, by keyboard', async () => {
        await page.focus('#slider');
        await page.keyboard.press('Home');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        await staysAt(page, 2);
        assert.equal(await page.inputValue('#slider'), '2');
    });
    await t.test('the slider, back at its right end, follows', async () => {
        await page.focus('#slider');
        await page.keyboard.press('End');
        await live(page);
        await showsOffset(page, end - 1);
        assert.equal(await page.textContent('#slider-value'), 'now');
    });
    await t.test('an offset, typed', async () => {
        await page.fill('#offset', '1,000');
        await page.press('#offset', 'Enter');
        await staysAt(page, 1000);
        await page.fill('#offset', 'ten');
        await page.press('#offset', 'Enter');
        assert.notEqual(await page.getAttribute('#offset', 'aria-invalid'), null);
        await page.fill('#offset', '9999999999999999999');
        await page.press('#offset', 'Enter');
        await showsOffset(page, end - 1);
        assert.equal((await rowsInSight(page)).at(-1).offset, end - 1, 'behind the end is the end');
    });
    await t.test('a moment', async () => {
        await page.fill('#moment', await localMoment(page, between));
        await page.press('#moment', 'Enter');
        await staysAt(page, kHalf);
    });
    await t.test('moments that no event can have', async () => {
        await page.fill('#moment', '2300-01-01T00:00');
        await page.press('#moment', 'Enter');
        await showsOffset(page, end - 1);
        await page.waitForFunction(() => document.getElementById('position').textContent === 'At the end');
        await page.fill('#moment', '0001-01-01T00:00');
        await page.press('#moment', 'Enter');
        await staysAt(page, 0);
        await page.click('#follow');
        await live(page);
        await showsOffset(page, end - 1);
    });
    await t.test('an event that was opened', async () => {
        await page.fill('#offset', '700');
        await page.press('#offset', 'Enter');
        await staysAt(page, kHalf);
        await page.click(`#rows .row:has-text("event ${kHalf + 3}")`);
        await page.locator('#events').evaluate((list) => (list.scrollTop = 0));
        await page.click('#detail-go');
        await staysAt(page, kHalf + 3);
    });
    await t.test('who closes an event follows again, as before', async () => {
        await page.click('#follow');
        await live(page);
        await page.click(`#rows .row:has-text("event ${end - 1}")`);
        assert.equal(await page.getAttribute('#follow', 'aria-pressed'), 'false');
        await page.click('#detail-close');
        await live(page);
    });
    await t.test('what comes then follows without a seam', async () => {
        client.publish(`event ${end}`);
        await showsOffset(page, end);
        assert.deepEqual(await allRows(page), range(0, end + 1));
        assert.deepEqual(page.problems, []);
    });
});
