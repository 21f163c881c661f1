// Several topics at once, by a pattern: each event with its topic, topics that are made later, a server that goes and comes
// back, and the ways from and to a single topic.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fits} from '../../steps/final_station/ui/bus/pattern.js';
import {lastingPort, live, openPage, startBrowser, startStation, temporaryFolder, until} from './support.js';

const publish = async (base, topic, payload) => {
    const answer = await fetch(`${base}/api/topics/${topic}/events`, {method: 'POST', body: payload});
    assert.equal(answer.status, 201);
};
const rows = (page) => page.evaluate(() => [...document.querySelectorAll('#several-rows .row')]
    .map((row) => [...row.children].map((cell) => cell.textContent)).map(([topic, offset, , payload]) => `${topic} ${offset} ${payload}`));
const shows = (page, wanted) => page.waitForFunction((texts) => {
    const shown = [...document.querySelectorAll('#several-rows .row')].map((row) => [...row.children].map((cell) => cell.textContent));
    return texts.every((text) => shown.some(([topic, offset, , payload]) => `${topic} ${offset} ${payload}` === text));
}, wanted);
const subscribers = async (base) => Object.fromEntries((await (await fetch(`${base}/api/topics`)).json())
    .map(({name, subscribers: count}) => [name, count]));

test('what fits is what the server thinks fits', () => {
    for (const [pattern, name] of [['*', 'a'], ['a.*', 'a.'], ['a.*', 'a.b.c'], ['*.b', 'a.b'], ['a*b*c', 'a-b-c'], ['a**b', 'ab'], ['a', 'a']]) {
        assert.ok(fits(pattern, name), `${pattern} ${name}`);
    }
    for (const [pattern, name] of [['a.*', 'a'], ['a.*', 'xa.b'], ['*.b', 'a.bc'], ['ab*ba', 'aba'], ['a*b*c', 'a-c-b'], ['a.b', 'axb'], ['a*b*b', 'ab']]) {
        assert.ok(!fits(pattern, name), `${pattern} ${name}`);
    }
});

test('several topics', async (t) => {
    const data = await temporaryFolder();
    const port = await lastingPort();
    const station = await startStation({data, port});
    const {base} = station;
    await publish(base, 'sensor.a', 'one');
    await publish(base, 'other', 'not this');
    await publish(base, 'sensor.b', '<b>two</b>');
    await publish(base, 'sensor.a', 'three');
    const page = await openPage(await startBrowser(), base, 'sensor.*');

    await t.test('what was there is shown by its time, each with its topic', async () => {
        await shows(page, ['sensor.a 1 three']);
        await shows(page, ['sensor.b 0 <b>two</b>']);
        assert.deepEqual(await rows(page), ['sensor.a 0 one', 'sensor.b 0 <b>two</b>', 'sensor.a 1 three']);
        assert.equal(await page.textContent('#several-title'), 'sensor.*');
        assert.equal(await page.textContent('#several-facts'), '2 topics');
        assert.equal(await page.isVisible('#single'), false);
    });
    await t.test('a topic that is made later comes in by itself', async () => {
        await publish(base, 'sensor.new', 'first');
        await publish(base, 'other', 'nor this');
        await shows(page, ['sensor.new 0 first']);
        assert.equal((await rows(page)).length, 4);
    });
    await station.kill();
    await page.waitForFunction(() => document.getElementById('several-state').textContent === 'Waiting for the server');
    await startStation({data, port});
    await t.test('nothing is missed or doubled while the server is away', async () => {
        await publish(base, 'sensor.a', 'four');
        await publish(base, 'sensor.away', 'made meanwhile');
        await shows(page, ['sensor.a 2 four', 'sensor.away 0 made meanwhile']);
        await publish(base, 'sensor.away', 'last');
        await shows(page, ['sensor.away 1 last']);
        assert.deepEqual((await rows(page)).sort(), ['sensor.a 0 one', 'sensor.a 1 three', 'sensor.a 2 four', 'sensor.away 0 made meanwhile',
            'sensor.away 1 last', 'sensor.b 0 <b>two</b>', 'sensor.new 0 first']);
    });
    await t.test('a topic that is deleted and made again is another one', async () => {
        assert.equal((await fetch(`${base}/api/topics/sensor.b?confirm=sensor.b`, {method: 'DELETE'})).status, 204);
        await publish(base, 'sensor.b', 'again');
        await shows(page, ['sensor.b 0 again']);
    });
    await t.test('a name leads to its topic, and the field back', async () => {
        await page.click('#several-rows .of:text-is("sensor.new")');
        await live(page);
        assert.equal(await page.textContent('#topic'), 'sensor.new');
        assert.ok(page.url().endsWith('#sensor.new'));
        assert.equal(await page.isVisible('#several'), false);
        await until('the others are left', async () => {
            const counts = await subscribers(base);
            return counts['sensor.a'] === 0 && counts['sensor.b'] === 0 && counts['sensor.new'] === 1;
        });
        await page.fill('#new-topic-name', '*r');
        await page.press('#new-topic-name', 'Enter');
        await shows(page, ['other 0 not this', 'other 1 nor this']);
        assert.ok(page.url().endsWith('#*r'));
        await page.fill('#new-topic-name', '.*');
        await page.press('#new-topic-name', 'Enter');
        assert.match(await page.textContent('#new-topic-error'), /no dot in front/);
    });
    assert.deepEqual(page.problems.filter((problem) => !/ERR_CONNECTION_REFUSED|WebSocket|Failed to load/.test(problem)), []);
});
