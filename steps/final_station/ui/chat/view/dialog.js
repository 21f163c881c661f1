// The page's one dialog: the browser keeps focus within it, Escape closes it, and focus goes back to where it was.
import {byId, element} from '../shared/dom.js';

let opened = null;

// Shows `nodes` under a title, in place of what it shows already.
export function openDialog(title, ...nodes) {
    const dialog = byId('dialog');
    const close = element('button', {type: 'button', class: 'quiet'}, 'Close');
    close.addEventListener('click', closeDialog);
    const heading = element('h2', {id: 'dialog-title', tabindex: '-1'}, title);
    dialog.replaceChildren(element('div', {class: 'side-head'}, heading, close), ...nodes);
    if (!dialog.open) {
        opened = document.activeElement;
        dialog.showModal();
    }
    (dialog.querySelector('[autofocus]') ?? heading).focus();
}

export function closeDialog() {
    if (byId('dialog').open) byId('dialog').close();
}

export function startDialog() {
    const dialog = byId('dialog');
    dialog.addEventListener('close', () => {
        if (dialog.open) return;  // told late: it shows something else already
        dialog.replaceChildren();
        if (opened?.isConnected) opened.focus();
        opened = null;
    });
    dialog.addEventListener('click', (event) => {
        if (event.target === dialog) closeDialog();
    });
}

// Asks before something is done that can't be undone.
export function confirm({title, words, action, work}) {
    const problem = element('p', {class: 'problem', role: 'alert'});
    const yes = element('button', {type: 'button', class: 'main danger'}, action);
    const no = element('button', {type: 'button', autofocus: ''}, 'Keep');
    no.addEventListener('click', closeDialog);
    yes.addEventListener('click', () =>
        attempt(yes, problem, async () => {
            await work();
            closeDialog();
        })
    );
    openDialog(title, element('p', {}, words), problem, element('div', {class: 'actions'}, yes, no));
}

// Runs `work`, the button off meanwhile; what went wrong is said in `problem`. True where it went well.
export async function attempt(button, problem, work) {
    problem.textContent = '';
    button.disabled = true;
    try {
        await work();
        return true;
    } catch (error) {
        problem.textContent = sentence(error);
        return false;
    } finally {
        button.disabled = false;
    }
}

export function sentence({message, retryAfter}) {
    const text = message === '' ? 'That did not work' : message[0].toUpperCase() + message.slice(1);
    return retryAfter ? `${text} (again in ${retryAfter} s)` : text;
}
