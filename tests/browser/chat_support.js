// What the tests of the chat's page share: a server with a chat of its own, members in contexts of their own, and a
// client of the HTTP interface for what a test only needs to be there.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {after} from 'node:test';
import {kPatience, temporaryFolder, until} from './support.js';

const kPassword = 'a password for tests';

// A `station serve --chat`: {base, link (of the first account), kill(), restart()}. Options as on the command line.
export async function startChat({port = 0, options = []} = {}) {
    const data = await temporaryFolder();
    const chat = {data, port, link: null};
    chat.restart = async () => {
        const child = spawn(
            process.env.STATION,
            ['serve', '--chat', '--chat-rate', 'none', '--data', data, '--port', String(chat.port), ...options],
            {stdio: ['ignore', 'pipe', 'pipe']}
        );
        let said = '';
        let log = '';
        child.stdout.on('data', (bytes) => (said += bytes));
        child.stderr.on('data', (bytes) => (log += bytes));
        const ended = new Promise((resolve) => child.once('exit', resolve));
        chat.kill = async () => {
            child.kill('SIGKILL');
            await ended;
        };
        const listens = /^station listening on 127\.0\.0\.1:(\d+)$/m;
        await until('the server has said where it listens', () => {
            assert.equal(child.exitCode, null, `the server ended: ${log}`);
            return listens.test(said) && (chat.link !== null || /#setup=\S+$/m.test(log));
        });
        chat.port = Number(listens.exec(said)[1]);
        chat.base = `http://127.0.0.1:${chat.port}`;
        chat.link ??= /https?:\S+#setup=\S+$/m.exec(log)[0];
    };
    after(() => chat.kill());  // of this test, whichever part of it has restarted the server
    await chat.restart();
    return chat;
}

// A client of the interface alone: call(method, path, body) gives the answer's value.
export function client(base) {
    let cookie = '';
    const call = async (method, path, body, {raw = false} = {}) => {
        const headers = {cookie};
        if (body !== undefined && !raw) headers['content-type'] = 'application/json';
        const answer = await fetch(`${base}/chat/${raw ? '' : 'api/'}${path}`, {
            method,
            headers,
            body: raw || body === undefined ? body : JSON.stringify(body),
        });
        for (const one of answer.headers.getSetCookie()) cookie = one.split(';')[0];
        const text = await answer.text();
        assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
        return text === '' ? null : JSON.parse(text);
    };
    let written = 0;
    const said = Math.random().toString(36).slice(2);
    // A connection that breaks does no harm: the message keeps its client_message_id.
    const write = async (room, content) => {
        const message = {content, client_message_id: `${said}-${++written}`};
        const post = () => call('POST', `rooms/${room}/messages`, message);
        return await post().catch((error) => (error instanceof TypeError ? post() : Promise.reject(error)));
    };
    return {
        call,
        write,
        get cookie() {
            return cookie;
        },
    };
}

// The first account, an administrator's: {client, room} with the first room.
export async function setUp(chat, {name = 'Anna Berg', login = 'anna'} = {}) {
    const first = client(chat.base);
    await first.call('POST', 'setup', {code: chat.link.split('#setup=')[1], name, login, password: kPassword});
    const [room] = await first.call('GET', 'rooms');
    return Object.assign(first, {room: room.id, roomName: room.name, me: await first.call('GET', 'me')});
}

export async function invited(chat, administrator, {name, login}) {
    const {join_code: code} = await administrator.call('GET', 'me');
    const one = client(chat.base);
    await one.call('POST', `join/${code}`, {name, login, password: kPassword});
    return Object.assign(one, {me: await one.call('GET', 'me')});
}

// A page in a context of its own. page.problems gathers errors, and violations of the content security policy; that
// somebody is not signed in yet is none.
export async function openChat(browser, address, options = {}) {
    const context = options.context ?? (await browser.newContext({viewport: {width: 1280, height: 800}, ...options}));
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(`uncaught: ${error.stack}`));
    page.on('console', (message) => {
        const text = message.text();
        if (
            ['error', 'warning'].includes(message.type()) &&
            !/status of (401|4\d\d|503)|ERR_|WebSocket connection/.test(text)
        )
            page.problems.push(`console: ${text}`);
    });
    await page.exposeBinding('reportViolation', (_, text) => page.problems.push(`violation: ${text}`));
    await page.addInitScript(() =>
        addEventListener('securitypolicyviolation', (event) =>
            globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`)
        )
    );
    await options.prepare?.(page);
    await page.goto(address);
    return page;
}

// A member's page: with the session of a client, in a room.
export async function openMember(browser, chat, member, options = {}) {
    const base = options.base ?? chat.base;
    const [name, value] = member.cookie.split('=');
    const room = options.room ?? member.room;
    return openChat(browser, `${base}/chat/${room ? `#room/${room}` : ''}`, {
        ...options,
        prepare: async (page) => {
            await page
                .context()
                .addCookies([{name, value, url: `${base}/chat/`, httpOnly: true, sameSite: 'Strict'}]);
            await options.prepare?.(page);
        },
    }).then(async (page) => {
        await connected(page);
        return page;
    });
}

export async function fillEntrance(page, {name, login, password = kPassword}) {
    await page.waitForSelector('#entrance:not([hidden])');
    if (name !== undefined) await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Login').fill(login);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByLabel(/^Password/).press('Enter');
    await connected(page);
}

export async function connected(page) {
    await page.waitForFunction(
        () =>
            document.getElementById('connection').dataset.phase === 'open' && !document.getElementById('chat').hidden
    );
}

export async function say(page, text) {
    await page.getByLabel('Message', {exact: true}).fill(text);
    await page.getByLabel('Message', {exact: true}).press('Enter');
}

// The texts of what is shown, from above.
export function texts(page) {
    return page.$$eval('#messages .message .content', (nodes) => nodes.map((node) => node.textContent));
}

export async function shows(page, text) {
    await page.waitForFunction(
        (wanted) =>
            [...document.querySelectorAll('#messages .message[data-state=stored] .content')].some(
                (node) => node.textContent === wanted
            ),
        text
    );
}

export async function showsNot(page, text) {
    await page.waitForFunction(
        (wanted) =>
            ![...document.querySelectorAll('#messages .message .content')].some(
                (node) => node.textContent === wanted
            ),
        text
    );
}

// The tools of the message with this text.
export async function tool(page, text, name) {
    const message = page.locator('#messages .message', {has: page.getByText(text, {exact: true})}).last();
    await message.hover();
    await message.getByRole('button', {name, exact: true}).click();
}

export function noProblems(...pages) {
    assert.deepEqual(
        pages.flatMap(({problems}) => problems),
        []
    );
}
