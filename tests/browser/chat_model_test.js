// What the page knows of messages, without a page: the stretch of a room's history it holds, what it makes of a
// reconnect (rule 3), and what becomes of one's own messages.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {part} from './parts.js';

const {Emitter} = await part('shared/emitter.js');
const {Following} = await part('model/following.js');
const {Outbox} = await part('model/outbox.js');
const {RoomLog} = await part('model/room_log.js');
const {placeOf, readPlace} = await part('model/place.js');

class FakeSocket extends Emitter {
    sent = [];
    isOpen = true;

    tell(text) {
        this.sent.push(text);
    }

    hello() {
        this.tell({type: 'hello'});
    }

    say(type, text) {
        this.emit(`told ${type}`, text);
    }
}

const message = (sequence, more = {}) => ({
    id: `m${sequence}`,
    room: 'r',
    creator: {id: 'u'},
    content: String(sequence),
    client_message_id: `c${sequence}`,
    sequence,
    ...more,
});
const range = (from, to) => Array.from({length: to - from}, (_, i) => message(from + i));
const ids = (log) => log.messages.map(({sequence}) => sequence);

test('a log holds 300 messages, whichever way one scrolls', () => {
    const log = new RoomLog();
    log.reset(range(1000, 1050), {atStart: false, atEnd: true});
    for (let from = 940; from >= 640; from -= 60) log.prepend(range(from + 10, from + 70), false);
    assert.equal(log.size, 300);
    assert.equal(log.atEnd, false);
    assert.deepEqual(ids(log).slice(0, 2), [650, 651]);
    assert.equal(log.arrive(message(1050)), true);
    assert.equal(log.newer, 1, 'what comes is counted where the end is elsewhere');
    for (let from = 950; from < 1050; from += 50) log.append(range(from, from + 50), false);
    log.append([message(1050)], true);
    assert.deepEqual([log.size, log.atStart, log.atEnd, log.newer], [300, false, true, 0]);
    assert.deepEqual(
        ids(log),
        Array.from({length: 300}, (_, i) => 751 + i)
    );
});

test('what overtakes is put where it belongs, and nothing is there twice', () => {
    const log = new RoomLog();
    log.reset([], {atStart: true, atEnd: true});
    for (const sequence of [3, 1, 2, 3, 2]) log.arrive(message(sequence));
    assert.deepEqual(ids(log), [1, 2, 3]);
    log.arrive(message(2, {content: 'edited'}));
    assert.equal(log.get('m2').content, 'edited');
    log.remove('m2');
    log.remove('m2');
    log.update(message(2));
    assert.deepEqual(ids(log), [1, 3]);
    assert.deepEqual(ids(Object.assign(new RoomLog(), {atEnd: true})), []);
    log.arrive(message(2n ** 60n, {sequence: String(2n ** 60n)}));
    log.arrive(message(10));
    assert.deepEqual(ids(log), [1, 3, 10, String(2n ** 60n)]);
});

function follow() {
    const socket = new FakeSocket();
    const following = new Following(socket);
    const log = following.follow('r');
    const live = [];
    following.on('live', ({message: {sequence}, isNew}) => live.push([sequence, isNew]));
    const missed = (messages, complete = true) => {
        socket.say('missed', {room: 'r', count: messages.length, complete});
        for (const one of messages) socket.say('message', {message: one});
    };
    return {socket, following, log, live, missed};
}

test('a room is followed from its last 50, then from the last message that came', () => {
    const {socket, following, log, live, missed} = follow();
    assert.deepEqual(socket.sent, [{type: 'hello'}]);
    assert.deepEqual(following.places, {r: null});
    missed(range(1, 51));
    assert.deepEqual([log.size, log.atStart, log.atEnd], [50, false, true]);
    socket.say('message', {message: message(51)});
    assert.deepEqual(following.places, {r: 'm51'});
    missed(range(52, 60));
    assert.deepEqual([log.size, log.messages.at(-1).sequence], [59, 59]);
    assert.deepEqual(live, [[51, true]], 'what was missed is not told as new');
    socket.say('message', {message: message(59)});
    assert.deepEqual(live.at(-1), [59, false], 'what comes again is no news');
    assert.equal(log.size, 59);
});

test('an empty room begins at its start', () => {
    const {log, missed} = follow();
    missed([]);
    assert.deepEqual([log.size, log.atStart, log.atEnd], [0, true, true]);
});

test('more than a thousand missed: a gap is not shown as if it were none', () => {
    const {log, missed, following} = follow();
    missed(range(1, 51));
    missed(range(5000, 5050), false);
    assert.deepEqual([ids(log)[0], log.size, log.atStart, log.atEnd], [5000, 50, false, true]);
    assert.deepEqual(following.places, {r: 'm5049'});
});

test('the last 50 that come to one who went to an old message are not told as newer', () => {
    const {log, missed, following} = follow();
    log.reset(range(1, 20), {atStart: true, atEnd: false});
    missed(range(900, 950));
    assert.deepEqual([log.size, log.newer, log.atEnd], [19, 0, false]);
    assert.deepEqual(following.places, {r: 'm949'});
    missed(range(950, 953));
    assert.equal(log.newer, 3);
    missed(range(950, 954));
    assert.equal(log.newer, 4);
});

