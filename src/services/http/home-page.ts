import type { NodeStatus, OrganisationView } from '../../wire/node.js';

/** What the page tells. */
export interface HomePageContent {
  readonly status: NodeStatus;
  readonly organisations: readonly OrganisationView[];
}

/** Allowed by its hash in the content security policy. */
export const HOME_PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6b7c; --line: #dfe5ea; --card: #fff; --ground: #f4f6f8; --mark: #2f7d6b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ecf1; --soft: #9aa9b7; --line: #2a3642; --card: #19222b; --ground: #11181f; --mark: #62c3aa; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
header { display: flex; gap: 1.25rem; align-items: center; margin-bottom: 2rem; }
svg { width: 3.5rem; height: 3.5rem; color: var(--mark); flex: none; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: 0; color: var(--soft); max-width: 46rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.5rem; margin-top: 1rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem; margin: 0; }
dt { color: var(--soft); font-size: .8125rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere; }
dl .wide { grid-column: 1 / -1; }
dl .wide dd { font: 500 .8125rem/1.5 ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-size: .8125rem; font-weight: 500; color: var(--soft); }
th, td { padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; padding-top: 0; }
td:last-child, thead th:last-child { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; }
.id { color: var(--soft); font-size: .8125rem; }
ul { list-style: none; padding: 0; margin: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .75rem 1.5rem; }
a { color: var(--mark); font-weight: 600; text-underline-offset: .2em; }
li span { display: block; color: var(--soft); font-size: .875rem; }
`;

/** What this node is, on one page that needs neither scripts nor anything from elsewhere. */
export function homePage({ status, organisations }: HomePageContent): string {
  const { chain, vault } = status;
  const height = new Map(status.organisations.map(({ id, indexHeight }) => [id, indexHeight]));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn node · ${escape(chain.id)}</title>
<style>${HOME_PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<svg viewBox="0 0 48 48" fill="currentColor" aria-hidden="true"><ellipse cx="24" cy="40" rx="19" ry="6"/><ellipse cx="25" cy="28" rx="14" ry="5.5" opacity=".8"/><ellipse cx="23" cy="17.5" rx="9.5" ry="4.5" opacity=".62"/><ellipse cx="24.5" cy="9" rx="5.5" ry="3.4" opacity=".46"/></svg>
<div>
<h1>Cairn node</h1>
<p>A member’s copy of a health ledger. Records stay encrypted and under their patients’ control; what happened to them can be proved to anybody, offline.</p>
</div>
</header>
<section>
<h2>Chain</h2>
<dl>
${fact('Chain', chain.id)}
${fact('Height', chain.height.toLocaleString('en'))}
${fact('State', status.ready ? 'ready' : 'not ready')}
${fact('Ciphertexts held', vault.objects.toLocaleString('en'))}
${fact('Version', status.version)}
${fact('Trust root (validators hash): compare it with another member’s', chain.validatorsHash, 'wide')}
${fact('App hash', chain.appHash, 'wide')}
</dl>
</section>
<section>
<h2>Member organisations</h2>
<div class="scroll">
<table>
<thead><tr><th scope="col">Organisation</th><th scope="col">Roles</th><th scope="col">Index at height</th></tr></thead>
<tbody>
${organisations.map((organisation) => row(organisation, height.get(organisation.id))).join('\n')}
</tbody>
</table>
</div>
</section>
<section>
<h2>Where to go</h2>
<ul>
${link('/fhir/R4/metadata', 'FHIR R4', 'Capability statement; records, with an API key')}
${link('/openapi.json', 'OpenAPI', 'Every operation of the node’s own API')}
${link('/api/v1/contracts', 'Contracts', 'Methods, arguments and rejections')}
${link('/api/v1/trust', 'Trust root', 'What an offline verifier needs')}
${link('/api/v1/status', 'Status', 'This page as JSON')}
${link('/metrics', 'Metrics', 'For Prometheus')}
</ul>
</section>
</main>
</body>
</html>
`;
}

function fact(name: string, value: string, className?: string): string {
  const attribute = className === undefined ? '' : ` class="${className}"`;
  return `<div${attribute}><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`;
}

function row({ id, name, roles }: OrganisationView, indexHeight: number | undefined): string {
  const height = indexHeight === undefined ? 'elsewhere' : indexHeight.toLocaleString('en');
  return `<tr><td>${escape(name)}<div class="id">${escape(id)}</div></td><td>${escape(roles.join(', '))}</td><td>${height}</td></tr>`;
}

function link(href: string, name: string, what: string): string {
  return `<li><a href="${href}">${escape(name)}</a><span>${escape(what)}</span></li>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
