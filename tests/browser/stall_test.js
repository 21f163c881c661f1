// A page that stood still, or whose timers are slow, asks before it gives a connection up; and what was published stays
// in its order, however long the topic takes to open.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {live, openPage, showsOffset, startBrowser, startStation, temporaryFolder, until} from './support.js';

const kStall = 25000;  // ms

// Lets the page's clock jump, as it does for a page that stood still, and counts its looks at it.
function skewClock() {
    globalThis.skew = 0;
    globalThis.looks = 0;
    globalThis.skewALook = 0;
    const now = performance.now.bind(performance);
    performance.now = () => now() + globalThis.skew;
    const every = globalThis.setInterval;
    globalThis.setInterval = (work, ms) => every(() => {
        globalThis.looks += 1;
        globalThis.skew += globalThis.skewALook;
        work();
    }, ms);
}

// A page whose server's texts pass through `answer(text, send)`.
async function openSlow(station, browser, topic, answer) {
    const asked = [];
    const prepare = async (page) => {
        await page.addInitScript(skewClock);
        await page.routeWebSocket(/\/ws$/, (socket) => {
            const server = socket.connectToServer();
            socket.onMessage((message) => {
                if (typeof message === 'string') asked.push(JSON.parse(message).type);
                server.send(message);
            });
            server.onMessage((message) => answer(message, (text) => socket.send(text)));
        });
    };
    const page = await openPage(browser, station.base, topic, {prepare});
    page.healthAsked = () => asked.filter((type) => type === 'health').length;
    return page;
}

const losses = (page) => page.evaluate(() => document.getElementById('connection').title);

async function looks(page, more) {
    const before = await page.evaluate(() => globalThis.looks);
    await page.waitForFunction((wanted) => globalThis.looks >= wanted, before + more);
}

// The clock jumps; gives the losses of connections after the page has asked, or has given up without.
async function stall(page) {
    const before = page.healthAsked();
    await page.evaluate((ms) => (globalThis.skew += ms), kStall);
    await until('the page has asked, or given up', async () => page.healthAsked() > before || await losses(page) !== '');
    await looks(page, 2);
    return losses(page);
}

test('a page that stood still', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const browser = await startBrowser();

    await t.test('asks, and keeps a connection that answers', async () => {
        const page = await openSlow(station, browser, 'lobby', (text, send) => send(text));
        for (let i = 0; i < 3; ++i) assert.equal(await stall(page), '');
        await page.fill('#message', 'still here');
        await page.press('#message', 'Enter');
        await showsOffset(page, 0);
        assert.equal(await losses(page), '');
        assert.deepEqual(page.problems, []);
    });
    await t.test('and stands still again, before it has read the answer', async () => {
        let hold = false;
        let release = () => {};
        const page = await openSlow(station, browser, 'lobby', (text, send) => {
            if (!hold || typeof text !== 'string' || !text.includes('"health"')) return send(text);
            release = () => send(text);
        });
        hold = true;
        assert.equal(await stall(page), '');
        await page.evaluate((ms) => (globalThis.skew += ms), kStall);
        await looks(page, 1);
        assert.equal(await losses(page), '');
        release();
        await looks(page, 2);
        assert.equal(await losses(page), '');
    });
    await t.test('gives up a connection that does not answer', async () => {
        let deaf = false;
        const page = await openSlow(station, browser, 'lobby', (text, send) => deaf || send(text));
        deaf = true;
        await page.evaluate(() => (globalThis.skewALook = 3000));
        await page.waitForFunction(() => document.getElementById('connection').title === 'Reconnected 1 time');
        deaf = false;
        await live(page);
        assert.ok(page.healthAsked() >= 1);
    });
});

test('A, B and C are stored in this order, though the topic opens between them', async () => {
    const station = await startStation({data: await temporaryFolder()});
    const held = [];
    const opened = (text) => typeof text === 'string' && JSON.parse(text).type === 'opened';
    let hold = true;
    const page = await openSlow(station, await startBrowser(), 'new-one', (text, send) => {
        if (hold && opened(text)) held.push(() => send(text));
        else send(text);
    });
    const publish = async (text) => {
        await page.fill('#message', text);
        await page.press('#message', 'Enter');
    };
    await publish('A');
    await publish('B');
    await until('the topic is open', () => held.length > 0);
    held.shift()();
    await until('A is stored', async () => (await fetch(`${station.base}/api/topics/new-one/events?limit=1`)).text());
    await publish('C');
    hold = false;
    for (const send of held) send();
    await showsOffset(page, 2);
    const lines = (await (await fetch(`${station.base}/api/topics/new-one/events`)).text()).trim().split('\n');
    assert.deepEqual(lines.map((line) => JSON.parse(line).payload), ['A', 'B', 'C']);
    assert.deepEqual(page.problems, []);
});
