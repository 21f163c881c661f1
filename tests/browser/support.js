// What the browser tests share: a server of their own, a browser, pages that keep a list of what went wrong in them.
//
// STATION is the server's binary, STATION_NODE_MODULES the folder that setup.sh filled. Where they or a browser are
// missing the test is skipped: exit status 77.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after} from 'node:test';

export const kPatience = Number(process.env.STATION_PATIENCE ?? 60000);  // ms until a condition that has not come true is a failure

const {chromium, WebSocket} = load();
export {WebSocket};

function load() {
    const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
    if (!path) skip('no chromium');
    try {
        const require = createRequire(join(process.env.STATION_NODE_MODULES ?? '.', 'node_modules/'));
        const playwright = require('playwright-core');
        return {chromium: {launch: (options) => playwright.chromium.launch({executablePath: path, ...options})}, WebSocket: require('ws')};
    } catch (error) {
        return skip(`playwright-core and ws are not installed: ${error.message.split('\n')[0]}`);
    }
}

export function skip(why) {
    console.error(`skipped: ${why}`);
    process.exit(77);
}

export function hasCommand(name) {
    return spawnSync(name, ['-h'], {stdio: 'ignore'}).error === undefined;
}

// Asks until the answer is not false, null or undefined. For what a page shows there is page.waitForFunction().
export async function until(what, condition) {
    const end = Date.now() + kPatience;
    for (;;) {
        const value = await condition();
        if (value !== false && value !== null && value !== undefined) return value;
        assert.ok(Date.now() < end, `waited in vain until ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

export async function temporaryFolder() {
    const folder = await mkdtemp(join(tmpdir(), 'station-browser-'));
    after(() => rm(folder, {recursive: true, force: true}));
    return folder;
}

// For a server that dies and comes back to its port. No connection's own end ever takes it meanwhile, as it may a port
// that the system chose: it lies below what Linux gives to those (net.ipv4.ip_local_port_range),
// and below what the checker takes.
export async function lastingPort() {
    return await until('a port is free', () => {
        const port = 10000 + Math.floor(Math.random() * 5000);
        const server = createServer();
        return new Promise((resolve) => {
            server.once('error', () => resolve(null));
            server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
        });
    });
}

// A `station serve` of the test's own. kill() is kill -9 and waits for the end.
export async function startStation({data, port = 0, options = []}) {
    const child = spawn(process.env.STATION, ['serve', '--data', data, '--port', String(port), '--line-port', '0', ...options],
        {stdio: ['ignore', 'pipe', 'pipe']});
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let said = '';
    let log = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    child.stderr.on('data', (bytes) => (log = (log + bytes).slice(-20000)));
    const kill = async () => {
        child.kill('SIGKILL');
        await ended;
    };
    after(kill);
    await until('the server has said where it listens', () => {
        assert.equal(child.exitCode, null, `the server ended: ${log}`);
        return /^station lines on .*\n/m.test(said);
    });
    const portOf = (what) => Number(new RegExp(`^station ${what} 127\\.0\\.0\\.1:(\\d+)$`, 'm').exec(said)[1]);
    const web = portOf('listening on');
    return {child, kill, data, port: web, linePort: portOf('lines on'), base: `http://127.0.0.1:${web}`};
}

export async function startBrowser() {
    const browser = await chromium.launch({
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    });
    after(() => browser.close());
    return browser;
}

// A page on a topic, connected, and live where the server has the topic. page.problems gathers errors, and violations of the content security policy.
export async function openPage(browser, base, topic, options = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 800}, ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) page.problems.push(`console: ${message.text()}`);
    });
    await page.exposeBinding('reportViolation', (_, text) => page.problems.push(`violation: ${text}`));
    await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) =>
        globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`)));
    await options.prepare?.(page);
    await page.goto(`${base}/#${topic}`);
    await page.waitForFunction(() => document.getElementById('connection').textContent === 'Connected'
        && ['Live', 'No such topic yet'].includes(document.getElementById('position').textContent));
    return page;
}

export async function live(page) {
    await page.waitForFunction(() => document.getElementById('connection').textContent === 'Connected'
        && document.getElementById('position').textContent === 'Live');
}

// Waits until a row in sight has this offset; the list follows the end unless it was scrolled.
export async function showsOffset(page, offset) {
    await page.waitForFunction((wanted) => [...document.querySelectorAll('#rows .row:not([hidden]) .offset')]
        .some((node) => node.textContent.replaceAll(',', '') === wanted), String(offset));
}

