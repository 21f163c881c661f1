// As the server matches: * is any run of characters, and nothing else is special.
export function fits(pattern, name) {
    const [first, ...rest] = pattern.split('*');
    if (rest.length === 0) return first === name;
    const last = rest.pop();
    if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
    let at = first.length;
    for (const piece of rest) {
        const found = name.indexOf(piece, at);
        if (found < 0) return false;
        at = found + piece.length;
    }
    return at <= name.length - last.length;
}
