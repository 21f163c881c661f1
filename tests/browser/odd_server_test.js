// What a server never sends, or hardly ever: the page stays in order, and says what is missing.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, frame, live, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

function post(station, text) {
    return fetch(`${station.base}/api/topics/lobby/events`, {method: 'POST', body: text});
}

// A page whose server's texts pass through `text(reply)`; page.inject(bytes) is a message that the server never sent.
async function openTampered(station, browser, text) {
    let inject;
    const prepare = (page) => page.routeWebSocket(/\/ws$/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => server.send(message));
        server.onMessage((message) => socket.send(typeof message === 'string' ? text(message) : message));
        inject = (bytes) => socket.send(bytes);
    });
    const page = await openPage(browser, station.base, 'lobby', {prepare});
    page.inject = (bytes) => inject(bytes);
    return page;
}

function event(stream, offset, text) {
    return frame(0x12, stream, offset, Buffer.concat([Buffer.alloc(24), Buffer.from(text)]));
}

test('odd servers', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const browser = await startBrowser();
    for (let i = 0; i < 3; ++i) await post(station, `event ${i}`);

    await t.test('other streams, doubles, unknown frames and acknowledgements of nothing are passed over', async () => {
        const page = await openTampered(station, browser, (reply) => reply);
        await showsOffset(page, 2);
        page.inject(Buffer.concat([event(99n, 3n, 'of another stream'), event(1n, 2n, 'a double'), event(1n, 0n, 'an old one'),
            frame(0x77, 1n, 3n, Buffer.from('unknown')), frame(0x04, 1n, 3n, Buffer.alloc(0)), frame(0x05, 1n, 0n, Buffer.from('{'))]));
        page.inject('{"type":"surprise"}');
        await post(station, 'event 3');
        await showsOffset(page, 3);
        assert.deepEqual(await allRows(page), [0, 1, 2, 3].map((offset) => ({offset, payload: `event ${offset}`})));
        assert.deepEqual(page.problems, []);
    });
    await t.test('a message that can not be read costs a reconnect and no event', async () => {
        const page = await openTampered(station, browser, (reply) => reply);
        for (const broken of [event(1n, 4n, 'cut').subarray(0, 30), Buffer.from([1, 2, 3]), frame(0x12, 1n, 4n, Buffer.alloc(5))]) {
            const before = await page.getAttribute('#connection', 'title');
            page.inject(broken);
            await page.waitForFunction((title) => document.getElementById('connection').title !== (title ?? ''), before);
            await live(page);
        }
        await post(station, 'event 4');
        await showsOffset(page, 4);
        assert.deepEqual(await allRows(page), [0, 1, 2, 3, 4].map((offset) => ({offset, payload: `event ${offset}`})));
        assert.deepEqual(page.problems, []);
    });
    await t.test('a history that is not complete shows what is missing', async () => {
        const page = await openTampered(station, browser, (reply) =>
            reply.replace('"from_offset":0,', '"from_offset":2,').replace('"complete":true', '"complete":false'));
        await showsOffset(page, 4);
        assert.deepEqual((await allRows(page)).map(({offset, payload}) => offset ?? payload),
            ['Events 0 to 1 are not there any more', 2, 3, 4]);
    });
    await t.test('a jump in the offsets is shown, too', async () => {
        const page = await openTampered(station, browser, (reply) => reply);
        await showsOffset(page, 4);
        page.inject(event(1n, 9007199254740995n, 'far away'));
        await page.waitForFunction(() => /far away/.test(document.getElementById('rows').textContent));
        const rows = await page.locator('#rows .row:not([hidden])').allTextContents();
        assert.match(rows.join('|'), /Events 5 to 9,007,199,254,740,994 are not there any more.*9,007,199,254,740,995/);
    });
});
