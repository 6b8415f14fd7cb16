/** @jsxRuntime automatic @jsxImportSource preact */
import type { ComponentChildren } from 'preact';
import { Bar } from './page.tsx';

export interface RankedItem {
  readonly name: string;
  /** Smaller, after the name. */
  readonly more?: string | null;
  readonly value: number;
  /** The value in words. */
  readonly shown: string;
}

interface RankingProps {
  readonly title: string;
  readonly description: string;
  /** Largest first. */
  readonly items: readonly RankedItem[];
  /** What goes under the bars. */
  readonly children?: ComponentChildren;
}

/** Bars under the names they belong to, so that a name of any length and script has room. */
export function Ranking({ title, description, items, children }: RankingProps) {
  const most = items[0]?.value ?? 0;
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p>{description}</p>
      </figcaption>
      <ol class="ranking">
        {items.map(({ name, more, value, shown }) => (
          <li>
            <span class="what" title={more ? `${name} – ${more}` : name}>
              <bdi>{name}</bdi>
              {more && (
                <small>
                  {' '}
                  <bdi>{more}</bdi>
                </small>
              )}
            </span>{' '}
            <b>{shown}</b>
            <Bar share={most > 0 ? value / most : 0} />
          </li>
        ))}
      </ol>
      {children}
    </figure>
  );
}
