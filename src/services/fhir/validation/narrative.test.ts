import { describe, expect, it } from 'vitest';
import { narrativeFault } from './narrative.js';

const NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"';
const div = (content: string): string => `<div ${NAMESPACE}>${content}</div>`;

describe('narrativeFault', () => {
  it.each([
    div('text'),
    div('<p class="a" style="color:red">a<br/>b &amp; &#160; &#xA0;</p>'),
    div('<table border="1"><tbody><tr><td colspan="2">1 &lt; 2</td></tr></tbody></table>'),
    div('<a href="#x">x</a><a name="x"/><img src="data:image/png;base64,AA==" alt="a"/>'),
    div('<!-- note --><b>x</b>'),
    `\n<div ${NAMESPACE} lang='en'>x</div >\n`,
    `<!-- a -->${div('x')}`,
  ])('accepts %s', (text) => {
    expect(narrativeFault(text)).toBeUndefined();
  });

  it.each([
    ['text only', 'text'],
    ['no namespace', '<div>x</div>'],
    ['another namespace', '<div xmlns="http://example.org">x</div>'],
    ['a namespace below', div('<p xmlns="http://example.org">x</p>')],
    ['another root', `<p ${NAMESPACE}>x</p>`],
    ['two roots', div('x') + div('x')],
    ['text after', `${div('x')}y`],
    ['an open element', `<div ${NAMESPACE}><p>x</div>`],
    ['an open root', `<div ${NAMESPACE}>x`],
    ['crossed elements', div('<b><i>x</b></i>')],
    ['no content', div(' \n <p/>')],
    ['an empty root', `<div ${NAMESPACE}/>`],
    ['script', div('<script>x</script>')],
    ['a form', div('<form><input/></form>x')],
    ['an object', div('<object>x</object>')],
    ['a frame', div('<iframe src="x"/>x')],
    ['SVG', div('<svg>x</svg>')],
    ['a style sheet', div('<style>x</style>')],
    ['an event handler', div('<p onclick="x">x</p>')],
    ['a script link', div('<a href="javascript:x">x</a>')],
    ['a script link in disguise', div('<a href=" &#106;avascript:x">x</a>')],
    ['a script link in capitals', div('<a href="JaVaScRiPt:x">x</a>')],
    ['a script link with a tab', div('<a href="\tjavascript:x">x</a>')],
    ['a script link with a tab inside', div('<a href="java\tscript:x">x</a>')],
    ['a page as data', div('<a href="data:text/html,x">x</a>')],
    ['a style that loads', div('<p style="background:url(http://x)">x</p>')],
    ['a repeated attribute', div('<p class="a" class="b">x</p>')],
    ['an attribute without quotes', div('<p class=a>x</p>')],
    ['an attribute without value', div('<td nowrap>x</td>')],
    ['an HTML entity', div('a&nbsp;b')],
    ['a bare ampersand', div('a & b')],
    ['a document type', `<!DOCTYPE html>${div('x')}`],
    ['a processing instruction', div('<?php x ?>x')],
    ['CDATA', div('<![CDATA[x]]>')],
  ])('refuses %s', (_name, text) => {
    expect(narrativeFault(text)?.code).toBe('invariant');
  });
});
