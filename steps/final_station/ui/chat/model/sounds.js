// The twelve sounds of `/play NAME`, made on the spot: notes and noise, each {at, for, from, to, wave, volume} in
// seconds and hertz, where `wave` is an oscillator's shape or 'noise', which is filtered around its frequency.

const note = (at, length, from, more = {}) => ({
    at,
    for: length,
    from,
    to: from,
    wave: 'triangle',
    volume: 0.3,
    ...more,
});
const noise = (at, length, from, more = {}) => note(at, length, from, {wave: 'noise', ...more});
const run = (count, make) => Array.from({length: count}, (_, i) => make(i));

const kSounds = {
    '56k': [
        note(0, 0.25, 350),
        note(0, 0.25, 440),
        ...run(7, (i) => note(0.35 + i * 0.09, 0.07, 697 + ((i * 137) % 700), {wave: 'square', volume: 0.12})),
        note(1.1, 0.5, 2100, {volume: 0.15}),
        noise(1.6, 0.5, 1800, {to: 900}),
        noise(2.1, 0.9, 2600, {to: 3200, volume: 0.2}),
        note(2.1, 0.9, 1200, {to: 2400, wave: 'sawtooth', volume: 0.06}),
    ],
    bell: [
        note(0, 1.8, 880, {wave: 'sine'}),
        note(0, 1.2, 2217, {wave: 'sine', volume: 0.15}),
        note(0, 0.7, 3520, {wave: 'sine', volume: 0.08}),
    ],
    bezos: run(5, (i) =>
        note(i * 0.16, 0.14, 260 + 40 * (i % 2), {to: 200 + 120 * (i % 2), wave: 'sawtooth', volume: 0.2})
    ),
    bueller: [
        note(0, 0.5, 190, {to: 150, wave: 'sawtooth', volume: 0.15}),
        note(0.9, 0.5, 190, {to: 140, wave: 'sawtooth', volume: 0.15}),
        note(1.9, 0.7, 180, {to: 120, wave: 'sawtooth', volume: 0.15}),
    ],
    crickets: run(12, (i) =>
        note(Math.floor(i / 4) * 0.6 + (i % 4) * 0.07, 0.05, 4300, {wave: 'sine', volume: 0.15})
    ),
    trombone: [311, 294, 277]
        .map((pitch, i) => note(i * 0.42, 0.4, pitch, {to: pitch * 0.97, wave: 'sawtooth', volume: 0.18}))
        .concat(note(1.26, 1.2, 262, {to: 215, wave: 'sawtooth', volume: 0.2})),
    rimshot: [
        noise(0, 0.07, 1800, {volume: 0.6}),
        noise(0.2, 0.07, 1400, {volume: 0.6}),
        note(0.2, 0.1, 180, {to: 90}),
        noise(0.55, 1, 7000, {volume: 0.3}),
    ],
    tada: [523, 659, 784]
        .map((pitch) => note(0, 0.16, pitch))
        .concat([523, 659, 784, 1047].map((pitch) => note(0.22, 1.1, pitch, {volume: 0.22}))),
    airhorn: [0, 0.28, 0.42].flatMap((at, i) =>
        [466, 470, 702].map((pitch) =>
            note(at, i === 2 ? 0.9 : 0.22, pitch, {to: pitch * 0.98, wave: 'sawtooth', volume: 0.12})
        )
    ),
    applause: run(46, (i) =>
        noise(i * 0.045 + ((i * 7) % 5) * 0.006, 0.05, 1000 + ((i * 397) % 1400), {
            volume: 0.15 + 0.25 * Math.sin((Math.PI * i) / 46),
        })
    ),
    boo: run(4, (i) => note(0, 1.4, 150 + i * 9, {to: 105 + i * 8, wave: 'sawtooth', volume: 0.1})),
    nyan: [740, 831, 622, 622, 0, 494, 587, 554, 494, 0, 494, 554, 587, 587, 554, 494].flatMap((pitch, i) =>
        pitch === 0 ? [] : [note(i * 0.13, 0.12, pitch, {wave: 'square', volume: 0.1})]
    ),
};

export const kSoundNames = Object.keys(kSounds);

let context = null;
let hiss = null;  // a second of noise

// False where nothing can be heard: no such sound, or the browser wants a touch of the page first.
export async function play(name) {
    if (!Object.hasOwn(kSounds, name) || globalThis.AudioContext === undefined) return false;
    context ??= new AudioContext();
    if (context.state === 'suspended') {
        context.resume().catch(() => {});
        if (!navigator.userActivation?.hasBeenActive) return false;
    }
    const begin = context.currentTime + 0.03;
    for (const part of kSounds[name]) sound(part, begin + part.at);
    return true;
}

function sound(part, begin) {
    const end = begin + part.for;
    const source = part.wave === 'noise' ? noiseSource(part, begin, end) : oscillator(part, begin, end);
    const gain = new GainNode(context, {gain: 0});
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(part.volume, begin + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.001, end);
    source.output.connect(gain).connect(context.destination);
    source.input.start(begin);
    source.input.stop(end);
}

function oscillator({wave, from, to}, begin, end) {
    const input = new OscillatorNode(context, {type: wave});
    sweep(input.frequency, from, to, begin, end);
    return {input, output: input};
}

function noiseSource({from, to}, begin, end) {
    hiss ??= makeHiss();
    const input = new AudioBufferSourceNode(context, {buffer: hiss, loop: true});
    const filter = new BiquadFilterNode(context, {type: 'bandpass', Q: 1});
    sweep(filter.frequency, from, to, begin, end);
    return {input, output: input.connect(filter)};
}

function sweep(parameter, from, to, begin, end) {
    parameter.setValueAtTime(from, begin);
    parameter.linearRampToValueAtTime(to, end);
}

function makeHiss() {
    const buffer = new AudioBuffer({length: context.sampleRate, sampleRate: context.sampleRate});
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; ++i) samples[i] = Math.random() * 2 - 1;
    return buffer;
}
