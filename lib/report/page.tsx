/** @jsxRuntime automatic @jsxImportSource preact */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** The pragma above each .tsx file makes it independent of the folder `millrace` is started in, and so of which tsconfig is found. */

const asset = (name: string) => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');

export interface Page {
  /** Of the browser's tab. */
  readonly title: string;
  readonly children: ComponentChildren;
}

/**
 * A whole HTML document, self-contained: styles and script are inside, and its content security policy forbids every request.
 * All text of `children` is escaped by the renderer.
 */
export function renderPage({ title, children }: Page): string {
  const style = asset('page.css');
  const script = asset('table.js');
  // The hash lets this script run and no other: text that slipped through as markup could still not execute.
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        {children}
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToString(document)}\n`;
}

/** A part of the page under a heading; `lede` is the sentence that says what to take from it. */
export function Section({
  id,
  title,
  lede,
  children,
}: {
  id: string;
  title: string;
  lede?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lede && <p class="lede">{lede}</p>}
      {children}
    </section>
  );
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  /** Sets the figure off as the one the page is about. */
  readonly strong?: boolean;
}

/** The row of key figures under the headline. */
export function KeyFigures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="key-figures">
      {figures.map(({ label, value, note, strong }) => (
        <div class={strong ? 'strong' : undefined}>
          <dt>{label}</dt>
          <dd>
            <b>{value}</b>
            {note && <span>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A message that stands in for what cannot be shown, or warns of what is shown. */
export function Notice({ children }: { children: ComponentChildren }) {
  return (
    <p class="notice" role="note">
      {children}
    </p>
  );
}

/** A share of 1 as a small bar beside its figure; the figure is what assistive technology reads. */
export function Bar({ share, tone = 'accent' }: { share: number; tone?: 'accent' | 'risk' }) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <span class={`bar ${tone}`} aria-hidden="true">
      <span style={`width:${width.toFixed(1)}%`} />
    </span>
  );
}
