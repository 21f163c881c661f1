// What one has chosen in this browser. Emits 'change'.
import {Emitter} from '../shared/emitter.js';
import {inBrowser} from './stored.js';

const kKey = 'station.chat.settings';
const kFirst = {notifications: false, sounds: true, members: true};

class Settings extends Emitter {
    #values = {...kFirst, ...inBrowser.read(kKey)};

    get(name) {
        return this.#values[name];
    }

    set(name, value) {
        this.#values[name] = value;
        inBrowser.write(kKey, this.#values);
        this.emit('change');
    }
}

export const settings = new Settings();
