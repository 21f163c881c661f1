// What a screen reader is told beside what has focus: politely, and never more than one sentence in a few seconds,
// the newest one winning.
import {byId} from './dom.js';

const kApart = 4000;  // ms
let next = null;
let last = -Infinity;
let timer = 0;

function speak() {
    timer = 0;
    last = performance.now();
    byId('announcer').textContent = next();
}

// sentence: a function that makes it, called only if it is spoken.
export function announce(sentence) {
    next = sentence;
    if (timer === 0) timer = setTimeout(speak, Math.max(0, last + kApart - performance.now()));
}

// Takes back a sentence that has not been spoken yet and holds no more.
export function hush(sentence) {
    if (next !== sentence || timer === 0) return;
    clearTimeout(timer);
    timer = 0;
}
