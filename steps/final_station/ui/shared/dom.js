// Elements are only made here, and what they say is only ever set as text: nothing that came over the wire can become
// markup.

// element('button', {class: 'quiet', type: 'button'}, 'Send again', icon, …)
export function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
}

export function svg(name, attributes = {}, ...children) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
}

export function byId(id) {
    return document.getElementById(id);
}

// Writes only what has changed: selections stay, and screen readers are not told twice.
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

// Runs `work` at most once a frame, however often it is asked for.
export function onceAFrame(work) {
    let asked = false;
    return () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => {
            asked = false;
            work();
        });
    };
}
