// What the browser keeps, as JSON. Storage may be full or switched off: what is written then lasts as long as the
// page, and what is read is null.

class Stored {
    #storage;

    constructor(storage) {
        this.#storage = storage;
    }

    read(key) {
        try {
            return JSON.parse(this.#storage().getItem(key));
        } catch {
            return null;
        }
    }

    // null: forgets it. False where it could not be kept.
    write(key, value) {
        try {
            if (value === null) this.#storage().removeItem(key);
            else this.#storage().setItem(key, JSON.stringify(value));
            return true;
        } catch {
            return false;
        }
    }
}

export const inBrowser = new Stored(() => localStorage);
export const inTab = new Stored(() => sessionStorage);
