// Whether there is a connection, and when the next attempt is made.
import {byId, setText} from './dom.js';
import {plural} from './format.js';

const kWords = {connecting: 'Connecting', open: 'Connected', waiting: 'Disconnected', locked: 'Locked'};

export class ConnectionView {
    #connection;
    #timer = 0;

    constructor(connection) {
        this.#connection = connection;
        connection.on('state', () => this.#draw());
        byId('reconnect').addEventListener('click', () => connection.reconnectNow());
        this.#draw();
    }

    showCount(connections) {
        setText(byId('connections'), connections === null ? '' : plural(connections, 'connection'));
    }

    #draw() {
        const {phase, retryAt, losses} = this.#connection.state;
        const state = byId('connection');
        state.dataset.phase = phase;
        state.title = losses > 0 ? `Reconnected ${plural(losses, 'time')}` : '';
        setText(state, kWords[phase]);
        const button = byId('reconnect');
        if (!['waiting', 'locked'].includes(phase) && document.activeElement === button) byId('message').focus();
        button.hidden = phase !== 'waiting';
        // The seconds are for the eye only: a status that changes every second would be read out every second.
        clearInterval(this.#timer);
        if (phase !== 'waiting') return;
        const left = () => {
            const rest = Math.ceil((retryAt - performance.now()) / 1000);
            setText(byId('connections'), rest > 0 ? `next attempt in ${rest} s` : '');
        };
        left();
        this.#timer = setInterval(left, 500);
    }
}
