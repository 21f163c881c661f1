// Whether a message calls somebody by their login.
import {parse} from './format.js';

export function mentions(content, user, people) {
    return calls(
        parse(content, (login) => people.byLogin(login)),
        user.id
    );
}

function calls(pieces, id) {
    return pieces.some((piece) =>
        piece.kind === 'mention' ? piece.user.id === id : piece.parts !== undefined && calls(piece.parts, id)
    );
}
