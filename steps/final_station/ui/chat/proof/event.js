// One event of the ledger as it lies in the log (docs/ledger.md, "One event on disk"):
//
//   {event: {header, payload, hash_chain: {prev_hash, event_hash}}, entity, scope, [idempotency_key], [batch]}
//
// and what its hashes are taken over. Throws an Error with what is wrong.
import {blake3} from './blake3.js';
import {joined, same} from './bytes.js';
import {Unpacker} from './message_pack.js';
import {uuid} from '../shared/format.js';

const encoder = new TextEncoder();
const kZero = Uint8Array.of(0);

// {id, entity, scope, time (µs), payload, eventHash}; the hashes it carries are right.
export function readEvent(bytes) {
    const reader = new Unpacker(bytes);
    const members = reader.mapHead();
    if (members < 3 || members > 5) throw new Error('the event has not 3 to 5 members');
    reader.expect('event');
    if (reader.mapHead() !== 3) throw new Error('the event has not 3 parts');
    reader.expect('header');
    const [header, headerBytes] = withBytes(reader);
    reader.expect('payload');
    const [payload, payloadBytes] = withBytes(reader);
    reader.expect('hash_chain');
    const chain = reader.value();
    reader.expect('entity');
    const entity = reader.value();
    reader.expect('scope');
    const scope = reader.value();
    const tail = reader.rest();
    checkTail(reader, members - 3);
    checkShapes({header, chain, entity, scope});
    if (!same(header.get('content_hash'), blake3(payloadBytes)))
        throw new Error('the content does not have the hash in its header');
    if (header.get('payload_size') !== payloadBytes.length)
        throw new Error('the content is not of the size in its header');
    const names = encoder.encode(`${entity}\0${scope}\0`);
    const eventHash = blake3(joined(chain.get('prev_hash'), names, headerBytes, tail));
    if (!same(chain.get('event_hash'), eventHash))
        throw new Error('the event does not have the hash that it carries');
    return {
        id: uuid(header.get('event_id')),
        entity,
        scope,
        time: header.get('timestamp_us'),
        kind: header.get('event_kind'),
        payload,
        eventHash,
    };
}

// What a leaf of the tree is: H(0x00 | event_hash).
export function leafOf(eventHash) {
    return blake3(joined(kZero, eventHash));
}

function withBytes(reader) {
    const begin = reader.at;
    const value = reader.value();
    return [value, reader.since(begin)];
}

function checkTail(reader, members) {
    for (let i = 0; i < members; ++i) {
        reader.value();
        reader.value();
    }
    if (!reader.done) throw new Error('behind the event stands more');
}

function checkShapes({header, chain, entity, scope}) {
    const isHash = (value) => value instanceof Uint8Array && value.length === 32;
    const shapes = [
        header instanceof Map && header.get('event_id') instanceof Uint8Array && header.get('event_id').length === 16,
        header instanceof Map && isHash(header.get('content_hash')),
        chain instanceof Map && isHash(chain.get('prev_hash')) && isHash(chain.get('event_hash')),
        typeof entity === 'string' && typeof scope === 'string' && !`${entity}${scope}`.includes('\0'),
    ];
    if (shapes.includes(false)) throw new Error('the event does not have the parts of one');
}
