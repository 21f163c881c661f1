// Whatever an event holds, it stays text: no element, no script, no violation of the content security policy.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder, until} from './support.js';

const kPayloads = {
    'a script': '<script>globalThis.owned = 1</script>',
    'an image that runs code': '<img src=x onerror="globalThis.owned = 1">',
    'a drawing that runs code': '<svg onload=globalThis.owned=1><style>*{display:none}</style>',
    'a link': '<a href="javascript:globalThis.owned=1">click me</a><iframe srcdoc="<script>parent.owned=1</script>">',
    'markup that closes what it is in': '</span></div></textarea></pre></script><h1>x</h1>-->]]>',
    'entities': '&lt;b&gt; &#60;b&#62; \\u003cb\\u003e',
    'a template': '{{constructor.constructor("globalThis.owned=1")()}} ${globalThis.owned=1}',
    'names of properties': '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    'turned text': 'file\u202egpj.exe\u2066\u2069\u200f\u061c',
    'controls': 'a\u0000b\u0007\u001b[31mred\u001b[0m\u009b\r\u2028\u2029\ufeff',
    'letters that pile up': 'Z\u0300\u0301'.padEnd(500, '\u0316'),
    'nothing': '',
    'a lone surrogate in JSON': '["\\ud800"]',
    'bytes that are no UTF-8': Buffer.from([0xff, 0xfe, 0x3c, 0x73, 0x63, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
    'a megabyte of text': '<b>x</b> '.repeat(Math.floor((1 << 20) / 9)),
    'one line without a space': 'W'.repeat(1 << 20),
    'deep JSON': '['.repeat(100000) + ']'.repeat(100000),
    'wide JSON': `{${Array.from({length: 60000}, (_, i) => `"k${i}":"<i>"`).join(',')}}`,
};

test('hostile payloads', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const page = await openPage(await startBrowser(), station.base, 'hostile');
    const client = await openClient(station.base, 'hostile');
    const names = Object.keys(kPayloads);
    const shape = () => page.evaluate(() => ['#rows', '#detail', '#outbox', '#announcer', '#composer'].flatMap((part) =>
        [...document.querySelectorAll(`${part} *`)].map(({tagName}) => tagName)).filter((name) =>
        !['DIV', 'SPAN', 'PRE', 'H3', 'BUTTON', 'DL', 'DT', 'DD', 'P', 'UL', 'LI', 'BDI', 'STRONG', 'LABEL', 'TEXTAREA'].includes(name)));

    for (const [offset, name] of names.entries()) {
        await t.test(name, async () => {
            client.publish(kPayloads[name]);
            await showsOffset(page, offset);
            await page.click(`#rows .row:not([hidden]):has(.offset:text-is("${offset}"))`);
            await page.waitForFunction((title) => document.getElementById('detail-title').textContent === title, `Event ${offset}`);
            for (const form of await page.locator('#detail-forms button').all()) {
                await form.click();
                const shown = await page.textContent('#detail-payload');
                assert.ok(shown.length < 400000, `${shown.length} characters of ${name}`);
                assert.doesNotMatch(shown, /[\u0000\u0007\u001b\u009b\u202a-\u202e\u2066-\u2069\ufeff]/);
            }
            await page.press('#detail', 'Escape');
            await page.press('#events', 'End');
            assert.deepEqual(await shape(), [], 'no element of its own');
        });
    }
    await t.test('they are shown for what they are', async () => {
        const rows = await allRows(page);
        const of = (name) => rows[names.indexOf(name)].payload;
        assert.equal(rows.length, names.length);
        assert.equal(of('a script'), kPayloads['a script']);
        assert.equal(of('entities'), kPayloads.entities);
        assert.equal(of('turned text'), 'file\u27e8202E\u27e9gpj.exe\u27e82066\u27e9\u27e82069\u27e9\u27e8200F\u27e9\u27e8061C\u27e9');
        assert.ok(of('controls').startsWith('a\u2400b\u2407\u241b[31mred'));
        assert.equal(of('bytes that are no UTF-8'), 'ff fe 3c 73 63 c0 80 ed a0 80');
        assert.ok(of('a megabyte of text').endsWith(' \u2026'));
    });
    await t.test('a page that publishes them takes no harm either', async () => {
        await page.fill('#message', kPayloads['an image that runs code']);
        await page.press('#message', 'Enter');
        await showsOffset(page, names.length);
        await page.waitForFunction(() => document.getElementById('outcome').textContent.startsWith('Durable'));
    });
    await t.test('nothing ran and nothing was complained of', async () => {
        assert.equal(await page.evaluate(() => globalThis.owned ?? Object.prototype.polluted), undefined);
        assert.deepEqual(await shape(), []);
        assert.deepEqual(page.problems, []);
    });
    await t.test('the policy is in force, and this test would hear of a violation', async () => {
        const answer = await fetch(station.base);
        const policy = answer.headers.get('content-security-policy');
        for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
            assert.ok(policy.includes(rule), `${rule} in ${policy}`);
        }
        await page.evaluate(() => {
            const script = document.createElement('script');
            script.textContent = 'globalThis.owned = 1';
            document.body.append(script);
            script.remove();
        });
        await until('the violation is heard of', () => page.problems.some((problem) => problem.startsWith('violation: script-src')));
        assert.equal(await page.evaluate(() => globalThis.owned), undefined);
    });
    await live(page);
});
