// The server dies under the page, with a publish in the air, and comes back.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startProxy} from './proxy.js';
import {allRows, frame, lastingPort, live, openPage, showsOffset, splitFrames, startBrowser, startStation, temporaryFolder, until} from './support.js';

async function publish(page, text) {
    await page.fill('#message', text);
    await page.press('#message', 'Enter');
}

test('a restart of the server: reconnected, no gap, no double, the unanswered publish is unknown and sent again', async () => {
    const first = await startStation({data: await temporaryFolder(), port: await lastingPort()});
    const page = await openPage(await startBrowser(), first.base, 'lobby');
    for (let i = 0; i < 3; ++i) {
        await publish(page, `before ${i}`);
        await showsOffset(page, i);
    }

    // An event may be shown a moment before its acknowledgement comes.
    await page.waitForFunction(() => document.getElementById('outcome').textContent.startsWith('Durable at offset 2 '));
    first.child.kill('SIGSTOP');  // takes what is sent, answers nothing
    await publish(page, 'before 1');  // the same as an older event, which is no sign that this one was stored
    await page.waitForFunction(() => document.getElementById('outcome').textContent === 'Waiting for 1 acknowledgement');
    await first.kill();
    await page.waitForFunction(() => document.getElementById('connection').textContent === 'Disconnected');
    const row = page.locator('#outbox li[data-state=unknown]');
    await row.waitFor();
    assert.match(await row.textContent(), /Unknown.*it may be stored or not.*before 1/);
    assert.ok(await row.getByRole('button', {name: 'Send again'}).isDisabled());

    await publish(page, 'typed while away');
    assert.match(await page.textContent('#outcome'), /^Not connected/);
    assert.equal(await page.inputValue('#message'), 'typed while away');

    const second = await startStation({data: first.data, port: first.port});
    await live(page);
    await page.fill('#offset', '0');
    await page.press('#offset', 'Enter');
    await page.waitForFunction(() => document.getElementById('position').textContent === 'At the end');
    await showsOffset(page, 2);
    await page.click('#follow');
    await live(page);
    assert.match(await row.textContent(), /it may be stored or not/);
    await row.getByRole('button', {name: 'Send again'}).click();
    await showsOffset(page, 3);
    await page.waitForFunction(() => document.querySelectorAll('#outbox li').length === 0);
    await page.press('#message', 'Enter');  // it is still there
    await showsOffset(page, 4);

    const expected = ['before 0', 'before 1', 'before 2', 'before 1', 'typed while away'];
    assert.deepEqual(await allRows(page), expected.map((payload, offset) => ({offset, payload})));
    const stored = await (await fetch(`${second.base}/api/topics/lobby/events?from=beginning`)).text();
    assert.deepEqual(stored.trim().split('\n').map((line) => JSON.parse(line).payload), expected);

    await page.click('#last-start > summary');
    await page.waitForFunction(() => /lobby/.test(document.getElementById('recovery').textContent));
    await page.click('#recovery li:has-text("lobby") summary');
    assert.match(await page.textContent('#recovery'), /without a clean close/);
});

test('a publish that the server refuses says why, stays, and can be sent again', async () => {
    const station = await startStation({data: await temporaryFolder()});
    let refuse = true;
    // Stands between the page and the server, and answers a PUBLISH as a full queue would.
    const prepare = (page) => page.routeWebSocket(/\/ws$/, (socket) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
            const [publish] = typeof message === 'string' ? [] : splitFrames(Buffer.from(message));
            if (publish?.type !== 0x01 || !refuse) return server.send(message);
            const error = Buffer.from('{"reason":"server_busy","detail":"the queue is full"}');
            socket.send(frame(0x05, publish.stream, 0n, error));
        });
    });
    const page = await openPage(await startBrowser(), station.base, 'lobby', {prepare});
    await publish(page, 'too much');
    const row = page.locator('#outbox li[data-state=rejected]');
    await row.waitFor();
    assert.match(await row.textContent(), /Not stored server_busy: the queue is full.*too much/);
    refuse = false;
    await row.getByRole('button', {name: 'Send again'}).click();
    await showsOffset(page, 0);
    assert.deepEqual(await allRows(page), [{offset: 0, payload: 'too much'}]);

    refuse = true;
    await publish(page, 'not so important');
    await row.waitFor();
    await row.getByRole('button', {name: 'Dismiss'}).click();
    await page.waitForFunction(() => document.querySelectorAll('#outbox li').length === 0);
    assert.deepEqual(page.problems, []);
});

test('an unknown publish that was stored after all is pointed out', async () => {
    const proxy = await startProxy();
    const station = await startStation({data: await temporaryFolder(), options: ['--allow-origin', proxy.base]});
    proxy.port = station.port;
    const page = await openPage(await startBrowser(), proxy.base, 'lobby');
    await publish(page, 'twice?');
    await showsOffset(page, 0);
    proxy.deafen();
    await publish(page, 'twice?');
    await until('it is stored', async () => {
        const topics = await (await fetch(`${station.base}/api/topics`)).json();
        return topics.find(({name}) => name === 'lobby').next_offset === 2;
    });
    proxy.cut();
    await live(page);
    await page.waitForFunction(() => /the same is stored at offset 1(?!\d)/.test(document.getElementById('outbox').textContent));
    assert.deepEqual(await allRows(page), [0, 1].map((offset) => ({offset, payload: 'twice?'})));
});

test('a reload does not forget a publish without an answer', async () => {
    const proxy = await startProxy();
    const station = await startStation({data: await temporaryFolder(), options: ['--allow-origin', proxy.base]});
    proxy.port = station.port;
    const page = await openPage(await startBrowser(), proxy.base, 'lobby');
    await publish(page, 'stored');
    await page.waitForFunction(() => document.getElementById('outcome').textContent.startsWith('Durable at offset 0 '));
    proxy.deafen();
    await publish(page, 'left “behind”');
    await page.waitForFunction(() => document.getElementById('outcome').textContent === 'Waiting for 1 acknowledgement');
    await page.reload();
    await live(page);
    const row = page.locator('#outbox li');
    await row.waitFor();
    assert.equal(await row.count(), 1, 'what is durable needs nobody');
    assert.match(await row.textContent(), /Unknown.*the page was left before the answer.*left “behind”/);
    await row.getByRole('button', {name: 'Dismiss'}).click();
    await page.waitForFunction(() => document.querySelectorAll('#outbox li').length === 0);
    await page.reload();
    await live(page);
    assert.equal(await row.count(), 0, 'what was dismissed stays so');
});