// Waits until nothing is being read, and what was read is drawn.
export async function settled(page) {
    await page.evaluate(async () => {
        const frame = () => new Promise(requestAnimationFrame);
        do {
            await frame();
            await frame();
        } while (document.getElementById('events').getAttribute('aria-busy') === 'true');
    });
}

// The rows in sight, as drawn, from the top: [{offset, payload}], holes with offset null.
export async function rowsInSight(page) {
    await settled(page);
    return page.evaluate(() => {
        const list = document.getElementById('events').getBoundingClientRect();
        return [...document.querySelectorAll('#rows .row:not([hidden])')]
            .map((node) => ({box: node.getBoundingClientRect(), cells: [...node.children].map((child) => child.textContent)}))
            .filter(({box}) => box.bottom > list.top + 1 && box.top < list.bottom - 1)
            .sort((a, b) => a.box.top - b.box.top)
            .map(({cells: [offset, , payload]}) => ({offset: offset === '' ? null : Number(offset.replaceAll(',', '')), payload}));
    });
}

// Scrolls the list by so many screens; true where it did not move: it is at that end.
export async function scroll(page, screens) {
    const atEnd = await page.evaluate((by) => {
        const list = document.getElementById('events');
        const before = list.scrollTop;
        list.scrollTop += by * list.clientHeight;
        return list.scrollTop === before;
    }, screens);
    await settled(page);
    return atEnd;
}

// Every row of the topic as one reads it, scrolling from its first to its last one. Where the list followed what comes, it
// does so again.
export async function allRows(page) {
    const size = page.viewportSize();
    await page.setViewportSize({width: size.width, height: 6000});  // many at once
    const follows = async () => await page.getAttribute('#follow', 'aria-pressed') === 'true';
    const followed = await follows();
    while (!await scroll(page, -0.9)) continue;
    const rows = [];
    for (let done = false; !done;) {
        const seen = rows.map(({offset, payload}) => offset ?? payload);
        const inSight = await rowsInSight(page);
        const known = inSight.findLastIndex(({offset, payload}) => (offset ?? payload) === seen.at(-1));
        assert.ok(seen.length === 0 || known >= 0, 'what was read last is still in sight, after a scroll by less than a screen');
        rows.push(...inSight.slice(known + 1));
        done = await scroll(page, 0.9);
    }
    await page.setViewportSize(size);
    if (followed) {
        if (!await follows()) await page.click('#follow');  // a short list had nothing to scroll
        await live(page);
    }
    return rows;
}

// A client that knows only the contract: opens a topic with a text, publishes with binary frames, counts the answers.
export async function openClient(base, topic, protocols = []) {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ws`, protocols);
    after(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const client = {socket, acknowledged: 0, refused: [], stream: 0n};
    const opened = new Promise((resolve) => socket.once('message', (text) => resolve(JSON.parse(text))));
    socket.send(JSON.stringify({type: 'open', topic}));
    client.stream = BigInt((await opened).stream);
    socket.on('message', (data, binary) => {
        if (!binary) return;
        for (const {type, payload} of splitFrames(data)) {
            if (type === 0x04) client.acknowledged += 1;
            if (type === 0x05) client.refused.push(payload.toString());
        }
    });
    client.publish = (payload) => socket.send(frame(0x01, client.stream, 0n, Buffer.from(payload)));
    client.settled = (count) => until(`${count} publishes are acknowledged`, () => {
        assert.deepEqual(client.refused, []);
        return client.acknowledged >= count;
    });
    return client;
}

export function frame(type, stream, offset, payload) {
    const head = Buffer.alloc(21);
    head.writeUInt8(type, 0);
    head.writeBigUInt64LE(stream, 1);
    head.writeBigUInt64LE(offset, 9);
    head.writeUInt32LE(payload.length, 17);
    return Buffer.concat([head, payload]);
}

export function splitFrames(data) {
    const frames = [];
    for (let at = 0; at < data.length;) {
        const length = data.readUInt32LE(at + 17);
        frames.push({type: data[at], stream: data.readBigUInt64LE(at + 1), offset: data.readBigUInt64LE(at + 9),
            payload: data.subarray(at + 21, at + 21 + length)});
        at += 21 + length;
    }
    return frames;
}
