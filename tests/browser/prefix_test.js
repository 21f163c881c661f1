// The page where a proxy has put it: under a prefix, everything it asks for stays under it.
import assert from 'node:assert/strict';
import {createServer} from 'node:net';
import {test} from 'node:test';
import {startPrefixProxy} from './prefix_proxy.js';
import {allRows, openPage, showsOffset, startBrowser, startStation, temporaryFolder} from './support.js';

async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

test('under a prefix', async () => {
    // The page's origin is the proxy's, which the station has to be told; the proxy has to know the station's port.
    const port = await freePort();
    const proxy = await startPrefixProxy(port, '/here/station');
    await startStation({data: await temporaryFolder(), port, options: ['--allow-origin', proxy.origin]});
    const page = await openPage(await startBrowser(), proxy.base, 'lobby');
    await page.fill('#message', 'from under a prefix');
    await page.press('#message', 'Enter');
    await showsOffset(page, 0);
    assert.deepEqual(await allRows(page), [{offset: 0, payload: 'from under a prefix'}]);
    await page.waitForFunction(() => document.getElementById('last-start-verdict').textContent === 'Nothing found');
    assert.deepEqual(page.problems, []);
    assert.deepEqual(proxy.asked, [], 'nothing was asked for beside the prefix');
});
