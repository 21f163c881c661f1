// The graphs and the recovery reports, from answers whose numbers are known.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openPage, startBrowser, startStation, temporaryFolder} from './support.js';

// As GET /metrics, the n-th time: between two readings 50 publishes took up to 1 ms and 50 up to 10 ms; long ago there
// were many slower ones.
function metrics(n) {
    return `# TYPE station_publish_seconds histogram
station_publish_seconds_bucket{le="0.001"} ${50 * n}
station_publish_seconds_bucket{le="0.01"} ${100000 + 100 * n}
station_publish_seconds_bucket{le="+Inf"} ${100000 + 100 * n}
station_publish_seconds_sum ${0.3 * n}
station_publish_seconds_count ${100000 + 100 * n}
station_events_total{topic="lobby"} ${1000 * n}
station_events_total{topic="a \\"quoted\\" one"} 7
station_queue_depth{topic="lobby"} 7
station_queue_depth{topic="other"} 1000
station_subscriber_lag_events{topic="lobby"} 42
station_connections{door="http"} 5
station_connections{door="websocket"} 3
`;
}

const kDamaged = {segments: 2, scanned_segments: 1, scanned_bytes: 4096, rebuilt_indexes: 1, clean: false, cut_bytes: 0, duration_seconds: 0.012,
    damage: [{file: 'log-00000001.seg', from: 1000, to: 2000, first_offset: 17, next_offset: 20, reason: 'the checksum is wrong'}]};
const kTorn = {segments: 1, scanned_segments: 1, scanned_bytes: 2048, rebuilt_indexes: 0, clean: false, cut_bytes: 512, duration_seconds: 2.5,
    cut_from: 'log-00000001.seg', cut_at: 1536, cut_into: 'log-00000001.torn-1536', set_aside: [], damage: []};

test('graphs and reports', async (t) => {
    const station = await startStation({data: await temporaryFolder()});
    let readings = 0;
    const topic = (name, stream, recovery) => ({name, stream, first_offset: 0, next_offset: 0, bytes: 0, segments: 1, subscribers: 0, recovery});
    const prepare = async (page) => {
        await page.route('**/metrics', (route) => route.fulfill({body: metrics(++readings)}));
        await page.route('**/api/topics', (route) => route.fulfill({json: [topic('lobby', 1, kTorn), topic('broken', 2, kDamaged)]}));
    };
    const page = await openPage(await startBrowser(), station.base, 'lobby', {prepare});

    await t.test('graphs say what the metrics say', async () => {
        const chart = (title) => page.locator(`.chart:has(figcaption:text-is("${title}"))`);
        await chart('Publish latency').locator('.figure').first().filter({hasText: '9.82 ms'}).waitFor();
        assert.deepEqual(await chart('Publish latency').locator('.figure').allTextContents(), ['9.82 ms', '1 ms', '\u2013']);
        assert.deepEqual(await chart('Queue depth').locator('.figure').allTextContents(), ['7']);
        assert.deepEqual(await chart('Subscriber lag').locator('.figure').allTextContents(), ['42']);
        const [mine, all] = await chart('Throughput').locator('.figure').allTextContents();
        assert.match(mine, /^[\d,]+\/s$/);
        assert.notEqual(mine, '0/s');
        assert.equal(all, mine, 'the other topic stands still');
        assert.equal(await page.textContent('#connections'), '3 connections');
        assert.equal(await chart('Subscriber lag').locator('svg').getAttribute('aria-label'), 'Subscriber lag: now 42, highest shown 42');
    });
    await t.test('what is not told is no data', async () => {
        const sync = page.locator('.chart:has(figcaption:text-is("fsync time"))');
        assert.match(await sync.getAttribute('class'), /\bempty\b/);
        assert.equal(await sync.locator('svg').getAttribute('aria-label'), 'fsync time: no data');
    });
    await t.test('a torn end and damage are told with their places', async () => {
        const torn = page.locator('#recovery li:has-text("lobby")');
        assert.match(await torn.textContent(), /Torn end cut, 512 B.*at byte 1,536.*Kept inlog-00000001\.torn-1536/);
        const damaged = page.locator('#recovery li:has-text("broken")');
        assert.match(await damaged.textContent(), /Damaged.*bytes 1,000 to 2,000: the checksum is wrong\. Offsets 17 to 19 are lost/);
        assert.ok(await damaged.locator('dl').isVisible(), 'damage is shown without being asked for');
        assert.ok(await page.locator('.topic.damaged:has-text("broken")').isVisible());
    });
    assert.deepEqual(page.problems, []);
});
