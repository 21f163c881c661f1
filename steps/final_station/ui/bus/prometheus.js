// Prometheus text format 0.0.4, as far as the page needs it: samples by name, rates and quantiles between two readings.

const kSample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const kLabel = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

// What the page draws. A thousand topics have thousands of lines: the others are not even looked into.
const kDrawn = /^station_(?:events_total|publish_seconds_bucket|sync_seconds_bucket|queue_depth|subscriber_lag_events|connections)\b/;

// name → [{labels, value}]
export function parseMetrics(text) {
    const samples = new Map();
    for (const line of text.split('\n')) {
        const match = kDrawn.test(line) ? kSample.exec(line) : null;
        if (!match) continue;
        const labels = {};
        for (const [, name, value] of (match[2] ?? '').matchAll(kLabel)) labels[name] = unescapeLabel(value);
        if (!samples.has(match[1])) samples.set(match[1], []);
        samples.get(match[1]).push({labels, value: Number(match[3])});
    }
    return samples;
}

function unescapeLabel(value) {
    return value.replace(/\\(.)/g, (whole, letter) => (letter === 'n' ? '\n' : letter));
}

// The samples of a name that belong to the topic; all of them where the name knows no topics. Null where there are none.
function select(samples, name, topic) {
    const all = samples.get(name);
    if (!all) return null;
    const some = all.filter(({labels}) => topic === undefined || labels.topic === undefined || labels.topic === topic);
    return some.length > 0 ? some : null;
}

export function sum(samples, name, topic) {
    return select(samples, name, topic)?.reduce((total, {value}) => total + value, 0) ?? null;
}

export function largest(samples, name, topic) {
    const some = select(samples, name, topic);
    return some && Math.max(...some.map(({value}) => value));
}

// Connections that stay: not those of single HTTP requests, such as the page's own polling. Null where it is not told.
export function staying(samples) {
    const some = samples.get('station_connections')?.filter(({labels}) => labels.door !== 'http');
    return some ? some.reduce((total, {value}) => total + value, 0) : null;
}

// [[upper bound, how many so far at most that]], ascending, summed over all that is selected.
function buckets(samples, name, topic) {
    const some = select(samples, `${name}_bucket`, topic);
    if (!some) return null;
    const counts = new Map();
    for (const {labels, value} of some) {
        const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
        counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return [...counts].sort(([a], [b]) => a - b);
}

// The q-quantile of what a histogram gained between two readings; null where it gained nothing or is not there.
export function quantile(before, now, name, topic, q) {
    const later = buckets(now, name, topic);
    if (!later) return null;
    const earlier = new Map(buckets(before, name, topic) ?? []);
    const gained = later.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]);
    const total = gained.at(-1)[1];
    if (!(total > 0)) return null;
    const rank = q * total;
    let below = 0;
    let lower = 0;
    for (const [bound, count] of gained) {
        if (count >= rank) {
            if (bound === Infinity) return lower;
            return lower + (bound - lower) * ((rank - below) / (count - below));
        }
        below = count;
        lower = bound;
    }
    return lower;
}
