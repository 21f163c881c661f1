// Two tabs on one topic: what one publishes, both see, at the same offsets.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRows, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

test('two tabs chat', async () => {
    const station = await startStation({data: await temporaryFolder()});
    const browser = await startBrowser();
    const alice = await openPage(browser, station.base, 'lobby');
    const bob = await openPage(browser, station.base, 'lobby');

    await alice.fill('#message', 'hello, bob');
    await alice.press('#message', 'Enter');
    await showsOffset(bob, 0);
    await bob.fill('#message', 'hello, alice');
    await bob.press('#message', 'Control+Enter');
    await showsOffset(alice, 1);
    await alice.fill('#message', 'first line');
    await alice.press('#message', 'Shift+Enter');
    await alice.locator('#message').pressSequentially('second line');
    await alice.click('#publish');
    await showsOffset(bob, 2);
    await alice.waitForFunction(() => /^Durable at offset 2 in /.test(document.getElementById('outcome').textContent));

    const expected = ['hello, bob', 'hello, alice', 'first line \u21b5 second line'].map((payload, offset) => ({offset, payload}));
    assert.deepEqual(await allRows(alice), expected);
    assert.deepEqual(await allRows(bob), expected);
    assert.equal(await alice.inputValue('#message'), '');

    await otherTopic(alice, bob);
    await oneEvent(bob, station);
    assert.deepEqual([...alice.problems, ...bob.problems], []);
});

async function otherTopic(alice, bob) {
    await alice.fill('#new-topic-name', '.wrong name');
    await alice.click('#new-topic button');
    assert.notEqual(await alice.textContent('#new-topic-error'), '');
    await alice.fill('#new-topic-name', 'kitchen.1');
    await alice.press('#new-topic-name', 'Enter');
    await alice.waitForFunction(() => document.getElementById('topic').textContent === 'kitchen.1');
    await alice.waitForFunction(() => document.getElementById('position').textContent === 'No such topic yet');
    await alice.fill('#message', '{"tea":[1,{"milk":12345678901234567890}]}');
    await alice.press('#message', 'Enter');
    await showsOffset(alice, 0);
    assert.equal((await allRows(bob)).length, 3, 'nothing of the other topic in the lobby');

    await bob.click('.topic:has-text("kitchen.1")');
    await bob.waitForFunction(() => document.getElementById('topic').textContent === 'kitchen.1');
    await showsOffset(bob, 0);
    assert.equal((await allRows(bob)).length, 1);
}

async function oneEvent(page, station) {
    const answer = await fetch(`${station.base}/api/topics/kitchen.1/events?from=beginning&limit=1`);
    const event = JSON.parse(await answer.text());
    await page.click('#rows .row:not([hidden])');
    const facts = await page.textContent('#detail-facts');
    assert.ok(facts.includes(event.id), `${facts} has the id ${event.id}`);
    assert.equal(await page.textContent('#detail-payload'),
        '{\n  "tea": [\n    1,\n    {\n      "milk": 12345678901234567890\n    }\n  ]\n}');
    await page.click('#detail-forms button:has-text("Hex")');
    assert.match(await page.textContent('#detail-payload'), /^000000 {2}7b 22 74 65 61 .*\{"tea"/);
}
