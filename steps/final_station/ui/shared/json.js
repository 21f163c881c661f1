// JSON whose integers may pass 2^53: offsets are u64, times are i64 nanoseconds.

const kStringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const kLongInteger = /^-?\d{16,}$/;

// As JSON.parse, but an integer of 16 digits or more comes as a string of digits: BigInt(value) takes either.
export function parse(text) {
    return JSON.parse(text.replace(kStringOrNumber, (token) => (kLongInteger.test(token) ? `"${token}"` : token)));
}

// As JSON.stringify, with BigInts as plain digits.
export function stringify(value) {
    if (typeof value === 'bigint') return String(value);
    if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
    if (value !== null && typeof value === 'object') {
        const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${stringify(member)}`);
        return `{${members.join(',')}}`;
    }
    return JSON.stringify(value);
}

const kToken = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

// Indents valid JSON without touching a token: numbers keep all their digits, doubled keys stay doubled. Null where it
// is no object or array. The output ends after about `limit` characters; `whole` says whether it got there.
export function pretty(text, limit) {
    try {
        const value = JSON.parse(text);
        if (value === null || typeof value !== 'object') return null;
    } catch {
        return null;
    }
    let out = '';
    let depth = 0;
    let opened = false;  // the last token was { or [
    const line = () => `\n${'  '.repeat(depth)}`;
    for (const [token] of text.matchAll(kToken)) {
        if (out.length > limit) return {text: out, whole: false};
        const closes = token === '}' || token === ']';
        if (closes) depth -= 1;
        if (opened !== closes) out += line();
        opened = token === '{' || token === '[';
        if (opened) depth += 1;
        if (token === ',') out += `,${line()}`;
        else out += token === ':' ? ': ' : token;
    }
    return {text: out, whole: true};
}
