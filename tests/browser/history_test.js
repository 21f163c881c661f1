// A topic of a million events: any of them is shown at once, and one stays where one goes.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {test} from 'node:test';
import {kPatience, live, openClient, openPage, rowsInSight, scroll, showsOffset, startBrowser, startStation,
    temporaryFolder} from './support.js';

const kEvents = 1000000;
const kMostKept = 5000;
const kLarge = 70;

async function publishAll(data, topic) {
    const child = spawn(process.env.STATION, ['publish', '--dir', data, '--topic', topic], {stdio: ['pipe', 'ignore', 'inherit']});
    for (let first = 0; first < kEvents; first += 10000) {
        child.stdin.write(Array.from({length: 10000}, (_, i) => `event ${first + i}\n`).join(''));
    }
    child.stdin.end();
    assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
}

function range(from, count) {
    return Array.from({length: count}, (_, i) => ({offset: from + i, payload: `event ${from + i}`}));
}

// Goes to an offset as one who types it; gives the milliseconds until the page holds it, and the requests whose answers
// it took: what is asked for once it is there, to have more at hand, was not needed for it.
async function goTo(page, offset) {
    await page.fill('#offset', String(offset));
    return page.evaluate(({wanted, patience}) => new Promise((resolve, reject) => {
        performance.clearResourceTimings();
        const began = performance.now();
        const answered = (by) => performance.getEntriesByType('resource')
            .filter(({name, startTime, responseEnd}) => name.includes('/events?') && startTime >= began && responseEnd <= by)
            .length;
        const late = setTimeout(() => reject(new Error(`${wanted} is not shown`)), patience);
        const look = () => {
            const shown = [...document.querySelectorAll('#rows .row:not([hidden]) .offset')]
                .some((node) => node.textContent === wanted);
            if (!shown) return;
            const now = performance.now();
            clearTimeout(late);
            changes.disconnect();
            // The entry of a request that has been answered may come a moment later.
            requestAnimationFrame(() => setTimeout(() => resolve({ms: now - began, requests: answered(now)})));
        };
        const changes = new MutationObserver(look);
        changes.observe(document.getElementById('rows'),
            {subtree: true, childList: true, characterData: true, attributes: true});
        document.getElementById('from-offset').requestSubmit();
        look();
    }), {wanted: offset.toLocaleString('en'), patience: kPatience});
}

