// The last events of the chosen topic, bounded in number and in bytes. Positions count from the oldest kept one.
const kMostItems = 5000;
const kMostBytes = 32 << 20;
const kItemCost = 200;  // bytes an item costs beside its payload, about

export class EventRing {
    #items = [];
    #first = 0;
    #bytes = 0;
    dropped = 0;  // how many were pushed out at the old end since clear()

    get length() {
        return this.#items.length - this.#first;
    }

    at(position) {
        return this.#items[this.#first + position];
    }

    push(item) {
        this.#items.push(item);
        this.#bytes += cost(item);
        while (this.length > kMostItems || (this.#bytes > kMostBytes && this.length > 1)) this.#dropOldest();
        if (this.#first > kMostItems) {
            this.#items = this.#items.slice(this.#first);
            this.#first = 0;
        }
    }

    clear() {
        this.#items = [];
        this.#first = 0;
        this.#bytes = 0;
        this.dropped = 0;
    }

    #dropOldest() {
        this.#bytes -= cost(this.at(0));
        this.#items[this.#first] = undefined;
        this.#first += 1;
        this.dropped += 1;
    }
}

function cost(item) {
    return kItemCost + (item.payload?.length ?? 0);
}
