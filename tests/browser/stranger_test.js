// A link names a topic, and following it makes nothing: a topic comes into being by its first event.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, live, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

async function topicNames(station) {
    return (await (await fetch(`${station.base}/api/topics`)).json()).map(({name}) => name);
}

const saysNoSuchTopic = () => document.getElementById('position').textContent === 'No such topic yet';

test('a link to a topic that is not there makes none', async () => {
    const station = await startStation({data: await temporaryFolder()});
    const page = await openPage(await startBrowser(), station.base, 'made-by-a-stranger');
    await page.waitForFunction(saysNoSuchTopic);
    await page.evaluate(() => location.hash = 'by-another-hash');
    await page.waitForFunction(() => document.getElementById('topic').textContent === 'by-another-hash');
    await page.waitForFunction(saysNoSuchTopic);
    await page.reload();
    await page.waitForFunction(saysNoSuchTopic);
    assert.deepEqual(await topicNames(station), ['lobby']);

    await page.fill('#message', 'the first event');
    await page.press('#message', 'Enter');
    await showsOffset(page, 0);
    await live(page);
    assert.deepEqual((await topicNames(station)).sort(), ['by-another-hash', 'lobby']);

    await page.evaluate(() => location.hash = 'by-somebody-else');
    await page.waitForFunction(saysNoSuchTopic);
    await fetch(`${station.base}/api/topics/by-somebody-else/events`, {method: 'POST', body: 'theirs'});
    await showsOffset(page, 0);
    assert.deepEqual(await allRows(page), [{offset: 0, payload: 'theirs'}]);
    assert.deepEqual(page.problems, []);
});
