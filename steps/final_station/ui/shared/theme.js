// Light or dark: as the system says, until the switch says otherwise. The choice stays in this browser.
import {byId} from './dom.js';

const kOrder = ['auto', 'light', 'dark'];
const kKey = 'station.theme';

export function startTheme() {
    const button = byId('theme');
    let theme = stored();
    const show = () => {
        if (theme === 'auto') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = theme;
        button.textContent = `Theme: ${theme}`;
    };
    button.addEventListener('click', () => {
        theme = kOrder[(kOrder.indexOf(theme) + 1) % kOrder.length];
        store(theme);
        show();
    });
    show();
}

// Storage may be switched off; the theme then lasts as long as the page.
function stored() {
    try {
        const theme = localStorage.getItem(kKey);
        return kOrder.includes(theme) ? theme : 'auto';
    } catch {
        return 'auto';
    }
}

function store(theme) {
    try {
        localStorage.setItem(kKey, theme);
    } catch {
        return;
    }
}
