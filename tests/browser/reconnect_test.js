// A hundred broken connections during steady publishing: every offset on the page exactly once.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {startProxy} from './proxy.js';
import {allRows, live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

const kCuts = 100;
const kMostEvents = 4500;  // the page keeps 5,000

test(`${kCuts} reconnects during steady publishing`, async () => {
    const proxy = await startProxy();
    const station = await startStation({data: await temporaryFolder(), options: ['--allow-origin', proxy.base]});
    proxy.port = station.port;
    const publisher = await openClient(station.base, 'steady');
    const page = await openPage(await startBrowser(), proxy.base, 'steady');

    let sent = 0;
    const timer = setInterval(() => {
        if (sent < kMostEvents) publisher.publish(`event ${sent++}`);
    }, 5);
    after(() => clearInterval(timer));
    for (let cut = 0; cut < kCuts; ++cut) {
        const losses = await page.evaluate(() => document.getElementById('connection').title);
        proxy.cut();
        await page.waitForFunction((before) => document.getElementById('connection').title !== before, losses);
        await live(page);
    }
    clearInterval(timer);
    await publisher.settled(sent);
    await showsOffset(page, sent - 1);
    assert.equal(await page.getAttribute('#connection', 'title'), `Reconnected ${kCuts} times`);

    const rows = await allRows(page);
    assert.ok(sent > kCuts, `${sent} events`);
    assert.deepEqual(rows, Array.from({length: sent}, (_, offset) => ({offset, payload: `event ${offset}`})));
    console.log(`${sent} events over ${kCuts} cuts`);
});