test('an acknowledgement that overtakes does not move the place that a reconnect goes on from', () => {
    const {socket, following, log, missed} = follow();
    missed(range(1, 3));
    log.arrive(message(9));
    assert.deepEqual(following.places, {r: 'm2'});
    socket.say('message', {message: message(5)});
    assert.deepEqual(ids(log), [1, 2, 5, 9]);
});

test('a connection that breaks within the edits behind what was missed gets them again', () => {
    const {socket, following, log, live, missed} = follow();
    missed(range(1, 3));
    socket.say('message', {message: message(3)});
    const again = [];
    following.on('missed', ({message: {sequence}}) => again.push(sequence));
    missed(range(4, 6));
    assert.deepEqual(following.places, {r: 'm3'}, 'whether an edit was still to come is not known');
    missed(range(4, 7));
    socket.say('updated', {message: message(2, {content: 'edited'})});
    assert.deepEqual([ids(log), log.get('m2').content], [[1, 2, 3, 4, 5, 6], 'edited']);
    assert.deepEqual(again, [4, 5, 6], 'what comes twice is told once');
    log.reset([message(1)], {atStart: true, atEnd: false});
    missed(range(4, 8));
    assert.equal(log.newer, 1, 'nor is it counted twice');
    socket.say('message', {message: message(8)});
    assert.deepEqual(following.places, {r: 'm8'}, 'a new one is behind all edits');
    assert.deepEqual(live.at(-1), [8, true]);
});

test('a connection that breaks within what was missed begins again from what was whole', () => {
    const {socket, following, log, missed} = follow();
    missed(range(1, 3));
    socket.say('missed', {room: 'r', count: 3, complete: true});
    socket.say('message', {message: message(3)});
    socket.emit('lost', {code: 1006});
    assert.deepEqual(following.places, {r: 'm2'});
    missed(range(3, 6));
    assert.deepEqual(ids(log), [1, 2, 3, 4, 5]);
});

test('edits and deletions reach what is shown', () => {
    const {socket, log, missed} = follow();
    missed(range(1, 4));
    socket.say('updated', {message: message(2, {content: 'x', edited_at: 5})});
    socket.say('removed', {room: 'r', id: 'm1'});
    assert.deepEqual(
        log.messages.map(({content}) => content),
        ['x', '3']
    );
});

function outbox() {
    const socket = new FakeSocket();
    const box = new Outbox(socket);
    const sent = [];
    box.on('sent', ({message: {id}}) => sent.push(id));
    return {socket, box, sent};
}

test('a message is sending, then sent', () => {
    const {socket, box, sent} = outbox();
    box.send('r', 'hello');
    const [entry] = box.all;
    assert.equal(entry.state, 'sending');
    assert.match(entry.key, /^[ -~]{1,64}$/);
    socket.say('ack', {client_message_id: entry.key, message: message(1), duplicate: false});
    assert.deepEqual([box.all.length, sent], [0, ['m1']]);
});

test('not sure: the same client_message_id is sent again, however often', () => {
    const {socket, box, sent} = outbox();
    box.send('r', 'hello');
    const [entry] = box.all;
    for (let i = 0; i < 10; ++i) {
        socket.emit('lost', {code: 1006});
        assert.equal(entry.state, 'unknown');
        box.sendAgain(entry);
        box.sendAgain(entry);
    }
    const keys = socket.sent.map(({client_message_id: key}) => key);
    assert.deepEqual([keys.length, new Set(keys).size], [11, 1]);
    socket.say('ack', {client_message_id: entry.key, message: message(1), duplicate: true});
    socket.say('ack', {client_message_id: entry.key, message: message(1), duplicate: true});
    assert.deepEqual(sent, ['m1']);
});

test('its own message, come with what was missed, says that it was sent', () => {
    const {socket, box, sent} = outbox();
    box.send('r', 'hello');
    socket.emit('lost', {code: 1006});
    box.compare(message(1, {client_message_id: box.all[0].key}));
    assert.deepEqual([box.all.length, sent], [0, ['m1']]);
});

test('offline, refused, deleted since, and a server in trouble', () => {
    const {socket, box} = outbox();
    socket.isOpen = false;
    box.send('r', 'a');
    assert.deepEqual([box.all[0].state, socket.sent.length], ['unknown', 0]);
    socket.isOpen = true;
    for (const [reason, state] of [
        ['invalid_content', 'refused'],
        ['rate_limited', 'refused'],
        ['message_deleted', 'gone'],
        ['storage_error', 'unknown'],
        ['server_busy', 'unknown'],
    ]) {
        box.send('r', reason);
        const entry = box.all.at(-1);
        socket.say('error', {reason, detail: 'why', client_message_id: entry.key});
        assert.deepEqual([entry.state, entry.why], [state, 'why']);
        box.discard(entry);
    }
    socket.say('error', {reason: 'invalid_request', detail: 'of nothing in particular'});
    assert.equal(box.all.length, 1);
});

test('places', () => {
    const id = '018bcfe5-6800-7abc-8123-456789abcdef';
    assert.deepEqual(readPlace(placeOf(id)), {room: id, message: null});
    assert.deepEqual(readPlace(placeOf(id, id)), {room: id, message: id});
    assert.deepEqual(readPlace('#setup=a-B9'), {setup: 'a-B9'});
    for (const nothing of [
        '',
        '#',
        '#room/x',
        `#room/${id}/message/`,
        '#join=',
        '#join=<b>',
        '#code=a b',
        `#room/${id}/x`,
    ])
        assert.deepEqual(readPlace(nothing), {}, nothing);
});
