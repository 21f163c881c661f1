#!/usr/bin/env node
// Step 10 in JavaScript: bounded queue, workers, exact balances, counters, and a stop that loses nothing it accepted.
//
//     ./dev check 10 --cmd "exec node tests/course/servers/step10.js {port}"
//
// The check adds the options of the lesson at the end: --work sleep:20ms --workers 1. All runs on one thread, so there
// is nothing to lock; workers only overlap where they wait.
'use strict';
const net = require('node:net');
const {parseArgs} = require('node:util');

const MAX_LINE = 65536, MAX_DEPTH = 64, MAX_AMOUNT = 1e12, LINGER_MS = 500;
const ERROR = {json: {status: 'error', reason: 'invalid_json'}, line: {status: 'error', reason: 'line_too_long'}};
const invalid = detail => ({status: 'error', reason: 'invalid_event', detail});
const rejected = reason => ({status: 'rejected', reason});

const text = {type: 'string'};
const {values, positionals} = parseArgs({strict: false, allowPositionals: true,
    options: {work: text, queue: text, workers: text, shards: text, 'drain-timeout': text}});
const milliseconds = duration => parseFloat(duration) * ({us: 1e-3, ms: 1, s: 1e3}[/[a-z]+$/.exec(duration)?.[0]] ?? 0);
const [workKind, workTime] = (values.work ?? 'none').split(':');
const workMs = milliseconds(workTime ?? '0');
const queueLimit = Number(values.queue ?? 1024);
const drainMs = milliseconds(values['drain-timeout'] ?? '10s');

const counters = {received: 0, processed: 0, dropped: 0};
const balances = new Map();
const queue = [];
const idle = [];           // workers that wait for work
const sockets = new Set();
let working = 0, isStopping = false;

// JSON.parse takes 1.0 for 1 and half a surrogate pair for a character; the contract takes neither.
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
function load(bytes) {
    const line = decoder.decode(bytes);
    let depth = 0;
    for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
        if (token === '[' || token === '{') if (++depth > MAX_DEPTH) throw new SyntaxError('too deep');
        if (token === ']' || token === '}') --depth;
    }
    JSON.parse(line, (key, value) => {
        if ([key, value].some(part => typeof part === 'string' && /\p{Cs}/u.test(part))) throw new SyntaxError('half');
        return value;
    });
    return JSON.parse(line.replace(/"(?:[^"\\]|\\.)*"|-?\d+(\.\d+)?([eE][+-]?\d+)?/g,
        (token, fraction, exponent) => token[0] !== '"' && (fraction || exponent) ? 'null' : token));
}

const isUser = user =>
    typeof user === 'string' && user !== '' && Buffer.byteLength(user) <= 64 && !/\p{Cc}/u.test(user);
const USER_RULE = invalid('user must be a string of 1 to 64 bytes without control characters');

function answerQuery(request) {
    switch (request.type) {
        case 'metrics': return counters;
        case 'health': return {status: 'ok'};
        case 'balance':
            return isUser(request.user) ? {status: 'ok', balance: balances.get(request.user) ?? 0n} : USER_RULE;
        default: return invalid(`unknown type ${String(request.type).slice(0, 64)}`);
    }
}

function takeEvent({user, action, amount}) {
    if (!isUser(user)) return USER_RULE;
    if (action !== 'buy' && action !== 'sell') return invalid('action must be "buy" or "sell"');
    if (!Number.isInteger(amount) || amount < 1 || amount > MAX_AMOUNT)
        return invalid('amount must be an integer from 1 to 1000000000000');
    ++counters.received;
    if (isStopping || queue.length >= queueLimit) {
        ++counters.dropped;
        return rejected(isStopping ? 'shutting_down' : 'server_busy');
    }
    queue.push([user, BigInt(action === 'buy' ? amount : -amount)]);
    idle.pop()?.();
    return {status: 'accepted'};
}

function reply(bytes) {
    let request;
    try {
        request = load(bytes);
    } catch {
        return ERROR.json;
    }
    const isObject = request !== null && typeof request === 'object' && !Array.isArray(request);
    if (!isObject) return invalid('a request must be an object');
    return 'type' in request ? answerQuery(request) : takeEvent(request);
}

// BigInt has no JSON of its own: balances reach further than a double counts.
const encode = value => JSON.stringify(value, (_, part) => typeof part === 'bigint' ? `\u0000${part}` : part)
    .replace(/"\\u0000(-?\d+)"/g, '$1') + '\n';

async function work() {
    for (;;) {
        while (queue.length === 0) await new Promise(wake => idle.push(wake));
        const [user, change] = queue.shift();
        ++working;
        if (workKind === 'sleep') await new Promise(done => setTimeout(done, workMs));
        for (const end = performance.now() + workMs; workKind === 'cpu' && performance.now() < end;);
        const balance = (balances.get(user) ?? 0n) + change;
        const fits = BigInt.asIntN(64, balance) === balance;
        if (fits) balances.set(user, balance);
        ++counters[fits ? 'processed' : 'dropped'];
        --working;
    }
}

function serve(socket) {
    let rest = Buffer.alloc(0), isDone = false;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('drain', () => socket.resume());
    socket.on('data', data => {
        if (isDone) return;
        rest = rest.length ? Buffer.concat([rest, data]) : data;
        const replies = [];
        const finish = value => { replies.push(encode(value)); isDone = true; };
        let begin = 0;
        for (let end; !isDone && (end = rest.indexOf(10, begin)) >= 0; begin = end + 1) {
            const line = rest.subarray(begin, end > begin && rest[end - 1] === 13 ? end - 1 : end);
            if (line.length > MAX_LINE) finish(ERROR.line);
            else if (line.length) replies.push(encode(reply(line)));
        }
        rest = rest.subarray(begin);
        const isWhole = rest.length <= MAX_LINE || rest.length === MAX_LINE + 1 && rest[MAX_LINE] === 13;
        if (!isDone && !isWhole) finish(ERROR.line);
        if (replies.length && !socket.write(replies.join(''))) socket.pause();   // who does not read is not read
        isDone ||= isStopping && replies.length > 0;
        if (isDone) socket.end();
    });
}

const server = net.createServer(serve);
for (let i = 0; i < Number(values.workers ?? 8); ++i) work();

// Stop accepting, drain what was accepted, finish the replies, exit 0; a second signal or the deadline ends the wait.
function leave(statusOfLoss) {
    const lost = queue.length + working;
    if (lost > 0) process.stderr.write(`the drain gave up: ${lost} accepted events are lost\n`);
    process.stderr.write(JSON.stringify(counters) + '\n');
    process.exit(lost > 0 ? statusOfLoss : 0);
}

function stop() {
    if (isStopping) return leave(130);
    isStopping = true;
    server.close();
    setTimeout(leave, drainMs, 1);
    let lingerUntil = null;
    setInterval(() => {
        if (queue.length + working > 0) return;
        // What is ready is sent, then FIN; what still comes is read and thrown away, or the close would be a reset. But
        // a client that asks nothing may never close its end.
        for (const socket of sockets) socket.removeAllListeners('data').resume().end();
        lingerUntil ??= performance.now() + LINGER_MS;
        if (sockets.size === 0 || performance.now() >= lingerUntil) leave(0);
    }, 5);
}

process.on('SIGINT', stop).on('SIGTERM', stop);
server.listen({port: Number(positionals[0]), host: '127.0.0.1', backlog: 1024}, () =>
    console.log(`step10.js listening on 127.0.0.1:${server.address().port}`));
