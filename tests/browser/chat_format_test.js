// What a message's text becomes: pieces whose texts are the message but for its marks, whatever it holds, in no time.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {part} from './parts.js';

const {findEmoji} = await part('text/emoji.js');
const {isFewEmoji, parse, safeHref} = await part('text/format.js');
const {mentions} = await part('text/mentions.js');

const kUsers = new Map(['anna', 'a.b', 'o-k'].map((login) => [login, {id: login, login}]));
const find = (login) => kUsers.get(login.toLowerCase());
const shape = (pieces) =>
    pieces.map(({kind, text, parts}) => (kind === 'text' ? text : {[kind]: parts ? shape(parts) : text}));

const kCases = [
    ['plain, with 2*3*4 and snake_case_name', ['plain, with 2*3*4 and snake_case_name']],
    ['*bold* and _it *alic*_.', [{bold: ['bold']}, ' and ', {italic: ['it ', {bold: ['alic']}]}, '.']],
    ['* not bold*, *not bold *, **, _ x_', ['* not bold*, *not bold *, **, _ x_']],
    ['`*code* @anna` `', [{code: '*code* @anna'}, ' `']],
    ['x\n```js\n<b> *x*\n```\nafter', ['x', {fence: '<b> *x*'}, 'after']],
    ['``` no fence', ['``` no fence']],
    [
        '@anna, @ANNA. @a.b. @annab x@anna @nobody @o-k-',
        [
            {mention: '@anna'},
            ', ',
            {mention: '@ANNA'},
            '. ',
            {mention: '@a.b'},
            '. @annab x@anna @nobody ',
            {mention: '@o-k'},
            '-',
        ],
    ],
    [
        'see https://x.org/a_(b)_c?d=*e*. (http://y.org/) mailto:a@b.c',
        ['see ', {link: 'https://x.org/a_(b)_c?d=*e'}, '*. (', {link: 'http://y.org/'}, ') ', {link: 'mailto:a@b.c'}],
    ],
    [
        'javascript:alert(1) data:text/html,x vbscript:x file:///etc ftp://x JAVASCRIPT://%0aalert(1)',
        ['javascript:alert(1) data:text/html,x vbscript:x file:///etc ftp://x JAVASCRIPT://%0aalert(1)'],
    ],
    ['https://a.org/\u202egpj.exe', [{link: 'https://a.org/'}, '\u202egpj.exe']],
    [':tada: :nothing: 10:30:45', [{emoji: '\u{1f389}'}, ' :nothing: 10:30:45']],
    ['<img src=x onerror=alert(1)>&lt;', ['<img src=x onerror=alert(1)>&lt;']],
];

for (const [text, expected] of kCases) {
    test(JSON.stringify(text), () => assert.deepEqual(shape(parse(text, find)), expected));
}

test('only three schemes are links', () => {
    assert.equal(safeHref('HTTPS://Example.ORG/x'), 'https://example.org/x');
    for (const address of ['javascript:alert(1)', ' javascript:x', 'http:', 'https://', 'mailto:', '//x', 'x', ''])
        assert.equal(safeHref(address), null, address);
});

test('a mention is by login, outside of code', () => {
    const people = {byLogin: find};
    assert.ok(mentions('hello *@anna*', {id: 'anna'}, people));
    assert.ok(!mentions('hello `@anna` @annab', {id: 'anna'}, people));
});

test('ten thousand of anything take no time to speak of', () => {
    const long = [
        '\u{1f600}'.repeat(10000),
        '*'.repeat(10000),
        '_a'.repeat(5000),
        '@'.repeat(10000),
        '`'.repeat(9999),
        'https://'.repeat(1250),
        '*a '.repeat(3333),
        `@${'a-'.repeat(5000)}`,
        '@a-'.repeat(3333),
        '_a *b '.repeat(1600),
        '```\n'.repeat(2500),
        `${'('.repeat(5000)}http://a${')'.repeat(4990)}`,
        ':a'.repeat(5000),
    ];
    const begin = process.cpuUsage().user;
    for (const text of long) parse(text, find);
    assert.ok(process.cpuUsage().user - begin < 5e6, 'not quadratic: these take milliseconds each');
});

test('a few emoji are shown large, words never', () => {
    const few = (text) => isFewEmoji(parse(text));
    for (const text of [
        '\u{1f44d}',
        '\u{1f44d} :tada: \u2764\ufe0f',
        '\u{1f3f3}\ufe0f\u200d\u{1f308}',
        '\u{1f1e8}\u{1f1ed}',
        '\u{1f44d}\u{1f3fd}',
    ])
        assert.ok(few(text), text);
    for (const text of ['a', '12', '#', '', '\u{1f44d} ok', '\u{1f44d}'.repeat(4), '`\u{1f44d}` x', '*b*'])
        assert.ok(!few(text), text);
});

test('emoji are found by the beginning of their name first', () => {
    assert.equal(findEmoji('tad', 3)[0][0], 'tada');
    assert.equal(findEmoji('ROCK', 3)[0][1], '\u{1f680}');
    assert.equal(findEmoji('', 3).length, 3);
    assert.deepEqual(findEmoji('zzzz', 3), []);
});
