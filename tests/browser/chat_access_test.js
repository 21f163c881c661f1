// For everybody: by keyboard alone, for a screen reader, on a narrow screen, in the dark.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
    connected,
    invited,
    noProblems,
    openChat,
    openMember,
    say,
    setUp,
    shows,
    showsNot,
    startChat,
} from './chat_support.js';
import {startBrowser, until} from './support.js';

const kControls = new Set([
    'button',
    'link',
    'textbox',
    'searchbox',
    'combobox',
    'checkbox',
    'listbox',
    'option',
    'img',
    'image',
    'dialog',
    'form',
    'navigation',
    'region',
    'heading',
    'radio',
]);

// Every control of the accessibility tree has a name.
async function unnamed(page) {
    const session = await page.context().newCDPSession(page);
    const {nodes} = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const found = nodes.filter(
        ({ignored, role, name}) => !ignored && kControls.has(role?.value?.toLowerCase()) && !name?.value?.trim()
    );
    return found.map(
        ({role, properties}) =>
            `${role.value} ${JSON.stringify(properties?.filter(({name}) => name === 'focusable'))}`
    );
}

// Colours whose contrast is less than what texts of this size need (WCAG 2.1, 1.4.3).
function weak(page) {
    return page.evaluate(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
        const rgb = (colour) => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const light = (colour) =>
            rgb(colour)
                .slice(0, 3)
                .map((value) => value / 255)
                .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
                .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (node) => {
            for (let one = node; one; one = one.parentElement) {
                const colour = getComputedStyle(one).backgroundColor;
                if (rgb(colour)[3] === 255) return colour;
            }
            return getComputedStyle(document.body).backgroundColor;
        };
        const texts = [...document.querySelectorAll('body *')].filter(
            (node) =>
                node.checkVisibility({opacityProperty: true, visibilityProperty: true}) &&
                !node.closest('.unseen, .skip, svg, [disabled], .pending, .quiet-room') &&
                [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== '')
        );
        return texts
            .map((node) => {
                const {color, fontSize, fontWeight} = getComputedStyle(node);
                const [a, b] = [light(color), light(behind(node))].sort((x, y) => y - x);
                const large =
                    parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
                return {
                    ratio: (a + 0.05) / (b + 0.05),
                    large,
                    text: `${node.className} ${node.textContent.slice(0, 30)}`,
                };
            })
            .filter(({ratio, large}) => ratio < (large ? 3 : 4.5));
    });
}

