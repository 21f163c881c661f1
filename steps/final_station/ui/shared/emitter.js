// The plainest observer: on(name, listener), emit(name, value). Listeners run at once, in the order they came.
export class Emitter {
    #listeners = new Map();

    on(name, listener) {
        const list = this.#listeners.get(name) ?? [];
        list.push(listener);
        this.#listeners.set(name, list);
    }

    emit(name, value) {
        for (const listener of this.#listeners.get(name) ?? []) listener(value);
    }
}
