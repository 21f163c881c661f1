// Clients that have nothing to do with the page: a plain WebSocket, curl, nc. The page sees what they publish.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {allRows, frame, hasCommand, kPatience, openClient, openPage, showsOffset, skip, splitFrames, startBrowser, startStation,
    temporaryFolder, until} from './support.js';

const missing = ['curl', 'nc'].filter((name) => !hasCommand(name));
if (missing.length > 0) skip(`no ${missing.join(', no ')}`);

function curl(...options) {
    const {status, stdout, stderr} = spawnSync('curl', ['--silent', '--show-error', '--max-time', '15', ...options], {encoding: 'utf8'});
    assert.equal(status, 0, stderr);
    return stdout;
}

// nc stays until it was told that its input has ended; what it printed by then is the answer.
async function netcat(port, lines) {
    const child = spawn('nc', ['-N', '127.0.0.1', String(port)], {stdio: ['pipe', 'pipe', 'inherit'], timeout: kPatience});
    let out = '';
    child.stdout.on('data', (bytes) => (out += bytes));
    child.stdin.end(lines.map((line) => `${line}\n`).join(''));
    await new Promise((resolve) => child.once('close', resolve));
    return out.trim().split('\n').map((line) => JSON.parse(line));
}

test('independent clients', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const page = await openPage(await startBrowser(), station.base, 'lobby');

    await t.test('a plain WebSocket: the lobby is stream 1, one frame a message', async () => {
        const client = await openClient(station.base, 'lobby');
        assert.equal(client.socket.protocol, '');
        assert.equal(client.stream, 1n);
        const messages = [];
        client.socket.on('message', (data, binary) => {
            if (binary) messages.push(splitFrames(data));
        });
        client.socket.send(frame(0x03, 1n, 0n, Buffer.alloc(0)));
        client.publish('from ws');
        await page.fill('#message', 'from the page');
        await page.press('#message', 'Enter');
        await showsOffset(page, 1);
        await until('both events are there', () => messages.flat().filter(({type}) => type === 0x02).length === 2);
        assert.ok(messages.every((frames) => frames.length === 1));
        const events = messages.flat().filter(({type}) => type === 0x02);
        assert.deepEqual(events.map(({offset}) => offset), [0n, 1n]);
        assert.deepEqual(events.map(({payload}) => payload.toString()).sort(), ['from the page', 'from ws']);
        assert.equal(messages.flat().filter(({type}) => type === 0x04).length, 1);
    });
    await t.test('curl', async () => {
        const receipt = JSON.parse(curl('--data-binary', 'from curl', `${station.base}/api/topics/lobby/events`));
        assert.equal(receipt.offset, 2);
        await showsOffset(page, 2);
        const lines = curl(`${station.base}/api/topics/lobby/events?from=offset:2&limit=1`).trim().split('\n');
        assert.deepEqual(lines.map((line) => JSON.parse(line).payload), ['from curl']);
        assert.match(curl('--head', station.base), /^content-security-policy: default-src 'none'/im);
        assert.equal(JSON.parse(curl(`${station.base}/health`)).status, 'ok');
        assert.match(curl(`${station.base}/metrics`), /^station_events_total/m);
        assert.ok(JSON.parse(curl(`${station.base}/api/topics`)).some(({name, next_offset: next}) => name === 'lobby' && next === 3));
    });
    await t.test('nc', async () => {
        const event = '{"user":"alice","action":"buy","amount":100}';
        const [accepted, published] = await netcat(station.linePort, [event, '{"type":"publish","topic":"lobby","payload":"from nc"}']);
        assert.equal(accepted.status, 'accepted');
        assert.deepEqual([published.type, published.offset], ['published', 3]);
        await showsOffset(page, 3);
        await page.click('.topic:has(.name:text-is("events"))');
        await page.waitForFunction(() => document.getElementById('topic').textContent === 'events');
        await showsOffset(page, accepted.offset);
        assert.deepEqual(await allRows(page), [{offset: 0, payload: event}]);
    });
    assert.deepEqual(page.problems, []);
});
