// The access token, where the station wants one. It is kept for this tab, in sessionStorage: not in a cookie, which knows
// no ports, so that everything else on this host would be sent it, too.
const kKey = 'station-token';
const kBearer = 'station.bearer.';

let token = read();

function read() {
    try {
        return sessionStorage.getItem(kKey) ?? '';
    } catch {
        return '';  // a browser that keeps nothing: the token lasts until the page is loaded again
    }
}

export function hasToken() {
    return token !== '';
}

export function setToken(text) {
    token = text;
    try {
        sessionStorage.setItem(kKey, text);
    } catch {
        // as above
    }
}

export function headers() {
    return token === '' ? {} : {Authorization: `Bearer ${token}`};
}

// A WebSocket in a browser can send no header but the list of subprotocols, and those can't hold every character.
export function protocols(...wanted) {
    if (token === '') return wanted;
    const coded = btoa(token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    return [...wanted, kBearer + coded];
}

// False where the server says that the token is wrong, or is missing; null where there is no answer.
export async function isGranted() {
    try {
        const answer = await fetch('api/access', {cache: 'no-store', headers: headers()});
        return answer.status !== 401;
    } catch {
        return null;
    }
}

// What a header may carry (RFC 6750); anything else is no token, and would make fetch() throw.
export function couldBeToken(text) {
    return /^[A-Za-z0-9._~+/=-]+$/.test(text);
}
