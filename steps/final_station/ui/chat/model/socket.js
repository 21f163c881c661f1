// The chat's WebSocket: what to follow, from where, and what comes. Emits what LastingSocket does, and each of the
// server's texts as 'told welcome', missed, message, ack, updated, removed, presence, typing, unread, room,
// room_removed, error.
import {parse, stringify} from '../shared/json.js';
import {LastingSocket} from '../shared/lasting_socket.js';

export class Socket extends LastingSocket {
    #followed;

    // followed(): {room: id of the last message seen, or null}; hasSession(): a promise of whether there is one, null
    // where that is not known.
    constructor({followed, hasSession}) {
        super(addressOf('ws'), {
            ask: () => this.tell({type: 'ping'}),
            isRefused: async () => (await hasSession()) === false,
        });
        this.#followed = followed;
        this.on('open', () => this.hello());
        this.on('message', (data) => this.#receive(data));
    }

    // Says again what to follow: after one has gone to a room that was not.
    hello() {
        this.tell({type: 'hello', rooms: this.#followed()});
    }

    tell(message) {
        this.say(stringify(message));
    }

    #receive(data) {
        let text = null;
        try {
            text = parse(data);
        } catch {
            return this.drop(1003);  // what followed is not to be trusted either
        }
        if (text.type === 'welcome') this.settle();
        this.emit(`told ${text.type}`, text);
    }
}

// Beside the page, wherever a proxy has put it.
function addressOf(path) {
    const address = new URL(path, document.baseURI);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    address.hash = '';
    return address.href;
}
