// Reads on at either end of a room's log, or elsewhere in its history. One request at a time for each log.

const kPage = 60;

export class History {
    #api;
    #busy = new WeakMap();  // log → promise

    constructor(api) {
        this.#api = api;
    }

    isBusy(log) {
        return this.#busy.has(log);
    }

    older(room, log) {
        if (log.atStart || log.size === 0) return null;
        const first = log.messages[0].id;
        return this.#once(log, async () => {
            const page = await this.#read(room, {before: first, limit: kPage});
            if (log.messages[0]?.id === first) log.prepend(page, page.length < kPage);
        });
    }

    newer(room, log) {
        if (log.atEnd || log.size === 0) return null;
        const last = log.messages.at(-1).id;
        return this.#once(log, async () => {
            const page = await this.#read(room, {after: last, limit: kPage});
            if (log.messages.at(-1)?.id === last && !log.atEnd) log.append(page, page.length < kPage);
        });
    }

    // The messages around one; false where it is not there (any more).
    async around(room, log, id) {
        const page = await this.#read(room, {around: id, limit: kPage});
        if (!page.some((message) => message.id === id)) return false;
        log.reset(page, {atStart: false, atEnd: false});
        return true;
    }

    // Back to the newest ones.
    async latest(room, log) {
        const page = await this.#read(room, {limit: kPage});
        log.reset(page, {atStart: page.length < kPage, atEnd: true});
    }

    #read(room, query) {
        return this.#api.get(`rooms/${room}/messages`, query);
    }

    #once(log, work) {
        if (this.#busy.has(log)) return null;
        const running = work().finally(() => this.#busy.delete(log));
        this.#busy.set(log, running);
        return running;
    }
}
