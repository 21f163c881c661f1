// A station that wants a token: the page asks for it, keeps it for its tab and for nobody else.
import assert from 'node:assert/strict';
import {chmod, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {kPatience, lastingPort, live, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

const kToken = 'aGVsbG8gd29ybGQ+/w==';  // with what a subprotocol's name may not hold
const kOther = 'another-token-of-the-station';

async function tokenFile(token) {
    const path = join(await temporaryFolder(), 'token');
    await writeFile(path, `${token}\n`, {mode: 0o600});
    await chmod(path, 0o600);
    return path;
}

async function openLocked(context, base) {
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.requests = [];
    page.on('request', (request) => page.requests.push(request.url()));
    await page.goto(`${base}/#lobby`);
    return page;
}

async function enter(page, token) {
    await page.fill('#token', token);
    await page.press('#token', 'Enter');
}

function says(page, sentence) {
    return page.waitForFunction((text) => document.getElementById('access-problem').textContent === text, sentence);
}

test('a station with a token', async (t) => {
    const data = await temporaryFolder();
    const station = await startStation({data, port: await lastingPort(), options: ['--token-file', await tokenFile(kToken)]});
    const browser = await startBrowser();
    const context = await browser.newContext();
    const page = await openLocked(context, station.base);

    await t.test('is asked for, and nothing is shown without it', async () => {
        await page.waitForSelector('#access:not([hidden])');
        assert.equal(await page.textContent('#connection'), 'Locked');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'token');
        assert.equal(await page.textContent('#access-problem'), '');
        assert.equal(await page.locator('.topic').count(), 0);
    });
    await t.test('a wrong one is said to be wrong', async () => {
        await enter(page, 'wrong-token-wrong-token');
        await says(page, 'The station does not take this token');
        await enter(page, 'not a token');
        await says(page, 'A token is letters, digits and -._~+/=');
        assert.equal(await page.getAttribute('#token', 'aria-invalid'), 'true');
    });
    await t.test('the right one opens page, API and WebSocket', async () => {
        await enter(page, kToken);
        await live(page);
        assert.ok(await page.isHidden('#access'));
        await page.fill('#message', 'let in');
        await page.press('#message', 'Enter');
        await showsOffset(page, 0);
        await page.waitForSelector('.topic:has-text("lobby")');
    });
    await t.test('it outlives a reload, in this tab only', async () => {
        await page.reload();
        await live(page);
        await showsOffset(page, 0);
        const other = await openLocked(context, station.base);
        await other.waitForSelector('#access:not([hidden])');
        await other.close();
    });
    await t.test('it is in no address, in no cookie, and in nothing that outlives the tab', async () => {
        assert.deepEqual(await context.cookies(), []);
        assert.equal(await page.evaluate(() => document.cookie + JSON.stringify(localStorage)), '{}');
        assert.ok(page.requests.length > 5);
        for (const url of page.requests) assert.ok(!decodeURIComponent(url).includes(kToken), url);
        assert.equal(await page.inputValue('#token'), '');
    });
    await t.test('a station that changes its token asks again', async () => {
        await station.kill();
        const again = await startStation({data, port: station.port, options: ['--token-file', await tokenFile(kOther)]});
        await says(page, 'The station does not take this token');
        await enter(page, kOther);
        await live(page);
        await again.kill();
    });
});

// A page elsewhere, as a browser sees it: what it may do to a station on the reader's own machine.
async function elsewhere() {
    const server = createServer((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>elsewhere</title>');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    return server.address().port;
}

// What a script on the page gets of the station: what it may read, and whether its publish and its WebSocket go through.
function attempt(base) {
    const outcome = (promise) => promise.then((value) => value, () => 'refused');
    return Promise.all([
        outcome(fetch(`${base}/api/topics`).then((answer) => answer.status)),
        outcome(fetch(`${base}/api/topics/lobby/events`, {method: 'POST', body: 'from elsewhere'}).then((answer) => answer.status)),
        outcome(fetch(`${base}/api/topics`, {headers: {Authorization: 'Bearer x'}}).then((answer) => answer.status)),
        new Promise((resolve) => {
            const socket = new WebSocket(`${base.replace('http', 'ws')}/ws`);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
        }),
        new Promise((resolve) => {
            const script = document.createElement('script');
            script.src = `${base}/app.js`;
            script.onload = () => resolve('embedded');
            script.onerror = () => resolve('refused');
            document.head.append(script);
        }),
    ]);
}

test('pages elsewhere', async (t) => {
    const port = await elsewhere();
    const origin = `http://localhost:${port}`;
    const browser = await startBrowser();

    const visit = async (options) => {
        const station = await startStation({data: await temporaryFolder(), options});
        const page = await (await browser.newContext()).newPage();
        await page.goto(origin);
        return {station, page, found: await page.evaluate(attempt, station.base)};
    };
    await t.test('a stranger reads nothing, publishes nothing, opens nothing, embeds nothing', async () => {
        const {station, found} = await visit([]);
        assert.deepEqual(found, ['refused', 'refused', 'refused', 'refused', 'refused']);
        const [lobby] = await (await fetch(`${station.base}/api/topics`)).json();
        assert.equal(lobby.next_offset, 0);
    });
    await t.test('a page that was named reads, publishes and opens', async () => {
        const {found} = await visit(['--allow-origin', origin]);
        assert.deepEqual(found.slice(0, 4), [200, 201, 200, 'open']);
    });
    await t.test('the page is in no frame', async () => {
        const {station, page} = await visit([]);
        const framed = await page.evaluate((src) => new Promise((resolve) => {
            const frame = document.createElement('iframe');
            frame.src = src;
            frame.onload = () => resolve(frame.contentDocument === null && frame.contentWindow.length === 0);
            document.body.append(frame);
        }), station.base);
        assert.ok(framed);
        const content = page.frames().find((frame) => frame !== page.mainFrame());
        assert.equal(await content.evaluate(() => document.getElementById('composer')), null);
    });
});
