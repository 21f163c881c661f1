// The page for those who use no mouse, see little or nothing, or have a small screen.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {live, openClient, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

// What has focus, by its accessible name.
async function focused(page) {
    return page.evaluate(() => {
        const node = document.activeElement;
        return node.id || node.getAttribute('aria-label') || node.textContent.trim().slice(0, 40) || node.tagName;
    });
}

async function tabTo(page, wanted) {
    const seen = [];
    for (let i = 0; i < 60; ++i) {
        await page.keyboard.press('Tab');
        const name = await focused(page);
        if (name === wanted) return;
        seen.push(name);
    }
    assert.fail(`Tab never reached ${wanted}, only ${seen.join(', ')}`);
}

// Every control of the accessibility tree, as a screen reader gets it.
async function controls(page) {
    const session = await page.context().newCDPSession(page);
    const {nodes} = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const roles = ['button', 'textbox', 'slider', 'listbox', 'option', 'link', 'combobox', 'checkbox', 'spinbutton', 'image', 'Date', 'DateTime',
        'InputTime', 'region', 'list', 'form', 'DisclosureTriangle'];
    return nodes.filter(({ignored, role}) => !ignored && roles.includes(role?.value))
        .map(({role, name}) => ({role: role.value, name: name?.value ?? ''}));
}

// [{text, ratio, needed}] of each text in sight: WCAG 2's contrast with what is behind it.
function contrasts() {
    const context = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
    const rgba = (color) => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const color = rgba(getComputedStyle(at).backgroundColor);
            if (color[3] === 255) return color;
        }
        return [255, 255, 255, 255];
    };
    const found = [];
    for (const node of document.querySelectorAll('body *')) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '');
        if (!(own || node.matches('input, textarea')) || !node.checkVisibility() || node.matches('.unseen, .skip') || node.disabled) continue;
        const style = getComputedStyle(node);
        const [a, b] = [luminance(rgba(style.color)), luminance(behind(node))].sort((x, y) => y - x);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        found.push({text: (node.id || node.textContent).slice(0, 40), ratio: (a + 0.05) / (b + 0.05), needed: large ? 3 : 4.5});
    }
    return found;
}

// What sticks out at the right, if the page can be scrolled that way.
async function tooWide(page) {
    return page.evaluate(() => {
        const width = document.scrollingElement.clientWidth;
        if (document.scrollingElement.scrollWidth <= width) return [];
        return [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > width)
            .map((node) => `${node.tagName}#${node.id}.${node.getAttribute('class')}`);
    });
}

test('access', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    const client = await openClient(station.base, 'reading');
    for (let i = 0; i < 100; ++i) client.publish(`{"event":${i}}`);
    await client.settled(100);
    const browser = await startBrowser();
    const page = await openPage(browser, station.base, 'reading', {colorScheme: 'light'});
    await showsOffset(page, 99);

    await t.test('the keyboard is enough', async () => {
        await tabTo(page, 'skip');
        await page.keyboard.press('Enter');
        await page.keyboard.type('by keyboard');
        await page.keyboard.press('Enter');
        await showsOffset(page, 100);
        await page.evaluate(() => document.activeElement.blur());
        for (const stop of ['theme', 'new-topic-name', 'slider', 'follow', 'offset', 'moment', 'events', 'message']) await tabTo(page, stop);

        await page.focus('#events');
        await page.keyboard.press('ArrowUp');
        await page.keyboard.press('ArrowUp');
        await page.waitForFunction(() => document.querySelector('#rows [aria-selected=true] .offset')?.textContent === '99');
        assert.equal(await page.evaluate(() => document.getElementById(
            document.getElementById('events').getAttribute('aria-activedescendant')).querySelector('.offset').textContent), '99');
        await page.keyboard.press('Home');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.getElementById('detail-title').textContent === 'Event 0');
        await tabTo(page, 'Text');
        await page.keyboard.press('Enter');
        assert.equal(await page.textContent('#detail-payload'), '{"event":0}');
        await page.keyboard.press('Escape');
        assert.equal(await focused(page), 'events');
        await page.keyboard.press('End');
        await showsOffset(page, 100);

        await page.focus('#new-topic-name');
        await page.keyboard.type('another');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.getElementById('topic').textContent === 'another');
        await page.waitForFunction(() => document.getElementById('position').textContent === 'No such topic yet');
        await page.focus('.topic:has-text("reading")');
        await page.keyboard.press('Enter');
        await showsOffset(page, 100);
    });

    await page.click('#rows .row:not([hidden])');
    await page.click('#last-start > summary');
    await t.test('every control has a name', async () => {
        await page.waitForFunction(() => document.querySelectorAll('#recovery li').length > 0);
        const list = await controls(page);
        for (const role of ['button', 'textbox', 'slider', 'listbox', 'option', 'image', 'region']) {
            assert.ok(list.some((control) => control.role === role), `there is a ${role}`);
        }
        assert.deepEqual(list.filter(({name}) => name.trim() === ''), []);
    });
    for (const scheme of ['light', 'dark']) {
        await t.test(`what is written can be read, ${scheme}`, async () => {
            await page.emulateMedia({colorScheme: scheme, reducedMotion: 'reduce'});
            const list = await page.evaluate(contrasts);
            assert.ok(list.length > 40, `${list.length} texts`);
            assert.deepEqual(list.filter(({ratio, needed}) => ratio < needed), []);
        });
    }
    await t.test('the switch overrides the system', async () => {
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        await page.emulateMedia({colorScheme: 'light'});
        const bright = await paper();
        await page.click('#theme');
        await page.click('#theme');
        assert.equal(await page.textContent('#theme'), 'Theme: dark');
        assert.notEqual(await paper(), bright);
        await page.reload();
        await live(page);
        assert.notEqual(await paper(), bright, 'it lasts');
        await page.click('#theme');
        assert.equal(await paper(), bright);
    });
    await t.test('narrow screens scroll one way only', async () => {
        client.publish('x'.repeat(3000));
        client.publish('word '.repeat(600));
        await client.settled(102);
        for (const width of [1024, 768, 360, 320]) {
            await page.setViewportSize({width, height: 740});
            await page.reload();
            await live(page);
            await showsOffset(page, 102);
            await page.click('#rows .row:not([hidden]):has(.offset:text-is("101"))');
            await page.click('#last-start > summary');
            await page.waitForFunction(() => document.querySelectorAll('#recovery li').length > 0);
            await page.evaluate(() => {
                for (const details of document.querySelectorAll('details')) details.open = true;
            });
            assert.deepEqual(await tooWide(page), [], `at ${width}`);
        }
    });
    assert.deepEqual(page.problems, []);
});
