// Numbers and times for people.

const whole = new Intl.NumberFormat('en');

export function count(value) {
    return whole.format(value);
}

// '1 event', '2 events'
export function plural(value, noun) {
    return `${count(value)} ${noun}${Number(value) === 1 ? '' : 's'}`;
}

// Three digits that matter: 0.0123, 4.56, 78.9, 1,234
export function short(value) {
    if (value === 0) return '0';
    return value.toLocaleString('en', {maximumSignificantDigits: Math.abs(value) < 1000 ? 3 : 15, maximumFractionDigits: 3});
}

export function bytes(value) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    for (value = Number(value); value >= 1024 && unit + 1 < units.length; ++unit) value /= 1024;
    return `${short(Number(value.toPrecision(3)))} ${units[unit]}`;
}

export function seconds(value) {
    if (value < 1e-3) return `${short(value * 1e6)} \u00b5s`;
    if (value < 1) return `${short(value * 1e3)} ms`;
    return `${short(value)} s`;
}

const kMillisecond = 1000000n;

function two(value) {
    return String(value).padStart(2, '0');
}

// What is left of a millisecond, and the milliseconds before it; before 1970, too.
function split(nanoseconds) {
    const rest = ((nanoseconds % kMillisecond) + kMillisecond) % kMillisecond;
    return {date: new Date(Number((nanoseconds - rest) / kMillisecond)), rest};
}

// Time of day here: 14:03:07.123
export function clock(nanoseconds) {
    const {date} = split(nanoseconds);
    const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

// 2026-01-31 14:03:07.123456789, here
export function moment(nanoseconds) {
    const {date, rest} = split(nanoseconds);
    const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    return `${day} ${clock(nanoseconds)}${String(rest).padStart(6, '0')}`;
}

// For <input type=datetime-local>.
export function localInput(nanoseconds) {
    return moment(nanoseconds).slice(0, 23).replace(' ', 'T');
}

// Event ids are UUIDs: 16 bytes, or written already.
export function uuid(id) {
    if (typeof id === 'string') return id;
    const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
