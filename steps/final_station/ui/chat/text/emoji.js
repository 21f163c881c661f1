// Emoji by name: a small list of those that a team uses, completed in the composer and shown for `:name:` in a
// message.

export const kEmoji = new Map(
    Object.entries({
        smile: '😄', grin: '😁', joy: '😂', rofl: '🤣', slight_smile: '🙂', upside_down: '🙃', wink: '😉', blush: '😊',
        heart_eyes: '😍', kiss: '😘', yum: '😋', tongue: '😛', zany: '🤪', hug: '🤗', hush: '🤫', thinking: '🤔',
        zipper: '🤐', raised_eyebrow: '🤨', neutral: '😐', smirk: '😏', unamused: '😒', roll_eyes: '🙄', grimace: '😬',
        relieved: '😌', sleepy: '😪', sleeping: '😴', mask: '😷', sick: '🤒', nauseated: '🤢', hot: '🥵', cold: '🥶',
        dizzy: '😵', mind_blown: '🤯', cowboy: '🤠', party: '🥳', cool: '😎', nerd: '🤓', confused: '😕', worried: '😟',
        open_mouth: '😮', flushed: '😳', pleading: '🥺', cry: '😢', sob: '😭', scream: '😱', disappointed: '😞',
        sweat: '😅', weary: '😩', yawn: '🥱', triumph: '😤', angry: '😠', rage: '😡', devil: '😈', skull: '💀', poop: '💩',
        clown: '🤡', ghost: '👻', alien: '👽', robot: '🤖', cat: '🐱', dog: '🐶', fox: '🦊', bear: '🐻', panda: '🐼',
        monkey: '🐵', unicorn: '🦄', bee: '🐝', bug: '🐛', butterfly: '🦋', snail: '🐌', turtle: '🐢', octopus: '🐙',
        crab: '🦀', whale: '🐳', dolphin: '🐬', penguin: '🐧', bird: '🐦', owl: '🦉', frog: '🐸', dragon: '🐉', wave: '👋',
        raised_hand: '✋', ok_hand: '👌', pinch: '🤏', v: '✌️', crossed_fingers: '🤞', horns: '🤘', call_me: '🤙',
        point_left: '👈', point_right: '👉', point_up: '👆', point_down: '👇', thumbsup: '👍', thumbsdown: '👎',
        fist: '✊', punch: '👊', clap: '👏', raised_hands: '🙌', open_hands: '👐', handshake: '🤝', pray: '🙏',
        writing: '✍️', muscle: '💪', eyes: '👀', brain: '🧠', shrug: '🤷', facepalm: '🤦', bow: '🙇', ninja: '🥷',
        runner: '🏃', dancer: '💃', heart: '❤️', orange_heart: '🧡', yellow_heart: '💛', green_heart: '💚',
        blue_heart: '💙', purple_heart: '💜', black_heart: '🖤', broken_heart: '💔', sparkles: '✨', star: '⭐',
        boom: '💥', fire: '🔥', zap: '⚡', rainbow: '🌈', sun: '☀️', cloud: '☁️', rain: '🌧️', snow: '❄️', ocean: '🌊',
        droplet: '💧', seedling: '🌱', tree: '🌳', cactus: '🌵', flower: '🌸', rose: '🌹', clover: '🍀', mushroom: '🍄',
        earth: '🌍', moon: '🌙', apple: '🍎', banana: '🍌', lemon: '🍋', watermelon: '🍉', avocado: '🥑', bread: '🍞',
        cheese: '🧀', pizza: '🍕', burger: '🍔', fries: '🍟', taco: '🌮', egg: '🥚', popcorn: '🍿', cake: '🍰',
        birthday: '🎂', cookie: '🍪', chocolate: '🍫', ice_cream: '🍦', coffee: '☕', tea: '🍵', beer: '🍺', cheers: '🍻',
        wine: '🍷', champagne: '🍾', tada: '🎉', confetti: '🎊', gift: '🎁', balloon: '🎈', trophy: '🏆', medal: '🏅',
        first: '🥇', soccer: '⚽', basketball: '🏀', dart: '🎯', dice: '🎲', game: '🎮', guitar: '🎸', music: '🎵',
        microphone: '🎤', headphones: '🎧', art: '🎨', movie: '🎬', camera: '📷', bulb: '💡', book: '📖', books: '📚',
        memo: '📝', pencil: '✏️', calendar: '📅', chart_up: '📈', chart_down: '📉', clipboard: '📋', pushpin: '📌',
        paperclip: '📎', scissors: '✂️', lock: '🔒', unlock: '🔓', key: '🔑', hammer: '🔨', wrench: '🔧', gear: '⚙️',
        link: '🔗', magnet: '🧲', microscope: '🔬', telescope: '🔭', satellite: '📡', syringe: '💉', pill: '💊', door: '🚪',
        bed: '🛏️', computer: '💻', keyboard: '⌨️', phone: '📱', battery: '🔋', plug: '🔌', disk: '💾', package: '📦',
        mailbox: '📬', email: '📧', megaphone: '📣', bell: '🔔', no_bell: '🔕', hourglass: '⏳', alarm: '⏰',
        stopwatch: '⏱️', rocket: '🚀', airplane: '✈️', car: '🚗', bike: '🚲', train: '🚆', station: '🚉', ship: '🚢',
        anchor: '⚓', construction: '🚧', house: '🏠', office: '🏢', castle: '🏰', tent: '⛺', mountain: '⛰️',
        beach: '🏖️', check: '✅', x: '❌', warning: '⚠️', no_entry: '⛔', question: '❓', exclamation: '❗',
        hundred: '💯', plus: '➕', minus: '➖', repeat: '🔁', soon: '🔜', new: '🆕', sos: '🆘', red_circle: '🔴',
        green_circle: '🟢', flag: '🚩', checkered_flag: '🏁', rainbow_flag: '🏳️‍🌈', pirate: '🏴‍☠️',
    })
);

// Those whose name begins with the letters typed, then those that have them inside: [[name, emoji], …].
export function findEmoji(typed, most) {
    const wanted = typed.toLowerCase();
    const all = [...kEmoji];
    const begins = all.filter(([name]) => name.startsWith(wanted));
    const holds = all.filter(([name]) => !name.startsWith(wanted) && name.includes(wanted));
    return [...begins, ...holds].slice(0, most);
}
