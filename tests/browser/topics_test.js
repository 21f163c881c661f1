// A thousand topics, some with long names: found by a filter, the busy ones first, and the page stays a page.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openClient, openPage, startBrowser, startStation, temporaryFolder} from './support.js';

const kTopics = 1000;
const kLong = 'long-'.padEnd(128, 'x');

// As GET /api/topics, with the recovery report that `recoveryOf` gives; topic-0700 is busy, topic-0900 more so.
function listing(n, recoveryOf) {
    const pace = {'topic-0700': 100, 'topic-0900': 1000};
    const others = Array.from({length: kTopics - 2}, (_, i) => `topic-${String(i).padStart(4, '0')}`);
    return [kLong, 'lobby', ...others].map((name, i) => ({name, stream: i + 1, first_offset: 0,
        next_offset: n * (pace[name] ?? 0), bytes: 0, segments: 1, subscribers: 0, condition: 'open',
        recovery: recoveryOf(name)}));
}

const kClean = {segments: 1, scanned_segments: 0, scanned_bytes: 0, rebuilt_indexes: 0, clean: true, cut_bytes: 0,
    duration_seconds: 0.001, set_aside: [], damage: []};
const kTorn = {...kClean, clean: false, cut_bytes: 512, cut_from: 'log-00000001.seg', cut_at: 1536,
    cut_into: 'log-00000001.torn-1536'};

async function openListed(browser, base, recoveryOf, options = {}) {
    let n = 0;
    const prepare = (page) => page.route('**/api/topics', (route) => route.fulfill({json: listing(++n, recoveryOf())}));
    return openPage(browser, base, 'lobby', {prepare, ...options});
}

const firstNames = (page, count) => page.evaluate((most) => [...document.querySelectorAll('.topic')]
    .filter((node) => !node.parentElement.hidden).slice(0, most).map((node) => node.querySelector('.name').textContent), count);

// Texts of the page that are cut, though they must not be: neither the names nor what may be long has to fit.
function cutTexts() {
    const whole = ['#position', '#connection', '.topics li:nth-child(-n+20) .rate', '.topics li:nth-child(-n+20) .damage',
        '#last-start-verdict', 'li:nth-child(-n+20) .verdict', '.key', '#slider-value', '#follow', 'label', 'button:not(.topic)'];
    return [...document.querySelectorAll(whole.join())].filter((node) => node.checkVisibility() && !node.matches('#composer label'))
        .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline')
        .map((node) => node.id || node.textContent);
}

test('topics', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const browser = await startBrowser();
    let recoveryOf = () => kClean;
    const page = await openListed(browser, station.base, () => recoveryOf);

    await t.test('the busy ones come first, the others by name', async () => {
        await page.waitForFunction(() => document.querySelector('.topic .name').textContent === 'topic-0900');
        assert.deepEqual(await firstNames(page, 5), ['topic-0900', 'topic-0700', 'lobby', kLong, 'topic-0000']);
        assert.equal(await page.textContent('#topic-count'), '1,000 topics');
        await page.locator('.topic').nth(3).hover();
        assert.equal(await page.locator('.topic').nth(3).getAttribute('title'), kLong);
    });
    await t.test('a filter finds one', async () => {
        await page.fill('#topic-filter', 'IC-012');
        await page.waitForFunction(() => document.getElementById('topic-count').textContent === '10 of 1,000 topics');
        assert.deepEqual(await firstNames(page, 2), ['topic-0120', 'topic-0121']);
        await page.fill('#topic-filter', 'nowhere');
        await page.waitForFunction(() => document.getElementById('topic-count').textContent === '0 of 1,000 topics');
        await page.fill('#topic-filter', '');
        await page.waitForFunction(() => document.getElementById('topic-count').textContent === '1,000 topics');
    });
    await t.test('the last start is folded where nothing was found, and what one folds stays so', async () => {
        const isOpen = () => page.evaluate(() => document.getElementById('last-start').open);
        assert.equal(await isOpen(), false);
        assert.equal(await page.textContent('#last-start-verdict'), 'Nothing found');
        recoveryOf = (name) => (name === 'topic-0500' ? kTorn : kClean);
        await page.waitForFunction(() => document.getElementById('last-start').open);
        assert.equal(await page.textContent('#last-start-verdict'), 'Torn end cut, 512 B');
        assert.match(await page.textContent('#recovery li'), /^topic-0500Torn end cut/);
        await page.click('#recovery li summary');
        await page.click('#last-start > summary');
        const before = await page.textContent('.topic .soft');
        await page.waitForFunction((text) => document.querySelector('.topic .soft').textContent !== text, before);
        assert.equal(await isOpen(), false);
        await page.click('#last-start > summary');
        assert.ok(await page.evaluate(() => document.querySelector('#recovery details').open), 'the topic is still unfolded');
    });
    assert.deepEqual(page.problems, []);
    await page.close();

    for (const [width, height] of [[390, 844], [1280, 800], [1920, 1080]]) {
        await t.test(`nothing runs out of its place at ${width}`, async () => {
            const narrow = await openListed(browser, station.base, () => () => kTorn, {viewport: {width, height}});
            await narrow.waitForFunction(() => document.querySelectorAll('#recovery li').length === 1000);
            await narrow.click(`.topic[title="${kLong}"]`);
            await narrow.waitForFunction((name) => document.getElementById('topic').textContent === name, kLong);
            const {tall, wide, out} = await narrow.evaluate(() => ({
                tall: document.scrollingElement.scrollHeight,
                wide: document.scrollingElement.scrollWidth,
                out: [...document.querySelectorAll(
                    '.topics li:nth-child(-n+20) *, .topics form *, .stream-head *, .replay *, #composer :not(#composer-topic)')]
                    .filter((node) => node.checkVisibility()
                        && node.getBoundingClientRect().right > node.closest('section').getBoundingClientRect().right)
                    .map((node) => node.outerHTML.slice(0, 80)),
            }));
            assert.ok(tall < 4 * height, `${tall} px tall`);
            assert.equal(wide, width);
            assert.deepEqual(out, []);
            assert.deepEqual(await narrow.evaluate(cutTexts), []);
            // An input does not tell that its text is cut: one with room for it is as wide as it likes to be, at least.
            const [needs, has] = await narrow.evaluate(() => {
                const field = document.getElementById('moment');
                field.value = '2026-12-31T23:59:59.999';
                const copy = field.cloneNode();
                copy.style.cssText = `position: absolute; font: ${getComputedStyle(field).font}; width: auto`;
                field.closest('.replay').append(copy);
                const wanted = copy.getBoundingClientRect().width;
                copy.remove();
                return [wanted, field.getBoundingClientRect().width];
            });
            assert.ok(has >= needs, `the moment needs ${needs} px and has ${has}`);
            await narrow.close();
        });
    }
});

test('an empty payload is shown as one', async () => {
    const station = await startStation({data: await temporaryFolder()});
    const client = await openClient(station.base, 'lobby');
    client.publish('');
    client.publish('(empty)');
    await client.settled(2);
    const page = await openPage(await startBrowser(), station.base, 'lobby');
    const kinds = () => page.evaluate(() => [...document.querySelectorAll('#rows .row:not([hidden]) .payload')]
        .map((node) => [node.textContent, node.dataset.kind]));
    await page.waitForFunction(() => document.querySelectorAll('#rows .row:not([hidden])').length === 2);
    assert.deepEqual(await kinds(), [['(empty)', 'empty'], ['(empty)', 'text']]);
    await page.click('#rows .row:not([hidden])');
    assert.equal(await page.textContent('#detail-note'), 'The payload is empty.');
});
