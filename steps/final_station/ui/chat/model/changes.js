// What one does to messages that are there; the log shows it at once, and the socket's word about it changes nothing
// more.

export class Changes {
    #api;
    #following;

    constructor(api, following) {
        this.#api = api;
        this.#following = following;
    }

    async save(message, content) {
        this.#update(message, await this.#api.patch(`messages/${message.id}`, {content}));
    }

    async remove(message) {
        await this.#api.delete(`messages/${message.id}`);
        this.#following.log(message.room)?.remove(message.id);
    }

    // on: whether it is one's own reaction from now on, or no more.
    async boost(message, content, on) {
        const path = `messages/${message.id}/boosts`;
        this.#update(message, await (on ? this.#api.put(path, {content}) : this.#api.delete(path, {content})));
    }

    #update(message, answer) {
        if (answer?.id === message.id) this.#following.log(message.room)?.update(answer);
    }
}
