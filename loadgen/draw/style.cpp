#include <loadgen/draw/style.hpp>

namespace station::draw {

const std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; --ink: #1b1e24; --soft: #5a616c; --rule: #e3e4e6; --axis: #a9adb4;
  --blue: #1e63b8; --orange: #d07c00; --red: #b3261e; --green: #0b7a5b; --purple: #7850b8; --sky: #1b9bbd;
  --grey: #7d838c; --code: #f1f1ef; --pass: #0b7a5b; --fail: #b3261e; --unsure: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121418; --card: #1a1d22; --ink: #eceef1; --soft: #a3aab5; --rule: #2e333b; --axis: #5d6571;
    --blue: #6db0ff; --orange: #ffb547; --red: #ff7b72; --green: #4fd3a6; --purple: #c2a0ff; --sky: #62d5ee;
    --grey: #9aa1ac; --code: #22262c; --pass: #4fd3a6; --fail: #ff7b72; --unsure: #ffc66b;
  }
}
* { box-sizing: border-box; }
html { font-size: clamp(16px, 0.55vw + 11px, 22px); scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
a { color: inherit; text-decoration-color: var(--axis); text-underline-offset: 0.2em; }
a:hover { text-decoration-color: currentColor; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; letter-spacing: -0.015em; margin: 0; }
h1 { font-size: clamp(1.9rem, 5vw, 3rem); font-weight: 700; letter-spacing: -0.03em; }
h2 { font-size: clamp(1.35rem, 3vw, 1.85rem); font-weight: 650; }
h3 { font-size: 1.05rem; font-weight: 600; }
p { margin: 0; max-width: 42rem; text-wrap: pretty; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.top { padding: clamp(2.5rem, 8vh, 5rem) 0 2rem; }
.top p { margin-top: 1rem; font-size: 1.15rem; color: var(--soft); }
.eyebrow { font-size: 0.85rem; color: var(--soft); font-variant-numeric: tabular-nums; margin-bottom: 0.6rem; }
.eyebrow code { font-size: 0.95em; }
.step { padding: 3.5rem 0 0.5rem; }
.step > .lead { margin: 0.8rem 0 1.6rem; color: var(--soft); }
.figures { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
figure { margin: 0; padding: 1.4rem 1.5rem 0.9rem; background: var(--card); border: 1px solid var(--rule);
  border-radius: 10px; }
figcaption p { margin: 0.3rem 0 1.1rem; color: var(--soft); font-size: 0.95rem; }
figure { container-type: inline-size; }
figcaption .kicker { margin: 0 0 0.25rem; font-size: 0.85rem; }
figcaption .compares { color: var(--ink); font-weight: 500; margin-bottom: 0; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; }
.plot.narrow svg { max-width: 30rem; margin: 0 auto; }
.plot.wide svg { max-height: max(66vh, 20rem); max-width: 54rem; margin: 0 auto; }
.plot.narrow { display: none; }
@container (max-width: 36rem) { .plot.wide { display: none; } .plot.narrow { display: block; } }
.pair { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.pair > figure:only-child { max-width: 34rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; border-radius: 3px; }
details { margin-top: 0.5rem; font-size: 0.85rem; color: var(--soft); }
summary { cursor: pointer; padding: 0.3rem 0; width: fit-content; }
details table { margin: 0.4rem 0 0.8rem; }
caption { text-align: left; padding: 0.3rem 0; font-weight: 500; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 1.1rem 0.45rem 0; text-align: left; vertical-align: baseline;
  border-bottom: 1px solid var(--rule); }
th { font-weight: 500; }
thead th { color: var(--soft); font-size: 0.85rem; white-space: nowrap; }
.scroll td, .scroll tbody th { white-space: nowrap; }
.overview { width: 100%; margin-top: 0.5rem; }
.overview tbody th { white-space: nowrap; }
.overview td { font-size: 0.95rem; }
.overview .ratio { text-align: right; white-space: nowrap; font-weight: 600; }
.verdict { white-space: nowrap; font-weight: 600; font-size: 0.9rem; }
.verdict::before { content: ""; display: inline-block; width: 0.62em; height: 0.62em; margin-right: 0.5em;
  border-radius: 50%; background: currentColor; }
.verdict.pass { color: var(--pass); } .verdict.fail { color: var(--fail); }
.verdict.inconclusive { color: var(--unsure); }
.verdict.fail::before { border-radius: 0; } .verdict.inconclusive::before { background: none;
  box-shadow: inset 0 0 0 2px currentColor; }
.findings { list-style: none; margin: 1.4rem 0 0; padding: 0; }
.findings li { display: grid; grid-template-columns: 7.2rem minmax(0, 1fr); gap: 0.2rem 1rem; padding: 0.7rem 0;
  border-top: 1px solid var(--rule); }
.findings strong { font-weight: 600; }
.findings .numbers { color: var(--soft); font-size: 0.92rem; font-variant-numeric: tabular-nums; grid-column: 2; }
.findings .why { grid-column: 2; font-size: 0.92rem; padding-left: 0.8rem; border-left: 3px solid var(--fail);
  margin-top: 0.3rem; }
.guess { margin: 1.4rem 0 1rem; font-weight: 500; }
h3.yours { margin-top: 2rem; }
.findings + .pair, .figures + .pair { margin-top: 1.4rem; }
pre { margin: 1.2rem 0 0; padding: 0.8rem 1rem; background: var(--code); border-radius: 8px; overflow-x: auto;
  font-size: 0.85rem; line-height: 1.5; }
footer { margin-top: 4.5rem; padding-top: 1.2rem; border-top: 1px solid var(--rule); color: var(--soft);
  font-size: 0.9rem; }
footer dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1.2rem; margin: 0.8rem 0; }
footer dt { font-weight: 500; } footer dd { margin: 0; }

.c-blue { --c: var(--blue); } .c-orange { --c: var(--orange); } .c-red { --c: var(--red); }
.c-green { --c: var(--green); }
.c-purple { --c: var(--purple); } .c-sky { --c: var(--sky); } .c-grey { --c: var(--grey); }
svg text { font-size: 13.5px; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .tick, svg .axis-title { fill: var(--soft); }
svg .tick { font-size: 12.5px; } svg .axis-title { font-size: 13px; }
svg .label { font-weight: 500; fill: color-mix(in oklab, var(--c, var(--ink)) 80%, var(--ink)); }
svg .value { fill: var(--ink); font-weight: 500; }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .axis { stroke: var(--axis); stroke-width: 1; }
svg .series > path:first-child { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round;
  stroke-linecap: round; }
svg .series.measured > :not(:first-child) { fill: var(--c); stroke: var(--card); stroke-width: 1.5; }
svg .series.yours > path:first-child { stroke-width: 4; }
svg .series.before > path:first-child { stroke-width: 2; stroke-dasharray: 7 4; }
svg .series.measured > .ring { fill: var(--card); stroke: var(--unsure); stroke-width: 2.5; }
svg .series.measured > .cross { fill: none; stroke: var(--fail); stroke-width: 3; }
svg .yours .label { font-weight: 700; }
svg .series.model > path:first-child { stroke: var(--grey); stroke-opacity: 0.9; stroke-width: 4;
  stroke-dasharray: 7 6; stroke-linecap: butt; }
svg .series.limit > path:first-child { stroke: var(--soft); stroke-width: 1.75; stroke-dasharray: 1.5 5; }
svg .model .label, svg .limit .label { fill: var(--soft); font-weight: 400; }
svg .leader { fill: none; stroke: var(--axis); stroke-width: 1; }
svg .bar { fill: var(--c); } svg .waiting { fill: var(--rule); }
svg .expected { fill: none; stroke: var(--ink); stroke-width: 1.75; stroke-dasharray: 5 4; }

@media (max-width: 40rem) {
  figure { padding: 1rem 1rem 0.5rem; }
  .findings li { grid-template-columns: minmax(0, 1fr); } .findings .numbers, .findings .why { grid-column: 1; }
  .overview thead { display: none; }
  .overview tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; padding: 0.7rem 0;
    border-bottom: 1px solid var(--rule); }
  .overview th, .overview td { border: 0; padding: 0.1rem 1rem 0.1rem 0; }
  .overview .ratio { text-align: left; }
  .overview .measured-cell, .overview .lesson-cell { grid-column: 1 / -1; }
}
@media print {
  :root { color-scheme: light; } html { font-size: 10pt; } body { max-width: none; padding: 0; }
  figure, .findings li, tr, pre { break-inside: avoid; } .step { padding-top: 2rem; } h2, h3 { break-after: avoid; }
  details { display: none; } svg { max-height: 11cm; }
}
)css";

}  // namespace station::draw