test(`${kEvents} events`, async (t) => {
    const data = await temporaryFolder();
    await publishAll(data, 'million');
    const station = await startStation({data});
    const page = await openPage(await startBrowser(), station.base, 'million');
    const client = await openClient(station.base, 'million');
    const says = (text) => page.waitForFunction((wanted) => document.getElementById('position').textContent === wanted, text);

    await t.test('where one goes, one stays, and is told how far behind live that is', async () => {
        await goTo(page, 0);
        const rows = await rowsInSight(page);
        assert.ok(rows.length > 5, `${rows.length} rows`);
        assert.deepEqual(rows, range(0, rows.length));
        await says(`${(kEvents - rows.length).toLocaleString('en')} events behind live`);
        assert.equal(await page.getAttribute('#follow', 'aria-pressed'), 'false');
        client.publish('meanwhile');
        await client.settled(1);
        await says(`${(kEvents + 1 - rows.length).toLocaleString('en')} events behind live`);
        assert.deepEqual(await rowsInSight(page), rows);
    });
    await t.test('any offset is shown by one request', async () => {
        const times = [];
        for (const offset of [999999, 1, 500000, 123456, 999000, 777777, 250001, 4000, 600006, 42]) {
            const {ms, requests} = await goTo(page, offset);
            // Beside the log's end there is room for older ones, which are asked for as soon as it is shown.
            assert.ok(requests <= (offset < kEvents - 100 ? 1 : 2), `${requests} requests until ${offset} is shown`);
            times.push(ms);
            const rows = await rowsInSight(page);
            if (offset < kEvents - 100) assert.deepEqual(rows, range(offset, rows.length));
        }
        console.log(`an offset is shown in ${times.sort((a, b) => a - b).map((ms) => ms.toFixed(0)).join(', ')} ms`);
    });
    await t.test('scrolling reads on, up and down, without a gap, and keeps a bounded number', async () => {
        const size = page.viewportSize();
        await page.setViewportSize({width: size.width, height: 6000});  // many at once
        await goTo(page, 500000);
        for (const [direction, screens] of [[-1, 20], [1, 55]]) {
            for (let i = 0; i < screens; ++i) {
                const [{offset: before}] = await rowsInSight(page);
                await scroll(page, direction * 0.9);
                const rows = await rowsInSight(page);
                const [{offset}] = rows;
                assert.deepEqual(rows, range(offset, rows.length));
                const moved = (offset - before) * direction;
                assert.ok(moved > 0 && moved <= rows.length, `${before}, then ${offset}`);
            }
            const kept = await page.evaluate(() => {
                const row = document.querySelector('#rows .row').getBoundingClientRect().height;
                return document.getElementById('rows').getBoundingClientRect().height / row;
            });
            assert.ok(kept <= kMostKept, `${kept} rows are kept`);
            assert.ok(await page.evaluate(() => document.querySelectorAll('#rows .row').length) < 400);
        }
        await page.setViewportSize(size);
    });
    await t.test('offsets are whole on a small screen, too', async () => {
        const size = page.viewportSize();
        await page.setViewportSize({width: 390, height: 844});
        await goTo(page, 777777);
        await rowsInSight(page);
        const cut = await page.evaluate(() => [...document.querySelectorAll('#rows .row:not([hidden]) .offset')]
            .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent));
        assert.deepEqual(cut, []);
        await page.setViewportSize(size);
    });
    await t.test('to follow is a choice, and goes on where the list has come to', async () => {
        await goTo(page, 999990);
        await page.click('#follow');
        await live(page);
        await showsOffset(page, kEvents);
        await page.mouse.move(0, 0);
        await page.click('#follow');
        await says('At the end');
        client.publish('one more');
        await says('1 event behind live');
        assert.equal(await page.textContent('#newer'), '1 newer event \u2193');
        await page.click('#newer');
        await live(page);
        await showsOffset(page, kEvents + 1);
        await page.locator('#events').evaluate((list) => (list.scrollTop -= 200));
        await page.waitForFunction(() => document.getElementById('follow').getAttribute('aria-pressed') === 'false');
        await page.focus('#events');
        await page.keyboard.press('Home');
        await showsOffset(page, 0);
        await page.keyboard.press('End');
        await live(page);
    });
    assert.deepEqual(page.problems, []);
});

test('events of a mebibyte: as few as needed are read, and none is skipped', async () => {
    const station = await startStation({data: await temporaryFolder()});
    const client = await openClient(station.base, 'large');
    for (let i = 0; i < kLarge; ++i) client.publish(`event ${i} ${'x'.repeat(1000000)}`);
    await client.settled(kLarge);
    const page = await openPage(await startBrowser(), station.base, 'large');
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('/events?') ? 1 : 0));
    await goTo(page, 35);
    await rowsInSight(page);
    assert.ok(asked <= 12, `${asked} requests around one place`);
    const offsets = (rows) => rows.map(({offset}) => offset);
    for (const [screens, end] of [[-0.9, 0], [0.9, kLarge - 1]]) {
        for (let seen = offsets(await rowsInSight(page)); !seen.includes(end);) {
            await scroll(page, screens);
            const now = offsets(await rowsInSight(page));
            assert.deepEqual(now, Array.from(now, (_, i) => now[0] + i));
            assert.notDeepEqual(now, seen, `it goes on from ${seen[0]}`);
            assert.ok(Math.abs(now[0] - seen[0]) <= seen.length, `from ${seen[0]} to ${now[0]}`);
            seen = now;
        }
    }
    assert.deepEqual(page.problems, []);
});
