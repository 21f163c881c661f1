// The live graphs: what the server says of the chosen topic once a second, and the latency that this page sees itself.
import {Chart} from './charts.js';
import {byId} from './shared/dom.js';
import {seconds, short} from './shared/format.js';
import {largest, quantile, sum} from './prometheus.js';

const events = (value) => short(Math.round(value));

export class GraphsView {
    #seen = [];  // ms of this page's publishes since the last reading
    #topic = null;
    #charts = {
        throughput: new Chart({title: 'Throughput', format: (v) => `${events(v)}/s`,
            series: [{name: 'this topic'}, {name: 'all topics'}]}),
        publish: new Chart({title: 'Publish latency', format: seconds,
            series: [{name: 'p99'}, {name: 'median'}, {name: 'this page'}]}),
        sync: new Chart({title: 'fsync time', format: seconds, series: [{name: 'p99'}, {name: 'median'}]}),
        queue: new Chart({title: 'Queue depth', format: events, series: [{name: 'waiting to be written'}]}),
        lag: new Chart({title: 'Subscriber lag', format: events, series: [{name: 'events behind, the slowest'}]}),
    };

    constructor({outbox}) {
        byId('charts').append(...Object.values(this.#charts).map((chart) => chart.root));
        outbox.on('latency', (ms) => this.#seen.push(ms));
    }

    setTopic(topic) {
        this.#topic = topic;
        for (const chart of Object.values(this.#charts)) chart.clear();
    }

    push({before, now, seconds: elapsed}) {
        const topic = this.#topic;
        const slowest = this.#seen.length > 0 ? Math.max(...this.#seen) / 1000 : null;
        this.#seen = [];
        this.#charts.queue.push([sum(now, 'station_queue_depth', topic)]);
        this.#charts.lag.push([largest(now, 'station_subscriber_lag_events', topic)]);
        if (!before) return;
        const rate = (of) => {
            const later = sum(now, 'station_events_total', of);
            const earlier = sum(before, 'station_events_total', of) ?? 0;
            return later === null ? null : Math.max(0, later - earlier) / elapsed;
        };
        const took = (name, q) => quantile(before, now, name, topic, q);
        this.#charts.throughput.push([rate(topic), rate(undefined)]);
        this.#charts.publish.push([took('station_publish_seconds', 0.99), took('station_publish_seconds', 0.5), slowest]);
        this.#charts.sync.push([took('station_sync_seconds', 0.99), took('station_sync_seconds', 0.5)]);
    }
}
