// A hundred broken connections during steady publishing: every offset on the page exactly once.
import assert from 'node:assert/strict';
import net from 'node:net';
import {after, test} from 'node:test';
import {allRows, live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

const kCuts = 100;
const kMostEvents = 4500;  // the page keeps 5,000

// Passes bytes on, until cut() breaks every connection at once, wherever it stands.
async function startProxy(port) {
    const sockets = new Set();
    const server = net.createServer((client) => {
        const upstream = net.connect(port, '127.0.0.1');
        for (const [from, to] of [[client, upstream], [upstream, client]]) {
            sockets.add(from);
            from.on('error', () => {});
            from.on('close', () => {
                sockets.delete(from);
                to.destroy();
            });
            from.pipe(to);
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const cut = () => {
        for (const socket of sockets) socket.resetAndDestroy();
    };
    after(() => {
        server.close();
        cut();
    });
    return {base: `http://127.0.0.1:${server.address().port}`, cut};
}

test(`${kCuts} reconnects during steady publishing`, async () => {
    const station = await startStation({data: await temporaryFolder()});
    const proxy = await startProxy(station.port);
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
