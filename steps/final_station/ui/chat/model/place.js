// Where in the chat one is, as the address's fragment says: a room, a message in it, or a code by which one comes in.

// {room, message} or {setup | join | code: CODE}, or {} for anything else.
export function readPlace(hash) {
    const code = /^#(setup|join|code)=([A-Za-z0-9_-]{1,200})$/.exec(hash);
    if (code) return {[code[1]]: code[2]};
    const room = /^#room\/([0-9a-f-]{36})(?:\/message\/([0-9a-f-]{36}))?$/i.exec(hash);
    return room ? {room: room[1].toLowerCase(), message: room[2]?.toLowerCase() ?? null} : {};
}

export function placeOf(room, message = null) {
    return message === null ? `#room/${room}` : `#room/${room}/message/${message}`;
}

// The whole address, to be given to others.
export function linkTo(fragment) {
    const address = new URL(document.baseURI);
    address.hash = fragment;
    return address.href;
}
