/**
 * The look of a picture's elements as CSS, shared by the page (an adopted style sheet) and by files
 * (a style element). Colours come from `--llb-*` properties, which each of the two sets.
 */
import { nodeStates } from '../../proto/model/build-graph';

export const pictureCss = `
${nodeStates.map((state) => `.state-${state} { --state: var(--llb-state-${state}); }`).join('\n')}
.group-box { fill: var(--llb-group); stroke: var(--llb-group-border); stroke-width: 1; }
.group-name { fill: var(--llb-muted); font: 600 calc(12px * var(--llb-reading, 1)) var(--llb-font); stroke: var(--llb-group); stroke-width: 5; stroke-linejoin: round; paint-order: stroke; }
.edge .line { fill: none; stroke: var(--llb-edge); stroke-width: 1.5; }
.edge-copy .line { stroke-dasharray: 6 4; }
.edge-mount .line { stroke-dasharray: 0.1 4.5; stroke-linecap: round; stroke-width: 2; }
.edge .head { fill: none; stroke: var(--llb-edge); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.edge .head-filled { fill: var(--llb-edge); stroke: none; }
.edge .head-dot { fill: var(--llb-background); }
.edge.active .line, .edge.active .head { stroke: var(--llb-accent); }
.edge.active .head-filled { fill: var(--llb-accent); stroke: none; }
.edge.active .line { stroke-width: 2; }
.edge-label { fill: var(--llb-text); font: calc(11px * var(--llb-reading, 1)) var(--llb-mono); text-anchor: middle; stroke: var(--llb-background); stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
.card { fill: var(--llb-card); stroke: var(--state); stroke-width: 1.5; }
.state-done .card, .state-cached .card, .state-cached .card-inner { stroke: color-mix(in srgb, var(--state) var(--llb-calm), var(--llb-card)); }
.card-below { fill: var(--llb-card); stroke: var(--llb-card-border); stroke-width: 1; }
.group-name[data-stage] { cursor: pointer; }
.card-inner { fill: none; stroke: var(--state); stroke-width: 1; }
.border-thin .card { stroke: var(--llb-card-border); stroke-width: 1; }
.border-dotted .card { stroke-dasharray: 0.1 4; stroke-linecap: round; stroke-width: 2; }
.border-foretold .card { stroke-dasharray: 3 3; stroke-width: 1.25; }
.prediction-ring { fill: none; stroke: var(--llb-muted); stroke-width: 1.25; stroke-dasharray: 2.6 2; }
.prediction .sign-fill { fill: var(--llb-muted); }
.prediction .sign-stroke { fill: none; stroke: var(--llb-muted); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.prediction-run .prediction-ring { stroke: var(--llb-state-predicted-run); }
.prediction-run .sign-fill { fill: var(--llb-state-predicted-run); }
.difference { fill: var(--llb-warning); stroke: var(--llb-warning); stroke-width: 1; }
.difference-affected { fill: var(--llb-card); }
.stop-mark { fill: var(--llb-stop, #ffcc00); stroke: var(--llb-text); stroke-width: 1; stroke-linejoin: round; }
.border-dashed .card { stroke-dasharray: 7 4; stroke-width: 2; }
.border-long-dashed .card { stroke-dasharray: 14 5; }
.border-double .card { stroke-width: 1.25; }
.border-thick .card { stroke-width: 3; }
.edge.critical .line { stroke: var(--llb-warning); stroke-width: 3; }
.edge.critical .head { stroke: var(--llb-warning); }
.edge.critical .head-filled { fill: var(--llb-warning); stroke: none; }
.node.critical .tile { fill: none; stroke: var(--llb-warning); stroke-width: 2; }
.dimmed { opacity: 0.28; }
.focus-ring { fill: none; stroke: none; }
.selected .card { fill: var(--llb-card-selected); }
.selected .focus-ring { stroke: var(--llb-accent); stroke-width: 2; }
.tile { fill: var(--llb-tile); stroke: var(--llb-tile-border); }
.icon-stroke { fill: none; stroke: var(--llb-icon); stroke-width: 1.25; stroke-linecap: round; stroke-linejoin: round; }
.icon-fill { fill: var(--llb-icon); }
.title { fill: var(--llb-text); font: calc(13px * var(--llb-reading, 1)) var(--llb-font); white-space: pre; }
.keyword { font-weight: 600; }
.detail { fill: var(--llb-muted); font: 11px var(--llb-font); white-space: pre; }
.state-failed .detail { fill: var(--llb-text); font-weight: 600; }
.internal .title { fill: var(--llb-muted); }
.badge-open .badge-shape { fill: none; stroke: var(--state); stroke-width: 1.5; }
.badge-open .sign-fill { fill: var(--state); }
.badge-open .sign-stroke { fill: none; stroke: var(--state); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.badge-filled .badge-shape { fill: var(--state); }
.badge-filled .sign-fill { fill: var(--llb-sign); }
.badge-filled .sign-stroke { fill: none; stroke: var(--llb-sign); stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.badge .badge-ring { stroke-width: 2.25; stroke-linecap: round; }
.badge-track { fill: none; stroke: var(--llb-tile); stroke-width: 2.25; }
.warning .icon-fill { fill: var(--llb-warning); stroke: var(--llb-warning); stroke-width: 1.5; stroke-linejoin: round; }
.warning .icon-stroke { stroke: var(--llb-sign); stroke-width: 1.75; }
.progress-track { fill: var(--llb-tile); }
.progress-bar { fill: var(--state); }
.new-mark-box { fill: var(--llb-accent); }
.new-mark-text { fill: var(--llb-accent-text); font: 600 11px var(--llb-font); }
`;
