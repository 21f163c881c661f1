// Whatever a message or a name holds, it stays text: no element of its own, no script, no violation of the content
// security policy, nothing turned or hidden around it, and no page that stands still.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {invited, noProblems, openMember, say, setUp, shows, startChat} from './chat_support.js';
import {startBrowser, until} from './support.js';

const kTexts = {
    'a script': '<script>globalThis.owned = 1</script>',
    'an image that runs code': '<img src=x onerror="globalThis.owned = 1">',
    'a drawing': '<svg onload=globalThis.owned=1><style>*{display:none}</style>',
    'script addresses':
        'javascript:globalThis.owned=1 [x](javascript:globalThis.owned=1) data:text/html,<script>1</script> vbscript:x',
    'an address with markup': 'https://example.org/"onmouseover="globalThis.owned=1"><b>x</b>',
    'an address that turns': 'https://example.org/\u202egpj.exe',
    'markup that closes what it is in': '</div></li></ol></script>--><h1>x</h1>]]>',
    'entities': '&lt;b&gt; &#60;b&#62;',
    'a template': '{{constructor.constructor("globalThis.owned=1")()}} ${globalThis.owned=1}',
    'turned text that is never turned back': 'file\u202egpj.exe\u2066\u2067',
    'zero width': 'a\u200b\u200d\u2060\ufeffb',
    'letters that pile up': 'Z'.padEnd(500, '\u0316'),
    'marks within marks': '*_*_*_*_x_*_*_*_* ```\n``` `*`*_`_',
    'one word of 10,000 letters': 'W'.repeat(10000),
    '10,000 emoji': '\u{1f600}'.repeat(10000),
    '2,500 fences': '```\n'.repeat(2500),
    '5,000 lines': 'x\n'.repeat(4999) + 'x',
    'names of properties': '__proto__ constructor :constructor: :toString: @constructor',
};
const kFine = [
    'LI',
    'SPAN',
    'P',
    'BDI',
    'DIV',
    'A',
    'TIME',
    'BUTTON',
    'svg',
    'path',
    'STRONG',
    'EM',
    'CODE',
    'PRE',
    'UL',
];

test('hostile texts', async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: '\u202eBob <b>\u2066', login: 'bob'});
    const unseen = await invited(chat, anna, {name: '\u200b\u2800', login: 'unseen'});
    const page = await openMember(await startBrowser(), chat, anna);
    const shape = () =>
        page.evaluate(
            (fine) =>
                [...document.querySelectorAll('#messages *')]
                    .map(({tagName}) => tagName)
                    .filter((name) => !fine.includes(name)),
            kFine
        );
    const hrefs = () =>
        page.$$eval('#messages .content a', (links) => links.map(({href, protocol}) => [protocol, href]));

    for (const [name, text] of Object.entries(kTexts)) {
        await t.test(name, async () => {
            const {id} = await bob.write(anna.room, text);
            await page.waitForSelector(`#m-${id}`, {state: 'attached'});
            assert.deepEqual(await shape(), []);
            for (const [protocol, href] of await hrefs()) {
                assert.ok(['http:', 'https:', 'mailto:'].includes(protocol), href);
                assert.doesNotMatch(href, /[\u202a-\u202e\u2066-\u2069"<>]/);
            }
            const isolated = await page.$eval(`#m-${id} .content`, (node) => getComputedStyle(node).unicodeBidi);
            assert.match(isolated, /isolate|plaintext/);
        });
    }
    await t.test('what follows a text that turns is not turned, and names are isolated', async () => {
        const {id} = await bob.write(anna.room, 'after it all');
        await page.waitForSelector(`#m-${id}`, {state: 'attached'});
        const name = page.locator('#messages .name').last();
        assert.equal(await name.evaluate((node) => node.tagName), 'BDI');
        await unseen.write(anna.room, 'by nobody?');
        await page.getByText('(a name that can’t be seen)').first().waitFor();
    });
    await t.test('a long message is folded, and unfolds', async () => {
        const fold = page.getByRole('button', {name: 'Show all 10,000 characters'}).first();
        const height = () =>
            page
                .locator('.message', {has: page.locator('.unfold')})
                .first()
                .evaluate((node) => node.offsetHeight);
        const before = await height();
        await fold.click();
        await until('it is unfolded', async () => (await height()) > before);
        await page.getByRole('button', {name: 'Show less'}).click();
    });
    await t.test('10,000 emoji: the page answers while it shows them, again and again', async () => {
        for (let i = 0; i < 20; ++i) await bob.write(anna.room, '\u{1f600}\u{1f680}'.repeat(5000));
        await say(page, 'still alive');
        await shows(page, 'still alive');
    });
    await t.test('a page that writes them takes no harm either', async () => {
        await say(page, kTexts['an image that runs code']);
        await shows(page, kTexts['an image that runs code']);
        await page.getByRole('button', {name: 'Members'}).click();
        await page.getByText('3 members').waitFor();
        await page.getByRole('button', {name: 'Search', exact: true}).click();
        await page.getByRole('searchbox', {name: /^Words/}).fill('onerror');
        await page.getByRole('searchbox', {name: /^Words/}).press('Enter');
        await page.locator('.found mark').first().waitFor();
        assert.equal(await page.locator('.found img').count(), 0);
    });
    await t.test('nothing ran, and a violation would have been heard of', async () => {
        assert.equal(await page.evaluate(() => globalThis.owned), undefined);
        noProblems(page);
        const policy = (await fetch(`${chat.base}/chat/`)).headers.get('content-security-policy');
        for (const rule of [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ]) {
            assert.ok(policy.includes(rule), `${rule} in ${policy}`);
        }
        await page.evaluate(() =>
            document.body.append(
                Object.assign(document.createElement('script'), {textContent: 'globalThis.owned = 1'})
            )
        );
        await until('the violation is heard of', () =>
            page.problems.some((problem) => problem.startsWith('violation: script-src'))
        );
        assert.equal(await page.evaluate(() => globalThis.owned), undefined);
    });
});
