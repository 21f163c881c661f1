// Binary frames (docs/protocol.md, "Binary frames"), little-endian:
//
//   type u8 | stream u64 | offset u64 | length u32 | payload (length bytes)
//
// One WebSocket message holds one frame, or several where `station.batch.v1` was agreed on.

export const FrameType = Object.freeze({
    publish: 0x01,
    message: 0x02,
    subscribe: 0x03,
    ack: 0x04,
    error: 0x05,
    unsubscribe: 0x06,
    messageMeta: 0x12,
});

const kHeader = 21;
const kIdBytes = 16;
const kMetaBytes = kIdBytes + 8;  // event id, then the time as i64

export function encodePublish(stream, payload) {
    const bytes = new Uint8Array(kHeader + payload.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, FrameType.publish);
    view.setBigUint64(1, stream, true);
    view.setUint32(17, payload.length, true);
    bytes.set(payload, kHeader);
    return bytes;
}

// Calls handle({type, stream, offset, id, time, payload}) for each frame. Payloads and ids are views of the buffer, not
// copies. Throws a RangeError where a frame is not whole.
export function decodeFrames(buffer, handle) {
    const view = new DataView(buffer);
    for (let at = 0; at < buffer.byteLength;) {
        const type = view.getUint8(at);
        const stream = view.getBigUint64(at + 1, true);
        const offset = view.getBigUint64(at + 9, true);
        const length = view.getUint32(at + 17, true);
        at += kHeader;
        let id = null;
        let time = null;
        let skip = 0;
        if (type === FrameType.messageMeta) {
            if (length < kMetaBytes) throw new RangeError('an event without its id and time');
            id = new Uint8Array(buffer, at, kIdBytes);
            time = view.getBigInt64(at + kIdBytes, true);
            skip = kMetaBytes;
        }
        handle({type, stream, offset, id, time, payload: new Uint8Array(buffer, at + skip, length - skip)});
        at += length;
    }
}
