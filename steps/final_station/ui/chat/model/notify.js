// Browser notifications and the title's count: for what one's involvement in a room asks for, and only while nobody
// looks at it. Nothing that was missed rings when it is caught up on.
import {settings} from './settings.js';
import {mentions} from '../text/mentions.js';

const kLongest = 200;  // characters

export class Notify {
    #people;
    #rooms;
    #api;
    #isSeen;
    #open;

    // isSeen(room): whether one looks at the room; open(room, message): goes there.
    constructor({people, rooms, api, following, socket, isSeen, open}) {
        this.#people = people;
        this.#rooms = rooms;
        this.#api = api;
        this.#isSeen = isSeen;
        this.#open = open;
        following.on('live', ({message, isNew}) => isNew && this.#arrived(message));
        socket.on('told unread', (text) => !following.log(text.room) && this.#unread(text));
        rooms.on('change', () => this.#showTitle());
    }

    #arrived(message) {
        const room = this.#rooms.get(message.room);
        const me = this.#people.me;
        if (!room || !me || message.creator.id === me.id || this.#isSeen(message.room)) return;
        const rings =
            room.involvement === 'everything' ||
            (room.involvement === 'mentions' && mentions(message.content, me, this.#people));
        if (rings) this.#ring(room, message);
    }

    // Of a room that is not followed comes only how much is unread: its newest message is asked for.
    async #unread({room: id, count, mentions: mentioned = 0}) {
        const room = this.#rooms.get(id);
        if (!room || this.#isSeen(id)) return;
        const more = room.involvement === 'everything' ? count > room.unread : mentioned > room.mentions;
        if (!more || room.involvement === 'nothing' || room.involvement === 'invisible' || !wanted()) return;
        const [message] = await this.#api.get(`rooms/${id}/messages`, {limit: 1}).catch(() => []);
        if (message && message.creator.id !== this.#people.me?.id) this.#ring(room, message);
    }

    #ring(room, message) {
        if (!wanted()) return;
        const name = this.#rooms.nameOf(room);
        const title = room.type === 'direct' ? message.creator.name : `${message.creator.name} in ${name}`;
        const notification = new Notification(title, {
            body: message.content.slice(0, kLongest),
            tag: message.id,
            icon: 'icon.svg',
        });
        notification.onclick = () => {
            globalThis.focus();
            this.#open(room.id, message.id);
            notification.close();
        };
    }

    #showTitle() {
        const unread = this.#rooms.all
            .filter(({involvement}) => involvement !== 'invisible' && involvement !== 'nothing')
            .reduce((sum, room) => sum + (room.involvement === 'everything' ? room.unread : room.mentions), 0);
        document.title = unread > 0 ? `(${unread}) Station chat` : 'Station chat';
    }
}

function wanted() {
    return settings.get('notifications') && globalThis.Notification?.permission === 'granted';
}
