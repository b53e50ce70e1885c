/**
 * What makes a saved page interactive: its style and its script. They stand in the page as they are
 * here, so the script is plain, small, and builds everything from text nodes.
 */
export const viewerCss = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr) auto; background: var(--llb-background); color: var(--llb-text); font: 13px/1.45 var(--llb-font); }
header { grid-column: 1 / -1; display: flex; align-items: center; gap: 14px; padding: 8px 14px; border-bottom: 1px solid var(--llb-card-border); }
h1 { margin: 0; font-size: 14px; }
#summary { flex: 1; min-width: 0; color: var(--llb-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
input { width: 230px; height: 26px; padding: 0 8px; font: inherit; color: inherit; background: var(--llb-card); border: 1px solid var(--llb-card-border); border-radius: 4px; }
main { position: relative; overflow: hidden; cursor: grab; touch-action: none; }
.paper { fill: none; }
main > svg { position: absolute; left: 0; top: 0; transform-origin: 0 0; overflow: visible; user-select: none; }
[data-node] { cursor: pointer; }
[role=treeitem]:focus { outline: none; }
[role=treeitem]:focus-visible .focus-ring, .chosen .focus-ring { stroke: var(--llb-accent); stroke-width: 2; }
.chosen .card { fill: var(--llb-card-selected); }
.missed { opacity: 0.28; }
aside { width: 360px; max-width: 45vw; overflow: auto; padding: 14px; border-left: 1px solid var(--llb-card-border); }
aside h2 { margin: 0 0 4px; font-size: 13px; overflow-wrap: anywhere; }
aside p { margin: 0 0 12px; color: var(--llb-muted); }
dl { margin: 0; } dt { margin-top: 8px; color: var(--llb-muted); }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.5 var(--llb-mono); }
dd button { padding: 0; font: inherit; color: var(--llb-accent); background: none; border: 0; text-align: start; cursor: pointer; }
`;

/** Drag and wheel move and zoom, a click or Enter chooses a step, the box finds steps, 0 shows all. */
export const viewerScript = `
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const steps = new Map(data.steps.map((step) => [step.id, step]));
  const main = document.querySelector('main');
  const svg = main.querySelector('svg');
  const aside = document.querySelector('aside');
  const size = { width: svg.width.baseVal.value, height: svg.height.baseVal.value };
  const nodes = [...svg.querySelectorAll('[data-node]')];
  const camera = { x: 0, y: 0, k: 1 };
  const make = (tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const move = () => {
    svg.style.transform = 'translate(' + camera.x + 'px,' + camera.y + 'px) scale(' + camera.k + ')';
  };
  const zoom = (factor, x, y) => {
    const k = Math.min(3, Math.max(0.03, camera.k * factor));
    camera.x = x - ((x - camera.x) * k) / camera.k;
    camera.y = y - ((y - camera.y) * k) / camera.k;
    camera.k = k;
    move();
  };
  const fit = (least) => {
    const { clientWidth: width, clientHeight: height } = main;
    const k = Math.max(least, Math.min(1.1, width / size.width, height / size.height));
    camera.k = k;
    camera.x = Math.max(0, (width - size.width * k) / 2);
    camera.y = Math.max(0, Math.min(24, (height - size.height * k) / 2));
    move();
  };
  const choose = (id, reveal) => {
    const step = steps.get(id);
    for (const node of nodes) node.classList.toggle('chosen', node.dataset.node === id);
    aside.hidden = step === undefined;
    aside.replaceChildren();
    if (step === undefined) return;
    aside.append(make('h2', step.name), make('p', step.state));
    const list = make('dl');
    for (const { label, values } of step.facts) {
      list.append(make('dt', label));
      for (const { text, step: to } of values) {
        const value = make('dd', to === undefined ? text : undefined);
        if (to !== undefined) {
          const link = make('button', text);
          link.type = 'button';
          link.addEventListener('click', () => choose(to, true));
          value.append(link);
        }
        list.append(value);
      }
    }
    aside.append(list);
    const node = nodes.find((each) => each.dataset.node === id);
    if (!reveal || node === undefined) return;
    const box = node.getBoundingClientRect();
    const room = main.getBoundingClientRect();
    camera.x += room.left + room.width / 2 - box.left - box.width / 2;
    camera.y += room.top + room.height / 2 - box.top - box.height / 2;
    move();
  };
  main.addEventListener('wheel', (event) => {
    event.preventDefault();
    const room = main.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      zoom(Math.exp(-event.deltaY / 300), event.clientX - room.left, event.clientY - room.top);
    } else {
      camera.x -= event.shiftKey ? event.deltaY : event.deltaX;
      camera.y -= event.shiftKey ? 0 : event.deltaY;
      move();
    }
  }, { passive: false });
  let drag;
  main.addEventListener('pointerdown', (event) => {
    drag = { x: event.clientX - camera.x, y: event.clientY - camera.y, from: [event.clientX, event.clientY] };
  });
  addEventListener('pointermove', (event) => {
    if (drag === undefined || event.buttons === 0) return;
    camera.x = event.clientX - drag.x;
    camera.y = event.clientY - drag.y;
    move();
  });
  main.addEventListener('click', (event) => {
    const still = drag === undefined || Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) < 4;
    if (still) choose(event.target.closest('[data-node]')?.dataset.node, false);
  });
  main.addEventListener('keydown', (event) => {
    const room = { x: main.clientWidth / 2, y: main.clientHeight / 2 };
    if (event.key === 'Enter' || event.key === ' ') choose(event.target.closest('[data-node]')?.dataset.node, false);
    else if (event.key === '0') fit(0.03);
    else if (event.key === '+' || event.key === '=') zoom(1.25, room.x, room.y);
    else if (event.key === '-') zoom(0.8, room.x, room.y);
    else if (event.key === 'Escape') choose(undefined, false);
    else return;
    event.preventDefault();
  });
  for (const node of nodes) node.querySelector('[role=treeitem]')?.setAttribute('tabindex', '0');
  document.querySelector('input').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\\s+/);
    for (const node of nodes) {
      const text = steps.get(node.dataset.node)?.text ?? '';
      node.classList.toggle('missed', !words.every((word) => text.includes(word)));
    }
  });
  fit(0.55);
})();
`;