test('for everybody', async (t) => {
    const chat = await startChat();
    const anna = await setUp(chat);
    const bob = await invited(chat, anna, {name: 'Bob Okafor', login: 'bob'});
    await anna.call('POST', 'rooms', {name: 'Operations', type: 'open'});
    for (let i = 0; i < 5; ++i)
        await bob.write(anna.room, `message ${i} with \`code\`, *bold*, @anna and https://example.org/`);
    await anna.write(anna.room, 'mine');
    const browser = await startBrowser();
    const page = await openMember(browser, chat, anna);
    await shows(page, 'mine');
    const focused = () =>
        page.evaluate(
            () =>
                document.activeElement.id ||
                document.activeElement.getAttribute('aria-label') ||
                document.activeElement.textContent
        );
    const screens = {
        'the conversation': async () => {},
        'a message with its tools': async () => page.locator('#messages .message').last().focus(),
        'members': async () => page.click('#open-members'),
        'search': async () => page.click('#open-search'),
        'administration': async () => page.click('#administration').then(() => page.waitForSelector('.qr')),
        'a proof': async () =>
            page
                .locator('#messages .lock')
                .last()
                .click()
                .then(() => page.waitForSelector('.verdict[data-fine]')),
        'a new room': async () => page.click('#new-room'),
        'the profile': async () => page.click('#profile'),
        'the switcher': async () => page.keyboard.press('Control+k'),
        'the room': async () => page.click('#open-room'),
    };
    for (const [name, open] of Object.entries(screens)) {
        await t.test(`every control has a name, and can be read in the light and in the dark: ${name}`, async () => {
            await open();
            assert.deepEqual(await unnamed(page), []);
            for (const colorScheme of ['light', 'dark']) {
                await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
                assert.deepEqual(await weak(page), [], colorScheme);
            }
            await page.keyboard.press('Escape');
        });
    }
    await t.test('the entrance, too', async () => {
        const entrance = await openChat(browser, `${chat.base}/chat/#join=x`);
        await entrance.getByRole('button', {name: 'Join'}).waitFor();
        assert.deepEqual(await unnamed(entrance), []);
        assert.deepEqual(await weak(entrance), []);
        await entrance.context().close();
    });
    await t.test('with the keyboard alone: write, edit, delete, go elsewhere, and back', async () => {
        const keys = async (...names) => {
            for (const name of names) await page.keyboard.press(name);
        };
        await page
            .locator('#side-close')
            .click()
            .catch(() => {});
        await page.locator('#message').focus();
        await page.keyboard.type('by keyboard');
        await keys('Enter');
        await shows(page, 'by keyboard');
        await keys('ArrowUp');
        await until(
            'the message is in the composer',
            async () => (await page.inputValue('#message')) === 'by keyboard'
        );
        await page.keyboard.type(' alone');
        await keys('Enter');
        await shows(page, 'by keyboard alone');
        await keys('Shift+ArrowUp');
        assert.match(await focused(), /^m-/);
        await keys('ArrowUp', 'ArrowDown', 'Tab');
        const reached = [];
        for (let i = 0; i < 6; ++i) {
            reached.push(await focused());
            await keys('Tab');
        }
        for (const name of ['Proof of this message', 'Boost', 'Edit', 'Delete'])
            assert.ok(
                reached.some((one) => one.includes(name)),
                `${name} in ${reached}`
            );
        await keys('Escape');
        await until('focus is back in the composer', async () => (await focused()) === 'message');
        await keys('Shift+ArrowUp', 'Tab');
        for (let i = 0; i < 12 && (await focused()) !== 'Delete'; ++i) await keys('Tab');
        await keys('Enter');
        assert.equal(await focused(), 'Keep', 'what does no harm has focus');
        await keys('Shift+Tab', 'Enter');
        await showsNot(page, 'by keyboard alone');
        await keys('Control+k');
        await page.keyboard.type('oper');
        await keys('Enter');
        await page.waitForFunction(() => document.getElementById('room-name').textContent === 'Operations');
        await keys('Alt+ArrowUp');
        await page.waitForFunction(() => document.getElementById('room-name').textContent !== 'Operations');
    });
    await t.test('a dialog that takes the place of one just closed has its content', async () => {
        const parts = await page.evaluate(async () => {
            document.getElementById('profile').click();
            document.getElementById('dialog').close();
            document.getElementById('switch').click();
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            return document.getElementById('dialog').childElementCount;
        });
        assert.ok(parts > 1);
        await page.keyboard.press('Escape');
    });
    await t.test('completion is told as a list', async () => {
        await page.locator('#message').fill('');
        await page.keyboard.type('hello @bo');
        await page.waitForFunction(() => document.getElementById('message').getAttribute('aria-expanded') === 'true');
        assert.equal(
            await page.evaluate(() =>
                document
                    .getElementById(document.getElementById('message').getAttribute('aria-activedescendant'))
                    .getAttribute('role')
            ),
            'option'
        );
        await page.keyboard.press('Tab');
        assert.equal(await page.inputValue('#message'), 'hello @bob ');
        await page.keyboard.type(':tad');
        await page.getByRole('option', {name: /:tada:/}).click();
        assert.equal(await page.inputValue('#message'), 'hello @bob 🎉 ');
        await page.locator('#message').fill('');
    });
    await t.test('what others write is said, and what is typed too', async () => {
        await bob.write(anna.room, 'listen to this');
        await page.waitForFunction(() =>
            /Bob Okafor: listen to this/.test(document.getElementById('announcer').textContent)
        );
    });
    await t.test('on a narrow screen: one thing at a time, and a way back', async () => {
        const narrow = await openMember(browser, chat, bob, {room: anna.room, viewport: {width: 360, height: 640}});
        await shows(narrow, 'mine');
        assert.equal(await narrow.getByRole('navigation').isVisible(), false);
        const overflow = () => narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.equal(await overflow(), 0);
        await say(narrow, 'from a telephone');
        await shows(page, 'from a telephone');
        await narrow.getByRole('button', {name: 'Members'}).click();
        await narrow.getByText('2 members').waitFor();
        assert.equal(await narrow.locator('#conversation').isVisible(), false);
        await narrow.getByRole('button', {name: 'Close'}).click();
        await narrow.getByRole('button', {name: 'Back to the rooms'}).click();
        await narrow
            .getByRole('navigation')
            .getByRole('link', {name: /^Operations/})
            .click();
        await narrow.waitForFunction(() => document.getElementById('room-name').textContent === 'Operations');
        assert.equal(await overflow(), 0);
        assert.deepEqual(await unnamed(narrow), []);
        noProblems(narrow);
        await narrow.context().close();
    });
    await t.test('light and dark by the switch, kept', async () => {
        await page.getByRole('button', {name: 'Theme: auto'}).click();
        await page.getByRole('button', {name: 'Theme: light'}).click();
        await page.reload();
        await connected(page);
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    });
    noProblems(page);
});
